"""Keeping the index: putting things in, and taking them out."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from server.db.columns import now
from server.db.upsert import insert
from server.search.models import SearchEntry
from server.text.tokenizer import tokenize

COMMENT_KINDS = {"comment"}
"""Kinds that are what people say; all others are what is written to stay."""
COMMENTS, DOCUMENTS = "s", "w"
MAX_BODY = 200_000


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """Something to be found: its kind and the key it goes by there, where it is, and its words."""

    kind: str
    ref: str
    proposal_id: int
    url: str
    title: str
    body: str
    at: datetime | None = None


def facets(kind: str, proposal_id: int) -> list[str]:
    """Return the terms that a filter asks for; no text has them, since every text's terms follow a letter."""
    return [f"0k{kind}", f"0p{proposal_id}"]


def group_of(kind: str) -> str:
    """Return the letter that goes before the terms of a kind: what is said and what is written are two indexes in one.

    A search asks one of them, and never has to put two long lists together to leave the other out.
    """
    return COMMENTS if kind in COMMENT_KINDS else DOCUMENTS


def index(session: Session, entry: IndexEntry) -> None:
    """Put something into the index, or what it says now in the place of what it said."""
    words = tokenize(f"{entry.title} {entry.body[:MAX_BODY]}")
    shelf = group_of(entry.kind)
    terms = [*facets(entry.kind, entry.proposal_id), *(f"{shelf}{word}" for word in words)]
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
    changed = {name: statement.excluded[name] for name in ("url", "title", "body", "terms", "at")}
    session.execute(statement.on_conflict_do_update(index_elements=["kind", "ref"], set_=changed))


def is_empty(session: Session) -> bool:
    """Say whether nothing can be found at all."""
    return session.exec(select(SearchEntry.id).limit(1)).first() is None


def size(session: Session) -> int:
    """Return how many things can be found."""
    return session.exec(select(func.count()).select_from(SearchEntry)).one()


def clear(session: Session) -> None:
    """Take everything out."""
    session.execute(delete(SearchEntry))


def remove(session: Session, kind: str, ref: str) -> None:
    """Take something out of the index."""
    session.execute(delete(SearchEntry).where(col(SearchEntry.kind) == kind, col(SearchEntry.ref) == ref))


def remove_all(session: Session, kind: str, proposal_id: int) -> None:
    """Take everything of a kind out that belongs to a proposal."""
    of = (col(SearchEntry.kind) == kind, col(SearchEntry.proposal_id) == proposal_id)
    session.execute(delete(SearchEntry).where(*of))
