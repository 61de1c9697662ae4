"""A candidate of a draft as a form: form and text follow each other, and both say at once what the plan does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.comp.analysis.diff import Change, diff
from server.comp.language.diagnostics import Diagnostic, PlanError
from server.comp.load import read_plan
from server.comp.plan_text.edit import without_section
from server.db.columns import new_ulid
from server.documents.models import DocumentRef, Draft
from server.editor import views
from server.editor.forms import editor_form
from server.editor.workspace import Workspace, open_workspace
from server.errors import NotFoundError
from server.people.access import Manager
from server.people.queries import Viewer
from server.text.candidates import with_plan
from server.text.parse import parse_document
from server.variants.routes import PlanFields
from server.variants.views import VariantEdit, variant_edit
from server.web.dependencies import DatabaseDep, Number, ReadSession, TemplatesDep
from server.web.responses import is_fragment, see_other

router = APIRouter()
PATH = "/proposals/{slug}/edit/candidates/{place}"


@dataclass(frozen=True, slots=True)
class Where:
    """Which candidate of which proposal's draft."""

    slug: str
    place: Number


Which = Annotated[Where, Depends()]


@dataclass(frozen=True, slots=True)
class Opened:
    """A candidate of a draft: whose, which, its text as the draft has it, and in the version the draft is based on."""

    desk: Workspace
    draft: Draft
    place: int
    text: str
    before: str


def _opened(session: Session, where: Where, viewer: Viewer) -> Opened:
    desk, place = open_workspace(session, DocumentRef(where.slug), viewer), where.place
    if desk.draft is None:
        raise NotFoundError
    plans = parse_document(desk.draft.markdown).plans
    if place >= len(plans):
        raise NotFoundError
    version = desk.version(session, desk.draft.base)
    old = parse_document(version.markdown).plans if version else ()
    return Opened(desk, desk.draft, place, plans[place].text, old[place].text if place < len(old) else "")


def _editing(fields: Mapping[str, str]) -> VariantEdit:
    """Understand the form; its worked examples are left out when that is asked for: they say what the old plan paid."""
    found = variant_edit(fields)
    try:
        return (
            replace(found, text=without_section(found.text, "cases"), by_text=True)
            if "without_cases" in fields
            else found
        )
    except PlanError:
        return found


@router.get(PATH)
def open_form(where: Which, request: Request, viewer: Manager, session: ReadSession, pages: TemplatesDep) -> Response:
    """Open a candidate of my draft as a form; without a draft there is only the editor."""
    if open_workspace(session, DocumentRef(where.slug), viewer).draft is None:
        return see_other(f"/proposals/{where.slug}/edit")
    opened = _opened(session, where, viewer)
    return _form(request, pages, opened, VariantEdit(str(opened.draft.revision), opened.text))


@router.post(PATH + "/preview")
def look(
    where: Which, request: Request, viewer: Manager, session: ReadSession, pages: TemplatesDep, fields: PlanFields
) -> HTMLResponse:
    """Show what the plan in the form says, changes and pays."""
    began = fields.get("began")
    return _form(request, pages, _opened(session, where, viewer), _editing(fields), began=began)


@router.post(PATH)
def keep(
    where: Which, request: Request, viewer: Manager, data: DatabaseDep, pages: TemplatesDep, fields: PlanFields
) -> Response:
    """Put the plan back into the draft, and go back to the editor; nothing is overwritten unseen.

    The rest of the draft may have moved on: only this candidate must be as it was when the form was opened.
    """
    editing = _editing(fields)
    began = fields.get("began", "").replace("\r\n", "\n").strip("\n")
    with data.writing() as session:
        opened = _opened(session, where, viewer)
        revision = str(opened.draft.revision)
        if editing.base != revision and opened.text.strip("\n") != began:
            session.rollback()
            return _form(request, pages, opened, replace(editing, base=revision), overtaken=True)
        form = editor_form(opened.desk.proposal, opened.draft, None)
        markdown = with_plan(opened.draft.markdown, where.place, editing.text)
        opened.desk.save(session, form.model_copy(update={"markdown": markdown}))
        session.commit()
    return see_other(opened.desk.edit)


def _form(
    request: Request,
    pages: TemplatesDep,
    opened: Opened,
    editing: VariantEdit,
    *,
    began: str | None = None,
    overtaken: bool = False,
) -> HTMLResponse:
    problems: tuple[Diagnostic, ...] = ()
    looked, changes = None, list[Change]()
    try:
        plan = read_plan(editing.text)
        looked = views.preview_plan(plan)
        changes = diff(read_plan(opened.before), plan) if opened.before else []
    except PlanError as error:
        problems = tuple(error.problems)
    view = {
        "proposal": opened.desk.proposal,
        "desk": opened.desk,
        "place": opened.place,
        "editing": editing,
        "has_cases": "\ncases:" in editing.text,
        "problems": problems,
        "looked": looked,
        "changes": changes,
        "editor_id": new_ulid(),
        "began": opened.text if began is None else began,
        "theirs": _against(opened.text, editing.text) if overtaken else None,
        "failure": None,
    }
    name = "editor/_candidate.html" if is_fragment(request) else "editor/candidate.html"
    return pages.page(request, name, view, status=409 if overtaken else 200)


def _against(theirs: str, mine: str) -> list[Change]:
    """Return what theirs says otherwise than mine; nothing where either cannot be read."""
    try:
        return diff(read_plan(mine), read_plan(theirs))
    except PlanError:
        return []
