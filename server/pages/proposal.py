"""The proposal: words, candidates, my pay beside them, votes, comments, history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from sqlmodel import Session

from server.comp.reader import read_plan
from server.comp.wording import Sentence, say
from server.db.columns import now
from server.discussion import queries as discussion
from server.errors import NotFoundError
from server.pages.fresh import Fresh, mark
from server.pages.terms import terms_of
from server.people.access import CurrentPerson
from server.people.queries import Viewer, reps_count
from server.proposals import queries as proposals
from server.proposals import service as proposing
from server.proposals.models import Redesign
from server.proposals.queries import Edition, Shelved, Structure
from server.proposals.shelf import At
from server.simulator import views as simulator
from server.text.contents import Heading, contents_of
from server.townhall import queries as town_halls
from server.townhall.models import TownHall
from server.voting import queries as voting
from server.web.answers import is_fragment, see_other
from server.web.context import Data, Number, Pages, Reading
from server.web.templating import Templates

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Card:
    """A candidate as its card shows it."""

    key: str
    letter: str
    name: str
    summary: str
    terms: Markup
    waiting: int
    tally: voting.Tally
    own: voting.Own | None


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the redesign: done, now or to come."""

    name: Sentence
    first: date | None
    last: date | None
    state: str


@dataclass(frozen=True, slots=True)
class ProposalView:
    """All that the page says."""

    edition: Edition
    parts: Sequence[Any]
    cards: list[Card]
    hall: TownHall | None
    stages: list[Stage]
    read: int | None
    since: int | None
    fresh: Sequence[Fresh]
    readers: int
    contents: Sequence[Heading]
    beside: Sequence[Shelved]
    threads: list[discussion.Said]
    more: int | None

    @property
    def is_current(self) -> bool:
        """Whether this is the newest version, on which votes are open."""
        return self.edition.number == self.edition.current


def stages_of(redesign: Redesign, hall: TownHall | None, today: date) -> list[Stage]:
    """Return the stages of a redesign with the one it is in."""
    held = hall.held_on if hall else None
    known = [
        (say("Town hall"), held, None),
        (say("Draft"), redesign.drafted_on, None),
        (say("Open for feedback"), None, redesign.feedback_until),
        (say("Vote"), redesign.vote_from, redesign.vote_until),
        (say("Decision"), redesign.decided_on, None),
        (say("In force"), redesign.in_force_on, None),
    ]
    stages, found = [], False
    for name, first, last in known:
        ends = last or first
        state = "to come" if found else "done"
        if not found and (ends is None or ends >= today):
            state, found = "now", True
        stages.append(Stage(name, first, last, state))
    return stages


@dataclass(frozen=True, slots=True)
class Look:
    """How the page is looked at: with my pay, and with what changed since a version marked."""

    pay: bool = False
    since: Number | None = None


@dataclass(frozen=True, slots=True)
class Which:
    """Which version is shown, the current one unless one is named, and since which one changes are marked."""

    slug: str
    number: int | None = None
    since: int | None = None


def view_of(session: Session, viewer: Viewer, which: Which, pages: Templates) -> ProposalView:
    """Gather the page of a version; raises NotFoundError."""
    slug, number = which.slug, which.number
    edition = proposals.edition(session, slug, number)
    if edition is None:
        raise NotFoundError
    read = proposals.last_read(session, edition.proposal_id, viewer.id)
    structures = proposals.structures(session, edition.version_id)
    old = {}
    if read and read[1] < edition.number:
        old = {structure.key: structure.text for structure in proposals.structures(session, read[0])}
    since = which.since if which.since is not None else read[1] if read else None
    parts, fresh = (edition.parts, []) if since is None else mark(edition.parts, edition.origins, since)
    tallies = voting.tallies(session, edition.version_id)
    own = voting.own(session, edition.proposal_id, edition.number, viewer.id)
    waiting = discussion.open_by_candidate(session, edition.proposal_id)
    hall = town_halls.of_redesign(session, edition.redesign.id or 0)
    threads = discussion.threads(session, edition.proposal_id)
    said = Said(waiting, tallies, own)
    return ProposalView(
        edition=edition,
        parts=parts,
        cards=[_card(found, terms_of(pages, found.text, old.get(found.key)), said) for found in structures],
        hall=hall,
        stages=stages_of(edition.redesign, hall, now().date()),
        read=read[1] if read else None,
        since=since,
        fresh=fresh,
        readers=reps_count(session),
        contents=contents_of(edition.parts),
        beside=[one for one in proposals.beside(session, edition.redesign.id or 0) if one.id != edition.proposal_id],
        threads=threads,
        more=threads[-1].id if len(threads) == discussion.PAGE_SIZE else None,
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What has been said about the candidates: open comments, tallies, the reader's own votes."""

    waiting: dict[str, int]
    tallies: dict[str, voting.Tally]
    own: dict[str, voting.Own]


def _card(found: Structure, terms: Markup, said: Said) -> Card:
    return Card(
        key=found.key,
        letter=found.letter,
        name=found.name,
        summary=read_plan(found.text).summary,
        terms=terms,
        waiting=said.waiting.get(found.key, 0),
        tally=said.tallies.get(found.key, voting.Tally()),
        own=said.own.get(found.key),
    )


@router.get("/proposals")
def all_proposals(request: Request, viewer: CurrentPerson, session: Reading, pages: Pages) -> HTMLResponse:
    """List what has been published."""
    drafts = proposals.drafts_of(session, viewer.id) if viewer.is_manager else []
    return pages.page(request, "proposals/list.html", {"listed": proposals.published(session), "drafts": drafts})


@router.get("/proposals/{slug}")
def proposal(
    slug: str,
    request: Request,
    viewer: CurrentPerson,
    session: Reading,
    pages: Pages,
    look: Annotated[Look, Depends()],
) -> HTMLResponse:
    """Show the current version."""
    view = view_of(session, viewer, Which(slug, None, look.since), pages)
    return _page(request, viewer, session, pages, view, with_pay=look.pay)


@router.get("/proposals/{slug}/v/{number}")
def proposal_version(
    slug: str,
    number: Number,
    request: Request,
    viewer: CurrentPerson,
    session: Reading,
    pages: Pages,
    look: Annotated[Look, Depends()],
) -> HTMLResponse:
    """Show one version for good."""
    view = view_of(session, viewer, Which(slug, number, look.since), pages)
    return _page(request, viewer, session, pages, view, with_pay=look.pay)


def _page(
    request: Request, viewer: Viewer, session: Session, pages: Pages, view: ProposalView, *, with_pay: bool
) -> HTMLResponse:
    mine = None
    if with_pay and viewer.has_book:
        mine = simulator.beside(session, viewer.id, proposals.structures(session, view.edition.version_id))
    context = {"view": view, "edition": view.edition, "mine": mine, "with_pay": with_pay, "out_of_band": False}
    return pages.page(request, "pages/proposal.html", context)


@router.get("/proposals/{slug}/comments")
def comments(
    slug: str, request: Request, viewer: CurrentPerson, session: Reading, pages: Pages, below: Number | None = None
) -> HTMLResponse:
    """Show the threads of a proposal, fifty at a time."""
    del viewer
    edition = proposals.edition(session, slug)
    if edition is None:
        raise NotFoundError
    threads = discussion.threads(session, edition.proposal_id, below=below)
    view = {
        "edition": edition,
        "threads": threads,
        "more": threads[-1].id if len(threads) == discussion.PAGE_SIZE else None,
    }
    name = "discussion/_threads.html" if request.headers.get("hx-request") else "discussion/show.html"
    return pages.page(request, name, view)


@router.get("/proposals/{slug}/heard")
def heard(slug: str, request: Request, viewer: CurrentPerson, session: Reading, pages: Pages) -> HTMLResponse:
    """Show how far the proposal has been read and answered."""
    del viewer
    edition = proposals.edition(session, slug)
    if edition is None:
        raise NotFoundError
    return pages.page(request, "pages/_heard.html", {"edition": edition, "readers": reps_count(session)})


@router.get("/proposals/{slug}/news")
def news(
    slug: str, request: Request, viewer: CurrentPerson, session: Reading, pages: Pages, seen: Number = 0
) -> HTMLResponse:
    """Say what has come since a page was opened on version `seen`."""
    del viewer
    edition = proposals.edition(session, slug)
    if edition is None:
        raise NotFoundError
    return pages.page(request, "pages/_news.html", {"edition": edition, "seen": seen, "commented": True})


@router.post("/pages/{slug}/v/{number}/read")
@router.post("/proposals/{slug}/v/{number}/read")
def mark_read(at: At, number: Number, request: Request, viewer: CurrentPerson, data: Data, pages: Pages) -> Response:
    """Note that I have read a version."""
    with data.writing() as session:
        proposing.mark_read(session, at.slug, number, viewer.id, at.kind)
        session.commit()
    if is_fragment(request):
        return pages.page(request, "pages/_read.html", {"number": number})
    return see_other(at.address)
