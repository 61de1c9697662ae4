"""A proposal's history: its versions, and where each block of one of them comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel
from sqlmodel import Session

from server.documents import queries as document_queries
from server.documents.address import DocumentRefDep, document_ref
from server.documents.models import DocumentRef
from server.documents.queries import HistoryEntry
from server.errors import NotFoundError
from server.people.access import SIGNED_IN_READER, CurrentPerson
from server.people.queries import Viewer, name_of, reps_count
from server.text.blocks import Block, blocks_of
from server.voting import queries as voting_queries
from server.web.dependencies import Number, ReadSession, TemplatesDep
from server.web.read_routes import PageRequest, ReadRoute

router = APIRouter()


class HistoryQuery(BaseModel):
    """From which version on the lines are shown."""

    below: Number | None = None


def show_history(asked: PageRequest[Viewer]) -> Response:
    """List the versions with their notes, newest first."""
    at, below = document_ref(asked.slug, asked.request), asked.query(HistoryQuery).below
    found = document_queries.reader_state(asked.session, at, None, asked.viewer.id)
    if found is None:
        raise NotFoundError

    def context() -> dict[str, Any]:
        return _lines(asked.session, at, below)

    return asked.templates.personalise(
        asked.request,
        asked.templates.cached_page(asked.request, "documents/history.html", (found.state, below), context),
    )


READ_ROUTES = [
    ReadRoute("/proposals/{slug:text}/history", show_history, SIGNED_IN_READER),
    ReadRoute("/pages/{slug:text}/history", show_history, SIGNED_IN_READER),
]


def _lines(session: Session, at: DocumentRef, below: int | None) -> dict[str, Any]:
    edition = document_queries.version_page(session, at.slug, None, at.kind)
    if edition is None:
        raise NotFoundError
    edits = document_queries.history(session, edition.proposal_id, below)
    return {
        "edition": edition,
        "edits": edits,
        "people": reps_count(session),
        "voters": voting_queries.voters(session, [edit.version_id for edit in edits]),
        "importer": name_of(session, edition.imported_by) if edition.imported_by else "",
    }


@dataclass(frozen=True, slots=True)
class BlameEntry:
    """Neighbouring blocks that were written or changed last in one version; `place` is the number of the first."""

    edit: HistoryEntry
    place: int
    blocks: Sequence[Block]


def blame_entries(blocks: Sequence[Block], origins: Sequence[int], edits: dict[int, HistoryEntry]) -> list[BlameEntry]:
    """Put neighbours of one version together."""
    found: list[BlameEntry] = []
    for place, (block, number) in enumerate(zip(blocks, origins, strict=True)):
        if found and found[-1].edit.number == number:
            found[-1] = BlameEntry(found[-1].edit, found[-1].place, [*found[-1].blocks, block])
        else:
            found.append(BlameEntry(edits[number], place, [block]))
    return found


@router.get("/pages/{slug}/v/{number}/blame")
@router.get("/proposals/{slug}/v/{number}/blame")
def show_blame(
    at: DocumentRefDep,
    number: Number,
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    pages: TemplatesDep,
) -> HTMLResponse:
    """Show of each block of a version who changed it last, in which version, and why."""
    edition = document_queries.version_page(session, at.slug, number, at.kind)
    version = document_queries.version(session, edition.proposal_id, number) if edition else None
    if edition is None or version is None:
        raise NotFoundError
    edits = document_queries.history_entries(session, edition.proposal_id, version.origins)
    found = blame_entries(blocks_of(version.markdown), version.origins, edits)
    return pages.page(request, "documents/blame.html", {"edition": edition, "traced": found})
