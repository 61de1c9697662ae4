"""The ledger, "You said, we did": accepted comments, and the changes that they led to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field, field_validator
from sqlmodel import Session

from server.comp.analysis.terms import term_label
from server.discussion import adoption, anchoring
from server.discussion import queries as discussion_queries
from server.discussion.queries import InboxItem
from server.documents import queries as document_queries
from server.documents.models import Version
from server.messages import Message
from server.pages.changes import block_numbers, block_positions, compare_versions
from server.people.access import CurrentPerson
from server.text.diff.hunks import Hunk
from server.text.diff.words import WordRun, diff_texts
from server.web.dependencies import Number, ReadSession, TemplatesDep

router = APIRouter()


class LedgerFilter(BaseModel):
    """Which entries are shown; `state` is "included", or "pending" for accepted comments not included yet."""

    proposal: str = Field(default="", max_length=80)
    person: str = Field(default="", max_length=26)
    goal: Number = 0
    state: Literal["", "included", "pending"] = ""
    below: Number = 0

    @field_validator("state", mode="before")
    @classmethod
    def _rename_state(cls, value: str) -> str:
        """Return the present name of a state that a former address has."""
        return {"adopted": "included", "promised": "pending"}.get(value, value)

    def url(self, **changes: object) -> str:
        """Return the URL of the ledger with this filter, some fields changed."""
        query = {name: value for name, value in (self.model_dump() | changes).items() if value}
        return f"/ledger?{urlencode(query)}" if query else "/ledger"


@dataclass(frozen=True, slots=True)
class LedgerTerm:
    """A changed term of a plan: its label, and its value before and after as plans word it."""

    label: Message
    old: str | None
    new: str | None

    @property
    def rewording(self) -> tuple[WordRun, ...]:
        """The word diff of both values."""
        return diff_texts(self.old or "", self.new or "")


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An accepted comment and what it led to: the changed block or term, and the URL of the block."""

    item: InboxItem
    change: Hunk | None = None
    url: str | None = None
    term: LedgerTerm | None = None

    @property
    def changes_url(self) -> str:
        """The URL of the changes of the version that includes the comment."""
        number = self.item.comment.in_version or 1
        return f"/proposals/{self.item.slug}/changes?from={max(number - 1, 1)}&to={number}"


class _LedgerReader:
    """Reads what comments led to; each version is read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._versions: dict[tuple[str, int], Version | None] = {}

    def entry(self, item: InboxItem) -> LedgerEntry:
        """Return the entry of an accepted comment."""
        hunk, path = self._hunk(item), item.comment.term
        term = _term_change(hunk, path) if hunk and path else None
        return LedgerEntry(item, None if path else hunk, self._block_url(item), term)

    def _version(self, slug: str, number: int) -> Version | None:
        if (slug, number) not in self._versions:
            page = document_queries.version_page(self._session, slug, number)
            version = document_queries.version(self._session, page.proposal_id, number) if page else None
            self._versions[slug, number] = version
        return self._versions[slug, number]

    def _block_url(self, item: InboxItem) -> str | None:
        """Return the URL of the block that includes a comment, or None."""
        comment = item.comment
        if not comment.in_version or comment.in_block is None:
            return None
        version = self._version(item.slug, comment.in_version)
        if version is None:
            return None
        fragment = adoption.block_url(self._session, version, comment.in_block)
        return f"/proposals/{item.slug}/v/{version.number}{fragment}"

    def _hunk(self, item: InboxItem) -> Hunk | None:
        """Return the change that a comment led to: of the block that includes it, or that it was anchored to."""
        comment = item.comment
        number = comment.in_version
        before = self._version(item.slug, number - 1) if number and number > 1 else None
        after = self._version(item.slug, number) if number else None
        if before is None or after is None:
            return None
        hunks = compare_versions(before.markdown, after.markdown).hunks
        if comment.in_block is not None:
            return _changed_hunk(hunks, block_positions(hunks), comment.in_block)
        anchor_block = discussion_queries.anchor_block(self._session, comment.id, before.id)
        return _changed_hunk(hunks, block_numbers(hunks), anchor_block, is_old=True)


def _changed_hunk(
    hunks: Sequence[Hunk], numbers: Mapping[int, int], number: int | None, *, is_old: bool = False
) -> Hunk | None:
    """Return the changed hunk with the block of a number, in the new or the old text, or None."""
    for hunk in hunks:
        blocks = hunk.old if is_old else hunk.new
        if hunk.is_change and number in {numbers[id(block)] for block in blocks}:
            return hunk
    return None


def _term_change(hunk: Hunk, path: str) -> LedgerTerm | None:
    """Return what the change of a plan does to one of its terms, or None if the term does not change."""
    old, new = (anchoring.term_value(blocks[0].text, path) if blocks else None for blocks in (hunk.old, hunk.new))
    return LedgerTerm(term_label(path), old, new) if old != new else None


@router.get("/ledger")
def show_ledger(
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
    ledger_filter: Annotated[LedgerFilter, Query()],
) -> HTMLResponse:
    """Show accepted comments and what they led to."""
    query = discussion_queries.LedgerQuery(
        slug=ledger_filter.proposal,
        person=ledger_filter.person,
        goal=ledger_filter.goal,
        state=ledger_filter.state,
        below=ledger_filter.below or None,
    )
    items = discussion_queries.accepted_comments(session, viewer, query)
    reader = _LedgerReader(session)
    view = {
        "entries": [reader.entry(item) for item in items],
        "filter": ledger_filter,
        "proposals": document_queries.published_proposals(session, viewer),
        "people": discussion_queries.credited_authors(session, viewer),
        "goals": discussion_queries.goals_of_accepted(session, viewer),
        "more": items[-1].comment.id if len(items) == discussion_queries.PAGE_SIZE else None,
    }
    return templates.page(request, "pages/ledger.html", view)
