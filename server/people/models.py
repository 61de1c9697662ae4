"""The tables of people, reporting lines, levels, personal terms, invitations and sessions."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import cents, moment, public_id
from server.page_cache import NO_PAGES


class Role(StrEnum):
    """A person's role in the company, which decides what they may see and do."""

    rep = "rep"
    manager = "manager"
    executive = "executive"
    success = "success"
    admin = "admin"


class Company(SQLModel, table=True):
    """The company this Townhall serves; there is one."""

    __tablename__ = "companies"

    id: int = Field(default=None, primary_key=True)
    name: str = Field(max_length=120)
    currency: str = Field(default="USD", max_length=3)
    is_sample: bool = False
    time_zone: str = Field(default="", max_length=60)
    """Empty: the one that the server was started with."""
    fiscal_year_start: int = 1
    """The month in which the fiscal year begins, from 1."""
    working_days: str = Field(default="12345", max_length=7)
    """Digits of the days on which people work; 1 is Monday."""
    answer_days: int = 2
    """Working days within which managers promise to answer a comment."""
    language: str = Field(default="", max_length=12)
    """Empty: the one that the server was started with."""
    admins_need_second_factor: bool = False
    confirmed_at: datetime | None = moment(nullable=True)
    """When an admin last saved these settings; None while they are only defaults."""


class Person(SQLModel, table=True):
    """A person in the company; without a password hash they have not signed in yet."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("role in ('rep','manager','executive','success','admin')", name="role"),
        Index("ix_people_name", "name"),
    )

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    name: str = Field(max_length=120)
    email: str | None = Field(default=None, max_length=254, unique=True)
    role: Role = Field(default=Role.rep, sa_type=String(16))
    title: str = Field(default="", max_length=80)
    region: str = Field(default="", max_length=80)
    password_hash: str | None = Field(default=None, max_length=255)
    started_on: date | None = None
    left_on: date | None = None
    active: bool = True
    """Whether the person has access; who has left has not."""
    second_factor_secret: str = Field(default="", max_length=64)
    """The shared secret of the person's authenticator app, in base 32; empty without one."""
    second_factor_since: datetime | None = moment(nullable=True)
    """When a code from the app was first entered; until then the secret protects nothing."""
    second_factor_step: int = 0
    """The time step of the last code that was used, so that none works twice."""
    uses_keys: bool = True
    """Whether single keys, such as c for a comment, do something."""
    created_at: datetime = moment()

    @property
    def can_publish(self) -> bool:
        """Return whether the person may publish versions."""
        return self.active and self.role in {Role.manager, Role.admin}


class RemovedPerson(SQLModel, table=True):
    """The number of a person's entry that was merged or removed, so that no one gets it again.

    SQLite would give the number of a deleted last row to the next person.
    """

    __tablename__ = "removed_people"
    __invalidates__ = NO_PAGES

    person_id: int = Field(primary_key=True)
    at: datetime = moment()


class ReportingLine(SQLModel, table=True):
    """A person's manager from one day until another; without an end the line is current."""

    __tablename__ = "reporting_lines"
    __table_args__ = (UniqueConstraint("person_id", "since"),)

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="people.id", index=True)
    manager_id: int = Field(foreign_key="people.id", index=True)
    since: date
    until: date | None = None


class LevelAssignment(SQLModel, table=True):
    """A rep's level from a day on."""

    __tablename__ = "level_assignments"
    __invalidates__ = NO_PAGES
    __table_args__ = (UniqueConstraint("person_id", "since"),)

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="people.id", index=True)
    level: str = Field(max_length=60)
    since: date


class PersonalTerms(SQLModel, table=True):
    """One person's terms for some months: amounts in cents a year that replace the level's, and why."""

    __tablename__ = "personal_terms"
    __invalidates__ = NO_PAGES
    __table_args__ = (UniqueConstraint("person_id", "component", "since"),)

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="people.id", index=True)
    since: date
    until: date
    component: str = Field(default="", max_length=60)
    quota: int | None = Field(default=None, sa_type=BigInteger)
    base: int | None = Field(default=None, sa_type=BigInteger)
    variable: int | None = Field(default=None, sa_type=BigInteger)
    reason: str = Field(default="", max_length=200)


class PersonResult(SQLModel, table=True):
    """A person's result at a month's end, such as NRR or a score; `value` is in hundred-millionths."""

    __tablename__ = "person_results"
    __invalidates__ = NO_PAGES
    __table_args__ = (UniqueConstraint("person_id", "name", "month"),)

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="people.id", index=True)
    name: str = Field(max_length=60)
    month: date
    value: int = Field(sa_type=BigInteger)


class OpeningBalance(SQLModel, table=True):
    """What a person owes from earlier draws when the calculation window begins, in cents."""

    __tablename__ = "opening_balances"
    __invalidates__ = NO_PAGES

    person_id: int = Field(foreign_key="people.id", primary_key=True)
    draw_balance: int = cents(0)


class PayCorrection(SQLModel, table=True):
    """An amount that was added to a person's variable pay by hand, or taken from it, in cents.

    Rows are only ever added: a mistake is taken back by another correction.
    """

    __tablename__ = "pay_corrections"
    __invalidates__ = NO_PAGES
    __table_args__ = (UniqueConstraint("person_id", "day", "amount", "reason"),)

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="people.id", index=True)
    day: date
    amount: int = Field(sa_type=BigInteger)
    reason: str = Field(max_length=200)
    entered_by: int | None = Field(default=None, foreign_key="people.id")
    entered_at: datetime = moment()


class Invitation(SQLModel, table=True):
    """A one-use link to set a password, the first one or a new one; only the hash of its token is stored."""

    __tablename__ = "invitations"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="people.id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    expires_at: datetime = moment()
    used_at: datetime | None = moment(nullable=True)
    is_reset: bool = False
    is_mailed: bool = False
    created_at: datetime | None = moment(nullable=True)


class UserSession(SQLModel, table=True):
    """An open session; only the hash of its token is stored."""

    __tablename__ = "user_sessions"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="people.id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = moment()
    seen_at: datetime = moment()
    browser: str = Field(default="", max_length=120)


class LoginAttempt(SQLModel, table=True):
    """Failed sign-ins of an account or an IP address: a leaky bucket that loses one a minute."""

    __tablename__ = "login_attempts"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    key: str = Field(max_length=80, unique=True)
    level: int = 0
    at: datetime = moment()
