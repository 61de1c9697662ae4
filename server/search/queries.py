"""Asking the index: SQLite's FTS5 or PostgreSQL's tsvector over the same terms, so that both find the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from server.search.models import SearchEntry
from server.text.tokenizer import PREFIX, Highlight, snippet, tokenize

PAGE_SIZE = 20
MAX_TERMS = 12


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for: the words, among what is said or what is written, and the facets that narrow it down."""

    words: str
    kind_filter: str
    facets: tuple[str, ...] = ()
    below: int | None = None

    @property
    def terms(self) -> list[str]:
        """The terms that must all be there."""
        return tokenize(self.words)[:MAX_TERMS]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Something found."""

    id: int
    kind: str
    url: str
    title: str
    snippet: Sequence[Highlight]
    at: datetime


RECENT = 4_000
"""So many of the newest entries are looked through one by one before PostgreSQL's index is asked.

The index gives all that have a term and sorts them; for a term that many have, the page is full long before.
"""
_SQLITE = (
    "SELECT rowid AS id FROM search_fts WHERE search_fts MATCH :query AND rowid < :below"
    " ORDER BY rowid DESC LIMIT :most"
)
_RECENT = (
    "SELECT id FROM search_entries WHERE id < :below AND id >= :floor AND lexemes @@ CAST(:query AS tsquery)"
    " ORDER BY id DESC LIMIT :most"
)
_ALL = (
    "WITH found AS MATERIALIZED (SELECT id FROM search_entries WHERE lexemes @@ CAST(:query AS tsquery))"
    " SELECT id FROM found WHERE id < :below ORDER BY id DESC LIMIT :most"
)


def search(session: Session, asked: SearchQuery) -> list[SearchResult]:
    """Return what has all the terms, the newest first, at most a page and one more."""
    terms = asked.terms
    if not terms:
        return []
    is_postgres = session.get_bind().dialect.name == "postgresql"
    # Terms and facets are letters and digits only, so nothing in them can mean anything to a query language.
    query = (_for_postgres if is_postgres else _for_sqlite)(
        [f"{asked.kind_filter}{term}" for term in terms], asked.facets
    )
    ids = (_in_postgres if is_postgres else _in_sqlite)(session, query, asked.below)
    found = {entry.id: entry for entry in session.exec(select(SearchEntry).where(col(SearchEntry.id).in_(ids)))}
    return [_hit(found[one], terms) for one in ids if one in found]


_BEYOND = 2**31 - 1


def _in_sqlite(session: Session, query: str, below: int | None) -> list[int]:
    values = {"query": query, "below": below or _BEYOND, "most": PAGE_SIZE + 1}
    return [row[0] for row in session.execute(text(_SQLITE), values)]


def _in_postgres(session: Session, query: str, below: int | None) -> list[int]:
    if below is None:
        below = (session.exec(select(func.max(SearchEntry.id))).one() or 0) + 1
    values = {"query": query, "below": below, "most": PAGE_SIZE + 1}
    ids = [row[0] for row in session.execute(text(_RECENT), values | {"floor": below - RECENT})]
    return ids if len(ids) > PAGE_SIZE else [row[0] for row in session.execute(text(_ALL), values)]


def _for_sqlite(terms: Sequence[str], facets: Sequence[str]) -> str:
    wanted = [f'"{term}"*' if len(term) > PREFIX else f'"{term}"' for term in terms]
    return " AND ".join([*(f'"{facet}"' for facet in facets), *wanted])


def _for_postgres(terms: Sequence[str], facets: Sequence[str]) -> str:
    wanted = [f"'{term}':*" if len(term) > PREFIX else f"'{term}'" for term in terms]
    return " & ".join([*(f"'{facet}'" for facet in facets), *wanted])


def _hit(entry: SearchEntry, terms: Sequence[str]) -> SearchResult:
    return SearchResult(entry.id or 0, entry.kind, entry.url, entry.title, snippet(entry.body, terms), entry.at)
