"""The preview of a draft as a rep will see it, with the pay of a typical rep instead of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlmodel import Session

from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.access import DOCUMENT_ACCESS, DraftEditor
from server.documents.address import DocumentRefDep
from server.documents.models import Draft, Version
from server.documents.queries import DocumentSummary
from server.documents.stages import Stage, stages_of
from server.editor.views import PlanPreview, preview_plan
from server.editor.workspace import Workspace, open_workspace
from server.pages.changes_since import ChangesSince, mark_changes
from server.pages.plan_terms import annotated_terms
from server.people.queries import company_today
from server.text.rendered import join_blocks, split_blocks
from server.text.toc import Heading, table_of_contents
from server.town_halls import queries as town_hall_queries
from server.web.dependencies import ReadSession, TemplatesDep
from server.web.responses import see_other
from server.web.templating import Templates

router = APIRouter(dependencies=DOCUMENT_ACCESS)
_LETTERS = "ABCDEF"


@dataclass(frozen=True, slots=True)
class DraftCard:
    """A candidate of a draft as its card will show it; without terms and preview if its plan cannot be read."""

    letter: str
    terms: Markup | None
    preview: PlanPreview | None


@dataclass(frozen=True, slots=True)
class DraftPage:
    """The contents of the preview."""

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
    at: DocumentRefDep, request: Request, viewer: DraftEditor, session: ReadSession, templates: TemplatesDep
) -> Response:
    """Show my draft to a rep who has read its base version; without a draft, go to the editor."""
    workspace = open_workspace(session, at, viewer)
    if workspace.draft is None:
        return see_other(workspace.edit_url)
    view = {
        "workspace": workspace,
        "proposal": workspace.proposal,
        "view": _draft_page(session, templates, workspace, workspace.draft),
    }
    return templates.page(request, "pages/draft_preview.html", view)


def _draft_page(session: Session, templates: Templates, workspace: Workspace, draft: Draft) -> DraftPage:
    base = workspace.version(session, draft.base)
    parsed = document_service.parse_text(draft.markdown, workspace.kind)
    blocks = split_blocks(parsed.page.parts)
    parts, changes_since = blocks, list[ChangesSince]()
    if base:
        origins = document_service.version_changes(draft.markdown, base, draft.base + 1).origins
        parts, changes_since = mark_changes(blocks, origins, draft.base)
    related_pages = document_queries.related_pages(session, workspace.proposal.redesign_id)
    return DraftPage(
        draft=draft,
        parts=join_blocks(parts),
        changes_since=changes_since,
        contents=table_of_contents(blocks),
        cards=_cards(templates, parsed, _texts_by_letter(session, base)),
        stages=_stages(session, workspace),
        related_pages=[document for document in related_pages if document.id != workspace.key],
    )


def _stages(session: Session, workspace: Workspace) -> list[Stage]:
    """Return the stages that a proposal shows; none for a page."""
    redesign = document_queries.redesign(session, workspace.proposal.redesign_id)
    if redesign is None or workspace.kind != "proposal":
        return []
    town_hall = town_hall_queries.latest_town_hall(session, workspace.proposal.redesign_id)
    held_on = town_hall.held_on if town_hall else None
    is_published = workspace.proposal.current > 0
    return stages_of(redesign, held_on, company_today(session), is_published=is_published)


def _texts_by_letter(session: Session, base: Version | None) -> dict[str, str]:
    if base is None:
        return {}
    return {candidate.letter: candidate.text for candidate in document_queries.candidates(session, base.id)}


def _cards(templates: Templates, parsed: document_service.ParsedText, old_texts: dict[str, str]) -> list[DraftCard]:
    cards = []
    for letter, block, plan in zip(_LETTERS, parsed.page.plans, parsed.plans, strict=False):
        terms = annotated_terms(templates, block.text, old_texts.get(letter)) if plan else None
        cards.append(DraftCard(letter, terms, preview_plan(plan) if plan else None))
    return cards
