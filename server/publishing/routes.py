"""The editor: write, look, save, publish; a stale save overwrites nothing and loses nothing."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field
from sqlmodel import Session

from server.comp.wording import Sentence, say
from server.errors import AppError, NotFoundError
from server.live.broker import Broker
from server.people.access import Manager
from server.people.forms import Guarded, Nothing
from server.people.queries import Viewer
from server.proposals import queries
from server.proposals import service as proposals
from server.proposals.models import Proposal
from server.proposals.service import StaleDraftError, StaleVersionError, Text
from server.publishing import service
from server.text.markdown import LONGEST_PAGE
from server.web.answers import see_other
from server.web.context import Data, Number, Pages, Reading

router = APIRouter()
_ROOM = 400_000


class StartForm(Guarded):
    """A proposal to start."""

    title: str = Field(default="", max_length=2000)
    audience: str = Field(default="", max_length=120)
    year: str = Field(default="", max_length=20)


class EditorForm(Guarded):
    """The editor's fields; `base` and `revision` say what they rest on, `action` what to do."""

    title: str = Field(default="", max_length=2000)
    markdown: str = Field(default="", max_length=_ROOM)
    note: str = Field(default="", max_length=5000)
    base: Number = 0
    revision: Number = 0
    action: str = Field(default="save", max_length=10)

    def text(self) -> Text:
        """Return what is handed to the service."""
        return Text(self.title, self.markdown, self.note, self.base, self.revision)


@router.get("/proposals/new")
def new(request: Request, viewer: Manager, pages: Pages) -> HTMLResponse:
    """Ask for the title of a new proposal."""
    del viewer
    return pages.page(request, "publishing/new.html", {"failure": None, "form": StartForm()})


@router.post("/proposals/new")
def start(request: Request, viewer: Manager, data: Data, pages: Pages, form: Annotated[StartForm, Form()]) -> Response:
    """Open a redesign with its proposal, and go to the editor."""
    del viewer
    try:
        with data.writing() as session:
            title = form.title.strip()[:120] or form.title
            redesign = proposals.start_redesign(session, title, form.audience.strip(), form.year.strip())
            proposal = proposals.start_proposal(session, redesign, form.title)
            session.commit()
    except AppError as error:
        return pages.page(
            request, "publishing/new.html", {"failure": error.sentence, "form": form}, status=error.status
        )
    return see_other(f"/proposals/{proposal.slug}/edit")


def _proposal(session: Session, slug: str) -> Proposal:
    found = queries.by_slug(session, slug)
    if found is None:
        raise NotFoundError
    return found


@router.get("/proposals/{slug}/edit")
def edit(slug: str, request: Request, viewer: Manager, session: Reading, pages: Pages) -> HTMLResponse:
    """Open my draft, or the newest version to start one from."""
    proposal = _proposal(session, slug)
    draft = queries.draft(session, proposal.id or 0, viewer.id)
    if draft:
        form = EditorForm(
            title=draft.title, markdown=draft.markdown, note=draft.note, base=draft.base, revision=draft.revision
        )
    else:
        newest = queries.version(session, proposal.id or 0, proposal.current)
        form = EditorForm(
            title=newest.title if newest else proposal.title,
            markdown=newest.markdown if newest else "",
            base=proposal.current,
        )
    saved = draft.saved_at if draft else None
    return _editor(request, pages, proposal, form, saved=saved)


def _editor(
    request: Request, pages: Pages, proposal: Proposal, form: EditorForm, *, status: int = 200, **more: object
) -> HTMLResponse:
    view: dict[str, object] = {
        "proposal": proposal, "form": form, "preview": _look(form.markdown), "failure": None, "theirs": None,
        "saved": None,
    }  # fmt: skip
    return pages.page(request, "publishing/edit.html", view | more, status=status)


def _look(markdown: str) -> proposals.Reading | None:
    return proposals.read(markdown[:LONGEST_PAGE]) if markdown.strip() else None


@router.post("/proposals/{slug}/preview")
def preview(
    slug: str, request: Request, viewer: Manager, session: Reading, pages: Pages, form: Annotated[EditorForm, Form()]
) -> HTMLResponse:
    """Show how the text will look, and what is wrong with its plans."""
    del viewer
    proposal = _proposal(session, slug)
    return pages.page(request, "publishing/_preview.html", {"preview": _look(form.markdown), "proposal": proposal})


@router.post("/proposals/{slug}/edit")
def save_or_publish(
    slug: str, request: Request, viewer: Manager, data: Data, pages: Pages, form: Annotated[EditorForm, Form()]
) -> Response:
    """Save the draft, look at it, or publish it; whatever goes wrong, the text comes back."""
    with data.reading() as session:
        proposal = _proposal(session, slug)
    if form.action == "look":
        return _editor(request, pages, proposal, form)
    try:
        if form.action == "publish":
            return _publish(request, data, proposal, viewer, form)
        return (_discard if form.action == "discard" else _save)(data, proposal, viewer, form)
    except StaleDraftError as error:
        theirs = (say("The draft as it was saved elsewhere"), error.saved.markdown)
        fresh = form.model_copy(update={"revision": error.saved.revision})
        return _again(request, pages, proposal, fresh, error, theirs)
    except StaleVersionError as error:
        theirs = (say("Version {number} as it came out", number=error.newest.number), error.newest.markdown)
        fresh = form.model_copy(update={"base": error.newest.number})
        return _again(request, pages, proposal, fresh, error, theirs)
    except AppError as error:
        return _again(request, pages, proposal, form, error)


@router.post("/proposals/{slug}/v/{number}/restore")
def restore(slug: str, number: Number, viewer: Manager, data: Data, form: Annotated[Nothing, Form()]) -> Response:
    """Put an earlier version into my draft; publishing it makes a new version, and nothing is ever undone."""
    del form
    with data.writing() as session:
        proposals.restore(session, _proposal(session, slug), number, viewer.id)
        session.commit()
    return see_other(f"/proposals/{slug}/edit")


def _again(
    request: Request,
    pages: Pages,
    proposal: Proposal,
    form: EditorForm,
    error: AppError,
    theirs: tuple[Sentence, str] | None = None,
) -> HTMLResponse:
    return _editor(request, pages, proposal, form, status=error.status, failure=error.sentence, theirs=theirs)


def _save(data: Data, proposal: Proposal, viewer: Viewer, form: EditorForm) -> Response:
    with data.writing() as session:
        proposals.save_draft(session, proposal, form.text(), viewer.id)
        session.commit()
    return see_other(f"/proposals/{proposal.slug}/edit")


def _discard(data: Data, proposal: Proposal, viewer: Viewer, form: EditorForm) -> Response:
    del form
    with data.writing() as session:
        proposals.discard_draft(session, proposal, viewer.id)
        session.commit()
    return see_other(f"/proposals/{proposal.slug}" if proposal.current else "/proposals")


def _publish(request: Request, data: Data, proposal: Proposal, viewer: Viewer, form: EditorForm) -> Response:
    with data.reading() as session:
        before = queries.version(session, proposal.id or 0, form.base) if form.base else None
    manuscript = proposals.prepare(form.text(), before)
    with data.writing() as session:
        attached = _proposal(session, proposal.slug)
        service.publish(session, attached, manuscript, viewer.id)
        session.commit()
    broker: Broker = request.app.state.broker
    broker.tell(f"proposal-{proposal.slug}", "version")
    request.app.state.worker.wake()
    return see_other(f"/proposals/{proposal.slug}")
