"""Home: the next step, what the redesign stands at, what waits."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from sqlmodel import Session

from server.db.columns import now
from server.discussion import queries as discussion_queries
from server.documents import queries as document_queries
from server.messages import Sentence, say
from server.people.access import Anyone
from server.people.queries import Viewer, company, reps_count
from server.simulator import views as simulator_views
from server.voting import queries as voting_queries
from server.web.dependencies import Pages, Reading

router = APIRouter()


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next: a sentence, and the button that does it."""

    words: Sentence
    button: Sentence
    href: str


@router.get("/")
def home(request: Request, viewer: Anyone, session: Reading, pages: Pages) -> Response:
    """Show what matters to this person now."""
    if viewer is None:
        return RedirectResponse("/sign-in", status_code=303)
    listed = document_queries.published(session)
    edition = document_queries.edition(session, listed[0].slug) if listed else None
    mine = None
    if edition and viewer.has_book:
        mine = simulator_views.beside(
            session, viewer.id, document_queries.structures(session, edition.version_id), with_curves=False
        )
    waiting = discussion_queries.oldest_open(session) if viewer.is_manager else []
    view = {
        "company": company(session),
        "listed": listed,
        "edition": edition,
        "step": _next_step(session, viewer, edition, waiting),
        "mine": mine,
        "waiting": waiting,
        "readers": reps_count(session),
        "heard": discussion_queries.heard(session, edition.proposal_id, now()) if edition else None,
    }
    return pages.page(request, "pages/home.html", view)


def _next_step(
    session: Session,
    viewer: Viewer,
    edition: document_queries.Edition | None,
    waiting: list[discussion_queries.Unanswered],
) -> NextStep:
    if edition is None:
        if viewer.is_manager:
            return NextStep(say("Nothing has been proposed yet."), say("Write a proposal"), "/proposals/new")
        return NextStep(
            say("Nothing has been proposed yet. You will see it here."), say("See all proposals"), "/proposals"
        )
    href = f"/proposals/{edition.slug}"
    if viewer.is_manager and waiting:
        words = say("{count} comments wait for an answer.", count=edition.comments - edition.answered)
        return NextStep(words, say("Open the inbox"), "/inbox")
    read = document_queries.last_read(session, edition.proposal_id, viewer.id)
    if read is None or read[1] < edition.number:
        words = say("Version {number} of “{title}” is out.", number=edition.number, title=edition.title)
        return NextStep(words, say("Read version {number}", number=edition.number), href)
    if viewer.has_book:
        structures = document_queries.structures(session, edition.version_id)
        own = voting_queries.own(session, edition.proposal_id, edition.number, viewer.id)
        left = [s for s in structures if s.key not in own or own[s.key].version < edition.number]
        if left:
            words = say("You have not said yet whether you could work under {name}.", name=left[0].name)
            return NextStep(words, say("Say what you think"), f"{href}#candidate-{left[0].key}")
    return NextStep(say("You are up to date."), say("Open the proposal"), href)


@router.get("/health")
def health(viewer: Anyone, session: Reading) -> PlainTextResponse:
    """Say whether the application and its database answer."""
    del viewer
    company(session)
    return PlainTextResponse("ok\n")
