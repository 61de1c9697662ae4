"""Routes that start pages, change the address of a document, archive it, and mark it as read."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.audit.service import record
from server.documents import queries, service
from server.documents.access import DOCUMENT_ACCESS, Owner, check_owner
from server.documents.address import DocumentRefDep
from server.documents.forms import MoveForm, PageForm
from server.documents.models import DocumentKind, DocumentRef, Proposal
from server.errors import AppError, InvalidError, NotFoundError
from server.messages import message
from server.people.access import CurrentPerson, Manager
from server.people.queries import Viewer
from server.web.dependencies import DatabaseDep, Number, ReadSession, TemplatesDep
from server.web.forms import EmptyForm
from server.web.responses import is_fragment, see_other

router = APIRouter(dependencies=DOCUMENT_ACCESS)


@router.get("/pages/new")
def show_new_page(
    request: Request,
    viewer: Manager,
    session: ReadSession,
    templates: TemplatesDep,
    title: str = "",
    redesign: str = "",
) -> HTMLResponse:
    """Show the form that starts a page."""
    return _show_new_page(request, templates, session, PageForm(title=title[:200], redesign=redesign[:26]))


def _show_new_page(
    request: Request,
    templates: TemplatesDep,
    session: Session,
    form: PageForm,
    failure: AppError | None = None,
) -> HTMLResponse:
    view = {"form": form, "redesigns": queries.redesigns(session), "failure": failure.sentence if failure else None}
    return templates.page(request, "documents/new_page.html", view, status=failure.status if failure else 200)


@router.post("/pages/new")
def start_page(
    request: Request,
    viewer: Manager,
    database: DatabaseDep,
    templates: TemplatesDep,
    form: Annotated[PageForm, Form()],
) -> Response:
    """Start a page and open the editor."""
    try:
        with database.writing() as session:
            redesigns = queries.redesigns(session)
            redesign = next((redesign for redesign in redesigns if redesign.ulid == form.redesign), None)
            if redesign is None:
                raise InvalidError(message("Choose the redesign that the page belongs to."))
            check_owner(session, viewer, [redesign.id])
            page = service.start_proposal(session, redesign, form.title, DocumentKind.page)
            session.commit()
    except AppError as error:
        with database.reading() as session:
            return _show_new_page(request, templates, session, form, error)
    return see_other(f"{page.url}/edit")


@router.get("/pages/{slug}/settings")
@router.get("/proposals/{slug}/settings")
def show_settings(
    at: DocumentRefDep,
    request: Request,
    viewer: Owner,
    session: ReadSession,
    templates: TemplatesDep,
) -> HTMLResponse:
    """Show the address of a document, its former ones and links to it, with forms to move and archive it."""
    return _show_settings(request, templates, session, _existing(session, at), at.slug)


def _existing(session: Session, at: DocumentRef) -> Proposal:
    proposal = queries.by_slug(session, at.slug, at.kind)
    if proposal is None:
        raise NotFoundError
    return proposal


def _show_settings(
    request: Request,
    templates: TemplatesDep,
    session: Session,
    proposal: Proposal,
    slug: str,
    failure: AppError | None = None,
) -> HTMLResponse:
    view = {
        "proposal": proposal,
        "slug": slug,
        "failure": failure.sentence if failure else None,
        "can_be_archived": queries.can_be_archived(session, proposal),
        "former_slugs": queries.former_slugs(session, proposal.id),
        "backlinks": queries.backlinks(session, proposal.id),
    }
    return templates.page(request, "documents/settings.html", view, status=failure.status if failure else 200)


@router.post("/pages/{slug}/settings")
@router.post("/proposals/{slug}/settings")
def move_page(
    at: DocumentRefDep,
    request: Request,
    viewer: Owner,
    database: DatabaseDep,
    templates: TemplatesDep,
    form: Annotated[MoveForm, Form()],
) -> Response:
    """Change the address of a document; the old one redirects to it."""
    try:
        with database.writing() as session:
            proposal = _existing(session, at)
            service.move(session, proposal, form.slug)
            session.commit()
    except NotFoundError:
        raise
    except AppError as error:
        with database.reading() as session:
            return _show_settings(request, templates, session, _existing(session, at), form.slug, error)
    return see_other(f"{proposal.url}/settings")


@router.post("/pages/{slug}/archive")
@router.post("/proposals/{slug}/archive")
def archive_page(
    at: DocumentRefDep, viewer: Owner, database: DatabaseDep, form: Annotated[EmptyForm, Form()]
) -> Response:
    """Archive a document, which removes it from lists and search."""
    return _archive(database, at, viewer, is_archived=True)


@router.post("/pages/{slug}/unarchive")
@router.post("/proposals/{slug}/unarchive")
def unarchive_page(
    at: DocumentRefDep, viewer: Owner, database: DatabaseDep, form: Annotated[EmptyForm, Form()]
) -> Response:
    """Unarchive a document."""
    return _archive(database, at, viewer, is_archived=False)


def _archive(database: DatabaseDep, at: DocumentRef, viewer: Viewer, *, is_archived: bool) -> Response:
    with database.writing() as session:
        proposal = _existing(session, at)
        service.archive(session, proposal, is_archived=is_archived)
        action = "document archived" if is_archived else "document restored"
        record(session, action, viewer.id, proposal.title, proposal.url)
        session.commit()
    return see_other(f"{proposal.url}/settings")


@router.post("/pages/{slug}/v/{number}/read")
@router.post("/proposals/{slug}/v/{number}/read")
def mark_read(
    at: DocumentRefDep,
    number: Number,
    request: Request,
    viewer: CurrentPerson,
    database: DatabaseDep,
    templates: TemplatesDep,
) -> Response:
    """Record that I have read a version."""
    with database.writing() as session:
        service.mark_read(session, at.slug, number, viewer.id, at.kind)
        session.commit()
    if is_fragment(request):
        return templates.page(request, "pages/_read.html", {"number": number})
    return see_other(at.url)
