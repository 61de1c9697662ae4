"""Writes to the search index: adds, updates and removes entries."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from server.db.columns import now
from server.db.upsert import insert
from server.search.models import SearchEntry
from server.text.tokenizer import tokenize

COMMENT_KINDS = {"comment"}
"""The kinds in the index of comments; all others are in the index of documents."""
COMMENTS, DOCUMENTS = "s", "w"
MAX_BODY = 200_000


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """An entry to index: its kind and its key within that kind, its URL, and its text."""

    kind: str
    ref: str
    proposal_id: int
    url: str
    title: str
    body: str
    at: datetime | None = None


def facets(kind: str, proposal_id: int) -> list[str]:
    """Return the terms that filters search for; no text contains them, as its terms begin with a letter."""
    return [f"0k{kind}", f"0p{proposal_id}"]


def group_of(kind: str) -> str:
    """Return the letter before the terms of a kind: comments and documents are two indexes in one.

    A search uses one of them, so it never has to merge two long lists to leave the other one out.
    """
    return COMMENTS if kind in COMMENT_KINDS else DOCUMENTS


def index(session: Session, entry: IndexEntry) -> None:
    """Add an entry to the index, or update the one of the same kind and key."""
    words = tokenize(f"{entry.title} {entry.body[:MAX_BODY]}")
    group = group_of(entry.kind)
    terms = [*facets(entry.kind, entry.proposal_id), *(f"{group}{word}" for word in words)]
    values = {
        "kind": entry.kind,
        "ref": entry.ref,
        "proposal_id": entry.proposal_id,
        "url": entry.url,
        "title": entry.title[:200],
        "body": entry.body[:MAX_BODY],
        "terms": " ".join(terms),
        "at": entry.at or now(),
    }
    statement = insert(session, SearchEntry).values(values)
    updates = {name: statement.excluded[name] for name in ("url", "title", "body", "terms", "at")}
    session.execute(statement.on_conflict_do_update(index_elements=["kind", "ref"], set_=updates))


def is_empty(session: Session) -> bool:
    """Return whether the index has no entries."""
    return session.exec(select(SearchEntry.id).limit(1)).first() is None


def size(session: Session) -> int:
    """Return the number of entries in the index."""
    return session.exec(select(func.count()).select_from(SearchEntry)).one()


def clear(session: Session) -> None:
    """Remove all entries."""
    session.execute(delete(SearchEntry))


def remove(session: Session, kind: str, ref: str) -> None:
    """Remove an entry."""
    session.execute(delete(SearchEntry).where(col(SearchEntry.kind) == kind, col(SearchEntry.ref) == ref))


def remove_all(session: Session, kind: str, proposal_id: int) -> None:
    """Remove all entries of a kind that belong to a proposal."""
    conditions = (col(SearchEntry.kind) == kind, col(SearchEntry.proposal_id) == proposal_id)
    session.execute(delete(SearchEntry).where(*conditions))
