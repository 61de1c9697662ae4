"""Routes of the review before publishing: what a version changes, who is notified, publish, schedule."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.documents import service as document_service
from server.documents.access import DOCUMENT_ACCESS, OWNERS_ONLY, DraftEditor, Owner
from server.documents.address import DocumentRefDep
from server.documents.models import DocumentRef
from server.documents.service import StaleDraftError
from server.editor import views
from server.editor.forms import EditorForm, editor_form, parse_publish_at
from server.editor.requests import EditorRequestDep
from server.editor.workspace import Workspace, open_workspace
from server.errors import AppError, InvalidError
from server.live.broker import topic_of
from server.live.dependencies import Live
from server.messages import message
from server.people.queries import Viewer
from server.publishing import service as publishing_service
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep
from server.web.responses import see_other

router = APIRouter(dependencies=DOCUMENT_ACCESS)


@router.get("/pages/{slug}/edit/review")
@router.get("/proposals/{slug}/edit/review")
def show_review(
    at: DocumentRefDep, request: Request, viewer: DraftEditor, session: ReadSession, templates: TemplatesDep
) -> Response:
    """Show what publishing my draft would do; without a draft, go to the editor."""
    workspace = open_workspace(session, at, viewer)
    return _show(request, templates, session, workspace) if workspace.draft else see_other(workspace.edit_url)


@router.post("/pages/{slug}/edit/review")
@router.post("/proposals/{slug}/edit/review")
def save_and_review(editor: EditorRequestDep) -> Response:
    """Save my draft and review it."""
    return editor.save(then="/review")


@router.post("/pages/{slug}/edit/preview")
@router.post("/proposals/{slug}/edit/preview")
def save_and_preview(editor: EditorRequestDep) -> Response:
    """Save my draft and preview it as a rep."""
    return editor.save(then="/preview")


@router.post("/pages/{slug}/edit/publish", dependencies=OWNERS_ONLY)
@router.post("/proposals/{slug}/edit/publish", dependencies=OWNERS_ONLY)
def publish_draft(editor: EditorRequestDep, database: DatabaseDep, live: Live) -> Response:
    """Publish my draft as the next version."""
    form, viewer = editor.form, editor.viewer

    def publish(workspace: Workspace) -> Response:
        with database.reading() as session:
            base = workspace.version(session, form.base)
        prepared = document_service.prepare(form.text(), base, workspace.kind)
        with database.writing() as session:
            current = workspace.reload(session, viewer)
            if current.draft:  # refuses to publish, and so to delete, a draft that was saved elsewhere
                current.save(session, form)
            included = form.included if form.included_asked else None
            publishing_service.publish(session, current.proposal, prepared, viewer.id, included=included)
            document_service.discard_draft(session, current.proposal, current.owner_id)
            session.commit()
        live.publish(topic_of(workspace.proposal.slug), "version")
        return see_other(workspace.proposal.url)

    return editor.attempt(publish)


@router.post("/pages/{slug}/edit/schedule")
@router.post("/proposals/{slug}/edit/schedule")
def schedule_draft(
    at: DocumentRefDep,
    request: Request,
    viewer: Owner,
    database: DatabaseDep,
    templates: TemplatesDep,
    form: Annotated[EditorForm, Form()],
) -> Response:
    """Schedule my draft for a time, or cancel its schedule."""
    try:
        workspace = _schedule(database, at, viewer, form)
    except AppError as error:
        with database.reading() as session:
            return _show(request, templates, session, open_workspace(session, at, viewer), error)
    return see_other(f"{workspace.edit_url}/review")


def _schedule(database: DatabaseDep, at: DocumentRef, viewer: Viewer, form: EditorForm) -> Workspace:
    """Save the change note and schedule the draft; raises AppError if it could not be published as it is."""
    try:
        publish_at = parse_publish_at(form.publish_at, viewer.zone)
    except ValueError:
        raise InvalidError(message("Enter a date and time such as 2027-01-04 09:00.")) from None
    with database.reading() as session:
        workspace = open_workspace(session, at, viewer)
        base = workspace.version(session, workspace.current_draft.base)
    reviewed = editor_form(workspace.proposal, workspace.draft, None)
    reviewed = reviewed.model_copy(update={"note": form.note, "wording_only": form.wording_only})
    if publish_at is not None:
        if form.revision != workspace.current_draft.revision:
            raise StaleDraftError(workspace.current_draft)
        document_service.prepare(reviewed.text(), base, at.kind)  # slow, so it must not block other writes
    with database.writing() as session:
        workspace = open_workspace(session, at, viewer)
        draft = workspace.save(session, reviewed) if publish_at is not None else workspace.current_draft
        document_service.schedule(session, draft, publish_at)
        session.commit()
    return workspace


def _show(
    request: Request, templates: TemplatesDep, session: Session, workspace: Workspace, error: AppError | None = None
) -> HTMLResponse:
    draft = workspace.current_draft
    view = {
        "proposal": workspace.proposal,
        "workspace": workspace,
        "draft": draft,
        "failure": error.sentence if error else None,
        "form": editor_form(workspace.proposal, draft, None),
        "review": views.review(session, workspace.proposal, draft, workspace.version(session, draft.base)),
    }
    return templates.page(request, "editor/review.html", view, status=error.status if error else 200)
