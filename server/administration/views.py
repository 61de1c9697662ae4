"""What the pages for admins are given: labels, and forms as values."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from urllib.parse import urlencode

from server.administration.forms import PersonForm, QuotaForm
from server.administration.people_list import PeopleFilter
from server.administration.service import PersonValues
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.units import money
from server.errors import InvalidError
from server.messages import Message, message
from server.people.models import Person, PersonalTerms, Role
from server.people.queries import AccountState

ROLE_LABELS: Mapping[str, Message] = {
    Role.rep: message("Sales rep"),
    Role.manager: message("Manager"),
    Role.executive: message("Executive"),
    Role.success: message("Customer success"),
    Role.admin: message("Admin"),
}
STATE_LABELS: Mapping[str, Message] = {
    AccountState.not_invited: message("Not invited"),
    AccountState.invited: message("Invited"),
    AccountState.expired: message("Invitation expired"),
    AccountState.joined: message("Joined"),
    AccountState.left: message("No access"),
}


def person_values(form: PersonForm) -> PersonValues:
    """Return what a form says of a person."""
    return PersonValues(form.name, form.email, form.role, form.title, form.region, form.started, form.left)


def person_form(person: Person) -> PersonForm:
    """Return the form of a person as they are."""
    return PersonForm.model_construct(
        name=person.name,
        email=person.email or "",
        role=str(person.role),
        title=person.title,
        region=person.region,
        started=person.started_on,
        left=person.left_on,
        is_namesake=False,
    )


def filter_query(chosen: PeopleFilter | None) -> str:
    """Return the query of a page of the list, empty for none."""
    if chosen is None:
        return ""
    values = asdict(chosen)
    values["q"] = values.pop("words")
    return urlencode({name: value for name, value in values.items() if value})


def quota_terms(form: QuotaForm, person: Person) -> PersonalTerms:
    """Return a person's own quota as a form states it; raises InvalidError."""
    try:
        amount = money(form.quota)
    except UnreadableError:
        raise InvalidError(
            message("“{text}” is not an amount. Write it like 400,000.", text=form.quota.strip() or "–")
        ) from None
    since, until = _month(form.since), _month(form.until)
    if until < since:
        raise InvalidError(message("The last month is before the first."))
    last = until.replace(day=monthrange(until.year, until.month)[1])
    return PersonalTerms(
        person_id=person.id,
        since=since,
        until=last,
        component=form.component.strip(),
        quota=amount,
        reason=form.reason.strip(),
    )


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text.strip()}-01")
    except ValueError:
        sentence = message("“{text}” is not a month. Write it like 2027-01.", text=text.strip() or "–")
        raise InvalidError(sentence) from None
