"""The workspace of a manager who writes a draft: their own, or one shared with them."""

from dataclasses import dataclass

from sqlmodel import Session

from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.models import DocumentKind, DocumentRef, Draft, Proposal, Version
from server.editor.forms import EditorForm
from server.errors import NotFoundError
from server.people import queries as people_queries
from server.people.queries import Viewer


@dataclass(frozen=True, slots=True)
class Workspace:
    """A document, its draft if there is one, and who owns the draft."""

    proposal: Proposal
    draft: Draft | None
    owner_id: int
    owner: str
    is_own: bool

    @property
    def key(self) -> int:
        """The id of the document."""
        return self.proposal.id

    @property
    def kind(self) -> DocumentKind:
        """The kind of the document."""
        return DocumentKind(self.proposal.kind)

    @property
    def current_draft(self) -> Draft:
        """The draft; raises NotFoundError if there is none."""
        if self.draft is None:
            raise NotFoundError
        return self.draft

    @property
    def edit_url(self) -> str:
        """The URL of the editor."""
        return f"{self.proposal.url}/edit"

    def reload(self, session: Session, viewer: Viewer) -> "Workspace":
        """Return the workspace as it is now."""
        return open_workspace(session, self.proposal.ref, viewer)

    def save(self, session: Session, form: EditorForm) -> Draft:
        """Save what the form holds; raises StaleDraftError if it was saved elsewhere in the meantime."""
        return document_service.save_draft(session, self.proposal, form.text(), self.owner_id)

    def version(self, session: Session, number: int) -> Version | None:
        """Return a version of the document, or None for number 0."""
        return document_queries.version(session, self.key, number) if number else None


def open_workspace(session: Session, at: DocumentRef, viewer: Viewer) -> Workspace:
    """Return the workspace of a viewer; raises NotFoundError if there is no such document."""
    proposal = document_queries.by_slug(session, at.slug, at.kind)
    if proposal is None:
        raise NotFoundError
    draft = document_queries.draft_for(session, proposal.id, viewer.id)
    owner_id = draft.author_id if draft else viewer.id
    owner = viewer.name if owner_id == viewer.id else people_queries.name_of(session, owner_id)
    return Workspace(proposal, draft, owner_id, owner, owner_id == viewer.id)
