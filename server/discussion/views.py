"""What the templates of the inbox are given: a filter, and open comments grouped by similarity."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup
from pydantic import BaseModel, Field

from server.discussion.queries import InboxItem
from server.text.similarity import group_similar
from server.web.dependencies import Number


class InboxFilter(BaseModel):
    """Which open comments are shown: of a proposal, of a kind, after one that was shown already.

    `answered` is how many have just been given the answer `state`.
    """

    proposal: str = Field(default="", max_length=80)
    kind: str = Field(default="", max_length=10)
    after: Number = 0
    answered: Number = 0
    state: str = Field(default="", max_length=12)

    def url(self, **changes: object) -> str:
        """Return the URL of the inbox with this filter, some fields changed."""
        query = {name: value for name, value in (self.model_dump() | changes).items() if value}
        return f"/inbox?{urlencode(query)}" if query else "/inbox"


@dataclass(frozen=True, slots=True)
class SimilarComments:
    """Open comments that are similar enough to be answered at once."""

    items: Sequence[InboxItem]

    @property
    def first(self) -> InboxItem:
        """The oldest of them."""
        return self.items[0]


def group_comments(items: Sequence[InboxItem]) -> list[SimilarComments]:
    """Group similar comments of one proposal: on the same text or term, or saying nearly the same.

    Suggestions are grouped only if they suggest the same: others need other answers.
    """
    texts = [Markup(item.comment.html).striptags() for item in items]  # noqa: S704 - only their text is used
    anchors = [_anchor_key(item) if item.comment.quote else None for item in items]
    groups: list[SimilarComments] = []
    for indices in group_similar(texts, anchors):
        by_subject: dict[tuple[str, str, str | None], list[InboxItem]] = {}
        for index in indices:
            item = items[index]
            subject = (item.slug, item.comment.letter, item.comment.suggestion)
            by_subject.setdefault(subject, []).append(item)
        groups += [SimilarComments(tuple(members)) for members in by_subject.values()]
    return sorted(groups, key=lambda group: group.first.comment.id)


def _anchor_key(item: InboxItem) -> tuple[str, str, str, str, str | None]:
    comment = item.comment
    return item.slug, comment.letter, comment.term, comment.quote, comment.suggestion
