"""Writes of the company."""

from dataclasses import dataclass, fields
from zoneinfo import available_timezones

from babel.numbers import list_currencies
from sqlmodel import Session

from server.db.columns import now
from server.errors import InvalidError
from server.messages import message
from server.people import queries
from server.people.models import Company

MAX_ANSWER_DAYS = 30


def create_company(session: Session, name: str, *, is_sample: bool = False) -> Company:
    """Return the company, creating it if there is none."""
    existing = queries.company(session)
    if existing:
        return existing
    company = Company(name=name, is_sample=is_sample)
    session.add(company)
    session.flush()
    return company


def rename_company(session: Session, name: str) -> str:
    """Set the company's name, creating the company if there is none; return its former name if that changes it.

    An empty name changes nothing.
    """
    name = name.strip()[:120]
    former = queries.company(session)
    company = create_company(session, name or "My company")
    if not former or not name or former.name == name:
        return ""
    former_name, company.name = company.name, name
    session.add(company)
    return former_name


def adopt_time_zone(session: Session, zone: str) -> None:
    """Let the company have the time zone that the server was started with, until an admin chooses one."""
    company = queries.company(session)
    if company is not None and not company.time_zone and zone != "UTC":
        company.time_zone = zone
        session.add(company)
        session.flush()


@dataclass(frozen=True, slots=True)
class CompanySettings:
    """The settings of a company as an admin enters them; see `Company`."""

    name: str
    currency: str
    time_zone: str
    fiscal_year_start: int
    working_days: str
    answer_days: int
    language: str
    admins_need_second_factor: bool = False


def save_company(session: Session, settings: CompanySettings) -> dict[str, tuple[str, str]]:
    """Save the company's settings and return what changed: (before, after) by field.

    Raises InvalidError for a value that cannot be used.
    """
    _check(settings)
    company = create_company(session, settings.name)
    changed: dict[str, tuple[str, str]] = {}
    for field in fields(settings):
        before, after = getattr(company, field.name), getattr(settings, field.name)
        if before != after:
            changed[field.name] = str(before), str(after)
            setattr(company, field.name, after)
    company.confirmed_at = now()
    session.add(company)
    session.flush()
    return changed


def _check(settings: CompanySettings) -> None:
    if not settings.name.strip():
        raise InvalidError(message("Enter the company's name."))
    if settings.currency not in list_currencies():
        raise InvalidError(
            message("There is no currency “{code}”. Use a code such as USD or EUR.", code=settings.currency)
        )
    if settings.time_zone and settings.time_zone not in available_timezones():
        raise InvalidError(
            message("There is no time zone “{zone}”. Choose one from the list.", zone=settings.time_zone)
        )
    if not 1 <= settings.fiscal_year_start <= 12:  # noqa: PLR2004 - months
        raise InvalidError(message("Choose the month in which the fiscal year begins."))
    if not settings.working_days or not set(settings.working_days) <= set("1234567"):
        raise InvalidError(message("Choose at least one working day."))
    if not 1 <= settings.answer_days <= MAX_ANSWER_DAYS:
        raise InvalidError(message("Comments can be answered within 1 to {most} working days.", most=MAX_ANSWER_DAYS))
