"""The ledger, "you said, we did": it writes itself from accepted comments and from what versions changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
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
    """Which entries are shown."""

    proposal: str = Field(default="", max_length=80)
    person: str = Field(default="", max_length=26)
    goal: Number = 0
    state: Literal["", "adopted", "promised"] = ""
    below: Number = 0

    def address(self, **changed: object) -> str:
        """Return the address of the ledger sifted like this, with something changed."""
        stated = {name: value for name, value in (self.model_dump() | changed).items() if value}
        return f"/ledger?{urlencode(stated)}" if stated else "/ledger"


@dataclass(frozen=True, slots=True)
class LedgerTerm:
    """What became of one term of a plan: its label, and its value before and after, as plans say it."""

    label: Message
    old: str | None
    new: str | None

    @property
    def rewording(self) -> tuple[WordRun, ...]:
        """What became of its words."""
        return diff_texts(self.old or "", self.new or "")


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A comment, and what it has led to: the change of a block and where it stands, or only where to look."""

    waiting: InboxItem
    change: Hunk | None = None
    place: str | None = None
    term: LedgerTerm | None = None

    @property
    def href(self) -> str:
        """Where the change is seen."""
        number = self.waiting.comment.in_version or 1
        return f"/proposals/{self.waiting.slug}/changes?from={max(number - 1, 1)}&to={number}"


class _Changes:
    """Finds what comments have led to; reads each version once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._versions: dict[tuple[str, int], Version | None] = {}

    def _version(self, slug: str, number: int) -> Version | None:
        if (slug, number) not in self._versions:
            edition = document_queries.version_page(self._session, slug, number)
            found = document_queries.version(self._session, edition.proposal_id, number) if edition else None
            self._versions[slug, number] = found
        return self._versions[slug, number]

    def entry(self, waiting: InboxItem) -> LedgerEntry:
        """Return a comment with what it has led to."""
        change, label = self._of(waiting), waiting.comment.term
        term = _term_of(change, label) if change and label else None
        return LedgerEntry(waiting, None if label else change, self._place(waiting), term)

    def _place(self, waiting: InboxItem) -> str | None:
        said = waiting.comment
        version = (
            self._version(waiting.slug, said.in_version) if said.in_version and said.in_block is not None else None
        )
        if version is None:
            return None
        place = adoption.block_url(self._session, version, said.in_block)
        return f"/proposals/{waiting.slug}/v/{version.number}{place}"

    def _of(self, waiting: InboxItem) -> Hunk | None:
        """Return what the version that took a comment up made of its block: the one it has led to, or stood on."""
        said = waiting.comment
        number = said.in_version
        before, after = (self._version(waiting.slug, n) if n else None for n in ((number or 1) - 1, number or 0))
        if before is None or after is None:
            return None
        pieces = compare_versions(before.markdown, after.markdown).hunks
        if said.in_block is not None:
            return _with(pieces, block_positions(pieces), said.in_block)
        place = discussion_queries.anchor_block(self._session, said.id, before.id or 0)
        numbers = block_numbers(pieces)
        return next((one for one in _changes(pieces) if place in {numbers[id(block)] for block in one.old}), None)


def _changes(pieces: Sequence[Hunk]) -> list[Hunk]:
    return [piece for piece in pieces if piece.is_change]


def _with(pieces: Sequence[Hunk], places: Mapping[int, int], number: int) -> Hunk | None:
    """Return the change that a block of the new text belongs to."""
    return next((one for one in _changes(pieces) if number in {places[id(block)] for block in one.new}), None)


def _term_of(hunk: Hunk, path: str) -> LedgerTerm | None:
    """Return what the change of a plan does to one of its terms; None if it does not change it."""
    old, new = (anchoring.term_value(blocks[0].text, path) if blocks else None for blocks in (hunk.old, hunk.new))
    return LedgerTerm(term_label(path), old, new) if old != new else None


@router.get("/ledger")
def show_ledger(
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    pages: TemplatesDep,
    sieve: Annotated[LedgerFilter, Query()],
) -> HTMLResponse:
    """Show what was said and what was done, for everybody."""
    found = discussion_queries.accepted_comments(
        session, slug=sieve.proposal, person=sieve.person, goal=sieve.goal, state=sieve.state, below=sieve.below or None
    )
    changes = _Changes(session)
    view = {
        "entries": [changes.entry(one) for one in found],
        "sieve": sieve,
        "listed": document_queries.published_proposals(session),
        "people": discussion_queries.credited(session),
        "goals": discussion_queries.goals_of_accepted(session),
        "more": found[-1].comment.id if len(found) == discussion_queries.PAGE_SIZE else None,
    }
    return pages.page(request, "pages/ledger.html", view)
