"""The anchor panel: the comments on a block of a version's text or on a term of a candidate, and a form for more."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from sqlmodel import Session

from server.comp.analysis.terms import PlanTerm
from server.discussion import anchoring, unread
from server.discussion import queries as discussion_queries
from server.discussion.anchoring import Selection
from server.documents import queries as document_queries
from server.documents.access import DOCUMENT_ACCESS
from server.documents.queries import CandidateView, VersionPage
from server.errors import InvalidError, NotFoundError
from server.messages import Message
from server.people.access import CurrentPerson
from server.text.blocks import Block, blocks_of
from server.web.dependencies import Number, ReadSession, TemplatesDep
from server.web.responses import is_fragment

router = APIRouter(dependencies=DOCUMENT_ACCESS)


class AnchorQuery(BaseModel):
    """What was selected: a quote from a character of a block on, or a term of a candidate by its path."""

    block: Number | None = None
    quote: str = Field(default="", max_length=600)
    at: Number = 0
    candidate: str = Field(default="", max_length=20)
    term: str = Field(default="", max_length=120)


@dataclass(frozen=True, slots=True)
class AnchorPanel:
    """What was selected as the page shows it, with its threads."""

    version: VersionPage
    query: AnchorQuery
    threads: list[discussion_queries.CommentView]
    block: Block | None = None
    candidate: CandidateView | None = None
    term: PlanTerm | None = None

    @property
    def label(self) -> Message | None:
        """The label of the term."""
        return self.term.label if self.term else None

    @property
    def value(self) -> Message | None:
        """The value of the term."""
        return self.term.value if self.term else None

    @property
    def name(self) -> str:
        """A name for its fields that differs from those of other panels on a page."""
        if self.term is None:
            return f"b{self.query.block}"
        return f"{self.query.candidate}-{self.query.term}".replace(" ", "-").replace("/", "-")


def anchor_panel(session: Session, version: VersionPage, query: AnchorQuery) -> AnchorPanel:
    """Return the panel of what was selected; raises NotFoundError."""
    candidates = document_queries.candidates(session, version.version_id) if query.block is None else []
    candidate = next((candidate for candidate in candidates if candidate.key == query.candidate), None)
    if candidate is not None:
        query = query.model_copy(update={"term": anchoring.term_path(candidate.text, query.term)})
    threads = discussion_queries.threads_at(session, version.version_id, query.block, query.candidate, query.term)
    if query.block is not None:
        stored = document_queries.version(session, version.proposal_id, version.number)
        blocks = blocks_of(stored.markdown) if stored else ()
        if query.block >= len(blocks):
            raise NotFoundError
        block = blocks[query.block]
        if stored and query.quote:
            with suppress(InvalidError):  # what is not in the text is refused when the comment is sent
                quoted = anchoring.find_quote(stored.markdown, Selection(query.block, query.quote, query.at))
                query = query.model_copy(update={"quote": quoted.quote, "at": quoted.range.start})
        return AnchorPanel(version, query, threads, block=block)
    term = anchoring.terms_by_path(candidate.text).get(query.term) if candidate else None
    if candidate is None or term is None:
        raise NotFoundError
    return AnchorPanel(version, query, threads, candidate=candidate, term=term)


@router.get("/proposals/{slug}/v/{number}/anchors")
def show_anchor(
    slug: str,
    number: Number,
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
    query: Annotated[AnchorQuery, Query()],
) -> HTMLResponse:
    """Show what was selected with the comments on it."""
    version = document_queries.version_page(session, slug, number)
    if version is None:
        raise NotFoundError
    view = {
        "panel": anchor_panel(session, version, query),
        "version": version,
        "unread": unread.unread_threads(session, version.proposal_id, viewer.id),
    }
    name = "discussion/_anchor_panel.html" if is_fragment(request) else "discussion/anchor_panel.html"
    return templates.page(request, name, view)
