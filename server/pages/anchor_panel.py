"""What is said on one part of a version: a block of its text or a term of a candidate, with a way to say more."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from sqlmodel import Session

from server.comp.analysis.describe import terms_table
from server.comp.load import read_plan
from server.discussion import queries as discussion_queries
from server.discussion import unread
from server.documents import queries as document_queries
from server.documents.queries import CandidateView, VersionPage
from server.errors import NotFoundError
from server.messages import Message
from server.people.access import CurrentPerson
from server.text.blocks import Block, blocks_of
from server.web.dependencies import Number, ReadSession, TemplatesDep
from server.web.responses import is_fragment

router = APIRouter()


class AnchorQuery(BaseModel):
    """Which part: a block, and which of its words from which character; or a term of a candidate."""

    block: Number | None = None
    quote: str = Field(default="", max_length=600)
    at: Number = 0
    candidate: str = Field(default="", max_length=20)
    term: str = Field(default="", max_length=120)


@dataclass(frozen=True, slots=True)
class AnchorPanel:
    """The part as the page shows it, with its threads."""

    edition: VersionPage
    asked: AnchorQuery
    threads: list[discussion_queries.CommentView]
    block: Block | None = None
    structure: CandidateView | None = None
    label: Message | None = None
    value: Message | None = None

    @property
    def name(self) -> str:
        """What its fields are called apart from those of other parts on one page."""
        return f"{self.asked.candidate}-{self.asked.term}".replace(" ", "-") if self.label else f"b{self.asked.block}"


def anchor_panel(session: Session, edition: VersionPage, asked: AnchorQuery) -> AnchorPanel:
    """Return the part that is asked for; raises NotFoundError."""
    threads = discussion_queries.threads_at(session, edition.version_id, asked.block, asked.candidate, asked.term)
    if asked.block is not None:
        version = document_queries.version(session, edition.proposal_id, edition.number)
        blocks = blocks_of(version.markdown) if version else ()
        if asked.block >= len(blocks):
            raise NotFoundError
        return AnchorPanel(edition, asked, threads, block=blocks[asked.block])
    structures = document_queries.candidates(session, edition.version_id)
    structure = next((one for one in structures if one.key == asked.candidate), None)
    if structure is None:
        raise NotFoundError
    for label, value in terms_table(read_plan(structure.text)):
        if str(label) == asked.term:
            return AnchorPanel(edition, asked, threads, structure=structure, label=label, value=value)
    raise NotFoundError


@router.get("/proposals/{slug}/v/{number}/anchors")
def show_anchor(
    slug: str,
    number: Number,
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    pages: TemplatesDep,
    asked: Annotated[AnchorQuery, Query()],
) -> HTMLResponse:
    """Show a part of a version with what is said on it."""
    edition = document_queries.version_page(session, slug, number)
    if edition is None:
        raise NotFoundError
    news = unread.unread_threads(session, edition.proposal_id, viewer.id)
    view = {"part": anchor_panel(session, edition, asked), "edition": edition, "news": news}
    return pages.page(
        request, "discussion/_anchor_panel.html" if is_fragment(request) else "discussion/anchor_panel.html", view
    )
