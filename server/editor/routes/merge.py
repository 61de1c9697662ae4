"""Routes for merging my text with one that was saved or published in the meantime."""

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from server.documents.access import DOCUMENT_ACCESS
from server.editor import views
from server.editor.requests import EditorRequest, EditorRequestDep, OtherText
from server.errors import ConflictError
from server.messages import message
from server.text.three_way_merge import apply_choices, merge
from server.web.dependencies import TemplatesDep

router = APIRouter(dependencies=DOCUMENT_ACCESS)


@router.post("/pages/{slug}/edit/merge")
@router.post("/proposals/{slug}/edit/merge")
def show_merge(editor: EditorRequestDep, request: Request, templates: TemplatesDep, against: str = "") -> HTMLResponse:
    """Show both texts block by block; changes that do not overlap are merged already.

    `against` is "draft" or "version", as in the form, for buttons outside of it.
    """
    form = editor.form.model_copy(update={"against": against or editor.form.against})
    return _show(replace(editor, form=form), request, templates, editor.other_text(form.against))


@router.post("/pages/{slug}/edit/merge/save")
@router.post("/proposals/{slug}/edit/merge/save")
def save_merge(editor: EditorRequestDep, request: Request, templates: TemplatesDep) -> Response:
    """Save the merged text; choices made for other texts are refused."""
    form, other = editor.form, editor.other_text(editor.form.against)
    parts = merge(other.base, form.text().markdown, other.text)
    if form.seen != other.digest or len(form.choice) != sum(part.side == "conflict" for part in parts):
        error = ConflictError(message("The other text has changed since. Review it and choose again."))
        return _show(editor, request, templates, other, error)
    return editor.save(apply_choices(parts, form.choice), base=other.number, revision=other.revision)


def _show(
    editor: EditorRequest,
    request: Request,
    templates: TemplatesDep,
    other: OtherText,
    error: ConflictError | None = None,
) -> HTMLResponse:
    workspace = editor.workspace()
    view = {
        "proposal": workspace.proposal,
        "workspace": workspace,
        "form": editor.form,
        "other": other,
        "parts": merge(other.base, editor.form.text().markdown, other.text),
        "failure": error.sentence if error else None,
        "diff_with_base": views.diff_with_base,
    }
    return templates.page(request, "editor/merge.html", view, status=error.status if error else 200)
