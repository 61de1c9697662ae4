"""The forms a browser may send about notices."""

from typing import ClassVar

from pydantic import Field

from server.web.forms import BaseForm


class SettingsForm(BaseForm):
    """Notification settings."""

    former_names: ClassVar = {"level": "subscription"}

    subscription: str = Field(default="mine", max_length=12)
    digest: str = Field(default="off", max_length=8)
    by_mail: bool = False
    time_zone: str = Field(default="", max_length=60)
