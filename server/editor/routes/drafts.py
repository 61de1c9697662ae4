"""Routes of drafts: start, open, preview, save, share, restore and delete."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from server.documents import service as document_service
from server.documents.access import DOCUMENT_ACCESS, DraftEditor
from server.documents.address import DocumentRefDep
from server.documents.service import StaleDraftError
from server.editor import views
from server.editor.forms import EditorForm, StartForm, editor_form
from server.editor.requests import EditorRequestDep, EditorScreenDep, can_write
from server.editor.workspace import Workspace, open_workspace
from server.errors import AppError, ConflictError, InvalidError
from server.messages import message
from server.people import queries as people_queries
from server.people.access import Manager
from server.web.dependencies import DatabaseDep, Number, ReadSession, TemplatesDep
from server.web.responses import see_other

router = APIRouter(dependencies=DOCUMENT_ACCESS)


@router.get("/proposals/new")
def show_new_proposal(request: Request, viewer: Manager, templates: TemplatesDep) -> HTMLResponse:
    """Show the form that starts a proposal."""
    return templates.page(request, "editor/new.html", {"failure": None, "form": StartForm()})


@router.post("/proposals/new")
def start_proposal(
    request: Request,
    viewer: Manager,
    database: DatabaseDep,
    templates: TemplatesDep,
    form: Annotated[StartForm, Form()],
) -> Response:
    """Create a redesign with its proposal and open the editor."""
    try:
        with database.writing() as session:
            title = form.title.strip()[:120] or form.title  # a missing title is refused below
            audience, year = form.audience.strip(), form.year.strip()
            redesign = document_service.start_redesign(session, title, audience, year, owner_id=viewer.id)
            proposal = document_service.start_proposal(session, redesign, form.title)
            session.commit()
    except AppError as error:
        view = {"failure": error.sentence, "form": form}
        return templates.page(request, "editor/new.html", view, status=error.status)
    return see_other(f"/proposals/{proposal.slug}/edit")


@router.get("/pages/{slug}/edit")
@router.get("/proposals/{slug}/edit")
def open_editor(at: DocumentRefDep, viewer: DraftEditor, session: ReadSession, screen: EditorScreenDep) -> HTMLResponse:
    """Open my draft, one shared with me, or the newest version to start one from."""
    workspace = open_workspace(session, at, viewer)
    newest = workspace.version(session, workspace.proposal.current)
    return screen.show(workspace, editor_form(workspace.proposal, workspace.draft, newest))


@router.post("/pages/{slug}/preview")
@router.post("/proposals/{slug}/preview")
def preview_text(
    at: DocumentRefDep,
    request: Request,
    viewer: DraftEditor,
    session: ReadSession,
    templates: TemplatesDep,
    form: Annotated[EditorForm, Form()],
) -> HTMLResponse:
    """Show how the text will look and what is wrong with its plans."""
    workspace = open_workspace(session, at, viewer)
    session.close()  # parsing a page is slow and needs no connection
    view = {"preview": views.preview_draft(form.markdown, at.kind), "workspace": workspace}
    return templates.page(request, "editor/_preview.html", view)


@router.post("/pages/{slug}/edit")
@router.post("/proposals/{slug}/edit")
def save_draft(editor: EditorRequestDep) -> Response:
    """Save my draft."""
    return editor.save()


@router.post("/pages/{slug}/edit/check")
@router.post("/proposals/{slug}/edit/check")
def check_text(editor: EditorRequestDep) -> Response:
    """Show the editor with a preview of what I typed, without saving it."""
    return editor.screen.show(editor.workspace(), editor.form)


@router.post("/pages/{slug}/edit/autosave")
@router.post("/proposals/{slug}/edit/autosave")
def autosave_draft(
    editor: EditorRequestDep, request: Request, database: DatabaseDep, templates: TemplatesDep
) -> Response:
    """Save my draft while I type; a stale save changes nothing and says so."""
    workspace = editor.workspace()
    try:
        with database.writing() as session:
            draft = workspace.save(session, editor.form)
            session.commit()
    except StaleDraftError as error:
        view = {"failure": error.sentence, "workspace": workspace}
        return templates.page(request, "editor/_stale.html", view, status=error.status)
    except AppError as error:
        return editor.screen.show(workspace, editor.form, error)
    return templates.page(request, "editor/_saved.html", {"draft": draft})


@router.post("/pages/{slug}/edit/discard")
@router.post("/proposals/{slug}/edit/discard")
def delete_draft(editor: EditorRequestDep, database: DatabaseDep) -> Response:
    """Delete my draft."""

    def delete(workspace: Workspace) -> Response:
        if not workspace.is_own:
            raise InvalidError(message("Only {name} can delete this draft.", name=workspace.owner))
        with database.writing() as session:
            document_service.discard_draft(session, workspace.proposal, workspace.owner_id)
            session.commit()
        return see_other(workspace.proposal.url if workspace.proposal.current else workspace.kind.list_url)

    return editor.attempt(delete)


@router.post("/pages/{slug}/edit/share")
@router.post("/proposals/{slug}/edit/share")
def share_draft(editor: EditorRequestDep, database: DatabaseDep) -> Response:
    """Save my draft and share it with other managers."""

    def share(workspace: Workspace) -> Response:
        if not workspace.is_own:
            raise InvalidError(message("Only {name} can share this draft.", name=workspace.owner))
        with database.writing() as session:
            workspace.save(session, editor.form)
            people = people_queries.list_people(session)
            chosen = [person for person in people if person.ulid in editor.form.share]
            co_authors = {person.id for person in chosen if can_write(person)}
            document_service.share_drafts(session, workspace.proposal, workspace.owner_id, co_authors)
            session.commit()
        return see_other(workspace.edit_url)

    return editor.attempt(share)


@router.post("/pages/{slug}/v/{number}/restore")
@router.post("/proposals/{slug}/v/{number}/restore")
def restore_version(
    at: DocumentRefDep,
    number: Number,
    viewer: DraftEditor,
    database: DatabaseDep,
    screen: EditorScreenDep,
) -> Response:
    """Copy an earlier version into my draft; publishing it makes a new version."""
    try:
        with database.writing() as session:
            workspace = open_workspace(session, at, viewer)
            document_service.restore(session, workspace.proposal, number, viewer.id)
            session.commit()
    except ConflictError as error:  # show the draft that exists already, so that it can be published or deleted
        with database.reading() as session:
            workspace = open_workspace(session, at, viewer)
            newest = workspace.version(session, workspace.proposal.current)
        return screen.show(workspace, editor_form(workspace.proposal, workspace.draft, newest), error)
    return see_other(workspace.edit_url)
