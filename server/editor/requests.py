"""Requests to the editor: the workspace, the submitted form, and the editor shown again if saving fails."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from server.documents import queries as document_queries
from server.documents.access import DraftEditor
from server.documents.address import DocumentRefDep
from server.documents.service import StaleDraftError, StaleVersionError
from server.editor import views
from server.editor.forms import EditorForm
from server.editor.workspace import Workspace, open_workspace
from server.errors import AppError
from server.people import queries as people_queries
from server.people.models import Person, Role
from server.plan_editor.library import library_plans
from server.plans_in_force import queries as plan_queries
from server.web.dependencies import DatabaseDep, TemplatesDep
from server.web.responses import see_other


@dataclass(frozen=True, slots=True)
class OtherText:
    """The draft or version to merge with, the base of both texts, and the base and revision of the result."""

    text: str
    base: str | None
    number: int
    revision: int

    @property
    def digest(self) -> str:
        """Identify both texts, so that choices made for other texts can be refused."""
        return blake2b(f"{self.base}\0{self.text}".encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class EditorScreen:
    """Shows the editor of a workspace."""

    request: Request
    database: DatabaseDep
    templates: TemplatesDep

    def show(
        self, workspace: Workspace, form: EditorForm, error: AppError | None = None, other: OtherText | None = None
    ) -> HTMLResponse:
        """Show the editor with the fields of a form; with `other`, offer to merge with that text."""
        with self.database.reading() as session:
            draft = workspace.draft
            co_authors = document_queries.co_authors(session, workspace.key, workspace.owner_id)
            people = people_queries.list_people(session)
            has_today = plan_queries.is_any_entered(session)
        view: dict[str, Any] = {
            "proposal": workspace.proposal,
            "workspace": workspace,
            "form": form,
            "draft": draft,
            "preview": views.preview_draft(form.markdown, workspace.kind),
            "other": other,
            "failure": error.sentence if error else None,
            "co_authors": co_authors,
            "possible_co_authors": [
                person for person in people if can_write(person) and person.id != workspace.owner_id
            ],
            "library_plans": library_plans(),
            "has_today": has_today,
        }
        return self.templates.page(self.request, "editor/edit.html", view, status=error.status if error else 200)


def can_write(person: Person) -> bool:
    """Return whether a person may be a co-author of a draft."""
    return person.active and person.role in {Role.manager, Role.admin}


@dataclass(frozen=True, slots=True)
class EditorRequest:
    """A form sent by the editor, with the workspace it was opened from."""

    at: DocumentRefDep
    viewer: DraftEditor
    database: DatabaseDep
    screen: Annotated[EditorScreen, Depends()]
    form: Annotated[EditorForm, Form()]

    def workspace(self) -> Workspace:
        """Return the workspace as it is now; raises NotFoundError."""
        with self.database.reading() as session:
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
            with self.database.writing() as session:
                workspace.save(session, self.form.model_copy(update=changes))
                session.commit()
            return see_other(workspace.edit_url + then)

        return self.attempt(save)

    def other_text(self, against: str) -> OtherText:
        """Return the text to merge with as it is now: the saved draft or the newest version."""
        with self.database.reading() as session:
            workspace = open_workspace(session, self.at, self.viewer)
            base = workspace.version(session, self.form.base)
            newest = workspace.version(session, workspace.proposal.current)
        base_text = base.markdown if base else None
        if against == "draft" and workspace.draft:
            draft = workspace.draft
            return OtherText(draft.markdown, base_text, self.form.base, draft.revision)
        text = newest.markdown if newest else ""
        return OtherText(text, base_text, workspace.proposal.current, self.form.revision)


EditorRequestDep = Annotated[EditorRequest, Depends()]
EditorScreenDep = Annotated[EditorScreen, Depends()]
