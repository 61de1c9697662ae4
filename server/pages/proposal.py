"""The proposal page: text, candidates, votes, comments and the reader's pay; with its lists and fragments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel
from sqlmodel import Session

from server.db.columns import now
from server.discussion import queries as discussion_queries
from server.discussion import unread
from server.documents import queries as document_queries
from server.documents import stages as stage_rules
from server.documents.access import DOCUMENT_ACCESS, DOCUMENT_READER
from server.documents.models import DocumentRef
from server.documents.queries import DocumentSummary, ReaderState, VersionPage
from server.documents.stages import Stage, stages_of
from server.errors import NotFoundError
from server.messages import Message, message, plural_message
from server.pages.annotations import Annotator, ThreadLabels
from server.pages.candidate_cards import CandidateCard, CandidateFeedback, candidate_cards
from server.pages.changes_since import ChangesSince, mark_changes
from server.people.access import CurrentPerson
from server.people.queries import Viewer
from server.simulator import views as simulator_views
from server.text.rendered import join_blocks, load_parts
from server.text.toc import Heading, table_of_contents
from server.town_halls import queries as town_hall_queries
from server.town_halls.models import TownHall
from server.voting import queries as voting_queries
from server.web.dependencies import Number, ReadSession, TemplatesDep
from server.web.read_routes import PageRequest, ReadRoute
from server.web.responses import is_fragment
from server.web.templating import Templates

router = APIRouter(dependencies=DOCUMENT_ACCESS)
_TEMPLATE = "pages/proposal.html"


@dataclass(frozen=True, slots=True)
class ProposalView:
    """The contents of the proposal page."""

    version: VersionPage
    parts: Sequence[Any]
    cards: list[CandidateCard]
    town_hall: TownHall | None
    stages: list[Stage]
    last_read: int | None
    since: int | None
    changes_since: Sequence[ChangesSince]
    readers: int
    contents: Sequence[Heading]
    related_pages: Sequence[DocumentSummary]
    threads: list[discussion_queries.CommentView]
    more: int | None
    not_anchored: Sequence[discussion_queries.AnchorView]
    feedback: discussion_queries.FeedbackStatus
    today: date

    @property
    def is_vote_blocked(self) -> bool:
        """Whether the vote should be open, but concerns must be answered first."""
        return stage_rules.is_vote_blocked(self.version.redesign, self.today, self.feedback.concerns)

    @property
    def is_vote_overridden(self) -> bool:
        """Whether the vote is open although concerns are not answered, for the reason that the manager gave."""
        redesign = self.version.redesign
        is_due = stage_rules.is_vote_due(redesign, self.today)
        return is_due and bool(self.feedback.concerns) and bool(redesign.vote_override_reason)

    @property
    def is_vote_open(self) -> bool:
        """Whether this version can be voted on today."""
        return self.is_current and stage_rules.is_open(self.version.redesign, self.today)

    @property
    def is_discussion_open(self) -> bool:
        """Whether comments and variants are open today."""
        return stage_rules.is_open(self.version.redesign, self.today)

    @property
    def closed_sentence(self) -> Message | None:
        """Why comments or votes are closed today; None if they are open."""
        is_open = self.is_discussion_open or self.is_vote_open
        return None if is_open else stage_rules.closed_sentence(self.version.redesign, self.today)

    @property
    def latest(self) -> int:
        """The id of the last comment or reply in the threads that are shown."""
        return max((thread.latest.id for thread in self.threads), default=0)

    @property
    def is_current(self) -> bool:
        """Whether this is the current version, which can be voted on."""
        return self.version.number == self.version.current


class PageQuery(BaseModel):
    """How to show a page: with the viewer's pay, and with the changes since a version marked."""

    pay: bool = False
    since: Number | None = None


@dataclass(frozen=True, slots=True)
class VersionQuery:
    """The version to show, its reader's last read version as id and number, and the version to mark changes since."""

    slug: str
    number: int
    read: tuple[int, int] | None = None
    since: int | None = None


def proposal_view(
    session: Session,
    query: VersionQuery,
    templates: Templates,
    votes: Mapping[str, voting_queries.MyVote] | None = None,
) -> ProposalView:
    """Return the contents of a version's page, without votes those for all readers; raises NotFoundError."""
    version = document_queries.version_page(session, query.slug, query.number)
    if version is None:
        raise NotFoundError
    last_read = query.read[1] if query.read else None
    since = query.since if query.since is not None else last_read
    blocks = load_parts(version.parts)
    parts, changes_since = (blocks, []) if since is None else mark_changes(blocks, version.origins, since)
    town_hall = town_hall_queries.latest_town_hall(session, version.redesign.id)
    readers = document_queries.readership_of(session, version.redesign)
    today = now().astimezone(readers.promise.zone).date()
    feedback = discussion_queries.feedback_status(session, version.proposal_id, now(), readers.promise)
    threads = discussion_queries.threads(session, version.proposal_id, version.version_id)
    anchors = discussion_queries.anchors(session, version.version_id)
    version_url = f"/proposals/{version.slug}/v/{version.number}"
    candidate_feedback = CandidateFeedback(anchors, feedback.open, votes or {})
    related_pages = document_queries.related_pages(session, version.redesign.id)
    return ProposalView(
        version=version,
        parts=join_blocks(Annotator(anchors, version_url, _labels(templates)).annotate(parts)),
        cards=candidate_cards(session, templates, version, query.read, candidate_feedback),
        town_hall=town_hall,
        stages=stages_of(version.redesign, town_hall.held_on if town_hall else None, today, feedback.concerns),
        today=today,
        last_read=last_read,
        since=since,
        changes_since=changes_since,
        readers=readers.reps,
        contents=table_of_contents(blocks),
        related_pages=[document for document in related_pages if document.id != version.proposal_id],
        threads=threads,
        more=_next_id(threads),
        not_anchored=[anchor for anchor in anchors if anchor.state == "gone" and anchor.quote],
        feedback=feedback,
    )


def _labels(templates: Templates) -> ThreadLabels:
    language = templates.language

    def thread_count(count: int) -> str:
        return language.sentence(plural_message("{count} thread", "{count} threads", count))

    return ThreadLabels(language.sentence(message("Comment on this part")), thread_count)


def _next_id(threads: Sequence[discussion_queries.CommentView]) -> int | None:
    """Return the id below which the next page starts, or None if there is none."""
    return threads[-1].id if len(threads) == discussion_queries.PAGE_SIZE else None


@router.get("/proposals")
def list_proposals(
    request: Request, viewer: CurrentPerson, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """List the published proposals, and the drafts of a manager."""
    drafts = document_queries.drafts_of(session, viewer.id) if viewer.is_manager else []
    view = {"proposals": document_queries.published_proposals(session, viewer), "drafts": drafts}
    return templates.page(request, "documents/list.html", view)


def show_proposal(page_request: PageRequest[Viewer]) -> Response:
    """Show a version of a proposal: the current one, or the one whose number is in the URL."""
    request, viewer, session = page_request.request, page_request.viewer, page_request.session
    templates = page_request.templates
    page_query = page_request.query(PageQuery)
    ref = DocumentRef(page_request.slug)
    reader_state = document_queries.reader_state(session, ref, page_request.number, viewer.id)
    if reader_state is None:
        raise NotFoundError
    query = VersionQuery(page_request.slug, reader_state.number, reader_state.read, page_query.since)
    votes = voting_queries.my_votes(session, reader_state.proposal_id, reader_state.number, viewer.id)
    voted_names = voting_queries.voted_names(votes, reader_state.number)
    unread_names = unread.UnreadThreads(reader_state.seen, reader_state.seen_threads, viewer.id)
    if page_query.pay and viewer.is_paid:
        view = proposal_view(session, query, templates, votes)
        candidates = document_queries.candidates(session, view.version.version_id)
        pay_box = simulator_views.my_pay_box(session, viewer.id, candidates)
        own_values = {"pay_box": pay_box, "with_pay": True, "unread": unread_names, "voted": voted_names}
        return templates.page(request, _TEMPLATE, _context(view) | own_values)

    def context() -> dict[str, Any]:
        return _context(proposal_view(session, query, templates))

    cache_key = (reader_state.state, reader_state.read, page_query.since)
    cached = templates.cached_page(request, _TEMPLATE, cache_key, context)
    forms = _vote_forms(page_request, reader_state, votes)
    return templates.personalise(request, cached, forms, unread_names, voted_names)


READ_ROUTES = [
    ReadRoute("/proposals/{slug:text}", show_proposal, DOCUMENT_READER),
    ReadRoute("/proposals/{slug:text}/v/{number}", show_proposal, DOCUMENT_READER),
]


def _context(view: ProposalView) -> dict[str, Any]:
    return {"view": view, "version": view.version, "pay_box": None, "with_pay": False, "out_of_band": False}


def _vote_forms(
    page_request: PageRequest[Viewer], reader_state: ReaderState, votes: Mapping[str, voting_queries.MyVote]
) -> dict[str, bytes]:
    """Return the forms that show the viewer's votes, which replace the empty ones of the cached page."""
    if not page_request.viewer.can_vote:
        return {}
    version = {"slug": page_request.slug, "number": reader_state.number, "version_id": reader_state.version_id}
    return {
        f"vote {key}": page_request.templates.part(
            page_request.request, "voting/_choose.html", {**version, "key": key, "my_vote": vote}
        )
        for key, vote in votes.items()
    }


@router.get("/proposals/{slug}/comments")
def show_comments(
    slug: str,
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
    below: Number | None = None,
) -> HTMLResponse:
    """Show the threads of a proposal, newest first, fifty at a time."""
    version = document_queries.version_page(session, slug)
    if version is None:
        raise NotFoundError
    threads = discussion_queries.threads(session, version.proposal_id, version.version_id, below=below)
    view = {
        "unread": unread.unread_threads(session, version.proposal_id, viewer.id),
        "version": version,
        "threads": threads,
        "more": _next_id(threads),
    }
    name = "discussion/_threads.html" if is_fragment(request) else "discussion/show.html"
    return templates.page(request, name, view)


@router.get("/proposals/{slug}/status")
def show_feedback_status(
    slug: str, request: Request, viewer: CurrentPerson, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show how far a proposal has been read and its comments answered."""
    version = document_queries.version_page(session, slug)
    if version is None:
        raise NotFoundError
    readers = document_queries.readership_of(session, version.redesign)
    view = {
        "version": version,
        "readers": readers.reps,
        "feedback": discussion_queries.feedback_status(session, version.proposal_id, now(), readers.promise),
    }
    return templates.page(request, "pages/_feedback_status.html", view)


@router.get("/proposals/{slug}/updates")
def show_updates(
    slug: str,
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
    seen: Number = 0,
) -> HTMLResponse:
    """Show whether a newer version than `seen` has been published."""
    version = document_queries.version_ref(session, slug)
    if version is None:
        raise NotFoundError
    return templates.page(request, "pages/_updates.html", {"version": version, "seen": seen})
