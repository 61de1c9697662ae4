"""Requests, claims and finishes impact runs, and decides who may see whose impact."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from server.books.offers import TODAY, Offer, load_offers, proposed
from server.books.team import with_teams
from server.comp import ENGINE_VERSION, History, LevelSince, Plan, Window, read_plan
from server.comp.analysis.disclosure import MIN_GROUP
from server.comp.analysis.missing_inputs import is_event, missing_inputs, needed_inputs
from server.comp.analysis.own_quotas import OwnQuotas
from server.comp.calendar import MONTHS_IN_YEAR, month_of
from server.comp.mechanics.levels import Level, index_of, unmatched
from server.db.columns import now
from server.deals import queries as deal_queries
from server.documents import queries as document_queries
from server.documents.queries import CandidateView
from server.impact.compute import PeopleGroup
from server.impact.models import ImpactRun
from server.jobs.queue import enqueue
from server.jobs.tasks import TaskName
from server.people import queries as people_queries
from server.people.models import Person, Role
from server.people.queries import PayFacts, Viewer
from server.plans_in_force import queries as plan_queries

STALE = timedelta(seconds=45)
"""A run without progress for this long is abandoned; a live process records progress every second or so."""
MAX_EARLIER = 40
"""Plans of other versions whose published figures are protected together with those of a new version."""


@dataclass(frozen=True, slots=True)
class ReportingScope:
    """The people an impact is about: the reports of a manager, or everyone if `manager_id` is None.

    A manager who `sees_company_elsewhere` is shown no figures of the team.
    """

    manager_id: int | None
    people: tuple[int, ...]
    sees_company_elsewhere: bool = False

    @property
    def has_figures(self) -> bool:
        """Return whether there may be figures: for enough people, and none that others reveal by subtraction."""
        return len(self.people) >= MIN_GROUP and not self.sees_company_elsewhere


def scope_of(session: Session, viewer: Viewer, *, shows_company: bool) -> ReportingScope:
    """Return the people whose impact a viewer may see: executives and admins all, managers their own reports.

    Where the redesign `shows_company`, managers see everyone instead. A manager never gets figures of both a team and
    the company, as their difference could reveal a few people: one who may have seen those of their team keeps to it,
    and one who may see those of the company under a redesign sees none of the team under another.
    """
    if viewer.role in {Role.executive, Role.admin}:
        return _scope(session, None)
    if _has_team_figures(session, viewer.id):
        return _scope(session, viewer.id)
    if shows_company:
        return _scope(session, None)
    team = _scope(session, viewer.id)
    return replace(team, sees_company_elsewhere=document_queries.shows_company_impact(session))


def _has_team_figures(session: Session, manager_id: int) -> bool:
    """Return whether a manager may have seen figures of their own team."""
    statement = select(ImpactRun.id).where(ImpactRun.manager_id == manager_id, ImpactRun.state == "done")
    return session.exec(statement).first() is not None


def scope_of_run(session: Session, run: ImpactRun) -> ReportingScope:
    """Return the reps a run is about, by today's reporting lines."""
    return _scope(session, run.manager_id)


def _scope(session: Session, manager_id: int | None) -> ReportingScope:
    reps = [person.id for person in people_queries.paid_people(session)]
    if manager_id is None:
        return ReportingScope(None, tuple(reps))
    reports = people_queries.reports_of(session, manager_id, people_queries.company_today(session))
    return ReportingScope(manager_id, tuple(person_id for person_id in reps if person_id in reports))


def key_of(session: Session, offers: Sequence[Offer]) -> str:
    """Return a hash of the plans, the data and the engine's version; it changes when figures may change."""
    in_force = plan_queries.plans_by_person(session, people_queries.company_today(session))
    parts = [
        ENGINE_VERSION,
        [offer.plan.digest for offer in offers],
        [(person, plan.id) for person, plan in sorted(in_force.items())],
        deal_queries.books_fingerprint(session),
        people_queries.people_fingerprint(session),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def request_run(session: Session, version_id: int, manager_id: int | None, key: str) -> ImpactRun:
    """Create and enqueue a run unless it exists, and return it."""
    run = run_of(session, version_id, manager_id, key)
    if run is None:
        run = ImpactRun(version_id=version_id, manager_id=manager_id, key=key)
        session.add(run)
        session.flush()
        enqueue(session, TaskName.impact)
    return run


def run_of(session: Session, version_id: int, manager_id: int | None, key: str) -> ImpactRun | None:
    """Return the run of a version, reporting line and state of the data."""
    statement = select(ImpactRun).where(
        ImpactRun.version_id == version_id, ImpactRun.manager_id == manager_id, ImpactRun.key == key
    )
    return session.exec(statement).first()


def newest_done(session: Session, version_id: int, manager_id: int | None) -> ImpactRun | None:
    """Return the newest finished run of a version and reporting line, for any state of the data."""
    statement = (
        select(ImpactRun)
        .where(ImpactRun.version_id == version_id, ImpactRun.manager_id == manager_id, ImpactRun.state == "done")
        .order_by(col(ImpactRun.finished_at).desc())
    )
    return session.exec(statement).first()


def request_runs(session: Session, version_id: int) -> None:
    """Request the runs of a new version: for the company, and for each manager who leads enough reps."""
    offers = load_offers(session, document_queries.candidates(session, version_id))
    if not offers or not offers[0].is_today:
        return
    key, today = key_of(session, offers), people_queries.company_today(session)
    request_run(session, version_id, None, key)
    reps = {person.id for person in people_queries.paid_people(session)}
    shows_company = document_queries.shows_company_impact(session)
    for manager_id in people_queries.leaders(session, today):
        if shows_company and not _has_team_figures(session, manager_id):
            continue
        if len(people_queries.reports_of(session, manager_id, today) & reps) >= MIN_GROUP:
            request_run(session, version_id, manager_id, key)


def claim_run(session: Session) -> ImpactRun | None:
    """Claim the oldest run that is due or abandoned; only one of several processes gets it."""
    stale_before = now() - STALE
    is_abandoned = (col(ImpactRun.state) == "running") & (col(ImpactRun.started_at) < stale_before)
    claimable = select(ImpactRun).where((col(ImpactRun.state) == "due") | is_abandoned)
    for run in session.exec(claimable.order_by(col(ImpactRun.id))).all():
        started_at = col(ImpactRun.started_at)
        claimed = session.execute(
            update(ImpactRun)
            .where(col(ImpactRun.id) == run.id, col(ImpactRun.state) == run.state)
            .where(started_at == run.started_at if run.started_at else started_at.is_(None))
            .values(state="running", started_at=now(), done=0)
        )
        if claimed.rowcount:  # type: ignore[attr-defined] # an update has one
            session.refresh(run)
            return run
    return None


@dataclass(frozen=True, slots=True)
class ImpactInput:
    """What an impact is computed from: the people, the rows of plans, and how many people are left out."""

    group: PeopleGroup
    plans: list[list[Plan]]
    earlier: list[list[Plan]]
    without_level: int = 0
    without_plan: int = 0


def impact_input(
    session: Session, scope: ReportingScope, candidates: Sequence[CandidateView], version_id: int, window: Window
) -> ImpactInput:
    """Return the people of a scope whom a plan pays today, and the plans they are paid under.

    People whose level one of the plans does not name are left out: their own pages compare nothing either.
    """
    in_force = plan_queries.plans_by_person(session, people_queries.company_today(session))
    rows = {row.id: row for row in in_force.values()}
    todays = [read_plan(row.text) for row in rows.values()]
    plan_indexes = {row_id: index for index, row_id in enumerate(rows)}
    plans = [todays, *(_under_rule(candidate, todays) for candidate in candidates)]
    plans_today = {person: todays[plan_indexes[row.id]] for person, row in in_force.items()}
    histories = _histories(session, scope, plans_today, window)
    plan_of = {person: plan_indexes[in_force[person].id] for person in histories}
    matched = [
        person
        for person, own in histories.items()
        if not any(_is_unsure(row[plan_of[person]].levels, own, window, is_in_force=row is todays) for row in plans)
    ]
    kinds = _kinds(session, {person: histories[person] for person in matched}, window)
    group = PeopleGroup([histories[person] for person in matched], kinds, [plan_of[person] for person in matched])
    return ImpactInput(
        group,
        plans,
        _known_rows(session, version_id, candidates, todays, group),
        len(histories) - len(matched),
        len(scope.people) - len(histories),
    )


def _is_unsure(levels: Sequence[Level], own: History, window: Window, *, is_in_force: bool) -> bool:
    """Return whether a plan has not the level that a person holds, or a quota of a team that is not known in full."""
    is_team = own.person.unknown_quotas and any(level.allowance.is_team for level in levels)
    return bool(is_team) or unmatched(levels, own.levels, window, is_in_force=is_in_force) is not None


def has_several_currencies(session: Session, offers: Sequence[Offer]) -> bool:
    """Return whether candidates and the plans that pay people now are in more than one currency.

    Their pay is neither added up nor compared: a plan has no rate for another plan's amounts.
    """
    in_force = plan_queries.plans_by_person(session, people_queries.company_today(session))
    todays = {row.id: row.text for row in in_force.values()}
    plans = [read_plan(text) for text in todays.values()] + [offer.plan for offer in offers]
    return len({plan.currency for plan in plans}) > 1


def _under_rule(candidate: CandidateView, todays: Sequence[Plan], rule: str = "") -> list[Plan]:
    """Return a candidate's plan for the people of each of today's plans."""
    offer = Offer(candidate.key, candidate.letter, candidate.name, read_plan(candidate.text))
    return [proposed(offer, Offer(TODAY, "", today.name, today), rule or candidate.own_quotas).plan for today in todays]


def _known_rows(
    session: Session,
    version_id: int,
    candidates: Sequence[CandidateView],
    todays: Sequence[Plan],
    group: PeopleGroup,
) -> list[list[Plan]]:
    """Return the rows of plans whose figures may be known: those of other versions, under each rule for own quotas.

    Where someone has an own quota, these candidates under the other rules are among them.
    """
    rule = candidates[0].own_quotas if candidates else OwnQuotas.scaled
    texts = document_queries.candidate_texts_of_other_versions(session, version_id, MAX_EARLIER)
    known = [CandidateView("", 0, "", text, "", rule) for text in texts]
    if not any(own.quota is not None for history in group.histories for own in history.person.adjustments):
        return [_under_rule(candidate, todays) for candidate in known]
    rows = [_under_rule(candidate, todays, other) for candidate in known for other in OwnQuotas]
    return rows + [
        _under_rule(candidate, todays, other) for candidate in candidates for other in OwnQuotas if other != rule
    ]


def _histories(
    session: Session, scope: ReportingScope, plan_of: Mapping[int, Plan], window: Window
) -> dict[int, History]:
    """Return the histories of the people of a scope whom a plan pays, by person id."""
    people = [person_id for person_id in scope.people if person_id in plan_of]
    books, facts = deal_queries.books_of(session, people), people_queries.pay_facts(session, people)
    assignments = people_queries.level_histories(session)
    histories = {}
    for person_id in people:
        own_facts, levels_today = facts.get(person_id, PayFacts()), plan_of[person_id].levels
        is_other = not own_facts.is_rep
        levels = tuple(
            LevelSince(
                month_of(held.since),
                held.level,
                index_of(levels_today, held.level),
                needs_own_name=is_other,
            )
            for held in assignments.get(person_id, [])
        )
        histories[person_id] = History(str(person_id), books[person_id], levels, own_facts.person)
    leaders = [person_id for person_id, own_facts in facts.items() if own_facts.has_led]
    return with_teams(session, histories, leaders, window)


def _kinds(session: Session, histories: Mapping[int, History], window: Window) -> dict[str, list[str]]:
    """Return the level, region and tenure of people, in the order of their histories."""
    by_id = {person.id: person for person in people_queries.paid_people(session)}
    assignments = people_queries.level_histories(session)
    levels, regions, tenures = [], [], []
    for person_id, own in histories.items():
        person: Person = by_id[person_id]
        levels.append(own.levels[-1].name if own.levels else "–")
        regions.append(person.region or "–")
        known_days = [held.since for held in assignments.get(person_id, [])]
        known_days += [deal.signed for deal in own.deals]
        tenures.append(_tenure(person.started_on or min(known_days, default=window.ends), window.ends))
    return {"level": levels, "region": regions, "tenure": tenures}


def _tenure(since: date, until: date) -> str:
    """Return the tenure group of someone who started on a day."""
    months = month_of(until) - month_of(since)
    if months < MONTHS_IN_YEAR:
        return "under a year"
    return "1 to 3 years" if months < 3 * MONTHS_IN_YEAR else "over 3 years"


def missing_in_group(
    session: Session, plans: Sequence[Plan], histories: Sequence[History], window: Window
) -> list[str]:
    """Return what any of these plans pays on and is not recorded for everyone of a group."""
    recorded = deal_queries.recorded_inputs(session)
    company = History("company", tuple(deal for own in histories for deal in own.deals))
    missing: dict[str, None] = {}
    for plan in plans:
        of_people = {name for own in histories for name in missing_inputs(plan, own, recorded, window)}
        of_company = missing_inputs(plan, company, recorded, window)
        missing |= dict.fromkeys(
            name for name in needed_inputs(plan) if name in (of_company if is_event(name) else of_people)
        )
    return list(missing)


def remove_comparisons(result: dict[str, Any], missing: Sequence[Sequence[str]]) -> None:
    """Remove who gains and who loses under plans that pay on missing data; of all plans if today's is one."""
    for index, figures in enumerate(result["plans"]):
        figures["missing"] = list(dict.fromkeys([*missing[index], *missing[0]]))
        if figures["missing"]:
            for cell in (figures["everyone"], *(cell for cells in figures["kinds"].values() for cell in cells)):
                cell["bins"] = []


def last_published(session: Session, run: ImpactRun) -> ImpactRun | None:
    """Return the run of the same reporting line whose figures were published last, for any version."""
    statement = (
        select(ImpactRun)
        .where(ImpactRun.manager_id == run.manager_id, ImpactRun.state == "done")
        .order_by(col(ImpactRun.finished_at).desc(), col(ImpactRun.id).desc())
    )
    return next((published for published in session.exec(statement) if published.result.get("fingerprints")), None)


def withhold_if_disclosive(result: dict[str, Any], published: ImpactRun | None, version_id: int) -> dict[str, Any]:
    """Return the result, or withhold its figures if the data of one to four people changed.

    The difference from the published figures would disclose these people. The same version keeps its
    published figures instead; another version gets none until the data of more people has changed.
    """
    if published is None:
        return result
    is_same_version = published.version_id == version_id
    old, new = (_comparable(run["fingerprints"], everything=is_same_version) for run in (published.result, result))
    changed_people = sum(old.get(person) != new.get(person) for person in {*old, *new})
    if changed_people == 0 or changed_people >= MIN_GROUP:
        return result
    if is_same_version:
        return {**published.result, "is_withheld": True}
    return {"people": result["people"], "is_withheld": True}


def _comparable(fingerprints: Mapping[str, Any], *, everything: bool) -> dict[str, Any]:
    """Return what two runs share of each person: data and pay today, and in one version pay under its candidates.

    Runs of before this was stored have one fingerprint of the data.
    """
    return {person: own[everything] if isinstance(own, list) else own for person, own in fingerprints.items()}


def record_progress(session: Session, run_id: int, done: int, total: int) -> None:
    """Record how many people of a run are computed."""
    this_run = update(ImpactRun).where(col(ImpactRun.id) == run_id)
    session.execute(this_run.values(done=done, total=total, started_at=now()))


def finish(session: Session, run_id: int, result: dict[str, Any] | None, ends_on: date | None) -> None:
    """Store the result of a run, or mark it as failed if there is none."""
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
