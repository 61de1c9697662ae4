"""Today's plan and the candidates side by side: what they pay me, every term, and what is said of each goal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from server.books.offers import Offer, load_offers
from server.books.own_book import OwnBook, own_book
from server.books.peers import peer_books
from server.comp.analysis.describe import describe
from server.comp.analysis.lint import LintWarning, lint
from server.comp.analysis.terms import terms_table
from server.comp.mechanics.goals import GoalClaim
from server.comp.plan import Plan
from server.documents import queries as document_queries
from server.errors import NotFoundError
from server.messages import Message
from server.people.access import CurrentPerson
from server.people.queries import Viewer
from server.simulator.forecast import YearForecast, forecast
from server.simulator.projection import Projection, UnexplainedError, project
from server.web.dependencies import ReadSession, TemplatesDep

router = APIRouter()


@dataclass(frozen=True, slots=True)
class CompareRow:
    """A term in every plan, None where a plan says nothing of it; `differs` are the places unlike today's plan."""

    label: Message
    cells: tuple[Message | None, ...]
    differs: tuple[bool, ...]

    @property
    def is_the_same(self) -> bool:
        """Whether every plan says the same."""
        return not any(self.differs)


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal, and what each plan says it does for it."""

    number: int
    text: str
    cells: tuple[GoalClaim | None, ...]


@dataclass(frozen=True, slots=True)
class MyPay:
    """What each plan pays me: over the last twelve months, and in a low, a middle and a high next year."""

    book: OwnBook
    projections: list[Projection]
    futures: Sequence[YearForecast]

    def of(self, place: int, quantile: int) -> int | None:
        """Return cents of one plan at one of QUANTILES, None where no next year can be drawn."""
        return self.futures[place].quantiles[quantile] if self.futures else None


def compare_rows(plans: Sequence[Plan]) -> list[CompareRow]:
    """Return the terms of all plans, in the order of the first plan that has each."""
    labels: dict[str, Message] = {}
    values: dict[str, list[Message | None]] = {}
    for index, plan in enumerate(plans):
        for term in terms_table(plan):
            labels.setdefault(term.path, term.label)
            values.setdefault(term.path, [None] * len(plans))[index] = term.value
    rows = []
    for path, cells in values.items():
        first = str(cells[0])
        rows.append(CompareRow(labels[path], tuple(cells), tuple(str(cell) != first for cell in cells)))
    return rows


@dataclass(frozen=True, slots=True)
class GoalComments:
    """What plans say in sentences: those that not all of them say, by plan, and those that all do."""

    apart: tuple[tuple[Message, ...], ...]
    common: tuple[Message, ...]

    def is_new(self, sentence: Message) -> bool:
        """Say whether today's plan, the first, does not say it."""
        return str(sentence) not in {str(said) for said in self.apart[0]}


def goal_comments(plans: Sequence[Plan]) -> GoalComments:
    """Return every choice of the plans in words."""
    every = [describe(replace(plan, goals=())) for plan in plans]
    shared = set.intersection(*({str(sentence) for sentence in said} for said in every))
    apart = tuple(tuple(sentence for sentence in said if str(sentence) not in shared) for said in every)
    return GoalComments(apart, tuple(sentence for sentence in every[0] if str(sentence) in shared))


def goal_rows(goals: Sequence[str], plans: Sequence[Plan]) -> list[GoalRow]:
    """Return the goals with what each plan says of them."""
    return [
        GoalRow(number, text, tuple(next((s for s in plan.goals if s.goal == number), None) for plan in plans))
        for number, text in enumerate(goals, start=1)
    ]


def my_pay(session: Session, viewer: Viewer, offers: list[Offer]) -> MyPay | None:
    """Return what every offer pays the viewer; None for those without a book, and where no figure can be shown."""
    if not viewer.is_paid:
        return None
    book = own_book(session, viewer.id, offers[0].plan)
    if book is None:
        return None
    try:
        drawn = forecast(book.history, peer_books(session, viewer.id, book), offers, book.window)
        return MyPay(book, project(book.history, offers, book.window), drawn.futures if drawn else ())
    except (UnexplainedError, OverflowError):
        return None


@lru_cache(maxsize=256)
def plan_warnings(plan: Plan) -> list[LintWarning]:
    """Return what lint finds worth a second look."""
    return [finding for finding in lint(plan) if finding.is_warning]


@router.get("/proposals/{slug}/compare")
def show_compare(
    slug: str, request: Request, viewer: CurrentPerson, session: ReadSession, pages: TemplatesDep
) -> HTMLResponse:
    """Show the plans in columns."""
    edition = document_queries.version_page(session, slug)
    if edition is None:
        raise NotFoundError
    offers = load_offers(session, document_queries.candidates(session, edition.version_id))
    plans = [offer.plan for offer in offers]
    view = {
        "edition": edition,
        "offers": offers,
        "rows": compare_rows(plans) if plans else [],
        "said": goal_comments(plans) if plans else None,
        "goals": goal_rows(document_queries.goals(session, edition.version_id), plans),
        "mine": my_pay(session, viewer, offers) if offers else None,
        "warnings": [plan_warnings(plan) for plan in plans],
    }
    return pages.page(request, "pages/compare.html", view)
