"""The forms an admin's browser may send."""

from datetime import date

from pydantic import Field, field_validator

from server.web.forms import BaseForm


class _DayForm(BaseForm):
    """A form with days that may be left empty."""

    @field_validator("started", "left", "since", mode="before", check_fields=False)
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None


class PersonForm(_DayForm):
    """Who a person is: what a new one needs, or what is changed of one."""

    name: str = Field(default="", max_length=120)
    email: str = Field(default="", max_length=254)
    role: str = Field(default="rep", max_length=16)
    title: str = Field(default="", max_length=80)
    region: str = Field(default="", max_length=80)
    started: date | None = None
    left: date | None = None
    is_namesake: bool = False
    """Whether the admin knows that someone else has the name."""


class LevelForm(_DayForm):
    """A level, and the day from which it holds."""

    level: str = Field(default="", max_length=60)
    since: date | None = None


class ManagerForm(_DayForm):
    """A manager by name or e-mail address, and the day from which people report to them."""

    manager: str = Field(default="", max_length=254)
    since: date | None = None


class QuotaForm(BaseForm):
    """A person's own quota a year for some months, in units of the currency."""

    quota: str = Field(default="", max_length=30)
    since: str = Field(default="", max_length=7)
    until: str = Field(default="", max_length=7)
    component: str = Field(default="", max_length=60)
    reason: str = Field(default="", max_length=200)


class MergeForm(BaseForm):
    """The person of whom this one is a duplicate, by name or e-mail address."""

    into: str = Field(default="", max_length=254)


class BulkForm(_DayForm):
    """Chosen people, and what is set for all of them."""

    person: list[str] = Field(default_factory=list, max_length=2_000)
    manager: str = Field(default="", max_length=254)
    level: str = Field(default="", max_length=60)
    region: str = Field(default="", max_length=80)
    since: date | None = None


class CompanyForm(BaseForm):
    """The company's settings."""

    name: str = Field(default="", max_length=120)
    currency: str = Field(default="USD", max_length=3)
    time_zone: str = Field(default="", max_length=60)
    fiscal_year_start: int = 1
    working_day: list[str] = Field(default_factory=list, max_length=7)
    answer_days: int = 2
    language: str = Field(default="", max_length=12)
    admins_need_second_factor: bool = False
