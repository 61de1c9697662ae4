"""What the editor does with what was sent: save, put together, share, rearrange, publish."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from server.comp.language.diagnostics import PlanError
from server.comp.plan_text.edit import without_section
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.editor import views
from server.editor.forms import EditorForm
from server.editor.workspace import Workspace
from server.errors import AppError, ConflictError, InvalidError
from server.live.broker import Broker, topic_of
from server.messages import message
from server.people import queries as people_queries
from server.people.models import Role
from server.people.queries import Viewer
from server.plan_editor.library import library_plans
from server.publishing import service as publishing_service
from server.text.candidates import fenced, swap_candidates, with_candidate, with_plan
from server.text.three_way_merge import apply_choices, merge
from server.web.dependencies import DatabaseDep, TemplatesDep
from server.web.responses import see_other


@dataclass(frozen=True, slots=True)
class Other:
    """What a text is put together with: a draft or a version, what both rest on, and what the result will rest on."""

    whose: str
    text: str
    base: str | None
    number: int
    revision: int

    @property
    def mark(self) -> str:
        """What these texts are known by when the choices come back."""
        return blake2b(f"{self.base}\0{self.text}".encode(), digest_size=12).hexdigest()


class Editor:
    """One request to the editor: what was sent, by whom, to which desk."""

    def __init__(
        self,
        request: Request,
        pages: TemplatesDep,
        data: DatabaseDep,
        viewer: Viewer,
        desk: Workspace,
        form: EditorForm,
    ) -> None:
        self._request, self._pages, self._data, self._viewer = request, pages, data, viewer
        self._desk, self._form = desk, form

    def act(self) -> Response:
        """Do what the form's action says; anything unknown is a save."""
        actions: dict[str, Callable[[], Response]] = {
            "look": self.page,
            "autosave": self._autosave,
            "review": lambda: self._saved(f"{self._desk.edit}/review"),
            "as_rep": lambda: self._saved(f"{self._desk.edit}/preview"),
            "publish": self._publish,
            "discard": self._discard,
            "share": self._share,
            "add": self._add,
            "up": self._up,
            "no_cases": self._no_cases,
            "form": self._open_form,
            "merge": self._merging,
            "merged": self._merged,
        }
        return actions.get(self._form.verb, self._saved)()

    def page(self, failure: AppError | None = None, **more: Any) -> HTMLResponse:
        """Show the editor with what the form holds."""
        with self._data.reading() as session:
            draft = self._desk.draft
            writers = document_queries.writers(session, draft.id or 0) if draft else []
            others = [
                person
                for person in people_queries.list_people(session)
                if person.active and person.role in {Role.manager, Role.admin} and person.id != self._desk.owner_id
            ]
        view: dict[str, Any] = {
            "proposal": self._desk.proposal,
            "desk": self._desk,
            "form": self._form,
            "draft": draft,
            "preview": views.preview_draft(self._form.markdown, self._desk.kind),
            "other": None,
            "failure": failure.sentence if failure else None,
            "writers": writers,
            "others": others,
            "ready": library_plans(),
        }
        status = failure.status if failure else 200
        return self._pages.page(self._request, "editor/edit.html", view | more, status=status)

    def stale(self, error: AppError, against: str, fresh: dict[str, Any]) -> HTMLResponse:
        """Say that somebody was quicker, and offer to put both texts together; to an autosave only say it."""
        if self._form.verb == "autosave":
            view = {"failure": error.sentence, "desk": self._desk}
            return self._pages.page(self._request, "editor/_stale.html", view, status=error.status)
        form = self._form.model_copy(update=fresh | {"against": against})
        return Editor(self._request, self._pages, self._data, self._viewer, self._desk, form).page(
            error, other=self._other(against)
        )

    def _other(self, against: str) -> Other:
        """Return what the text is put together with, as it stands now."""
        with self._data.reading() as session:
            desk = self._desk.reload(session, self._viewer)
            base = desk.version(session, self._form.base)
            newest = desk.version(session, desk.proposal.current)
        base_text = base.markdown if base else None
        if against == "draft" and desk.draft:
            return Other("draft", desk.draft.markdown, base_text, self._form.base, desk.draft.revision)
        text = newest.markdown if newest else ""
        return Other("version", text, base_text, desk.proposal.current, self._form.revision)

    def _merging(self, failure: AppError | None = None) -> Response:
        """Show both texts block by block; what does not overlap is put together already."""
        if against := self._form.action.partition(":")[2]:
            self._form = self._form.model_copy(update={"against": against})
        other = self._other(self._form.against)
        view = {
            "proposal": self._desk.proposal,
            "desk": self._desk,
            "form": self._form,
            "other": other,
            "parts": merge(other.base, self._form.text().markdown, other.text),
            "failure": failure.sentence if failure else None,
            "against": views.compared_with_base,
        }
        return self._pages.page(self._request, "editor/merge.html", view, status=failure.status if failure else 200)

    def _merged(self) -> Response:
        """Save the text as it was put together; choices that were made beside other texts are not taken."""
        other, form = self._other(self._form.against), self._form
        parts = merge(other.base, form.text().markdown, other.text)
        if form.seen != other.mark or len(form.choice) != sum(part.side == "asked" for part in parts):
            return self._merging(
                ConflictError(message("The other text has changed meanwhile. Look again, and choose."))
            )
        update = {"markdown": apply_choices(parts, form.choice), "base": other.number, "revision": other.revision}
        self._form = form.model_copy(update=update)
        return self._saved()

    def _saved(self, onward: str = "") -> Response:
        with self._data.writing() as session:
            self._desk.save(session, self._form)
            session.commit()
        return see_other(onward or self._desk.edit)

    def _autosave(self) -> Response:
        with self._data.writing() as session:
            draft = self._desk.save(session, self._form)
            session.commit()
        return self._pages.page(self._request, "editor/_saved.html", {"draft": draft})

    def _discard(self) -> Response:
        if not self._desk.is_own:
            raise InvalidError(message("Only {name} can throw this draft away.", name=self._desk.owner))
        with self._data.writing() as session:
            document_service.discard_draft(session, self._desk.proposal, self._viewer.id)
            session.commit()
        return see_other(self._desk.proposal.url if self._desk.proposal.current else self._desk.kind.list_url)

    def _share(self) -> Response:
        if not self._desk.is_own:
            raise InvalidError(message("{name} chooses who writes on this draft.", name=self._desk.owner))
        with self._data.writing() as session:
            draft = self._desk.save(session, self._form)
            chosen = {
                person.id or 0
                for person in people_queries.list_people(session)
                if person.ulid in self._form.share and person.active and person.role in {Role.manager, Role.admin}
            }
            document_service.share_draft(session, draft, chosen)
            session.commit()
        return see_other(self._desk.edit)

    def _add(self) -> Response:
        """Put a ready plan, or today's, behind the last candidate."""
        with self._data.reading() as session:
            name, text = views.plan_to_start_from(session, self._form.template)
        block = f"### {name}\n\n{fenced(text)}"
        return self._rewritten(with_candidate(self._form.text().markdown, block))

    def _up(self) -> Response:
        place = self._form.place
        try:
            return self._rewritten(swap_candidates(self._form.text().markdown, place - 1, place))
        except IndexError:
            raise InvalidError(message("This candidate is the first one already.")) from None

    def _no_cases(self) -> Response:
        """Leave the worked examples out of the plans that cannot be read: they say what the plan paid before."""
        markdown = self._form.text().markdown
        reading = document_service.parse_text(markdown, self._desk.kind)
        for place, (block, plan) in enumerate(zip(reading.page.plans, reading.plans, strict=True)):
            if plan is None:
                with suppress(PlanError):
                    markdown = with_plan(markdown, place, without_section(block.text, "cases"))
        return self._rewritten(markdown)

    def _rewritten(self, markdown: str) -> Response:
        self._form = self._form.model_copy(update={"markdown": markdown})
        return self._saved()

    def _open_form(self) -> Response:
        return self._saved(f"{self._desk.edit}/candidates/{self._form.place}")

    def _publish(self) -> Response:
        form, desk = self._form, self._desk
        with self._data.reading() as session:
            before = desk.version(session, form.base)
        manuscript = document_service.prepare(form.text(), before, desk.kind)
        with self._data.writing() as session:
            attached = desk.reload(session, self._viewer)
            if attached.draft:  # what another window or a co-author saved meanwhile is not thrown away with it
                attached.save(session, form)
            taken = self._form.included if self._form.included_asked else None
            publishing_service.publish(session, attached.proposal, manuscript, self._viewer.id, taken=taken)
            document_service.discard_draft(session, attached.proposal, attached.owner_id)
            session.commit()
        broker: Broker = self._request.app.state.broker
        broker.publish(topic_of(desk.proposal.slug), "version")
        return see_other(desk.proposal.url)
