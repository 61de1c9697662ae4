"""The proposal: words, candidates, my pay beside them, votes, comments, history."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from pydantic import BaseModel
from sqlmodel import Session

from server.comp.load import read_plan
from server.db.columns import now
from server.discussion import queries as discussion_queries
from server.discussion import unread
from server.documents import queries as document_queries
from server.documents.candidate_matching import successors
from server.documents.models import DocumentRef, Redesign
from server.documents.queries import CandidateView, DocumentSummary, ReaderState, VersionPage
from server.errors import NotFoundError
from server.messages import Message, message
from server.pages.annotations import Annotator, ThreadLabels
from server.pages.changes_since import ChangesSince, mark_changes
from server.pages.plan_terms import TermThreads, annotated_terms
from server.people.access import SIGNED_IN_READER, CurrentPerson
from server.people.queries import Viewer, reps_count
from server.simulator import views as simulator_views
from server.text.rendered import join_blocks, load_parts
from server.text.toc import Heading, table_of_contents
from server.town_halls import queries as town_hall_queries
from server.town_halls.models import TownHall
from server.voting import queries as voting_queries
from server.web.dependencies import Number, ReadSession, TemplatesDep
from server.web.read_routes import PageRequest, ReadRoute
from server.web.templating import Templates

router = APIRouter()
STAGE_NAMES = {
    "town hall": message("Town hall"),
    "draft": message("Draft"),
    "feedback": message("Open for feedback"),
    "vote": message("Vote"),
    "decision": message("Decision"),
    "in force": message("In force"),
}


@dataclass(frozen=True, slots=True)
class CandidateCard:
    """A candidate as its card shows it."""

    key: str
    letter: str
    name: str
    summary: str
    terms: Markup
    waiting: int
    tally: voting_queries.Tally
    my_vote: voting_queries.MyVote | None


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a redesign by its key: done, now or to come."""

    key: str
    first: date | None
    last: date | None
    state: str

    @property
    def name(self) -> Message:
        """What the stage is called."""
        return STAGE_NAMES[self.key]


@dataclass(frozen=True, slots=True)
class ProposalView:
    """All that the page says."""

    edition: VersionPage
    parts: Sequence[Any]
    cards: list[CandidateCard]
    hall: TownHall | None
    stages: list[Stage]
    read: int | None
    since: int | None
    changes_since: Sequence[ChangesSince]
    readers: int
    contents: Sequence[Heading]
    related_pages: Sequence[DocumentSummary]
    threads: list[discussion_queries.CommentView]
    more: int | None
    unplaced: Sequence[discussion_queries.AnchorView]
    feedback: discussion_queries.FeedbackStatus

    @property
    def vote_waits(self) -> bool:
        """Whether the vote should be open and waits for concerns to be answered."""
        redesign = self.edition.redesign
        begun = redesign.vote_from is not None and redesign.vote_from <= now().date()
        return begun and bool(self.feedback.concerns) and not redesign.vote_override_reason

    @property
    def latest(self) -> int:
        """The key of what was said last in the threads that are shown."""
        return max((thread.latest.id for thread in self.threads), default=0)

    @property
    def is_current(self) -> bool:
        """Whether this is the newest version, on which votes are open."""
        return self.edition.number == self.edition.current


def stages_of(redesign: Redesign, hall: TownHall | None, today: date, concerns: int = 0) -> list[Stage]:
    """Return the stages of a redesign; over open concerns, feedback goes on until a reason for the vote is given."""
    dates = {
        "town hall": (hall.held_on if hall else None, None),
        "draft": (redesign.drafted_on, None),
        "feedback": (None, redesign.feedback_until),
        "vote": (redesign.vote_from, redesign.vote_until),
        "decision": (redesign.decided_on, None),
        "in force": (redesign.in_force_on, None),
    }
    stages: list[Stage] = []
    is_reached = False
    for key, (first, last) in dates.items():
        end = last or first
        state = "to come" if is_reached else "done"
        waits = key == "feedback" and bool(concerns) and not redesign.vote_override_reason
        if not is_reached and (end is None or end >= today or waits):
            state, is_reached = "now", True
        stages.append(Stage(key, first, last, state))
    return stages


class PageQuery(BaseModel):
    """How the page is looked at: with my pay, and with what changed since a version marked."""

    pay: bool = False
    since: Number | None = None


@dataclass(frozen=True, slots=True)
class VersionQuery:
    """Which version is shown, which one its reader has read, and since which one changes are marked."""

    slug: str
    number: int
    read: tuple[int, int] | None = None
    since: int | None = None


def proposal_view(
    session: Session, which: VersionQuery, pages: Templates, own: Mapping[str, voting_queries.MyVote] | None = None
) -> ProposalView:
    """Gather the page of a version; raises NotFoundError. Without `own` votes it is the page of everybody."""
    edition = document_queries.version_page(session, which.slug, which.number)
    if edition is None:
        raise NotFoundError
    read = which.read
    earlier = read[0] if read and read[1] < edition.number else None
    both = document_queries.candidates_of(session, [edition.version_id, earlier] if earlier else [edition.version_id])
    texts = {structure.key: structure.text for structure in both.get(earlier or 0, ())}
    heirs = successors(both.get(earlier or 0, ()), both[edition.version_id])
    old = {heir: texts[key] for key, heir in heirs.items()}
    since = which.since if which.since is not None else read[1] if read else None
    blocks = load_parts(edition.parts)
    parts, fresh = (blocks, []) if since is None else mark_changes(blocks, edition.origins, since)
    tallies = voting_queries.tallies(session, edition.version_id)
    hall = town_hall_queries.latest_town_hall(session, edition.redesign.id or 0)
    heard_so_far = discussion_queries.feedback_status(session, edition.proposal_id, now())
    threads = discussion_queries.threads(session, edition.proposal_id, edition.version_id)
    seats = discussion_queries.anchors(session, edition.version_id)
    here = f"/proposals/{edition.slug}/v/{edition.number}"
    said = CommentQuery(heard_so_far.open, tallies, own or {})
    return ProposalView(
        edition=edition,
        parts=join_blocks(Annotator(seats, here, _labels(pages)).annotate(parts)),
        cards=[
            _card(found, annotated_terms(pages, found.text, old.get(found.key), _pinned(found.key, here, seats)), said)
            for found in both[edition.version_id]
        ],
        hall=hall,
        stages=stages_of(edition.redesign, hall, now().date(), heard_so_far.concerns),
        read=read[1] if read else None,
        since=since,
        changes_since=fresh,
        readers=reps_count(session),
        contents=table_of_contents(blocks),
        related_pages=[
            one
            for one in document_queries.related_pages(session, edition.redesign.id or 0)
            if one.id != edition.proposal_id
        ],
        threads=threads,
        more=threads[-1].id if len(threads) == discussion_queries.PAGE_SIZE else None,
        unplaced=[seat for seat in seats if seat.state == "gone" and seat.quote],
        feedback=heard_so_far,
    )


def _labels(pages: Templates) -> ThreadLabels:
    def of(count: int) -> str:
        return spoken.sentence(message("1 thread") if count == 1 else message("{count} threads", count=count))

    spoken = pages.language
    return ThreadLabels(spoken.sentence(message("Comment on this part")), of)


def _pinned(key: str, here: str, seats: Sequence[discussion_queries.AnchorView]) -> TermThreads:
    counts = Counter(seat.term for seat in seats if seat.term and seat.candidate == key and seat.state != "gone")
    return TermThreads(f"{here}/anchors?candidate={key}", tuple(sorted(counts.items())))


@dataclass(frozen=True, slots=True)
class CommentQuery:
    """What has been said about the candidates: open comments, tallies, the reader's own votes."""

    waiting: Mapping[str, int]
    tallies: dict[str, voting_queries.Tally]
    own: Mapping[str, voting_queries.MyVote]


def _card(found: CandidateView, terms: Markup, said: CommentQuery) -> CandidateCard:
    return CandidateCard(
        key=found.key,
        letter=found.letter,
        name=found.name,
        summary=read_plan(found.text).summary,
        terms=terms,
        waiting=said.waiting.get(found.key, 0),
        tally=said.tallies.get(found.key, voting_queries.Tally()),
        my_vote=said.own.get(found.key),
    )


@router.get("/proposals")
def list_proposals(request: Request, viewer: CurrentPerson, session: ReadSession, pages: TemplatesDep) -> HTMLResponse:
    """List what has been published."""
    drafts = document_queries.drafts_of(session, viewer.id) if viewer.is_manager else []
    return pages.page(request, "documents/list.html", {"listed": document_queries.published(session), "drafts": drafts})


def show_proposal(asked: PageRequest[Viewer]) -> Response:
    """Show a version: the current one, or for good the one whose number is in the address."""
    look, viewer = asked.query(PageQuery), asked.viewer
    found = document_queries.reader_state(asked.session, DocumentRef(asked.slug), asked.number, viewer.id)
    if found is None:
        raise NotFoundError
    which = VersionQuery(asked.slug, found.number, found.read, look.since)
    own = voting_queries.my_votes(asked.session, found.proposal_id, found.number, viewer.id)
    news = unread.UnreadThreads(found.seen, found.seen_threads, viewer.id)
    if look.pay and viewer.is_paid:
        view = proposal_view(asked.session, which, asked.templates, own)
        pay_box = simulator_views.my_pay_box(
            asked.session, viewer.id, document_queries.candidates(asked.session, view.edition.version_id)
        )
        return asked.templates.page(
            asked.request, ALL_PROPOSALS, _context(view) | {"pay_box": pay_box, "with_pay": True, "news": news}
        )

    def context() -> dict[str, Any]:
        return _context(proposal_view(asked.session, which, asked.templates))

    sheet = asked.templates.cached_page(asked.request, ALL_PROPOSALS, (found.state, found.read, look.since), context)
    return asked.templates.personalise(asked.request, sheet, _votes(asked, found, own), news)


ALL_PROPOSALS = "pages/proposal.html"
READ_ROUTES = [
    ReadRoute("/proposals/{slug:text}", show_proposal, SIGNED_IN_READER),
    ReadRoute("/proposals/{slug:text}/v/{number}", show_proposal, SIGNED_IN_READER),
]


def _context(view: ProposalView) -> dict[str, Any]:
    return {"view": view, "edition": view.edition, "pay_box": None, "with_pay": False, "out_of_band": False}


def _votes(
    asked: PageRequest[Viewer], found: ReaderState, own: Mapping[str, voting_queries.MyVote]
) -> dict[str, bytes]:
    """Return the votes that somebody has cast, to be put in the place of the questions."""
    if not asked.viewer.is_paid:
        return {}
    about = {"slug": asked.slug, "number": found.number}
    return {
        f"vote {key}": asked.templates.part(
            asked.request, "voting/_choose.html", {**about, "key": key, "my_vote": cast}
        )
        for key, cast in own.items()
    }


@router.get("/proposals/{slug}/comments")
def more_comments(
    slug: str,
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    pages: TemplatesDep,
    below: Number | None = None,
) -> HTMLResponse:
    """Show the threads of a proposal, fifty at a time."""
    edition = document_queries.version_page(session, slug)
    if edition is None:
        raise NotFoundError
    threads = discussion_queries.threads(session, edition.proposal_id, edition.version_id, below=below)
    view = {
        "news": unread.unread_threads(session, edition.proposal_id, viewer.id),
        "edition": edition,
        "threads": threads,
        "more": threads[-1].id if len(threads) == discussion_queries.PAGE_SIZE else None,
    }
    name = "discussion/_threads.html" if request.headers.get("hx-request") else "discussion/show.html"
    return pages.page(request, name, view)


@router.get("/proposals/{slug}/status")
def show_feedback_status(
    slug: str, request: Request, viewer: CurrentPerson, session: ReadSession, pages: TemplatesDep
) -> HTMLResponse:
    """Show how far the proposal has been read and answered."""
    edition = document_queries.version_page(session, slug)
    if edition is None:
        raise NotFoundError
    view = {
        "edition": edition,
        "readers": reps_count(session),
        "heard": discussion_queries.feedback_status(session, edition.proposal_id, now()),
    }
    return pages.page(request, "pages/_feedback_status.html", view)


@router.get("/proposals/{slug}/updates")
def show_updates(
    slug: str, request: Request, viewer: CurrentPerson, session: ReadSession, pages: TemplatesDep, seen: Number = 0
) -> HTMLResponse:
    """Say what has come since a page was opened on version `seen`."""
    edition = document_queries.version_ref(session, slug)
    if edition is None:
        raise NotFoundError
    return pages.page(request, "pages/_updates.html", {"edition": edition, "seen": seen})
