"""What is said on one part of a version: a block of its text or a term of a candidate, with a way to say more."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from sqlmodel import Session

from server.comp.describing import table_of
from server.comp.reader import read_plan
from server.comp.wording import Sentence
from server.discussion import queries as discussion
from server.discussion import unread
from server.errors import NotFoundError
from server.people.access import CurrentPerson
from server.proposals import queries as proposals
from server.proposals.queries import Edition, Structure
from server.text.blocks import Block, blocks_of
from server.web.answers import is_fragment
from server.web.context import Number, Pages, Reading

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
    threads: list[discussion.Said]
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
    threads = discussion.threads_on(session, edition.version_id, asked.block, asked.candidate, asked.term)
    if asked.block is not None:
        version = proposals.version(session, edition.proposal_id, edition.number)
        blocks = blocks_of(version.markdown) if version else ()
        if asked.block >= len(blocks):
            raise NotFoundError
        return Part(edition, asked, threads, block=blocks[asked.block])
    structures = proposals.structures(session, edition.version_id)
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
    edition = proposals.edition(session, slug, number)
    if edition is None:
        raise NotFoundError
    news = unread.news_of(session, edition.proposal_id, viewer.id)
    view = {"part": part_of(session, edition, asked), "edition": edition, "news": news}
    return pages.page(request, "discussion/_on.html" if is_fragment(request) else "discussion/on.html", view)
