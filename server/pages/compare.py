"""The compare page: today's plan and the candidates side by side, with pay, terms, goals and warnings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from server.books.offers import Offer, load_offers
from server.books.own_book import OwnBook, own_book
from server.books.peers import peer_books
from server.comp import LintWarning, Plan, describe, lint
from server.comp.mechanics.goals import GoalClaim
from server.documents import queries as document_queries
from server.documents.access import DOCUMENT_ACCESS
from server.errors import NotFoundError
from server.messages import Message
from server.pages.aligned_terms import aligned_terms
from server.people.access import CurrentPerson
from server.people.queries import Viewer
from server.simulator.forecast import YearForecast, forecast
from server.simulator.projection import Comparison, Projection, UnexplainedError, project
from server.web.dependencies import ReadSession, TemplatesDep

router = APIRouter(dependencies=DOCUMENT_ACCESS)


@dataclass(frozen=True, slots=True)
class CompareRow:
    """A term with its value in every plan, None where a plan does not have it.

    `differs` tells for each plan whether its value differs from the first plan, which is today's if there is one.
    """

    label: Message
    cells: tuple[Message | None, ...]
    differs: tuple[bool, ...]

    @property
    def is_same(self) -> bool:
        """Whether the value is the same in every plan."""
        return not any(self.differs)


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal, and what each plan claims to do for it."""

    number: int
    text: str
    cells: tuple[GoalClaim | None, ...]


@dataclass(frozen=True, slots=True)
class ComparedPay:
    """What each plan pays me: over the last twelve months, and in a low, a middle and a high next year."""

    book: OwnBook
    projections: list[Projection]
    forecasts: Sequence[YearForecast]

    def of(self, index: int, quantile: int) -> int | None:
        """Return cents of a plan at one of QUANTILES, or None if there is no forecast."""
        return self.forecasts[index].quantiles[quantile] if self.forecasts else None


def compare_rows(plans: Sequence[Plan]) -> list[CompareRow]:
    """Return the terms of all plans, in the order of the first plan that has each."""
    labels: dict[str, Message] = {}
    values: dict[str, list[Message | None]] = {}
    for index, terms in enumerate(aligned_terms(plans)):
        for term in terms:
            labels.setdefault(term.path, term.label)
            values.setdefault(term.path, [None] * len(plans))[index] = term.value
    rows = []
    for path, cells in values.items():
        first = str(cells[0])
        rows.append(CompareRow(labels[path], tuple(cells), tuple(str(cell) != first for cell in cells)))
    return rows


@dataclass(frozen=True, slots=True)
class PlanDescriptions:
    """Plans in plain words: the sentences that not all of them share, by plan, and those that all share."""

    apart: tuple[tuple[Message, ...], ...]
    common: tuple[Message, ...]

    def is_new(self, sentence: Message) -> bool:
        """Return whether a sentence does not describe the first plan."""
        return str(sentence) not in {str(other) for other in self.apart[0]}


def plan_descriptions(plans: Sequence[Plan]) -> PlanDescriptions:
    """Return the descriptions of plans."""
    descriptions = [describe(replace(plan, goals=())) for plan in plans]
    shared = set.intersection(*({str(sentence) for sentence in sentences} for sentences in descriptions))
    apart = tuple(
        tuple(sentence for sentence in sentences if str(sentence) not in shared) for sentences in descriptions
    )
    return PlanDescriptions(apart, tuple(sentence for sentence in descriptions[0] if str(sentence) in shared))


def goal_rows(goals: Sequence[str], plans: Sequence[Plan]) -> list[GoalRow]:
    """Return the goals with the claims of each plan."""
    return [
        GoalRow(
            number,
            text,
            tuple(next((claim for claim in plan.goals if claim.goal == number), None) for plan in plans),
        )
        for number, text in enumerate(goals, start=1)
    ]


def compared_pay(session: Session, viewer: Viewer, offers: list[Offer]) -> ComparedPay | None:
    """Return what every offer pays the viewer, or None if they have no book or their pay cannot be explained."""
    if not viewer.is_paid:
        return None
    book = own_book(session, viewer.id, offers[0].plan)
    if book is None:
        return None
    try:
        next_year = forecast(book.history, peer_books(session, viewer.id, book), offers, book.window)
        projections = project(book.history, offers, book.window, comparison=Comparison(recorded=book.recorded))
        return ComparedPay(book, projections, next_year.futures if next_year else ())
    except (UnexplainedError, OverflowError):
        return None


@lru_cache(maxsize=256)
def plan_warnings(plan: Plan) -> list[LintWarning]:
    """Return the warnings about a plan."""
    return [warning for warning in lint(plan) if warning.is_warning]


@router.get("/proposals/{slug}/compare")
def show_compare(
    slug: str, request: Request, viewer: CurrentPerson, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show the plans side by side."""
    version = document_queries.version_page(session, slug)
    if version is None:
        raise NotFoundError
    person_id = viewer.id if viewer.is_paid else None
    offers = load_offers(session, document_queries.candidates(session, version.version_id), person_id)
    plans = [offer.plan for offer in offers]
    view = {
        "version": version,
        "offers": offers,
        "rows": compare_rows(plans) if plans else [],
        "descriptions": plan_descriptions(plans) if plans else None,
        "goals": goal_rows(document_queries.goals(session, version.version_id), plans),
        "my_pay": compared_pay(session, viewer, offers) if offers else None,
        "warnings": [plan_warnings(plan) for plan in plans],
    }
    return templates.page(request, "pages/compare.html", view)
