"""Forms of comments, replies and answers."""

from datetime import date
from typing import ClassVar

from pydantic import Field, field_validator

from server.web.dependencies import Number
from server.web.forms import BaseForm

_MAX_TEXT = 60_000
"""Characters a field accepts; a text over the limit of a comment is refused and shown again."""


class CommentForm(BaseForm):
    """A new comment."""

    former_names: ClassVar = {
        "band": "pay_impact",
        "wanted": "suggestion",
        "suggests": "is_suggestion",
        "without_name": "is_anonymous",
    }

    version: Number
    version_id: Number = 0
    candidate: str = Field(default="", max_length=20)
    pay_impact: str = Field(default="", max_length=8)
    kind: str = Field(default="", max_length=10)
    goal: Number | None = None
    block: Number | None = None
    quote: str = Field(default="", max_length=600)
    start: Number = 0
    term: str = Field(default="", max_length=120)
    suggestion: str = Field(default="", max_length=4000)
    is_suggestion: bool = False
    is_anonymous: bool = False
    text: str = Field(default="", max_length=_MAX_TEXT)

    @field_validator("goal", "block", mode="before")
    @classmethod
    def _none_if_empty(cls, value: object) -> object:
        return value or None


class PreviewForm(CommentForm):
    """A comment or reply that is to be shown as it will look; only its text counts."""

    version: Number = 0


class SeenForm(BaseForm):
    """The last comment of a discussion that was seen."""

    until: Number = 0


class ReplyForm(BaseForm):
    """A reply."""

    text: str = Field(default="", max_length=_MAX_TEXT)


class HideForm(BaseForm):
    """Hide a comment with a reason, or show it again."""

    why: str = Field(default="", max_length=2000)
    show_again: bool = False


class EditForm(BaseForm):
    """An edited comment, with the revision that was opened."""

    text: str = Field(default="", max_length=_MAX_TEXT)
    revision: Number


class AnswerManyForm(BaseForm):
    """A manager's answer to one or more open comments of a group in the inbox, with the filter of the inbox.

    `of` lists all comments of the group.
    """

    former_names: ClassVar = {"parked_until": "postponed_until"}

    ulid: list[str] = Field(default=[], max_length=50)
    of: list[str] = Field(default=[], max_length=50)
    state: str = Field(default="", max_length=12)
    text: str = Field(default="", max_length=_MAX_TEXT)
    postponed_until: date | None = None
    proposal: str = Field(default="", max_length=80)
    kind: str = Field(default="", max_length=10)

    @field_validator("postponed_until", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None


class AnswerForm(BaseForm):
    """A manager's answer, with the state that the page showed."""

    former_names: ClassVar = {"parked_until": "postponed_until"}

    state: str = Field(default="", max_length=12)
    seen: str = Field(default="open", max_length=12)
    text: str = Field(default="", max_length=_MAX_TEXT)
    postponed_until: date | None = None

    @field_validator("postponed_until", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None
