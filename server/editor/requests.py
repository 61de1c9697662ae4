"""A request to the editor: the workspace it is about, the form it sent, and the editor shown again if it fails."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from server.documents import queries as document_queries
from server.documents.address import DocumentRefDep
from server.documents.service import StaleDraftError, StaleVersionError
from server.editor import views
from server.editor.forms import EditorForm
from server.editor.workspace import Workspace, open_workspace
from server.errors import AppError
from server.people import queries as people_queries
from server.people.access import Manager
from server.people.models import Role
from server.plan_editor.library import library_plans
from server.web.dependencies import DatabaseDep, TemplatesDep
from server.web.responses import see_other


@dataclass(frozen=True, slots=True)
class OtherText:
    """The text to merge with: a draft or a version, what both are based on, and what the result will be based on."""

    whose: str
    text: str
    base: str | None
    number: int
    revision: int

    @property
    def digest(self) -> str:
        """Identifies both texts when the choices come back."""
        return blake2b(f"{self.base}\0{self.text}".encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class EditorScreen:
    """Shows the editor of a workspace."""

    request: Request
    data: DatabaseDep
    pages: TemplatesDep

    def show(
        self, workspace: Workspace, form: EditorForm, error: AppError | None = None, other: OtherText | None = None
    ) -> HTMLResponse:
        """Show the editor with what the form holds; with `other`, offer to merge with it."""
        with self.data.reading() as session:
            draft = workspace.draft
            writers = document_queries.writers(session, draft.id or 0) if draft else []
            others = [
                person
                for person in people_queries.list_people(session)
                if person.active and person.role in {Role.manager, Role.admin} and person.id != workspace.owner_id
            ]
        view: dict[str, Any] = {
            "proposal": workspace.proposal,
            "desk": workspace,
            "form": form,
            "draft": draft,
            "preview": views.preview_draft(form.markdown, workspace.kind),
            "other": other,
            "failure": error.sentence if error else None,
            "writers": writers,
            "others": others,
            "ready": library_plans(),
        }
        return self.pages.page(self.request, "editor/edit.html", view, status=error.status if error else 200)


@dataclass(frozen=True, slots=True)
class EditorRequest:
    """A form sent by the editor, with the workspace it was opened from."""

    at: DocumentRefDep
    viewer: Manager
    data: DatabaseDep
    screen: Annotated[EditorScreen, Depends()]
    form: Annotated[EditorForm, Form()]

    def workspace(self) -> Workspace:
        """Return the workspace as it is now; raises NotFoundError."""
        with self.data.reading() as session:
            return open_workspace(session, self.at, self.viewer)

    def attempt(self, action: Callable[[Workspace], Response]) -> Response:
        """Run an action; if it fails, show the editor with the text as it was sent."""
        workspace = self.workspace()
        try:
            return action(workspace)
        except StaleDraftError as error:
            form = self.form.model_copy(update={"against": "draft", "revision": error.saved.revision})
            return self.screen.show(workspace, form, error, self.other_text("draft"))
        except StaleVersionError as error:
            form = self.form.model_copy(update={"against": "version"})
            return self.screen.show(workspace, form, error, self.other_text("version"))
        except AppError as error:
            return self.screen.show(workspace, self.form, error)

    def save(self, markdown: str | None = None, then: str = "", **fields: Any) -> Response:
        """Save the draft, with another text or other fields if given, and go to a page of the editor."""
        changes = fields if markdown is None else {**fields, "markdown": markdown}

        def save(workspace: Workspace) -> Response:
            with self.data.writing() as session:
                workspace.save(session, self.form.model_copy(update=changes))
                session.commit()
            return see_other(workspace.edit + then)

        return self.attempt(save)

    def other_text(self, against: str) -> OtherText:
        """Return the text to merge with as it is now: the saved draft or the newest version."""
        with self.data.reading() as session:
            workspace = open_workspace(session, self.at, self.viewer)
            base = workspace.version(session, self.form.base)
            newest = workspace.version(session, workspace.proposal.current)
        base_text = base.markdown if base else None
        if against == "draft" and workspace.draft:
            draft = workspace.draft
            return OtherText("draft", draft.markdown, base_text, self.form.base, draft.revision)
        text = newest.markdown if newest else ""
        return OtherText("version", text, base_text, workspace.proposal.current, self.form.revision)


EditorRequestDep = Annotated[EditorRequest, Depends()]
EditorScreenDep = Annotated[EditorScreen, Depends()]
