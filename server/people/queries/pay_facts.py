"""Queries of what decides people's pay besides their deals."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Protocol

from sqlalchemy import bindparam, exists
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from server.comp import history
from server.comp.calendar import month_of
from server.people.models import (
    LevelAssignment,
    OpeningBalance,
    PayCorrection,
    Person,
    PersonalTerms,
    PersonResult,
    ReportingLine,
    Role,
)

_PERSON_FACTS = (
    sa_select(
        col(Person.id),
        col(Person.started_on),
        col(Person.left_on),
        col(OpeningBalance.draw_balance),
        exists().where(col(PersonResult.person_id) == col(Person.id)),
        exists().where(col(PersonalTerms.person_id) == col(Person.id)),
        exists().where(col(ReportingLine.manager_id) == col(Person.id)),
        col(Person.role),
        exists().where(col(PayCorrection.person_id) == col(Person.id)),
    )
    .outerjoin(OpeningBalance, col(OpeningBalance.person_id) == col(Person.id))
    .where(col(Person.id).in_(bindparam("people", expanding=True)))
)
"""Built once: every page with the viewer's pay runs it."""


@dataclass(frozen=True, slots=True)
class PayFacts:
    """A person's facts for the engine. `has_led`: someone reports or has reported to them. `is_rep`: their role."""

    person: history.Person = history.NO_PERSON
    has_led: bool = False
    is_rep: bool = True


def pay_facts(session: Session, person_ids: Sequence[int]) -> dict[int, PayFacts]:
    """Return people's pay facts by id: employment, results, own terms, corrections, draw balance, role, reports."""
    rows: Sequence[Any] = session.connection().execute(_PERSON_FACTS, {"people": list(person_ids)}).all()
    results = _results(session, [row[0] for row in rows if row[4]])
    adjustments = _adjustments(session, [row[0] for row in rows if row[5]])
    corrections = _corrections(session, [row[0] for row in rows if row[8]])
    return {
        person_id: PayFacts(
            history.Person(
                started=started,
                left=left,
                results=tuple(results.get(person_id, ())),
                adjustments=tuple(adjustments.get(person_id, ())),
                opening=draw_balance or 0,
                corrections=tuple(corrections.get(person_id, ())),
            ),
            bool(leads),
            role == Role.rep,
        )
        for person_id, started, left, draw_balance, _, _, leads, role, _ in rows
    }


def recorded_results(session: Session) -> set[str]:
    """Return the names of results that are recorded for anyone, in lower case."""
    return {name.lower() for name in session.exec(select(PersonResult.name).distinct())}


def _results(session: Session, person_ids: Sequence[int]) -> dict[int, list[history.Result]]:
    results: dict[int, list[history.Result]] = {}
    if person_ids:
        for row in session.exec(select(PersonResult).where(col(PersonResult.person_id).in_(person_ids))):
            value = Fraction(row.value, history.RESULT_SCALE)
            results.setdefault(row.person_id, []).append(history.Result(row.name, month_of(row.month), value))
    return results


def _adjustments(session: Session, person_ids: Sequence[int]) -> dict[int, list[history.Adjustment]]:
    adjustments: dict[int, list[history.Adjustment]] = {}
    if person_ids:
        statement = select(PersonalTerms).where(col(PersonalTerms.person_id).in_(person_ids))
        for row in session.exec(statement.order_by(col(PersonalTerms.since))):
            adjustments.setdefault(row.person_id, []).append(adjustment_of(row))
    return adjustments


def _corrections(session: Session, person_ids: Sequence[int]) -> dict[int, list[history.Correction]]:
    """Return people's corrections by day, each with its reason and who entered it when."""
    corrections: dict[int, list[history.Correction]] = {}
    if person_ids:
        author = aliased(Person)
        statement = (
            select(PayCorrection, author.name)
            .outerjoin(author, col(author.id) == col(PayCorrection.entered_by))
            .where(col(PayCorrection.person_id).in_(person_ids))
            .order_by(col(PayCorrection.day), col(PayCorrection.id))
        )
        for row, name in session.exec(statement):
            correction = history.Correction(row.day, row.amount, row.reason, name or "", row.entered_at.date())
            corrections.setdefault(row.person_id, []).append(correction)
    return corrections


class HasTerms(Protocol):
    """One person's terms for some months, as stored or as a file states them; amounts are cents a year."""

    @property
    def since(self) -> date:
        """A day of the first month."""

    @property
    def until(self) -> date:
        """A day of the last month."""

    @property
    def reason(self) -> str:
        """Why they differ from the plan's."""

    @property
    def base(self) -> int | None:
        """Base pay."""

    @property
    def variable(self) -> int | None:
        """Variable pay."""

    @property
    def quota(self) -> int | None:
        """The quota."""

    @property
    def component(self) -> str:
        """The component the quota is for, empty for all."""


def adjustment_of(terms: HasTerms) -> history.Adjustment:
    """Return one person's terms in the engine's form."""
    return history.Adjustment(
        month_of(terms.since),
        month_of(terms.until),
        terms.reason,
        terms.base,
        terms.variable,
        terms.quota,
        terms.component.casefold(),
    )


def people_fingerprint(session: Session) -> str:
    """Return a hash that changes whenever people, reporting lines, levels, results or personal terms do."""
    tables = (
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
        (PayCorrection.id, PayCorrection.person_id, PayCorrection.day, PayCorrection.amount),
    )
    fingerprint = hashlib.sha256()
    for columns in tables:
        key: Any = columns[0]
        statement: Any = sa_select(*columns).order_by(key)
        for row in session.execute(statement):
            fingerprint.update(repr(tuple(row)).encode())
    return fingerprint.hexdigest()
