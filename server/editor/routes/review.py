"""Before a version comes out: what it changes, what happens to votes and comments, who will be told, and when."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.documents import service as document_service
from server.documents.address import DocumentRefDep
from server.documents.models import DocumentRef
from server.documents.service import StaleDraftError
from server.editor import views
from server.editor.forms import EditorForm, editor_form, parse_publish_at
from server.editor.workspace import Workspace, open_workspace
from server.errors import AppError, InvalidError, NotFoundError
from server.messages import Message, message
from server.people.access import Manager
from server.people.queries import Viewer
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep
from server.web.responses import see_other

router = APIRouter()


@router.get("/pages/{slug}/edit/review")
@router.get("/proposals/{slug}/edit/review")
def review(
    at: DocumentRefDep, request: Request, viewer: Manager, session: ReadSession, pages: TemplatesDep
) -> Response:
    """Show what publishing my draft would do; without a draft there is only the editor."""
    desk = open_workspace(session, at, viewer)
    return _page(request, pages, session, desk, None) if desk.draft else see_other(desk.edit)


@router.post("/pages/{slug}/edit/schedule")
@router.post("/proposals/{slug}/edit/schedule")
def schedule(
    at: DocumentRefDep,
    request: Request,
    viewer: Manager,
    data: DatabaseDep,
    pages: TemplatesDep,
    form: Annotated[EditorForm, Form()],
) -> Response:
    """Let my draft come out by itself at a moment, or no longer."""
    try:
        moment = parse_publish_at(form.publish_at)
        with data.reading() as session:
            desk = _desk(session, at, viewer)
            before = desk.version(session, desk.current_draft.base)
        if moment is not None and form.revision != desk.current_draft.revision:
            raise StaleDraftError(desk.current_draft)
        reviewed = editor_form(desk.proposal, desk.draft, None).model_copy(update={"note": form.note})
        if moment is not None:
            document_service.prepare(reviewed.text(), before, at.kind)  # slow: nobody's write waits for it
        with data.writing() as session:
            desk = _desk(session, at, viewer)
            draft = desk.save(session, reviewed) if moment is not None else desk.current_draft
            document_service.schedule(session, draft, moment)
            session.commit()
    except ValueError:
        failure: AppError = InvalidError(message("Write the moment as a day and a time, such as 2027-01-04 09:00."))
    except AppError as error:
        failure = error
    else:
        return see_other(f"{desk.edit}/review")
    with data.reading() as session:
        return _page(request, pages, session, _desk(session, at, viewer), failure.sentence, failure.status)


def _desk(session: Session, at: DocumentRef, viewer: Viewer) -> Workspace:
    desk = open_workspace(session, at, viewer)
    if desk.draft is None:
        raise NotFoundError
    return desk


def _page(
    request: Request, pages: TemplatesDep, session: Session, desk: Workspace, failure: Message | None, status: int = 200
) -> HTMLResponse:
    assert desk.draft  # noqa: S101 - asked by _desk
    before = desk.version(session, desk.draft.base)
    view = {
        "proposal": desk.proposal,
        "desk": desk,
        "draft": desk.draft,
        "failure": failure,
        "form": editor_form(desk.proposal, desk.draft, None),
        "review": views.review(session, desk.proposal, desk.draft, before),
    }
    return pages.page(request, "editor/review.html", view, status=status)
