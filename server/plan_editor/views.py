"""View models of the plans in force: the list, a plan with its history, and the form of a new one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from server.comp import Diagnostic, LintWarning, Plan, PlanError, describe, lint, read_plan
from server.comp.analysis.lint import currency_warnings
from server.comp.plan_text.edit import without_section
from server.deals.queries import won_currencies
from server.documents import queries as document_queries
from server.errors import AppError, NotFoundError
from server.messages import Message
from server.people import queries as people_queries
from server.plan_editor.audience import Conditions, NewPlanEdit, known_conditions
from server.plan_editor.library import library_plans
from server.plans_in_force import queries
from server.plans_in_force.models import PlanInForce
from server.plans_in_force.queries import Coverage
from server.plans_in_force.service import prepare, with_level_names

NO_COVERAGE = Coverage()
PICKED = 12
"""Plans of the library and of proposals that are offered to start from, at most."""


@dataclass(frozen=True, slots=True)
class PlanInForceView:
    """A plan in force with whom it pays, who entered it, and the names of the people it is for."""

    row: PlanInForce
    plan: Plan
    coverage: Coverage
    entered_by: str
    people: tuple[str, ...]
    state: str
    """`now`, `later`, `ended` or `withdrawn`."""

    @property
    def sentences(self) -> list[Message]:
        """The plan's description."""
        return describe(self.plan)


def entered_plans(session: Session) -> list[PlanInForceView]:
    """Return every plan that was entered, the newest first day first; withdrawn ones last."""
    return _views(session, queries.all_plans(session))


def entered_plan(session: Session, row: PlanInForce) -> PlanInForceView:
    """Return a plan that was entered. Its coverage is of today, or of its first day if that is later."""
    return _views(session, [row])[0]


def _views(session: Session, rows: Sequence[PlanInForce]) -> list[PlanInForceView]:
    today = people_queries.company_today(session)
    days = {max(today, row.since) for row in rows if row.withdrawn_at is None}
    coverages = {day: queries.coverages(session, day) for day in days}
    names = {person.id: person.name for person in people_queries.list_people(session)}
    return [
        PlanInForceView(
            row,
            read_plan(row.text),
            coverages[max(today, row.since)].get(row.id, NO_COVERAGE) if row.withdrawn_at is None else NO_COVERAGE,
            names.get(row.entered_by or 0, ""),
            tuple(names[person_id] for person_id in row.people if person_id in names),
            _state(row, today),
        )
        for row in rows
    ]


def _state(row: PlanInForce, today: date) -> str:
    if row.withdrawn_at is not None:
        return "withdrawn"
    if row.since > today:
        return "later"
    return "now" if queries.is_in_force(row, today) else "ended"


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """A plan that a new one can start from: the value of the choice, and its name."""

    value: str
    name: str


def starting_points(session: Session) -> list[tuple[str, list[PlanChoice]]]:
    """Return the plans to start from by kind: `library`, `candidate` and `in_force`."""
    candidates = []
    for proposal in document_queries.published_proposals(session)[:PICKED]:
        version = document_queries.version_ref(session, proposal.slug)
        for candidate in document_queries.candidates(session, version.version_id) if version else ():
            name = f"{candidate.letter} · {candidate.name} ({proposal.title})"
            candidates.append(PlanChoice(f"{proposal.slug}/{candidate.key}", name))
    in_force = [PlanChoice(row.ulid, read_plan(row.text).name) for row in queries.plans_in_force(session)[:PICKED]]
    library = [PlanChoice(plan.key, plan.name) for plan in library_plans()]
    return [("candidate", candidates[:PICKED]), ("in_force", in_force), ("library", library)]


def starting_text(session: Session, start: str) -> str:
    """Return the text of a plan to start from; raises NotFoundError for an unknown choice."""
    slug, _, key = start.partition("/")
    if key:
        version = document_queries.version_ref(session, slug)
        candidates = document_queries.candidates(session, version.version_id) if version else []
        text = next((candidate.text for candidate in candidates if candidate.key == key), None)
    else:
        row = queries.plan_in_force(session, start)
        text = row.text if row else next((plan.text for plan in library_plans() if plan.key == start), None)
    if text is None:
        raise NotFoundError
    return without_section(text, "cases")


@dataclass(frozen=True, slots=True)
class NewPlanPreview:
    """What a new plan does: its problems, or whom it pays, which plans it replaces for how many, and its warnings."""

    problems: tuple[Diagnostic, ...] = ()
    failure: Message | None = None
    plan: Plan | None = None
    coverage: Coverage = NO_COVERAGE
    replaced: tuple[tuple[str, int], ...] = ()
    without_plan: int = 0
    warnings: tuple[LintWarning, ...] = ()

    @property
    def sentences(self) -> list[Message]:
        """The plan's description."""
        return describe(self.plan) if self.plan else []


def preview_new_plan(session: Session, edit: NewPlanEdit) -> NewPlanPreview:
    """Return what a plan would do if it was put in force as the form has it."""
    try:
        new = edit.new_plan(session)
        row = prepare(new)
        with_level_names(row.text, edit.level_mapping)  # raises for a level that the plan does not have
        plan = read_plan(row.text)
    except PlanError as error:
        return NewPlanPreview(problems=tuple(error.problems))
    except AppError as error:
        return NewPlanPreview(failure=error.sentence)
    on = max(people_queries.company_today(session), row.since)
    existing = queries.plans_in_force(session)
    row.id = max((other.id for other in existing), default=0) + 1  # as the newest, once it is stored
    covered = queries.coverage(session, row, on, [*existing, row])
    before = Counter(_plan_name(existing, person, on) for person in covered.people)
    return NewPlanPreview(
        plan=plan,
        coverage=covered,
        replaced=tuple((name, count) for name, count in before.items() if name),
        without_plan=_without_plan(session, [*existing, row], on),
        warnings=(
            *currency_warnings(plan, won_currencies(session)),
            *(warning for warning in lint(plan) if warning.is_warning),
        ),
    )


def _plan_name(plans: Sequence[PlanInForce], person: queries.PaidPerson, on: date) -> str:
    row = queries.choose_plan(plans, person, on)
    return read_plan(row.text).name if row else ""


def _without_plan(session: Session, plans: Sequence[PlanInForce], on: date) -> int:
    return sum(queries.choose_plan(plans, person, on) is None for person in queries.paid_people(session, on))


def condition_choices(session: Session, chosen: Conditions) -> Mapping[str, list[str]]:
    """Return the titles, levels and regions that reps have, and those chosen, by the name of the condition."""
    known = known_conditions(session)
    return {name: sorted({*values, *chosen[name]}) for name, values in known.items()}
