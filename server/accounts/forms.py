"""The forms a browser may send about an account."""

from typing import ClassVar, Literal

from pydantic import Field

from server.web.forms import BaseForm


class SignInForm(BaseForm):
    """An e-mail address and a password, and the path to go to afterwards."""

    email: str = Field(default="", max_length=254)
    password: str = Field(default="", max_length=400)
    next: str = Field(default="/", max_length=2000)


class CodeForm(BaseForm):
    """A code of an authenticator app."""

    code: str = Field(default="", max_length=20)


class PasswordForm(BaseForm):
    """A new password and its repetition."""

    former_names: ClassVar = {"again": "repeated"}

    password: str = Field(default="", max_length=400)
    repeated: str = Field(default="", max_length=400)


class ChangePasswordForm(PasswordForm):
    """The current password, and a new one twice."""

    current: str = Field(default="", max_length=400)


class LostPasswordForm(BaseForm):
    """The e-mail address of someone who lost their password."""

    email: str = Field(default="", max_length=254)


class KeysForm(BaseForm):
    """Whether single keys do something."""

    keys: Literal["on", "off"]


class SamplePersonForm(BaseForm):
    """A sample person to sign in as."""

    person: str = Field(max_length=26)
    next: str = Field(default="/", max_length=2000)
