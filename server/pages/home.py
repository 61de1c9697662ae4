"""Home: the next step, what the redesign stands at, what waits."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from sqlmodel import Session

from server.db.columns import now
from server.discussion import queries as discussion_queries
from server.documents import queries as document_queries
from server.messages import Message, message
from server.people.access import Anyone
from server.people.queries import Viewer, company, reps_count
from server.simulator import views as simulator_views
from server.voting import queries as voting_queries
from server.web.dependencies import ReadSession, TemplatesDep

router = APIRouter()


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next: a sentence, and the button that does it."""

    words: Message
    button: Message
    href: str


@router.get("/")
def show_home(request: Request, viewer: Anyone, session: ReadSession, pages: TemplatesDep) -> Response:
    """Show what matters to this person now."""
    if viewer is None:
        return RedirectResponse("/sign-in", status_code=303)
    listed = document_queries.published(session)
    edition = document_queries.version_page(session, listed[0].slug) if listed else None
    pay_box = None
    if edition and viewer.is_paid:
        pay_box = simulator_views.my_pay_box(
            session, viewer.id, document_queries.candidates(session, edition.version_id), with_curves=False
        )
    waiting = discussion_queries.oldest_open(session) if viewer.is_manager else []
    view = {
        "company": company(session),
        "listed": listed,
        "edition": edition,
        "step": _next_step(session, viewer, edition, waiting),
        "pay_box": pay_box,
        "waiting": waiting,
        "readers": reps_count(session),
        "heard": discussion_queries.feedback_status(session, edition.proposal_id, now()) if edition else None,
    }
    return pages.page(request, "pages/home.html", view)


def _next_step(
    session: Session,
    viewer: Viewer,
    edition: document_queries.VersionPage | None,
    waiting: list[discussion_queries.OpenComment],
) -> NextStep:
    if edition is None:
        if viewer.is_manager:
            return NextStep(message("Nothing has been proposed yet."), message("Write a proposal"), "/proposals/new")
        return NextStep(
            message("Nothing has been proposed yet. You will see it here."), message("See all proposals"), "/proposals"
        )
    href = f"/proposals/{edition.slug}"
    if viewer.is_manager and waiting:
        words = message("{count} comments wait for an answer.", count=edition.comments - edition.answered)
        return NextStep(words, message("Open the inbox"), "/inbox")
    read = document_queries.last_read(session, edition.proposal_id, viewer.id)
    if read is None or read[1] < edition.number:
        words = message("Version {number} of “{title}” is out.", number=edition.number, title=edition.title)
        return NextStep(words, message("Read version {number}", number=edition.number), href)
    if viewer.is_paid:
        structures = document_queries.candidates(session, edition.version_id)
        own = voting_queries.my_votes(session, edition.proposal_id, edition.number, viewer.id)
        left = [s for s in structures if s.key not in own or own[s.key].version < edition.number]
        if left:
            words = message("You have not said yet whether you could work under {name}.", name=left[0].name)
            return NextStep(words, message("Say what you think"), f"{href}#candidate-{left[0].key}")
    return NextStep(message("You are up to date."), message("Open the proposal"), href)


@router.get("/health")
def discussion_health(viewer: Anyone, session: ReadSession) -> PlainTextResponse:
    """Say whether the application and its database answer."""
    company(session)
    return PlainTextResponse("ok\n")
