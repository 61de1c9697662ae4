"""What is said on one part of a version: a block of its text or a term of a candidate, with a way to say more."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from sqlmodel import Session

from server.comp.analysis.describe import table_of
from server.comp.load import read_plan
from server.discussion import queries as discussion_queries
from server.discussion import unread
from server.documents import queries as document_queries
from server.documents.queries import Edition, Structure
from server.errors import NotFoundError
from server.messages import Sentence
from server.people.access import CurrentPerson
from server.text.blocks import Block, blocks_of
from server.web.dependencies import Number, Pages, Reading
from server.web.responses import is_fragment

router = APIRouter()


class Asked(BaseModel):
    """Which part: a block, and which of its words from which character; or a term of a candidate."""

    block: Number | None = None
    quote: str = Field(default="", max_length=600)
    at: Number = 0
    candidate: str = Field(default="", max_length=20)
    term: str = Field(default="", max_length=120)


@dataclass(frozen=True, slots=True)
class Part:
    """The part as the page shows it, with its threads."""

    edition: Edition
    asked: Asked
    threads: list[discussion_queries.Said]
    block: Block | None = None
    structure: Structure | None = None
    label: Sentence | None = None
    value: Sentence | None = None

    @property
    def name(self) -> str:
        """What its fields are called apart from those of other parts on one page."""
        return f"{self.asked.candidate}-{self.asked.term}".replace(" ", "-") if self.label else f"b{self.asked.block}"


def part_of(session: Session, edition: Edition, asked: Asked) -> Part:
    """Return the part that is asked for; raises NotFoundError."""
    threads = discussion_queries.threads_on(session, edition.version_id, asked.block, asked.candidate, asked.term)
    if asked.block is not None:
        version = document_queries.version(session, edition.proposal_id, edition.number)
        blocks = blocks_of(version.markdown) if version else ()
        if asked.block >= len(blocks):
            raise NotFoundError
        return Part(edition, asked, threads, block=blocks[asked.block])
    structures = document_queries.structures(session, edition.version_id)
    structure = next((one for one in structures if one.key == asked.candidate), None)
    if structure is None:
        raise NotFoundError
    for label, value in table_of(read_plan(structure.text)):
        if str(label) == asked.term:
            return Part(edition, asked, threads, structure=structure, label=label, value=value)
    raise NotFoundError


@router.get("/proposals/{slug}/v/{number}/on")
def on(
    slug: str,
    number: Number,
    request: Request,
    viewer: CurrentPerson,
    session: Reading,
    pages: Pages,
    asked: Annotated[Asked, Query()],
) -> HTMLResponse:
    """Show a part of a version with what is said on it."""
    edition = document_queries.edition(session, slug, number)
    if edition is None:
        raise NotFoundError
    news = unread.news_of(session, edition.proposal_id, viewer.id)
    view = {"part": part_of(session, edition, asked), "edition": edition, "news": news}
    return pages.page(request, "discussion/_on.html" if is_fragment(request) else "discussion/on.html", view)
