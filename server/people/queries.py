"""Reads of people; nothing here decides or writes."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from markupsafe import Markup
from sqlalchemy import bindparam, column, exists, or_, table
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from server.comp import history
from server.comp.calendar import month_of
from server.people.models import (
    Company,
    LevelAssignment,
    OpeningBalance,
    Person,
    PersonalTerms,
    PersonResult,
    ReportingLine,
    Role,
    UserSession,
)


class Permissions:
    """What a role may see and do."""

    __slots__ = ()
    role: Role

    @property
    def is_manager(self) -> bool:
        """Whether this person publishes and answers."""
        return self.role in {Role.manager, Role.admin}

    @property
    def is_admin(self) -> bool:
        """Whether this person keeps people and imports."""
        return self.role == Role.admin

    @property
    def sees_impact(self) -> bool:
        """Whether this person sees what a plan means for many people, never for one."""
        return self.role in {Role.manager, Role.executive, Role.admin}

    @property
    def is_paid(self) -> bool:
        """Whether this person is paid by the plan."""
        return self.role == Role.rep


@dataclass(frozen=True, slots=True)
class RoleViewer(Permissions):
    """Whoever has a role: what a page that is rendered for all of them may know of its reader."""

    role: Role
    name: Markup
    initials: Markup
    unread: Markup


@dataclass(frozen=True, slots=True)
class Viewer(Permissions):
    """The signed-in person, as little as a page needs."""

    id: int
    ulid: str
    name: str
    role: Role
    session_id: int
    token_hash: str
    seen_at: datetime
    unread: int = 0

    @property
    def initials(self) -> str:
        """Two letters for the round mark."""
        parts = self.name.split()
        return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()

    def as_role_viewer(self, hole: Callable[[str], Markup]) -> RoleViewer:
        """Return what is left of this person on a page that is rendered for everybody of the role."""
        return RoleViewer(self.role, hole("name"), hole("initials"), hole("unread"))


_NOTICES = table("notices", column("person_id"), column("read_at"))
"""Named here and not imported: their room stands above this one, and the bell is asked for with every page."""
_UNREAD = (
    sa_select(func.count())
    .where(_NOTICES.c.person_id == Person.id, _NOTICES.c.read_at.is_(None))
    .correlate(Person)
    .scalar_subquery()
)
_VIEWER = (
    select(Person.id, Person.ulid, Person.name, Person.role, UserSession.id, UserSession.seen_at, _UNREAD)  # type: ignore[call-overload] # five columns
    .join(UserSession, col(UserSession.person_id) == col(Person.id))
    .where(
        UserSession.token_hash == bindparam("token"),
        col(Person.active).is_(True),
        col(UserSession.created_at) > bindparam("oldest"),
        col(UserSession.seen_at) > bindparam("idle"),
    )
)
"""Built once: every request asks it."""
_SPELLS_OF = (
    sa_select(col(LevelAssignment.since), col(LevelAssignment.level))
    .where(col(LevelAssignment.person_id) == bindparam("person"))
    .order_by(col(LevelAssignment.since))
)
_FACTS_OF = (
    sa_select(
        col(Person.id),
        col(Person.started_on),
        col(Person.left_on),
        col(OpeningBalance.draw_balance),
        exists().where(col(PersonResult.person_id) == col(Person.id)),
        exists().where(col(PersonalTerms.person_id) == col(Person.id)),
    )
    .outerjoin(OpeningBalance, col(OpeningBalance.person_id) == col(Person.id))
    .where(col(Person.id).in_(bindparam("people", expanding=True)))
)
"""Built once, like the one before: every figure on somebody's own pay begins with them."""


def viewer_by_token(session: Session, token_hash: str, oldest: datetime, idle_since: datetime) -> Viewer | None:
    """Return who holds a session that is neither too old nor idle for too long."""
    row = session.connection().execute(_VIEWER, {"token": token_hash, "oldest": oldest, "idle": idle_since}).first()
    return Viewer(row[0], row[1], row[2], Role(row[3]), row[4], token_hash, row[5], row[6]) if row else None


def company(session: Session) -> Company | None:
    """Return the company, or None before the first run."""
    return session.exec(select(Company).limit(1)).first()


def person(session: Session, ulid: str) -> Person | None:
    """Return a person by public id."""
    return session.exec(select(Person).where(Person.ulid == ulid)).first()


def name_of(session: Session, person_id: int) -> str:
    """Return a person's name; empty when there is no such person."""
    return session.exec(select(Person.name).where(Person.id == person_id)).first() or ""


def active_names(session: Session) -> list[tuple[int, str]]:
    """Return keys and names of everybody who works here."""
    statement = select(Person.id, Person.name).where(col(Person.active).is_(True)).order_by(col(Person.name))
    return [(key or 0, name) for key, name in session.exec(statement)]


def names_like(session: Session, typed: str, most: int = 5) -> list[str]:
    """Return the names of active people in which a word begins like what was typed."""
    wanted = " ".join(typed.casefold().split())
    names = (name for _, name in active_names(session))
    return [name for name in names if wanted and f" {wanted}" in f" {name.casefold()}"][:most]


def by_email(session: Session, email: str) -> Person | None:
    """Return a person by address."""
    return session.exec(select(Person).where(Person.email == email.strip().lower())).first()


def by_names(session: Session, names: Sequence[str]) -> dict[str, Person]:
    """Return people by their names, folded to small letters."""
    wanted = {name.casefold() for name in names}
    return {person.name.casefold(): person for person in list_people(session) if person.name.casefold() in wanted}


def list_people(session: Session) -> Sequence[Person]:
    """Return all people by name."""
    return session.exec(select(Person).order_by(Person.name, col(Person.id))).all()


def levels_now(session: Session, on: date) -> dict[int, str]:
    """Return the level each person holds on a day."""
    spells = session.exec(
        select(LevelAssignment).where(LevelAssignment.since <= on).order_by(col(LevelAssignment.since))
    ).all()
    return {spell.person_id: spell.level for spell in spells}


def level_history(session: Session, person_id: int) -> list[tuple[date, str]]:
    """Return a person's levels, oldest first, with the day each is held from."""
    return [(since, level) for since, level in session.connection().execute(_SPELLS_OF, {"person": person_id})]


def managers_now(session: Session, on: date) -> dict[int, str]:
    """Return the name of each person's manager on a day."""
    leader = select(Person.id, Person.name).subquery()
    statement = (
        select(ReportingLine.person_id, leader.c.name)
        .join(leader, leader.c.id == ReportingLine.manager_id)
        .where(ReportingLine.since <= on, or_(col(ReportingLine.until).is_(None), col(ReportingLine.until) > on))
    )
    return dict(session.exec(statement).all())


def reports_of(session: Session, manager_id: int, on: date) -> set[int]:
    """Return everybody a manager leads on a day, directly or through others."""
    statement = select(ReportingLine.manager_id, ReportingLine.person_id).where(
        ReportingLine.since <= on, or_(col(ReportingLine.until).is_(None), col(ReportingLine.until) > on)
    )
    reports: dict[int, list[int]] = {}
    for leader, person in session.exec(statement):
        reports.setdefault(leader, []).append(person)
    found: set[int] = set()
    waiting = [manager_id]
    while waiting:
        for person in reports.get(waiting.pop(), []):
            if person not in found:
                found.add(person)
                waiting.append(person)
    return found - {manager_id}


def leaders(session: Session, on: date) -> list[int]:
    """Return everybody who leads somebody on a day."""
    statement = select(ReportingLine.manager_id).where(
        ReportingLine.since <= on, or_(col(ReportingLine.until).is_(None), col(ReportingLine.until) > on)
    )
    return sorted(set(session.exec(statement)))


def active_reps(session: Session) -> Sequence[Person]:
    """Return the reps who work here, in a fixed order."""
    return session.exec(
        select(Person).where(Person.role == Role.rep, col(Person.active).is_(True)).order_by(col(Person.id))
    ).all()


def level_histories(session: Session) -> dict[int, list[LevelAssignment]]:
    """Return everybody's levels, oldest first."""
    found: dict[int, list[LevelAssignment]] = {}
    for spell in session.exec(select(LevelAssignment).order_by(col(LevelAssignment.since))):
        found.setdefault(spell.person_id, []).append(spell)
    return found


def person_facts(session: Session, person_ids: Sequence[int]) -> dict[int, history.Person]:
    """Return what is known of people beside their deals: employment, results, own terms, what they owe of draws."""
    known: Sequence[Any] = session.connection().execute(_FACTS_OF, {"people": list(person_ids)}).all()
    results = _results(session, [row[0] for row in known if row[4]])
    terms = _own_terms(session, [row[0] for row in known if row[5]])
    return {
        key: history.Person(
            started=started,
            left=left,
            results=tuple(results.get(key, ())),
            adjustments=tuple(terms.get(key, ())),
            opening=owed or 0,
        )
        for key, started, left, owed, *_ in known
    }


def _results(session: Session, person_ids: Sequence[int]) -> dict[int, list[history.Result]]:
    found: dict[int, list[history.Result]] = {}
    if person_ids:
        for row in session.exec(select(PersonResult).where(col(PersonResult.person_id).in_(person_ids))):
            value = Fraction(row.value, history.RESULT_SCALE)
            found.setdefault(row.person_id, []).append(history.Result(row.name, month_of(row.month), value))
    return found


def _own_terms(session: Session, person_ids: Sequence[int]) -> dict[int, list[history.Adjustment]]:
    found: dict[int, list[history.Adjustment]] = {}
    if person_ids:
        wanted = select(PersonalTerms).where(col(PersonalTerms.person_id).in_(person_ids))
        for row in session.exec(wanted.order_by(col(PersonalTerms.since))):
            found.setdefault(row.person_id, []).append(
                history.Adjustment(
                    month_of(row.since),
                    month_of(row.until),
                    row.reason,
                    row.base,
                    row.variable,
                    row.quota,
                    row.component.casefold(),
                )
            )
    return found


def people_fingerprint(session: Session) -> str:
    """Return what changes whenever anything about people, lines, levels or own terms does."""
    columns = (
        (Person.id, Person.role, Person.region, Person.started_on, Person.left_on, Person.active),
        (ReportingLine.id, ReportingLine.manager_id, ReportingLine.since, ReportingLine.until),
        (LevelAssignment.id, LevelAssignment.level, LevelAssignment.since),
        (
            PersonalTerms.id,
            PersonalTerms.since,
            PersonalTerms.until,
            PersonalTerms.component,
            PersonalTerms.quota,
            PersonalTerms.base,
            PersonalTerms.variable,
        ),
        (PersonResult.id, PersonResult.name, PersonResult.month, PersonResult.value),
        (OpeningBalance.person_id, OpeningBalance.draw_balance),
    )
    hashed = hashlib.sha256()
    for found in columns:
        key: Any = found[0]
        statement: Any = sa_select(*found).order_by(key)
        for row in session.execute(statement):
            hashed.update(repr(tuple(row)).encode())
    return hashed.hexdigest()


def active_sessions(session: Session, person_id: int) -> Sequence[UserSession]:
    """Return a person's open sessions, newest first."""
    statement = select(UserSession).where(UserSession.person_id == person_id).order_by(col(UserSession.seen_at).desc())
    return session.exec(statement).all()


def reps_count(session: Session) -> int:
    """Count the active reps."""
    return session.exec(select(func.count()).where(Person.role == Role.rep, col(Person.active).is_(True))).one()
