"""The people of an import: what it changes of those the company has, and writing them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlmodel import Session

from server.accounts import service as account_service
from server.accounts.models import AccountMailKind
from server.audit.service import record
from server.deals.service import WriteResult
from server.imports.parsed import ImportPreview, ParsedPerson, PersonChange
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Person, Role
from server.people.service import NewPerson

_FIELDS = ("email", "role", "title", "region", "started", "left", "manager", "level")


def note_person_changes(session: Session, preview: ImportPreview) -> None:
    """Add to a preview what it changes of each person that the company has."""
    if not preview.people:
        return
    known = people_queries.labelled(session)
    managers = people_queries.managers_now(session, date.max)
    levels = people_queries.levels_now(session, date.max)
    rows = _rows_by_name(preview.people)
    admins = [label for label, person in known.items() if person.role == Role.admin and person.active]
    are_all_replaced = all(label in rows and rows[label].role not in {"", Role.admin} for label in admins)
    for row in rows.values():
        person = known.get(row.name)
        if person is None:
            continue
        held = (managers.get(person.id, ""), levels.get(person.id, ""))
        for what, before, after in _differences(person, row, *held):
            is_kept = what == "role" and are_all_replaced and row.name in admins
            preview.person_changes.append(PersonChange(row.name, what, before, after, is_kept=is_kept))


def _rows_by_name(people: Sequence[ParsedPerson]) -> dict[str, ParsedPerson]:
    """Return what files state of each person in all of their rows together; a later cell goes before an earlier one."""
    rows: dict[str, ParsedPerson] = {}
    for row in people:
        earlier = rows.get(row.name)
        stated = {name: value for name in _FIELDS if (value := getattr(row, name))}
        rows[row.name] = replace(earlier, **stated) if earlier else row
    return rows


def _differences(person: Person, row: ParsedPerson, manager: str, level: str) -> list[tuple[str, str, str]]:
    """Return what a row states otherwise than it is: field, before, after; an empty cell states nothing."""
    before = {
        "email": person.email or "",
        "role": str(person.role),
        "title": person.title,
        "region": person.region,
        "started": str(person.started_on or ""),
        "left": str(person.left_on or ""),
        "manager": manager,
        "level": level,
    }
    pairs = ((name, before[name], str(getattr(row, name) or "")) for name in _FIELDS)
    return [
        (name, old or "–", new) for name, old, new in pairs if new and old != new and not _is_same_level(name, old, new)
    ]


def _is_same_level(name: str, before: str, after: str) -> bool:
    return name == "level" and before.casefold() == after.casefold()


def write_people(
    session: Session, preview: ImportPreview, since: date, actor_id: int | None
) -> tuple[WriteResult, dict[str, int]]:
    """Write everyone a file lists or names as a manager or seller; return also all people's keys by name.

    A former address is told of the new one, and a last day of work that is over ends the person's access.
    """
    result = WriteResult()
    company = people_queries.company(session) or people_service.create_company(session, "My company")
    people = people_queries.labelled(session)
    managers = {row.manager for row in preview.people if row.manager}
    rows = _rows_by_name(preview.people)
    distinct = {id(deal.credits): deal.credits for deal in preview.deals}.values()
    sellers = [name for credits_ in distinct for name in credits_]
    names = dict.fromkeys([*rows, *sorted(managers), *sellers])
    kept_roles = {change.name for change in preview.person_changes if change.is_kept}
    added: set[str] = set()
    changed: set[str] = set()
    for name in names:
        row, person = rows.get(name), people.get(name)
        if person is None:
            people[name] = people_service.add_person(session, _new_person(name, row, is_manager=name in managers))
            added.add(name)
        elif row is not None and _update_person(session, person, row, company.name, keeps_role=name in kept_roles):
            changed.add(name)
            _record_changes(session, preview, name, person, actor_id)
    changed |= _write_positions(session, preview, people, since)
    _end_access(session, rows.values(), people, actor_id)
    for name in names:
        result.count(new=name in added, differs=name in changed)
    return result, {name: person.id for name, person in people.items()}


def _record_changes(session: Session, preview: ImportPreview, name: str, person: Person, actor_id: int | None) -> None:
    """Record what decides what a person may do: address and role."""
    decisive = (change for change in preview.person_changes if change.name == name and change.what in {"email", "role"})
    shown = [f"{change.what} {change.before} → {change.after}" for change in decisive if not change.is_kept]
    if shown:
        what = f"{'; '.join(shown)} (import)"
        record(session, "person changed", actor_id, person.name, f"/people/{person.ulid}", what=what)


def _end_access(
    session: Session, rows: Iterable[ParsedPerson], people: Mapping[str, Person], actor_id: int | None
) -> None:
    """End the access of people whose last day is over; raises InvalidError if no admin would be left."""
    today = people_queries.company_today(session)
    for row in rows:
        person = people[row.name]
        if row.left and row.left < today and people_service.deactivate(session, person, today):
            record(session, "access ended", actor_id, person.name, f"/people/{person.ulid}")


def _write_positions(session: Session, preview: ImportPreview, people: Mapping[str, Person], since: date) -> set[str]:
    """Write managers, employment and levels; return the names of people for whom something changed.

    A first manager or level without a day holds from `since`, a change without a day from today.
    """
    levels = people_queries.levels_now(session, date.max)
    managed = people_queries.managers_now(session, date.max)
    today, changed = people_queries.company_today(session), set()
    for row in preview.people:
        person = people[row.name]
        changes = []
        if row.manager:
            day = row.since or (today if person.id in managed else since)
            changes.append(people_service.set_manager(session, person, people[row.manager], day))
        if row.started or row.left:
            changes.append(people_service.set_employment(session, person, row.started, row.left))
        if row.level and (row.since or levels.get(person.id, "").casefold() != row.level.casefold()):
            day = row.since or (today if person.id in levels else since)
            changes.append(people_service.set_level(session, person, row.level, day))
        if any(changes):
            changed.add(row.name)
    return changed


def _new_person(name: str, row: ParsedPerson | None, *, is_manager: bool) -> NewPerson:
    """Return a person to add; one without a stated role is a manager if the file names them as one."""
    default = Role.manager if is_manager else Role.rep
    return NewPerson(
        name=name,
        email=(row.email or None) if row else None,
        role=Role(row.role) if row and row.role else default,
        title=row.title if row else "",
        region=row.region if row else "",
    )


def _update_person(session: Session, person: Person, row: ParsedPerson, actor: str, *, keeps_role: bool) -> bool:
    """Set a person's address, role, region and title where they are stated; return whether any changed."""
    role = Role(row.role) if row.role and not keeps_role else person.role
    values = (row.region or person.region, row.title or person.title, role)
    is_other_address = bool(row.email) and row.email != person.email
    if (person.region, person.title, person.role) == values and not is_other_address:
        return False
    person.region, person.title, person.role = values
    session.add(person)
    if is_other_address:
        former = people_service.change_email(session, person, row.email)
        if former:
            new = person.email or "–"
            account_service.request_mail(session, person, AccountMailKind.email_changed, actor, new, recipient=former)
    return True
