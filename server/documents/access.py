"""Who may read and change a document: its redesign's audience, and its owners.

Routers whose paths name a document or a comment apply `document_access` to each of their routes.
"""

from collections.abc import Collection
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from server.documents import queries
from server.errors import AppError, NotFoundError
from server.messages import message
from server.people.access import CurrentPerson, Manager, paid, paid_reader, rule, signed_in, signed_in_reader
from server.people.queries import Viewer
from server.web.dependencies import database_of
from server.web.read_routes import ReadRule


class NotOwnerError(AppError):
    """A manager who may read a redesign, but not change it."""

    status = 403
    title = message("You cannot change this")


async def document_access(request: Request, viewer: CurrentPerson) -> None:
    """Refuse a document to everyone whom its redesign is not for, as if it did not exist; note who may change it."""
    if _names_document(request) and (viewer.is_manager or viewer.is_any_limited):
        await run_in_threadpool(_check_in_own_session, request, viewer)


@rule("owner")
async def owner(request: Request, viewer: Manager) -> Viewer:
    """Allow managers who may change the redesign of the document or comment in the path."""
    if not hasattr(request.state, "may_edit"):
        await run_in_threadpool(_check_in_own_session, request, viewer)
    if request.state.may_edit:
        return viewer
    raise await run_in_threadpool(_refusal, request)


@rule("draft editor")
async def draft_editor(request: Request, viewer: Manager) -> Viewer:
    """Allow who may change the redesign, and with whom they share a draft of the document in the path."""
    if not hasattr(request.state, "may_edit"):
        await run_in_threadpool(_check_in_own_session, request, viewer)
    if request.state.may_edit or await run_in_threadpool(_may_edit_draft, request, viewer):
        return viewer
    raise await run_in_threadpool(_refusal, request)


def _may_edit_draft(request: Request, viewer: Viewer) -> bool:
    with database_of(request).reading() as session:
        return queries.may_edit_draft(session, viewer, request.path_params["slug"])


Owner = Annotated[Viewer, Depends(owner)]
DraftEditor = Annotated[Viewer, Depends(draft_editor)]
OWNERS_ONLY = [Depends(owner)]
DOCUMENT_ACCESS = [Depends(document_access)]
"""The dependencies of a router whose paths name a document or a comment."""


def _check_in_own_session(request: Request, viewer: Viewer) -> None:
    with database_of(request).reading() as session:
        check_document_access(request, session, viewer)


def _names_document(request: Request) -> bool:
    parameters = request.path_params
    return "slug" in parameters or ("ulid" in parameters and request.url.path.startswith("/comments/"))


def _named(request: Request) -> dict[str, str]:
    """Return the slug or comment that a path names."""
    parameters = request.path_params
    return {"slug": parameters["slug"]} if "slug" in parameters else {"comment": parameters["ulid"]}


def check_document_access(request: Request, session: Session, viewer: Viewer) -> None:
    """Do what `document_access` does for a path that names a document or comment; raises NotFoundError."""
    if viewer.is_manager:
        request.state.may_edit = queries.may_edit_at(session, viewer, **_named(request))
        return
    hidden = queries.hidden_redesigns(session, viewer)
    if hidden and queries.redesign_at(session, **_named(request)) in hidden:
        raise NotFoundError


def _refusal(request: Request) -> AppError:
    with database_of(request).reading() as session:
        slug = request.path_params.get("slug")
        if slug is not None and not queries.is_published(session, slug):
            return NotFoundError()  # a draft of others is their secret
        return _not_owner(session, queries.redesign_at(session, **_named(request)) or 0)


def _not_owner(session: Session, redesign_id: int) -> NotOwnerError:
    names = ", ".join(person.name for person in queries.owners_of(session, redesign_id))
    return NotOwnerError(
        message("You can read this proposal but not edit it. Ask an owner ({names}) to add you.", names=names)
    )


def check_owner(session: Session, viewer: Viewer, redesign_ids: Collection[int]) -> None:
    """Raise NotOwnerError if a viewer may not change one of some redesigns; for forms that name several."""
    for redesign_id in set(redesign_ids) - queries.editable_redesigns(session, viewer, redesign_ids):
        raise _not_owner(session, redesign_id)


def document_reader(request: Request, session: Session) -> Viewer:
    """Do what `signed_in` and `document_access` do for a request that only reads."""
    viewer = signed_in_reader(request, session)
    check_document_access(request, session, viewer)
    return viewer


def paid_document_reader(request: Request, session: Session) -> Viewer:
    """Do what `paid` and `document_access` do for a request that only reads, with or without a document."""
    viewer = paid_reader(request, session)
    if _names_document(request):
        check_document_access(request, session, viewer)
    return viewer


DOCUMENT_READER = ReadRule(signed_in, document_reader)
PAID_DOCUMENT_READER = ReadRule(paid, paid_document_reader)
