"""The base of every form a browser may send, and the form that only has a CSRF token."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from server.text.unicode import composed

MAX_FIELDS = 2_000
"""Maximum fields of a form; the form of a large plan has hundreds."""


class BaseForm(BaseModel):
    """The base of every form: unknown fields are refused; `people.access` has already checked the CSRF token."""

    model_config = ConfigDict(extra="forbid")

    former_names: ClassVar[Mapping[str, str]] = {}
    """The present names of fields that release 0.1 named otherwise, for pages that were open during an upgrade.

    An empty name drops the field.
    """

    csrf: str = Field(default="", max_length=100)

    @model_validator(mode="before")
    @classmethod
    def _rename_former(cls, values: Any) -> Any:
        """Give fields of a former page their present names."""
        if not isinstance(values, Mapping) or not cls.former_names:
            return values
        renamed = {cls.former_names.get(name, name): value for name, value in values.items()}
        return {name: value for name, value in renamed.items() if name}

    @field_validator("*", mode="before")
    @classmethod
    def _clean_text(cls, value: object, info: ValidationInfo) -> object:
        """Remove null characters, which PostgreSQL cannot store, and compose characters, except in passwords."""
        if not isinstance(value, str):
            return value
        text = value.replace("\x00", "")
        return text if info.field_name in {"password", "repeated", "current"} else composed(text)


class EmptyForm(BaseForm):
    """A form with only a CSRF token."""
