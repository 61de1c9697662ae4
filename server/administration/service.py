"""Writes of admins: changing people and the company, each recorded in the audit log and told to whom it concerns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from server.accounts import service as account_service
from server.accounts.models import AccountMailKind
from server.audit.service import record
from server.db.columns import new_ulid
from server.errors import InvalidError, NotFoundError
from server.messages import message
from server.notifications.service import Notification, notify
from server.people import queries
from server.people import service as people_service
from server.people.models import LevelAssignment, Person, PersonalTerms, ReportingLine, Role
from server.people.queries import Viewer
from server.people.service import CompanySettings, NewPerson

FIELDS = ("name", "email", "role", "title", "region", "started_on", "left_on")


@dataclass(frozen=True, slots=True)
class PersonValues:
    """Who a person is, as an admin enters it; see `Person`."""

    name: str
    email: str
    role: str
    title: str
    region: str
    started_on: date | None
    left_on: date | None


def page_of(person: Person) -> str:
    """Return the path of a person's page for admins."""
    return f"/people/{person.ulid}"


def add_person(session: Session, viewer: Viewer, values: PersonValues, *, is_namesake: bool) -> Person:
    """Add a person.

    Raises InvalidError if a value cannot be used, or if someone has the name and `is_namesake` does not say so.
    """
    role = _role(values.role)
    if not is_namesake:
        _check_namesake(session, values.name)
    _check_days(values)
    person = people_service.add_person(
        session, NewPerson(values.name, values.email.strip() or None, role, values.title, values.region)
    )
    person.started_on, person.left_on = values.started_on, values.left_on
    record(session, "person added", viewer.id, person.name, page_of(person))
    return person


def _check_namesake(session: Session, name: str) -> None:
    others = queries.matching(session, name) if "@" not in name else []
    if others:
        raise InvalidError(
            message(
                "There is {name} already ({what}). If this is another person, tick “Another person of this name”.",
                name=others[0].name,
                what=others[0].email or others[0].title or message("no e-mail address"),
            )
        )


def _role(text: str) -> Role:
    if text not in set(Role):
        raise InvalidError(message("Choose a role."))
    return Role(text)


def _check_days(values: PersonValues) -> None:
    if values.started_on and values.left_on and values.left_on < values.started_on:
        raise InvalidError(message("The last day of work is before the first day ({day}).", day=values.started_on))


def change_person(
    session: Session,
    viewer: Viewer,
    person: Person,
    values: PersonValues,
    *,
    is_namesake: bool = False,
) -> None:
    """Change who a person is; a former address is told, and a last day that is over ends the person's access.

    Raises InvalidError if a value cannot be used or no admin would be left.
    """
    role, today = _role(values.role), queries.company_today(session)
    _check_days(values)
    name = people_service.clean_name(values.name)
    if not name:
        raise InvalidError(message("Enter a name."))
    if person.role == Role.admin and (role != Role.admin or values.left_on):
        people_service.check_admin_left(session, [person.id], today)
    if name.casefold() != person.name.casefold() and not is_namesake:
        _check_namesake(session, name)
    before = _shown(person)
    former = people_service.change_email(session, person, values.email)
    person.name, person.role = name, role
    person.title = people_service.clean_name(values.title)
    person.region = people_service.clean_name(values.region)
    person.started_on, person.left_on = values.started_on, values.left_on
    session.add(person)
    session.flush()
    changes = _changes(before, _shown(person))
    if not changes:
        return
    record(session, "person changed", viewer.id, person.name, page_of(person), what=changes)
    if former and former != person.email:
        tell_of_new_address(session, person, former, viewer.name)
    _tell(session, viewer, person, message("{who} changed your account: {what}", who=viewer.name, what=changes))
    if person.left_on and person.left_on < today and person.active:
        end_access(session, viewer.id, person)


def tell_of_new_address(session: Session, person: Person, former: str, actor: str) -> None:
    """Mail a person's former address what the address is now."""
    account_service.request_mail(
        session, person, AccountMailKind.email_changed, actor, person.email or "–", recipient=former
    )


def _shown(person: Person) -> Mapping[str, str]:
    return {field: str(getattr(person, field) or "–") for field in FIELDS}


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    names = {"started_on": "first day", "left_on": "last day", "title": "job title", "email": "e-mail address"}
    parts = (
        f"{names.get(field, field)} {before[field]} → {after[field]}"
        for field in FIELDS
        if before[field] != after[field]
    )
    return "; ".join(parts)


def _tell(session: Session, viewer: Viewer, person: Person, what: object) -> None:
    if person.id == viewer.id:
        return
    text = str(what)
    notify(
        session,
        Notification("account", f"account {new_ulid()}", "/me", {"what": text}),
        [person.id],
        viewer.id,
    )


def end_access(session: Session, actor_id: int | None, person: Person, last_day: date | None = None) -> None:
    """End a person's access, whose last day of work is today if none is given.

    Raises InvalidError if no admin would be left.
    """
    if people_service.deactivate(session, person, last_day or queries.company_today(session)):
        record(session, "access ended", actor_id, person.name, page_of(person))


def restore_access(session: Session, viewer: Viewer, person: Person) -> None:
    """Give a person access again."""
    people_service.restore_access(session, person, queries.company_today(session))
    record(session, "access restored", viewer.id, person.name, page_of(person))


def invite(session: Session, viewer: Viewer, person: Person) -> None:
    """Mail a person the link with which they join or set a new password, and show a reset to them."""
    kind = account_service.request_invitation(session, person, viewer.name)
    if kind == AccountMailKind.reset:
        record(session, "password reset", viewer.id, person.name, page_of(person))
        _tell(session, viewer, person, message("{who} sent you a link to set a new password.", who=viewer.name))
    else:
        record(session, "person invited", viewer.id, person.name, page_of(person), how="mail")


def make_link(session: Session, viewer: Viewer, person: Person, days: int) -> str:
    """Return the token of a link for a person who has not joined, to be handed over where no mail can be sent.

    Raises InvalidError for someone who has joined: with their link an admin could become them.
    """
    if person.password_hash:
        raise InvalidError(
            message(
                "{name} has a password. A link to set a new one is only sent by e-mail, and Townhall cannot send any"
                " here. On the server, set TOWNHALL_SMTP_URL or run `townhall people invite`.",
                name=person.name,
            )
        )
    token = people_service.invite(session, person, person.email or "", days)
    record(session, "person invited", viewer.id, person.name, page_of(person), how="link")
    return token


def remove_second_factor(session: Session, viewer: Viewer, person: Person) -> None:
    """Remove the authenticator app of a person who has lost it."""
    if person.id == viewer.id:
        raise InvalidError(message("Remove your own app under Your account, with a code."))
    if person.second_factor_since is None:
        raise InvalidError(message("{name} has no authenticator app.", name=person.name))
    account_service.remove_second_factor(session, person, viewer.name)
    record(session, "second factor removed", viewer.id, person.name, page_of(person))
    _tell(session, viewer, person, message("{who} removed your authenticator app.", who=viewer.name))


def find_person(session: Session, name_or_email: str) -> Person:
    """Return the one person with a name or an e-mail address; raises InvalidError if there is none, or several."""
    people = queries.matching(session, name_or_email)
    if len(people) == 1:
        return people[0]
    if not people:
        raise InvalidError(
            message("There is no “{name}”. Use a name or an e-mail address of the list.", name=name_or_email.strip())
        )
    raise InvalidError(
        message("Several people are named “{name}”. Enter the e-mail address instead.", name=name_or_email.strip())
    )


def set_manager(
    session: Session, viewer: Viewer, people: Sequence[Person], name_or_email: str, since: date | None
) -> int:
    """Set the manager of people from a day on, or from today; return how many changed. Raises InvalidError."""
    manager, since = find_person(session, name_or_email), since or queries.company_today(session)
    leaders = _leaders_above(session, manager)
    changed = 0
    for person in people:
        if person.id == manager.id:
            raise InvalidError(message("{name} cannot report to themselves.", name=person.name))
        if person.id in leaders:
            raise InvalidError(
                message("{manager} reports to {name}. Change that first.", manager=manager.name, name=person.name)
            )
        if people_service.set_manager(session, person, manager, since):
            what = f"manager {manager.name} since {since}"
            record(session, "person changed", viewer.id, person.name, page_of(person), what=what)
            changed += 1
    return changed


def _leaders_above(session: Session, person: Person) -> set[int]:
    """Return the ids of everyone to whom a person reports, directly or through others."""
    lines = select(ReportingLine.person_id, ReportingLine.manager_id).where(col(ReportingLine.until).is_(None))
    manager_of = dict(session.exec(lines).all())
    leaders: set[int] = set()
    leader = manager_of.get(person.id)
    while leader is not None and leader not in leaders:
        leaders.add(leader)
        leader = manager_of.get(leader)
    return leaders


def set_level(session: Session, viewer: Viewer, people: Sequence[Person], level: str, since: date | None) -> int:
    """Set the level of people from a day on, or from today; return how many changed.

    Raises InvalidError for an empty level.
    """
    name, since = people_service.clean_name(level), since or queries.company_today(session)
    if not name:
        raise InvalidError(message("Enter a level."))
    changed = 0
    for person in people:
        if people_service.set_level(session, person, name, since):
            what = f"level {name} since {since}"
            record(session, "person changed", viewer.id, person.name, page_of(person), what=what)
            changed += 1
    return changed


def set_region(session: Session, viewer: Viewer, people: Sequence[Person], region: str) -> int:
    """Set the region of people; return how many changed."""
    name = people_service.clean_name(region)
    changed = 0
    for person in people:
        if person.region != name:
            what = f"region {person.region or '–'} → {name or '–'}"
            person.region = name
            session.add(person)
            record(session, "person changed", viewer.id, person.name, page_of(person), what=what)
            changed += 1
    return changed


def remove_level(session: Session, viewer: Viewer, person: Person, since: date | None) -> None:
    """Remove a level that was entered by mistake; raises NotFoundError if there is none from that day."""
    statement = select(LevelAssignment).where(LevelAssignment.person_id == person.id, LevelAssignment.since == since)
    assignment = session.exec(statement).first()
    if assignment is None:
        raise NotFoundError
    session.delete(assignment)
    what = f"removed level {assignment.level} since {since}"
    record(session, "person changed", viewer.id, person.name, page_of(person), what=what)


def set_quota(session: Session, viewer: Viewer, person: Person, terms: PersonalTerms) -> None:
    """Set a person's own quota for some months; their own base and variable pay stay.

    The audit log says for when, not how much.
    """
    same = select(PersonalTerms).where(
        PersonalTerms.person_id == person.id,
        PersonalTerms.component == terms.component,
        PersonalTerms.since == terms.since,
    )
    existing = session.exec(same).first()
    if existing is None:
        session.add(terms)
    else:
        existing.quota = terms.quota
        if existing.base is None and existing.variable is None:
            existing.until = terms.until
        elif existing.until != terms.until:
            raise InvalidError(
                message(
                    "These months have other terms of {name} as well, until {until}. Use the same last month.",
                    name=person.name,
                    until=existing.until,
                )
            )
        existing.reason = terms.reason or existing.reason
        session.add(existing)
    session.flush()
    what = f"own quota {terms.since:%Y-%m} to {terms.until:%Y-%m}"
    record(session, "person changed", viewer.id, person.name, page_of(person), what=what)


def remove_quota(session: Session, viewer: Viewer, person: Person, terms_id: int) -> None:
    """Remove a person's own quota; base and variable pay of the same months stay.

    Raises NotFoundError if it is not this person's.
    """
    terms = session.get(PersonalTerms, terms_id)
    if terms is None or terms.person_id != person.id:
        raise NotFoundError
    if terms.base is None and terms.variable is None:
        session.delete(terms)
    else:
        terms.quota = None
        session.add(terms)
    what = f"removed own quota {terms.since:%Y-%m} to {terms.until:%Y-%m}"
    record(session, "person changed", viewer.id, person.name, page_of(person), what=what)


def save_settings(session: Session, viewer: Viewer, settings: CompanySettings) -> None:
    """Save the company's settings; raises InvalidError."""
    changed = people_service.save_company(session, settings)
    if changed:
        what = "; ".join(
            f"{field.replace('_', ' ')} {before or '–'} → {after or '–'}" for field, (before, after) in changed.items()
        )
        record(session, "company settings", viewer.id, settings.name, "/settings", what=what)
