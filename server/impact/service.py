"""Ordering, taking and finishing impact runs; who may see which line, and whether a result is still true."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from server.books.offers import Offer, load_offers
from server.comp import ENGINE_VERSION, history
from server.comp.analysis.disclosure import MIN_GROUP
from server.comp.calendar import Window, month_of
from server.comp.history import History, LevelSince
from server.comp.load import read_plan
from server.comp.plan import Plan
from server.db.columns import now
from server.deals import queries as deal_queries
from server.documents import queries as document_queries
from server.impact.compute import PeopleGroup
from server.impact.models import ImpactRun
from server.jobs.queue import enqueue
from server.jobs.tasks import TaskName
from server.people import queries as people_queries
from server.people.models import Person, Role
from server.people.queries import Viewer

STALE = timedelta(seconds=45)
"""A run that has not moved for so long was left by a process that ended; progress is told every second or so."""
MAX_EARLIER = 40
"""Plans of other versions that are held against a new one."""


@dataclass(frozen=True, slots=True)
class ReportingScope:
    """Whose people an impact is about: a manager's, or everybody's (None)."""

    manager_id: int | None
    people: tuple[int, ...]


def scope_of(session: Session, viewer: Viewer) -> ReportingScope:
    """Return the people whose impact a viewer may see: executives and admins everybody's, managers their own line's."""
    reps = [person.id or 0 for person in people_queries.active_reps(session)]
    if viewer.role in {Role.executive, Role.admin}:
        return ReportingScope(None, tuple(reps))
    mine = people_queries.reports_of(session, viewer.id, now().date())
    return ReportingScope(viewer.id, tuple(person for person in reps if person in mine))


def scope_of_run(session: Session, run: ImpactRun) -> ReportingScope:
    """Return the people a run is about, as the lines are today."""
    reps = [person.id or 0 for person in people_queries.active_reps(session)]
    if run.line_id is None:
        return ReportingScope(None, tuple(reps))
    mine = people_queries.reports_of(session, run.line_id, now().date())
    return ReportingScope(run.line_id, tuple(person for person in reps if person in mine))


def key_of(session: Session, offers: Sequence[Offer]) -> str:
    """Return the hash of plans, data and engine: the same as long as the same figures would come out."""
    parts = [
        ENGINE_VERSION,
        [offer.plan.digest for offer in offers],
        deal_queries.books_fingerprint(session),
        people_queries.people_fingerprint(session),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def request_run(session: Session, version_id: int, manager_id: int | None, key: str) -> ImpactRun:
    """Put a run down unless it is there already; returns it."""
    found = run_of(session, version_id, manager_id, key)
    if found is None:
        found = ImpactRun(version_id=version_id, line_id=manager_id, key=key)
        session.add(found)
        session.flush()
        enqueue(session, TaskName.impact)
    return found


def run_of(session: Session, version_id: int, manager_id: int | None, key: str) -> ImpactRun | None:
    """Return the run of a version, line and state of the data."""
    statement = select(ImpactRun).where(
        ImpactRun.version_id == version_id, ImpactRun.line_id == manager_id, ImpactRun.key == key
    )
    return session.exec(statement).first()


def newest_done(session: Session, version_id: int, manager_id: int | None) -> ImpactRun | None:
    """Return the newest finished run of a version and line, whatever the data was."""
    statement = (
        select(ImpactRun)
        .where(ImpactRun.version_id == version_id, ImpactRun.line_id == manager_id, ImpactRun.state == "done")
        .order_by(col(ImpactRun.finished_at).desc())
    )
    return session.exec(statement).first()


def request_runs(session: Session, version_id: int) -> None:
    """Put the company's run of a new version down, and those of the managers who lead enough reps."""
    offers = load_offers(session, document_queries.candidates(session, version_id))
    if not offers or offers[0].key != "today":
        return
    key, today = key_of(session, offers), now().date()
    request_run(session, version_id, None, key)
    reps = {person.id or 0 for person in people_queries.active_reps(session)}
    for manager_id in people_queries.leaders(session, today):
        if len(people_queries.reports_of(session, manager_id, today) & reps) >= MIN_GROUP:
            request_run(session, version_id, manager_id, key)


def claim_run(session: Session) -> ImpactRun | None:
    """Take the oldest run that is due; of several processes one gets it."""
    late = now() - STALE
    waiting = select(ImpactRun).where(
        (col(ImpactRun.state) == "due") | ((col(ImpactRun.state) == "running") & (col(ImpactRun.started_at) < late))
    )
    for run in session.exec(waiting.order_by(col(ImpactRun.id))).all():
        taken = session.execute(
            update(ImpactRun)
            .where(col(ImpactRun.id) == run.id, col(ImpactRun.state) == run.state)
            .where(
                col(ImpactRun.started_at) == run.started_at if run.started_at else col(ImpactRun.started_at).is_(None)
            )
            .values(state="running", started_at=now(), done=0)
        )
        if taken.rowcount:  # type: ignore[attr-defined] # an update has one
            session.refresh(run)
            return run
    return None


def people_group(session: Session, line: ReportingScope, today: Plan, window: Window) -> PeopleGroup:
    """Gather the histories of a line and the groups its people lie in: level, region and tenure."""
    by_id = {person.id: person for person in people_queries.active_reps(session)}
    books = deal_queries.books_of(session, line.people)
    spells, facts = people_queries.level_histories(session), people_queries.person_facts(session, line.people)
    ranks = {level.name.casefold(): rank for rank, level in enumerate(today.levels)}
    histories, levels, regions, tenures = [], [], [], []
    for person_id in line.people:
        held = tuple(
            LevelSince(month_of(spell.since), spell.level, ranks.get(spell.level.casefold(), 0))
            for spell in spells.get(person_id, [])
        )
        histories.append(History(str(person_id), books[person_id], held, facts.get(person_id, history.Person())))
        levels.append(held[-1].name if held else today.levels[0].name)
        person: Person = by_id[person_id]
        regions.append(person.region or "–")
        known = [spell.since for spell in spells.get(person_id, [])] + [deal.signed for deal in books[person_id]]
        tenures.append(_tenure(person.started_on or min(known, default=window.ends), window.ends))
    return PeopleGroup(histories, {"level": levels, "region": regions, "tenure": tenures})


def _tenure(since: date, until: date) -> str:
    months = month_of(until) - month_of(since)
    return "under a year" if months < 12 else "1 to 3 years" if months < 36 else "over 3 years"  # noqa: PLR2004


def earlier_plans(session: Session, version_id: int) -> list[Plan]:
    """Return the different plans of the proposal's other versions, whose figures may be known, the newest first."""
    return [read_plan(text) for text in document_queries.texts_of_other_versions(session, version_id, MAX_EARLIER)]


def last_published(session: Session, run: ImpactRun) -> ImpactRun | None:
    """Return the run of the same line whose figures were published last, of whatever version."""
    statement = (
        select(ImpactRun)
        .where(ImpactRun.line_id == run.line_id, ImpactRun.state == "done")
        .order_by(col(ImpactRun.finished_at).desc(), col(ImpactRun.id).desc())
    )
    return next((found for found in session.exec(statement) if found.result.get("marks")), None)


def withheld(result: dict[str, Any], before: ImpactRun | None, version_id: int) -> dict[str, Any]:
    """Keep new figures back while the data of one to four people has changed: the difference would be theirs.

    The figures published for the same version stand; another version has none until more has changed.
    """
    if before is None:
        return result
    old, new = before.result["marks"], result["marks"]
    changed = sum(old.get(person) != new.get(person) for person in {*old, *new})
    if changed == 0 or changed >= MIN_GROUP:
        return result
    if before.version_id == version_id:
        return {**before.result, "held": True}
    return {"people": result["people"], "held": True}


def record_progress(session: Session, run_id: int, done: int, of: int) -> None:
    """Keep how far a run is."""
    session.execute(update(ImpactRun).where(col(ImpactRun.id) == run_id).values(done=done, of=of, started_at=now()))


def finish(session: Session, run_id: int, result: dict[str, Any] | None, ends_on: date | None) -> None:
    """Keep the cells of a run, or that it failed."""
    session.execute(
        update(ImpactRun)
        .where(col(ImpactRun.id) == run_id)
        .values(
            state="done" if result is not None else "failed",
            result=result or {},
            data_ends_on=ends_on,
            finished_at=now(),
        )
    )
