"""A draft as a rep will see it: the whole page, with a typical rep's pay where everybody will see their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlmodel import Session

from server.db.columns import now
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.address import DocumentRefDep
from server.documents.models import Draft, Version
from server.documents.queries import DocumentSummary
from server.editor.views import PlanPreview, preview_plan
from server.editor.workspace import Workspace, open_workspace
from server.pages.changes_since import ChangesSince, mark_changes
from server.pages.plan_terms import annotated_terms
from server.pages.proposal import Stage, stages_of
from server.people.access import Manager
from server.text.rendered import join_blocks, split_blocks
from server.text.toc import Heading, table_of_contents
from server.town_halls import queries as town_hall_queries
from server.web.dependencies import ReadSession, TemplatesDep
from server.web.responses import see_other
from server.web.templating import Templates

router = APIRouter()


@dataclass(frozen=True, slots=True)
class DraftCard:
    """A candidate of a draft as its card will show it; without a plan it cannot be read yet."""

    letter: str
    terms: Markup | None
    looked: PlanPreview | None


@dataclass(frozen=True, slots=True)
class DraftPage:
    """All that the page will say."""

    draft: Draft
    parts: Sequence[Any]
    changes_since: Sequence[ChangesSince]
    contents: Sequence[Heading]
    cards: Sequence[DraftCard]
    stages: Sequence[Stage]
    related_pages: Sequence[DocumentSummary]


@router.get("/pages/{slug}/edit/preview")
@router.get("/proposals/{slug}/edit/preview")
def preview_as_rep(
    at: DocumentRefDep, request: Request, viewer: Manager, session: ReadSession, pages: TemplatesDep
) -> Response:
    """Show my draft as a rep who has read the version before will see it; without a draft there is only the editor."""
    desk = open_workspace(session, at, viewer)
    if desk.draft is None:
        return see_other(desk.edit)
    view = {"desk": desk, "proposal": desk.proposal, "view": _draft_page(session, pages, desk, desk.draft)}
    return pages.page(request, "pages/draft_preview.html", view)


def _draft_page(session: Session, pages: Templates, desk: Workspace, draft: Draft) -> DraftPage:
    before = desk.version(session, draft.base)
    reading = document_service.parse_text(draft.markdown, desk.kind)
    blocks = split_blocks(reading.page.parts)
    parts = blocks
    fresh: Sequence[ChangesSince] = []
    if before:
        origins = document_service.changes_from(draft.markdown, before, draft.base + 1).origins
        parts, fresh = mark_changes(blocks, origins, draft.base)
    redesign = document_queries.redesign(session, desk.proposal.redesign_id)
    hall = town_hall_queries.latest_town_hall(session, desk.proposal.redesign_id)
    return DraftPage(
        draft=draft,
        parts=join_blocks(parts),
        changes_since=fresh,
        contents=table_of_contents(blocks),
        cards=_cards(pages, reading, _texts(session, before)),
        stages=stages_of(redesign, hall, now().date()) if redesign and desk.kind == "proposal" else [],
        related_pages=[
            one for one in document_queries.related_pages(session, desk.proposal.redesign_id) if one.id != desk.key
        ],
    )


def _texts(session: Session, before: Version | None) -> dict[str, str]:
    return {one.letter: one.text for one in document_queries.candidates(session, before.id or 0)} if before else {}


def _cards(pages: Templates, reading: document_service.ParsedText, old: dict[str, str]) -> list[DraftCard]:
    found = []
    for letter, block, plan in zip("ABCDEF", reading.page.plans, reading.plans, strict=False):
        terms = annotated_terms(pages, block.text, old.get(letter)) if plan else None
        found.append(DraftCard(letter, terms, preview_plan(plan) if plan else None))
    return found
