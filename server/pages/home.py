"""The home page: the viewer's next step, their pay, and how far the newest proposal is."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from sqlmodel import Session

from server.db.columns import now
from server.discussion import queries as discussion_queries
from server.documents import queries as document_queries
from server.documents.queries import ProposalSummary, VersionPage, VersionRef
from server.messages import Message, message, plural_message
from server.pages.setup_steps import is_set_up, setup_steps
from server.people.access import Anyone
from server.people.queries import Viewer, company, readership
from server.simulator import views as simulator_views
from server.voting import queries as voting_queries
from server.web.dependencies import ReadSession, TemplatesDep

router = APIRouter()
MAX_ASKED = 10
"""Proposals that are asked for a next step, at most."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """The viewer's next step: a sentence, and the label and URL of its button."""

    sentence: Message
    button: Message
    url: str


@router.get("/")
def show_home(request: Request, viewer: Anyone, session: ReadSession, templates: TemplatesDep) -> Response:
    """Show the home page, or the sign-in page to a stranger."""
    if viewer is None:
        return RedirectResponse("/sign-in", status_code=303)
    steps = setup_steps(session) if viewer.is_admin else []
    proposals = document_queries.published_proposals(session, viewer)
    version = document_queries.version_page(session, proposals[0].slug) if proposals else None
    pay_box = None
    if version and viewer.is_paid:
        candidates = document_queries.candidates(session, version.version_id)
        pay_box = simulator_views.my_pay_box(session, viewer.id, candidates, with_curves=False)
    open_count = discussion_queries.open_count(session, viewer) if viewer.is_manager else 0
    readers = document_queries.readership_of(session, version.redesign) if version else readership(session)
    view = {
        "company": company(session),
        "setup_steps": [] if is_set_up(steps) else steps,
        "proposals": proposals,
        "version": version,
        "step": _next_step(session, viewer, _versions(session, proposals, version), open_count),
        "pay_box": pay_box,
        "open_comments": discussion_queries.oldest_open(session, viewer) if open_count else [],
        "readers": readers.reps,
        "feedback": (
            discussion_queries.feedback_status(session, version.proposal_id, now(), readers.promise)
            if version
            else None
        ),
    }
    return templates.page(request, "pages/home.html", view)


def _next_step(
    session: Session, viewer: Viewer, versions: Sequence[VersionPage | VersionRef], open_count: int
) -> NextStep:
    """Return the first thing to do over all proposals that concern the viewer, those open for votes first."""
    if not versions:
        return _first_step(viewer)
    if open_count:
        sentence = plural_message("{count} comment needs an answer.", "{count} comments need an answer.", open_count)
        return NextStep(sentence, message("Open the inbox"), "/inbox")
    for version in versions:
        if step := _step_of(session, viewer, version):
            return step
    url = f"/proposals/{versions[0].slug}"
    return NextStep(message("You are up to date."), message("Open the proposal"), url)


def _versions(
    session: Session, proposals: Sequence[ProposalSummary], first: VersionPage | None
) -> list[VersionPage | VersionRef]:
    """Return the newest versions of proposals, of which the first is known."""
    others = (document_queries.version_ref(session, proposal.slug) for proposal in proposals[1:MAX_ASKED])
    return [version for version in (first, *others) if version is not None]


def _step_of(session: Session, viewer: Viewer, version: VersionPage | VersionRef) -> NextStep | None:
    """Return what the viewer has yet to do with a proposal: read its newest version, or vote."""
    read = document_queries.last_read(session, version.proposal_id, viewer.id)
    if read is None or read[1] < version.number:
        sentence = message(
            "Version {number} of “{title}” has been published.", number=version.number, title=version.title
        )
        button = message("Read version {number}", number=version.number)
        return NextStep(sentence, button, f"/proposals/{version.slug}")
    return _voting_step(session, viewer, version) if viewer.can_vote else None


def _first_step(viewer: Viewer) -> NextStep:
    """Return the next step while no proposal is published."""
    if viewer.is_manager:
        return NextStep(message("No proposals yet."), message("Write a proposal"), "/proposals/new")
    sentence = message("No proposals yet. The first one will be shown here.")
    return NextStep(sentence, message("See all proposals"), "/proposals")


def _voting_step(session: Session, viewer: Viewer, version: VersionPage | VersionRef) -> NextStep | None:
    """Return the step to vote on the first candidate without the viewer's vote, or None if there is none."""
    candidates = document_queries.candidates(session, version.version_id)
    votes = voting_queries.my_votes(session, version.proposal_id, version.number, viewer.id)
    for candidate in candidates:
        if candidate.key not in votes or votes[candidate.key].version < version.number:
            sentence = message(
                "You have not voted yet on {name} of “{title}”.", name=candidate.name, title=version.title
            )
            return NextStep(sentence, message("Vote"), f"/proposals/{version.slug}#candidate-{candidate.key}")
    return None


@router.get("/health")
def show_health(viewer: Anyone, session: ReadSession) -> PlainTextResponse:
    """Return ok if the application and its database respond."""
    company(session)
    return PlainTextResponse("ok\n")
