"""Routes of a draft's candidates: add, reorder, and edit as a form with a preview of the plan and its pay."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.comp import Change, Diagnostic, PlanError, diff, read_plan
from server.comp.plan_text.edit import without_section
from server.db.columns import new_ulid
from server.documents import service as document_service
from server.documents.access import DOCUMENT_ACCESS, DraftEditor
from server.documents.models import DocumentRef, Draft
from server.editor import views
from server.editor.forms import editor_form
from server.editor.requests import EditorRequestDep
from server.editor.workspace import Workspace, open_workspace
from server.errors import InvalidError, NotFoundError
from server.messages import message
from server.people.queries import Viewer
from server.plan_editor.fields import PlanFields
from server.plan_editor.form import PlanEdit, plan_edit
from server.text.candidates import swap_candidates, with_candidate, with_plan
from server.text.parse import parse_document
from server.web.dependencies import DatabaseDep, Number, ReadSession, TemplatesDep
from server.web.responses import is_fragment, see_other

router = APIRouter(dependencies=DOCUMENT_ACCESS)
PATH = "/proposals/{slug}/edit/candidates/{index}"


@dataclass(frozen=True, slots=True)
class CandidatePosition:
    """The slug of a proposal, and the index of a candidate in its draft, from 0."""

    slug: str
    index: Number


PositionDep = Annotated[CandidatePosition, Depends()]


@dataclass(frozen=True, slots=True)
class DraftCandidate:
    """A candidate of a draft: its text in the draft, and in the version that the draft is based on."""

    workspace: Workspace
    draft: Draft
    index: int
    text: str
    base_text: str


def _open_candidate(session: Session, position: CandidatePosition, viewer: Viewer) -> DraftCandidate:
    workspace, index = open_workspace(session, DocumentRef(position.slug), viewer), position.index
    draft = workspace.current_draft
    plans = parse_document(draft.markdown).plans
    if index >= len(plans):
        raise NotFoundError
    base = workspace.version(session, draft.base)
    base_plans = parse_document(base.markdown).plans if base else ()
    base_text = base_plans[index].text if index < len(base_plans) else ""
    return DraftCandidate(workspace, draft, index, plans[index].text, base_text)


def _read_edit(fields: Mapping[str, str]) -> PlanEdit:
    """Read the form, and remove the worked examples if asked to, because they expect the old pay."""
    edit = plan_edit(fields)
    if "without_cases" not in fields:
        return edit
    try:
        return replace(edit, text=without_section(edit.text, "cases"), by_text=True)
    except PlanError:
        return edit


@router.get(PATH)
def show_form(
    position: PositionDep, request: Request, viewer: DraftEditor, session: ReadSession, templates: TemplatesDep
) -> Response:
    """Show a candidate of my draft as a form; without a draft, go to the editor."""
    if open_workspace(session, DocumentRef(position.slug), viewer).draft is None:
        return see_other(f"/proposals/{position.slug}/edit")
    candidate = _open_candidate(session, position, viewer)
    return _show_form(request, templates, candidate, PlanEdit(candidate.text), str(candidate.draft.revision))


@router.post(PATH + "/preview")
def preview_candidate(
    position: PositionDep,
    request: Request,
    viewer: DraftEditor,
    session: ReadSession,
    templates: TemplatesDep,
    fields: PlanFields,
) -> HTMLResponse:
    """Show what the plan in the form says, changes and pays."""
    candidate = _open_candidate(session, position, viewer)
    opened_text = fields.get("opened_text", fields.get("began"))
    return _show_form(
        request, templates, candidate, _read_edit(fields), fields.get("base", ""), opened_text=opened_text
    )


@router.post(PATH)
def save_candidate(
    position: PositionDep,
    request: Request,
    viewer: DraftEditor,
    database: DatabaseDep,
    templates: TemplatesDep,
    fields: PlanFields,
) -> Response:
    """Save the plan into my draft and go back to the editor.

    If this candidate was changed elsewhere since the form was opened, show the form again with the
    differences; changes to the rest of the draft do not matter.
    """
    edit = _read_edit(fields)
    opened_text = fields.get("opened_text", fields.get("began", "")).replace("\r\n", "\n").strip("\n")
    with database.writing() as session:
        candidate = _open_candidate(session, position, viewer)
        workspace, revision = candidate.workspace, str(candidate.draft.revision)
        if fields.get("base", "") != revision and candidate.text.strip("\n") != opened_text:
            session.rollback()
            return _show_form(request, templates, candidate, edit, revision, is_stale=True)
        form = editor_form(workspace.proposal, candidate.draft, None)
        markdown = with_plan(candidate.draft.markdown, candidate.index, edit.text)
        workspace.save(session, form.model_copy(update={"markdown": markdown}))
        session.commit()
    return see_other(workspace.edit_url)


def _show_form(
    request: Request,
    templates: TemplatesDep,
    candidate: DraftCandidate,
    edit: PlanEdit,
    base: str,
    *,
    opened_text: str | None = None,
    is_stale: bool = False,
) -> HTMLResponse:
    problems: tuple[Diagnostic, ...] = ()
    preview, changes = None, list[Change]()
    try:
        plan = read_plan(edit.text)
        preview = views.preview_plan(plan)
        changes = diff(read_plan(candidate.base_text), plan) if candidate.base_text else []
    except PlanError as error:
        problems = tuple(error.problems)
    view = {
        "proposal": candidate.workspace.proposal,
        "workspace": candidate.workspace,
        "candidate_index": candidate.index,
        "editing": edit,
        "base": base,
        "has_cases": "\ncases:" in edit.text,
        "problems": problems,
        "preview": preview,
        "changes": changes,
        "editor_id": new_ulid(),
        "opened_text": candidate.text if opened_text is None else opened_text,
        "their_changes": _plan_changes(edit.text, candidate.text) if is_stale else None,
        "failure": None,
    }
    name = "editor/_candidate.html" if is_fragment(request) else "editor/candidate.html"
    return templates.page(request, name, view, status=409 if is_stale else 200)


def _plan_changes(my_text: str, their_text: str) -> list[Change]:
    """Return the changes from my plan to theirs, or none if either has errors."""
    try:
        return diff(read_plan(my_text), read_plan(their_text))
    except PlanError:
        return []


@router.post("/proposals/{slug}/edit/candidates")
def add_candidate(editor: EditorRequestDep, session: ReadSession) -> Response:
    """Save my draft with a plan from the library, or today's plan, as its last candidate."""

    def add(_workspace: Workspace) -> Response:
        name, text = views.starting_plan(session, editor.form.template)
        return editor.save(with_candidate(editor.form.text().markdown, name, text))

    return editor.attempt(add)


@router.post(PATH + "/open")
def save_and_open_form(index: Number, editor: EditorRequestDep) -> Response:
    """Save my draft and open a candidate of it as a form."""
    return editor.save(then=f"/candidates/{index}")


@router.post(PATH + "/up")
def move_candidate_up(index: Number, editor: EditorRequestDep) -> Response:
    """Save my draft with a candidate moved up by one."""

    def move(_workspace: Workspace) -> Response:
        try:
            return editor.save(swap_candidates(editor.form.text().markdown, index - 1, index))
        except IndexError:
            raise InvalidError(message("This candidate is already the first one.")) from None

    return editor.attempt(move)


@router.post("/proposals/{slug}/edit/without-examples")
def remove_examples(editor: EditorRequestDep) -> Response:
    """Save my draft without the worked examples of plans with errors, because they may expect the old pay."""
    markdown = editor.form.text().markdown
    parsed = document_service.parse_text(markdown)
    for index, (block, plan) in enumerate(zip(parsed.page.plans, parsed.plans, strict=True)):
        if plan is None:
            with suppress(PlanError):
                markdown = with_plan(markdown, index, without_section(block.text, "cases"))
    return editor.save(markdown)
