"""The page that asks before the newest version of a document is withdrawn, and withdrawing it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.documents import queries as document_queries
from server.documents.access import DOCUMENT_ACCESS, Owner
from server.documents.address import DocumentRefDep
from server.documents.models import DocumentRef, Proposal
from server.errors import ConflictError, NotFoundError
from server.live.broker import topic_of
from server.live.dependencies import Live
from server.people.queries import Viewer
from server.publishing import withdrawal
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep
from server.web.forms import EmptyForm
from server.web.responses import see_other

router = APIRouter(dependencies=DOCUMENT_ACCESS)


@router.get("/pages/{slug}/withdraw")
@router.get("/proposals/{slug}/withdraw")
def show_withdrawal(
    at: DocumentRefDep, request: Request, viewer: Owner, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Ask whether to withdraw the newest version, or say why that is not possible."""
    return _page(session, request, templates, at, viewer)


@router.post("/pages/{slug}/withdraw")
@router.post("/proposals/{slug}/withdraw")
def withdraw_version(
    at: DocumentRefDep,
    request: Request,
    viewer: Owner,
    database: DatabaseDep,
    templates: TemplatesDep,
    live: Live,
    form: Annotated[EmptyForm, Form()],
) -> Response:
    """Withdraw the newest version and go to the draft that its text is again."""
    try:
        with database.writing() as session:
            withdrawal.withdraw(session, _document(session, at), viewer)
            session.commit()
    except ConflictError:
        with database.reading() as session:
            return _page(session, request, templates, at, viewer, status=409)
    live.publish(topic_of(at.slug), "version")
    return see_other(f"{at.url}/edit")


def _document(session: Session, at: DocumentRef) -> Proposal:
    document = document_queries.by_slug(session, at.slug, at.kind)
    if document is None:
        raise NotFoundError
    return document


def _page(
    session: Session, request: Request, templates: TemplatesDep, at: DocumentRef, viewer: Viewer, status: int = 200
) -> HTMLResponse:
    document = _document(session, at)
    version = withdrawal.newest_version(session, document)
    view = {
        "document": document,
        "version": version,
        "until": withdrawal.until(version),
        "reasons": withdrawal.refusal_reasons(session, document, version, viewer.id),
    }
    return templates.page(request, "publishing/withdrawal.html", view, status=status)
