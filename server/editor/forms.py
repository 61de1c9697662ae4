"""The forms a browser may send to the editor."""

from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field
from ulid import ULID

from server.documents.models import Draft, Proposal, Version
from server.documents.service import SubmittedText
from server.web.dependencies import Number
from server.web.forms import BaseForm

_MAX_SENT = 400_000
"""Maximum characters of a text as sent; one that is too long to save is shown again."""
MAX_SHARED = 50


class StartForm(BaseForm):
    """The title of a new proposal, who it applies to, and the plan year."""

    title: str = Field(default="", max_length=2000)
    audience: str = Field(default="", max_length=120)
    year: str = Field(default="", max_length=20)


class EditorForm(BaseForm):
    """The fields of the editor.

    `base` is the version and `revision` the save of the draft that the text is based on; `editor_id` is the
    browser window. `template` is the key of a plan to add, `share` the public ids of co-authors,
    `publish_at` the time to publish. When two texts are merged, `against` is the other one ("draft" or
    "version"), `seen` its digest, and `choice` has the choice for each conflict. `included` are the
    accepted comments that the version includes, and `included_asked` is true if the form listed them.
    `wording_only` says that votes on the version before still count.
    """

    former_names: ClassVar = {"window": "editor_id", "action": "", "chosen": "", "taken": ""}

    title: str = Field(default="", max_length=2000)
    markdown: str = Field(default="", max_length=_MAX_SENT)
    note: str = Field(default="", max_length=5000)
    base: Number = 0
    revision: Number = 0
    editor_id: str = Field(default="", max_length=26)
    included_asked: bool = False
    included: list[str] = Field(default=[], max_length=500)
    wording_only: bool = False
    template: str = Field(default="", max_length=60)
    share: list[str] = Field(default_factory=list, max_length=MAX_SHARED)
    publish_at: str = Field(default="", max_length=40)
    against: str = Field(default="", max_length=10)
    seen: str = Field(default="", max_length=40)
    choice: list[str] = Field(default_factory=list, max_length=2000)

    def text(self) -> SubmittedText:
        """Return the text for the documents service, with line feeds as line ends."""
        markdown = self.markdown.replace("\r\n", "\n").replace("\r", "\n")
        return SubmittedText(
            self.title, markdown, self.note, self.base, self.revision, self.editor_id, self.wording_only
        )


def editor_form(proposal: Proposal, draft: Draft | None, newest: Version | None) -> EditorForm:
    """Return the editor's fields for a new window: those of the draft, or else of the newest version."""
    editor_id = str(ULID())
    if draft:
        return EditorForm(
            title=draft.title,
            markdown=draft.markdown,
            note=draft.note,
            base=draft.base,
            revision=draft.revision,
            editor_id=editor_id,
            wording_only=draft.wording_only,
        )
    return EditorForm(
        title=newest.title if newest else proposal.title,
        markdown=newest.markdown if newest else "",
        base=proposal.current,
        editor_id=editor_id,
    )


def parse_publish_at(value: str, zone: str) -> datetime | None:
    """Return the time to publish, in `zone` unless it states one, or None for an empty field; raises ValueError."""
    if not value.strip():
        return None
    publish_at = datetime.fromisoformat(value.strip())
    try:
        return (publish_at if publish_at.tzinfo else publish_at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except OverflowError:
        raise ValueError(value) from None
