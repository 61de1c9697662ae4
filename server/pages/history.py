"""A proposal's history: its versions, and where each block of one of them comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel
from sqlmodel import Session

from server.documents import queries as document_queries
from server.documents.address import At, shelfmark_of
from server.documents.models import Shelfmark
from server.documents.queries import Edit
from server.errors import NotFoundError
from server.people.access import CurrentPerson
from server.people.direct import Asked, Direct
from server.people.queries import name_of, reps_count
from server.text.blocks import Block, blocks_of
from server.voting import queries as voting_queries
from server.web.dependencies import Number, Pages, Reading

router = APIRouter()


class Below(BaseModel):
    """From which version on the lines are shown."""

    below: Number | None = None


def history(asked: Asked) -> Response:
    """List the versions with their notes, newest first."""
    at, below = shelfmark_of(asked.slug, asked.request), asked.query(Below).below
    found = document_queries.standing(asked.session, at, None, asked.viewer.id)
    if found is None:
        raise NotFoundError

    def context() -> dict[str, Any]:
        return _lines(asked.session, at, below)

    return asked.pages.filled(
        asked.request, asked.pages.sheet(asked.request, "proposals/history.html", (found.state, below), context)
    )


direct = [Direct("/proposals/{slug:text}/history", history), Direct("/pages/{slug:text}/history", history)]


def _lines(session: Session, at: Shelfmark, below: int | None) -> dict[str, Any]:
    edition = document_queries.edition(session, at.slug, None, at.kind)
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
class Traced:
    """Neighbouring blocks that were written or changed last in one version; `place` is the number of the first."""

    edit: Edit
    place: int
    blocks: Sequence[Block]


def traced(blocks: Sequence[Block], origins: Sequence[int], edits: dict[int, Edit]) -> list[Traced]:
    """Put neighbours of one version together."""
    found: list[Traced] = []
    for place, (block, number) in enumerate(zip(blocks, origins, strict=True)):
        if found and found[-1].edit.number == number:
            found[-1] = Traced(found[-1].edit, found[-1].place, [*found[-1].blocks, block])
        else:
            found.append(Traced(edits[number], place, [block]))
    return found


@router.get("/pages/{slug}/v/{number}/origins")
@router.get("/proposals/{slug}/v/{number}/origins")
def origins(
    at: At, number: Number, request: Request, viewer: CurrentPerson, session: Reading, pages: Pages
) -> HTMLResponse:
    """Show of each block of a version who changed it last, in which version, and why."""
    del viewer
    edition = document_queries.edition(session, at.slug, number, at.kind)
    version = document_queries.version(session, edition.proposal_id, number) if edition else None
    if edition is None or version is None:
        raise NotFoundError
    edits = document_queries.edits(session, edition.proposal_id, version.origins)
    found = traced(blocks_of(version.markdown), version.origins, edits)
    return pages.page(request, "proposals/origins.html", {"edition": edition, "traced": found})
