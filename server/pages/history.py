"""The history of a proposal or page: its versions, and the version that last changed each block of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel
from sqlmodel import Session

from server.documents import queries as document_queries
from server.documents.access import DOCUMENT_ACCESS, DOCUMENT_READER
from server.documents.address import DocumentRefDep, document_ref
from server.documents.models import DocumentRef
from server.documents.queries import HistoryEntry
from server.errors import NotFoundError
from server.people.access import CurrentPerson
from server.people.queries import Viewer, name_of
from server.text.blocks import Block, blocks_of
from server.voting import queries as voting_queries
from server.web.dependencies import Number, ReadSession, TemplatesDep
from server.web.read_routes import PageRequest, ReadRoute

router = APIRouter(dependencies=DOCUMENT_ACCESS)


class HistoryQuery(BaseModel):
    """The version number below which entries are shown."""

    below: Number | None = None


def show_history(page_request: PageRequest[Viewer]) -> Response:
    """List the versions with their notes, newest first."""
    request, session, templates = page_request.request, page_request.session, page_request.templates
    ref, below = document_ref(page_request.slug, request), page_request.query(HistoryQuery).below
    reader_state = document_queries.reader_state(session, ref, None, page_request.viewer.id)
    if reader_state is None:
        raise NotFoundError

    def context() -> dict[str, Any]:
        return _history_view(session, ref, below)

    cached = templates.cached_page(request, "documents/history.html", (reader_state.state, below), context)
    return templates.personalise(request, cached)


READ_ROUTES = [
    ReadRoute("/proposals/{slug:text}/history", show_history, DOCUMENT_READER),
    ReadRoute("/pages/{slug:text}/history", show_history, DOCUMENT_READER),
]


def _history_view(session: Session, ref: DocumentRef, below: int | None) -> dict[str, Any]:
    version = document_queries.version_page(session, ref.slug, None, ref.kind)
    if version is None:
        raise NotFoundError
    entries = document_queries.history(session, version.proposal_id, below)
    return {
        "version": version,
        "entries": entries,
        "people": document_queries.readership_of(session, version.redesign).reps,
        "voters": voting_queries.voters(session, [entry.version_id for entry in entries]),
        "importer": name_of(session, version.imported_by) if version.imported_by else "",
    }


@dataclass(frozen=True, slots=True)
class BlameEntry:
    """Adjacent blocks that were last changed in the same version; `first_block` is the number of the first."""

    version: HistoryEntry
    first_block: int
    blocks: Sequence[Block]


def blame_entries(
    blocks: Sequence[Block], origins: Sequence[int], versions: dict[int, HistoryEntry]
) -> list[BlameEntry]:
    """Group the blocks of a text by the version that last changed them; `origins` are version numbers by block."""
    entries: list[BlameEntry] = []
    for index, (block, origin) in enumerate(zip(blocks, origins, strict=True)):
        if entries and entries[-1].version.number == origin:
            last = entries[-1]
            entries[-1] = BlameEntry(last.version, last.first_block, [*last.blocks, block])
        else:
            entries.append(BlameEntry(versions[origin], index, [block]))
    return entries


@router.get("/pages/{slug}/v/{number}/blame")
@router.get("/proposals/{slug}/v/{number}/blame")
def show_blame(
    at: DocumentRefDep,
    number: Number,
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
) -> HTMLResponse:
    """Show the version that last changed each block of a version, with its author and note."""
    version = document_queries.version_page(session, at.slug, number, at.kind)
    stored = document_queries.version(session, version.proposal_id, number) if version else None
    if version is None or stored is None:
        raise NotFoundError
    versions = document_queries.history_entries(session, version.proposal_id, stored.origins)
    parts = blame_entries(blocks_of(stored.markdown), stored.origins, versions)
    return templates.page(request, "documents/blame.html", {"version": version, "parts": parts})
