"""The ledger, "you said, we did": it writes itself from accepted comments and from what versions changed."""

from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from sqlmodel import Session

from server.discussion import queries as discussion
from server.discussion.queries import Waiting
from server.pages.changes import compared, numbers_of
from server.people.access import CurrentPerson
from server.proposals import queries as proposals
from server.proposals.models import Version
from server.text.changes.runs import Run
from server.web.context import Number, Pages, Reading
from server.web.marked import marked

router = APIRouter()


class Sieve(BaseModel):
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
class Entry:
    """A comment, and what it changed: the words of the block it stood on, or only where to look."""

    waiting: Waiting
    change: tuple[Run, ...] = ()

    @property
    def href(self) -> str:
        """Where the change is seen."""
        number = self.waiting.said.in_version or 1
        return f"/proposals/{self.waiting.slug}/changes?from={max(number - 1, 1)}&to={number}"


class _Changes:
    """Finds what versions changed; reads each version once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._versions: dict[tuple[str, int], Version | None] = {}

    def _version(self, slug: str, number: int) -> Version | None:
        if (slug, number) not in self._versions:
            edition = proposals.edition(self._session, slug, number)
            found = proposals.version(self._session, edition.proposal_id, number) if edition else None
            self._versions[slug, number] = found
        return self._versions[slug, number]

    def of(self, waiting: Waiting) -> tuple[Run, ...]:
        """Return how the block that a comment stood on reads before and after the version that took it up."""
        number = waiting.said.in_version
        before, after = (self._version(waiting.slug, n) if n else None for n in ((number or 1) - 1, number or 0))
        if before is None or after is None or waiting.said.term:
            return ()
        place = discussion.block_of(self._session, waiting.said.id, before.id or 0)
        pieces = compared(before.markdown, after.markdown).pieces
        numbers = numbers_of(pieces)
        there = (piece for piece in pieces if piece.is_change and place in {numbers[id(old)] for old in piece.old})
        return next((piece.runs for piece in there), ())


@router.get("/ledger")
def ledger(
    request: Request, viewer: CurrentPerson, session: Reading, pages: Pages, sieve: Annotated[Sieve, Query()]
) -> HTMLResponse:
    """Show what was said and what was done, for everybody."""
    del viewer
    found = discussion.taken_up(
        session, slug=sieve.proposal, person=sieve.person, goal=sieve.goal, state=sieve.state, below=sieve.below or None
    )
    changes = _Changes(session)
    view = {
        "entries": [Entry(one, changes.of(one)) for one in found], "sieve": sieve, "marked": marked,
        "listed": proposals.published(session), "people": discussion.credited(session),
        "more": found[-1].said.id if len(found) == discussion.PAGE_SIZE else None,
    }  # fmt: skip
    return pages.page(request, "pages/ledger.html", view)
