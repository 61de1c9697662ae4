"""The editor: write, look, save, put together, publish; a stale save overwrites nothing and loses nothing."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from server.documents import service as document_service
from server.documents.address import DocumentRefDep
from server.documents.service import StaleDraftError, StaleVersionError
from server.editor import views
from server.editor.forms import EditorForm, StartForm, editor_form
from server.editor.routes.actions import Editor
from server.editor.workspace import open_workspace
from server.errors import AppError, ConflictError
from server.people.access import Manager
from server.web.dependencies import DatabaseDep, Number, ReadSession, TemplatesDep
from server.web.responses import see_other

router = APIRouter()


@router.get("/proposals/new")
def new(request: Request, viewer: Manager, pages: TemplatesDep) -> HTMLResponse:
    """Ask for the title of a new proposal."""
    return pages.page(request, "editor/new.html", {"failure": None, "form": StartForm()})


@router.post("/proposals/new")
def start(
    request: Request, viewer: Manager, data: DatabaseDep, pages: TemplatesDep, form: Annotated[StartForm, Form()]
) -> Response:
    """Open a redesign with its proposal, and go to the editor."""
    try:
        with data.writing() as session:
            title = form.title.strip()[:120] or form.title
            redesign = document_service.start_redesign(session, title, form.audience.strip(), form.year.strip())
            proposal = document_service.start_proposal(session, redesign, form.title)
            session.commit()
    except AppError as error:
        view = {"failure": error.sentence, "form": form}
        return pages.page(request, "editor/new.html", view, status=error.status)
    return see_other(f"/proposals/{proposal.slug}/edit")


@router.get("/pages/{slug}/edit")
@router.get("/proposals/{slug}/edit")
def edit(
    at: DocumentRefDep, request: Request, viewer: Manager, session: ReadSession, pages: TemplatesDep, data: DatabaseDep
) -> HTMLResponse:
    """Open my draft, one that is shared with me, or the newest version to start one from."""
    desk = open_workspace(session, at, viewer)
    newest = desk.version(session, desk.proposal.current)
    return Editor(request, pages, data, viewer, desk, editor_form(desk.proposal, desk.draft, newest)).page()


@router.post("/pages/{slug}/preview")
@router.post("/proposals/{slug}/preview")
def preview(
    at: DocumentRefDep,
    request: Request,
    viewer: Manager,
    session: ReadSession,
    pages: TemplatesDep,
    form: Annotated[EditorForm, Form()],
) -> HTMLResponse:
    """Show how the text will look, and what is wrong with its plans."""
    proposal = open_workspace(session, at, viewer).proposal
    session.close()  # taking a page apart needs nobody's connection
    return pages.page(
        request,
        "editor/_preview.html",
        {"preview": views.preview_draft(form.markdown, at.kind), "proposal": proposal},
    )


@router.post("/pages/{slug}/edit")
@router.post("/proposals/{slug}/edit")
def save_or_publish(
    at: DocumentRefDep,
    request: Request,
    viewer: Manager,
    data: DatabaseDep,
    pages: TemplatesDep,
    form: Annotated[EditorForm, Form()],
) -> Response:
    """Do what the pressed button says; whatever goes wrong, the text comes back."""
    with data.reading() as session:
        desk = open_workspace(session, at, viewer)
    editor = Editor(request, pages, data, viewer, desk, form)
    try:
        return editor.act()
    except StaleDraftError as error:
        return editor.stale(error, "draft", {"revision": error.saved.revision})
    except StaleVersionError as error:
        return editor.stale(error, "version", {})
    except AppError as error:
        return editor.page(error)


@router.post("/pages/{slug}/v/{number}/restore")
@router.post("/proposals/{slug}/v/{number}/restore")
def restore(
    at: DocumentRefDep, number: Number, request: Request, viewer: Manager, data: DatabaseDep, pages: TemplatesDep
) -> Response:
    """Put an earlier version into my draft; publishing it makes a new version, and nothing is ever undone."""
    try:
        with data.writing() as session:
            desk = open_workspace(session, at, viewer)
            document_service.restore(session, desk.proposal, number, viewer.id)
            session.commit()
    except ConflictError as error:  # there is a draft: show it, with what can be done about it
        with data.reading() as session:
            desk = open_workspace(session, at, viewer)
            newest = desk.version(session, desk.proposal.current)
        return Editor(request, pages, data, viewer, desk, editor_form(desk.proposal, desk.draft, newest)).page(error)
    return see_other(desk.edit)
