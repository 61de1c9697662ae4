"""Today's plan and the candidates side by side: what they pay me, every term, and what is said of each goal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from server.books.offers import Offer, load_offers
from server.books.own_book import OwnBook, own_book
from server.books.peers import peers
from server.comp.analysis.describe import sentences_of, table_of
from server.comp.analysis.lint import Finding, lint
from server.comp.mechanics.goals import Serves
from server.comp.plan import Plan
from server.documents import queries as document_queries
from server.errors import NotFoundError
from server.messages import Sentence
from server.people.access import CurrentPerson
from server.people.queries import Viewer
from server.simulator.forecast import Future, outlook
from server.simulator.projection import Projection, UnexplainedError, project
from server.web.dependencies import Pages, Reading

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Row:
    """A term in every plan, None where a plan says nothing of it; `differs` are the places unlike today's plan."""

    label: Sentence
    cells: tuple[Sentence | None, ...]
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
    cells: tuple[Serves | None, ...]


@dataclass(frozen=True, slots=True)
class Mine:
    """What each plan pays me: over the last twelve months, and in a low, a middle and a high next year."""

    book: OwnBook
    projections: list[Projection]
    futures: Sequence[Future]

    def of(self, place: int, quantile: int) -> int | None:
        """Return cents of one plan at one of QUANTILES, None where no next year can be drawn."""
        return self.futures[place].quantiles[quantile] if self.futures else None


def rows_of(plans: Sequence[Plan]) -> list[Row]:
    """Return the terms of all plans in the order of the first that has each."""
    tables = [table_of(plan) for plan in plans]
    cells: dict[str, tuple[Sentence, list[Sentence | None]]] = {}
    for place, table in enumerate(tables):
        for label, value in table:
            found = cells.setdefault(str(label), (label, [None] * len(plans)))
            found[1][place] = value
    rows = []
    for label, values in cells.values():
        first = str(values[0])
        rows.append(Row(label, tuple(values), tuple(str(value) != first for value in values)))
    return rows


@dataclass(frozen=True, slots=True)
class Said:
    """What plans say in sentences: those that not all of them say, by plan, and those that all do."""

    apart: tuple[tuple[Sentence, ...], ...]
    common: tuple[Sentence, ...]

    def is_new(self, sentence: Sentence) -> bool:
        """Say whether today's plan, the first, does not say it."""
        return str(sentence) not in {str(said) for said in self.apart[0]}


def said_of(plans: Sequence[Plan]) -> Said:
    """Return every choice of the plans in words."""
    every = [sentences_of(replace(plan, goals=())) for plan in plans]
    shared = set.intersection(*({str(sentence) for sentence in said} for said in every))
    apart = tuple(tuple(sentence for sentence in said if str(sentence) not in shared) for said in every)
    return Said(apart, tuple(sentence for sentence in every[0] if str(sentence) in shared))


def goals_of(goals: Sequence[str], plans: Sequence[Plan]) -> list[GoalRow]:
    """Return the goals with what each plan says of them."""
    return [
        GoalRow(number, text, tuple(next((s for s in plan.goals if s.goal == number), None) for plan in plans))
        for number, text in enumerate(goals, start=1)
    ]


def mine_of(session: Session, viewer: Viewer, offers: list[Offer]) -> Mine | None:
    """Return what every offer pays the viewer; None for those without a book, and where no figure can be shown."""
    if not viewer.has_book:
        return None
    book = own_book(session, viewer.id, offers[0].plan)
    if book is None:
        return None
    try:
        drawn = outlook(book.history, peers(session, viewer.id, book), offers, book.window)
        return Mine(book, project(book.history, offers, book.window), drawn.futures if drawn else ())
    except (UnexplainedError, OverflowError):
        return None


@lru_cache(maxsize=256)
def warnings_of(plan: Plan) -> list[Finding]:
    """Return what lint finds worth a second look."""
    return [finding for finding in lint(plan) if finding.warns]


@router.get("/proposals/{slug}/compare")
def compare(slug: str, request: Request, viewer: CurrentPerson, session: Reading, pages: Pages) -> HTMLResponse:
    """Show the plans in columns."""
    edition = document_queries.edition(session, slug)
    if edition is None:
        raise NotFoundError
    offers = load_offers(session, document_queries.structures(session, edition.version_id))
    plans = [offer.plan for offer in offers]
    view = {
        "edition": edition,
        "offers": offers,
        "rows": rows_of(plans) if plans else [],
        "said": said_of(plans) if plans else None,
        "goals": goals_of(document_queries.goals(session, edition.version_id), plans),
        "mine": mine_of(session, viewer, offers) if offers else None,
        "warnings": [warnings_of(plan) for plan in plans],
    }
    return pages.page(request, "pages/compare.html", view)
