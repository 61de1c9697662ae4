"""The base of every form a browser may send, and the form that only has a CSRF token."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

MAX_FIELDS = 2_000
"""Maximum fields of a form; the form of a large plan has hundreds."""


class BaseForm(BaseModel):
    """The base of every form: unknown fields are refused; `people.access` has already checked the CSRF token."""

    model_config = ConfigDict(extra="forbid")

    csrf: str = Field(default="", max_length=100)

    @field_validator("*", mode="before")
    @classmethod
    def _strip_null(cls, value: object) -> object:
        """Remove null characters, which PostgreSQL cannot store."""
        return value.replace("\x00", "") if isinstance(value, str) else value


class EmptyForm(BaseForm):
    """A form with only a CSRF token."""
