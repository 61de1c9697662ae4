"""The forms a browser may send about people."""

from typing import ClassVar

from pydantic import Field

from server.web.forms import BaseForm


class SignInForm(BaseForm):
    """An e-mail address and a password, and the path to go to afterwards."""

    email: str = Field(default="", max_length=254)
    password: str = Field(default="", max_length=400)
    next: str = Field(default="/", max_length=2000)


class PasswordForm(BaseForm):
    """A new password and its repetition."""

    former_names: ClassVar = {"again": "repeated"}

    password: str = Field(default="", max_length=400)
    repeated: str = Field(default="", max_length=400)


class InviteForm(BaseForm):
    """The e-mail address of the invited person."""

    email: str = Field(default="", max_length=254)


class NewPersonForm(BaseForm):
    """A person to add."""

    name: str = Field(default="", max_length=120)
    email: str = Field(default="", max_length=254)
    role: str = Field(default="rep", max_length=16)
    title: str = Field(default="", max_length=80)


class SamplePersonForm(BaseForm):
    """A sample person to sign in as."""

    person: str = Field(max_length=26)
    next: str = Field(default="/", max_length=2000)
