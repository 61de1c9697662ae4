"""What a browser may send about people."""

from pydantic import BaseModel, ConfigDict, Field, field_validator


class BaseForm(BaseModel):
    """A form of ours: no field but the listed ones, and the token that `access` has checked already."""

    model_config = ConfigDict(extra="forbid")

    csrf: str = Field(default="", max_length=100)

    @field_validator("*", mode="before")
    @classmethod
    def _without_null(cls, value: object) -> object:
        """Drop null characters: nobody types them, and PostgreSQL keeps none."""
        return value.replace("\x00", "") if isinstance(value, str) else value


class SignInForm(BaseForm):
    """An address and a password."""

    email: str = Field(default="", max_length=254)
    password: str = Field(default="", max_length=400)
    next: str = Field(default="/", max_length=2000)


class PasswordForm(BaseForm):
    """A new password, twice."""

    password: str = Field(default="", max_length=400)
    repeated: str = Field(default="", max_length=400)


class InviteForm(BaseForm):
    """The address an invitation is for."""

    email: str = Field(default="", max_length=254)


class NewPersonForm(BaseForm):
    """Somebody to add."""

    name: str = Field(default="", max_length=120)
    email: str = Field(default="", max_length=254)
    role: str = Field(default="rep", max_length=16)
    title: str = Field(default="", max_length=80)


class SamplePersonForm(BaseForm):
    """A sample person to sign in as."""

    person: str = Field(max_length=26)
    next: str = Field(default="/", max_length=2000)


class EmptyForm(BaseForm):
    """A form with nothing but its token."""
