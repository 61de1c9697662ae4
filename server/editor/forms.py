"""What a browser may send to the editor."""

from datetime import UTC, datetime

from pydantic import Field
from ulid import ULID

from server.documents.models import Draft, Proposal, Version
from server.documents.service import SubmittedText
from server.people.forms import BaseForm
from server.web.dependencies import Number

_ROOM = 400_000
MAX_SHARED = 50


class StartForm(BaseForm):
    """A proposal to start."""

    title: str = Field(default="", max_length=2000)
    audience: str = Field(default="", max_length=120)
    year: str = Field(default="", max_length=20)


class EditorForm(BaseForm):
    """The fields of the editor.

    `base` and `revision` say which version and which save of the draft the text is based on, `editor_id` which window
    it was typed in. `template` is the plan to add, `share` who may write too, `publish_at` when to publish. When two
    texts are merged, `against` is the other one (draft or version), `seen` its digest and `choice` what was chosen for
    each conflict. `included` are the accepted comments that the version includes; `included_asked` says that this was
    asked.
    """

    title: str = Field(default="", max_length=2000)
    markdown: str = Field(default="", max_length=_ROOM)
    note: str = Field(default="", max_length=5000)
    base: Number = 0
    revision: Number = 0
    editor_id: str = Field(default="", max_length=26)
    included_asked: bool = False
    included: list[str] = Field(default=[], max_length=500)
    template: str = Field(default="", max_length=60)
    share: list[str] = Field(default_factory=list, max_length=MAX_SHARED)
    publish_at: str = Field(default="", max_length=40)
    against: str = Field(default="", max_length=10)
    seen: str = Field(default="", max_length=40)
    choice: list[str] = Field(default_factory=list, max_length=2000)

    def text(self) -> SubmittedText:
        """Return what is handed to the service."""
        markdown = self.markdown.replace("\r\n", "\n").replace("\r", "\n")
        return SubmittedText(self.title, markdown, self.note, self.base, self.revision, self.editor_id)


def editor_form(proposal: Proposal, draft: Draft | None, newest: Version | None) -> EditorForm:
    """Return the editor's fields in a new window: the draft's, or the newest version's to start from."""
    window = str(ULID())
    if draft:
        return EditorForm(
            title=draft.title,
            markdown=draft.markdown,
            note=draft.note,
            base=draft.base,
            revision=draft.revision,
            editor_id=window,
        )
    return EditorForm(
        title=newest.title if newest else proposal.title,
        markdown=newest.markdown if newest else "",
        base=proposal.current,
        editor_id=window,
    )


def parse_publish_at(typed: str) -> datetime | None:
    """Read the moment of a publication, in UTC where it names no zone; raises ValueError."""
    if not typed.strip():
        return None
    found = datetime.fromisoformat(typed.strip())
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(typed) from None
