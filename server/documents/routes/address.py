"""Where texts stand: a page started beside a proposal, an address changed, a page archived or taken out again."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.documents import queries, service
from server.documents.address import DocumentRefDep
from server.documents.forms import MoveForm, PageForm
from server.documents.models import DocumentKind, DocumentRef, Proposal
from server.errors import AppError, InvalidError, NotFoundError
from server.messages import Message, message
from server.people.access import CurrentPerson, Manager
from server.people.forms import EmptyForm
from server.web.dependencies import DatabaseDep, Number, ReadSession, TemplatesDep
from server.web.responses import is_fragment, see_other

router = APIRouter()


@router.get("/pages/new")
def new_page(
    request: Request, viewer: Manager, session: ReadSession, pages: TemplatesDep, title: str = "", redesign: str = ""
) -> HTMLResponse:
    """Ask for the title of a new page and the redesign it belongs to."""
    return _new(request, pages, session, PageForm(title=title[:200], redesign=redesign[:26]))


def _new(
    request: Request, pages: TemplatesDep, session: Session, form: PageForm, failure: AppError | None = None
) -> HTMLResponse:
    view = {"form": form, "redesigns": queries.redesigns(session), "failure": failure.sentence if failure else None}
    return pages.page(request, "documents/new_page.html", view, status=failure.status if failure else 200)


@router.post("/pages/new")
def start_page(
    request: Request, viewer: Manager, data: DatabaseDep, pages: TemplatesDep, form: Annotated[PageForm, Form()]
) -> Response:
    """Start a page, and go to the editor."""
    try:
        with data.writing() as session:
            redesign = next((one for one in queries.redesigns(session) if one.ulid == form.redesign), None)
            if redesign is None:
                raise InvalidError(message("Choose the redesign that the page belongs to."))
            page = service.start_proposal(session, redesign, form.title, DocumentKind.page)
            session.commit()
    except AppError as error:
        with data.reading() as session:
            return _new(request, pages, session, form, error)
    return see_other(f"{page.url}/edit")


@router.get("/pages/{slug}/settings")
@router.get("/proposals/{slug}/settings")
def show_settings(
    at: DocumentRefDep, request: Request, viewer: Manager, session: ReadSession, pages: TemplatesDep
) -> HTMLResponse:
    """Show where a text stands, what leads to it, and how to move or archive it."""
    return _place(request, pages, session, _existing(session, at), at.slug)


def _existing(session: Session, at: DocumentRef) -> Proposal:
    found = queries.by_slug(session, at.slug, at.kind)
    if found is None:
        raise NotFoundError
    return found


def _place(
    request: Request,
    pages: TemplatesDep,
    session: Session,
    found: Proposal,
    slug: str,
    failure: tuple[Message, int] = (message(""), 200),
) -> HTMLResponse:
    sentence, status = failure
    view = {
        "proposal": found,
        "slug": slug,
        "failure": sentence if status != 200 else None,  # noqa: PLR2004 - it went well
        "former": queries.former_slugs(session, found.id or 0),
        "backlinks": queries.backlinks(session, found.id or 0),
    }
    return pages.page(request, "documents/settings.html", view, status=status)


@router.post("/pages/{slug}/settings")
@router.post("/proposals/{slug}/settings")
def move(
    at: DocumentRefDep,
    request: Request,
    viewer: Manager,
    data: DatabaseDep,
    pages: TemplatesDep,
    form: Annotated[MoveForm, Form()],
) -> Response:
    """Give it another address; the one it had leads there."""
    try:
        with data.writing() as session:
            found = _existing(session, at)
            service.move(session, found, form.slug)
            session.commit()
    except NotFoundError:
        raise
    except AppError as error:
        with data.reading() as session:
            return _place(request, pages, session, _existing(session, at), form.slug, (error.sentence, error.status))
    return see_other(f"{found.url}/settings")


@router.post("/pages/{slug}/archive")
@router.post("/proposals/{slug}/archive")
def archive(at: DocumentRefDep, viewer: Manager, data: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """Take a page out of lists and search."""
    return _archive(data, at, is_archived=True)


@router.post("/pages/{slug}/unarchive")
@router.post("/proposals/{slug}/unarchive")
def unarchive(at: DocumentRefDep, viewer: Manager, data: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """Put a page back into lists and search."""
    return _archive(data, at, is_archived=False)


def _archive(data: DatabaseDep, at: DocumentRef, *, is_archived: bool) -> Response:
    with data.writing() as session:
        found = _existing(session, at)
        service.archive(session, found, is_archived=is_archived)
        session.commit()
    return see_other(f"{found.url}/settings")


@router.post("/pages/{slug}/v/{number}/read")
@router.post("/proposals/{slug}/v/{number}/read")
def mark_read(
    at: DocumentRefDep, number: Number, request: Request, viewer: CurrentPerson, data: DatabaseDep, pages: TemplatesDep
) -> Response:
    """Record that I have read a version."""
    with data.writing() as session:
        service.mark_read(session, at.slug, number, viewer.id, at.kind)
        session.commit()
    if is_fragment(request):
        return pages.page(request, "pages/_read.html", {"number": number})
    return see_other(at.url)
