"""Searches the index: SQLite's FTS5 or PostgreSQL's tsvector, over the same terms with the same results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from server.search.models import SearchEntry
from server.text.tokenizer import PREFIX, Highlight, query_tokens, snippet

PAGE_SIZE = 20
MAX_TERMS = 12


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search: the words, the index to search (COMMENTS or DOCUMENTS), and facets that narrow it.

    `below` is the id of the last result of the previous page, `without` are facets that no result has.
    """

    words: str
    kind_filter: str
    facets: tuple[str, ...] = ()
    below: int | None = None
    without: tuple[str, ...] = ()

    @property
    def terms(self) -> list[str]:
        """The terms that a result must all have."""
        return query_tokens(self.words)[:MAX_TERMS]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A search result."""

    id: int
    kind: str
    url: str
    title: str
    snippet: Sequence[Highlight]
    at: datetime


RECENT = 4_000
"""How many of the newest entries are scanned before PostgreSQL's index is used.

The index returns all entries with a term and sorts them; for a common term, scanning fills a page much
sooner.
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


def search(session: Session, query: SearchQuery) -> list[SearchResult]:
    """Return the entries that have all terms of a query, newest first: at most one more than a page."""
    terms = query.terms
    if not terms:
        return []
    is_postgres = session.get_bind().dialect.name == "postgresql"
    # Terms and facets consist of letters and digits only, so they cannot contain query syntax.
    expression = (_postgres_expression if is_postgres else _sqlite_expression)(
        [f"{query.kind_filter}{term}" for term in terms], query.facets, query.without
    )
    ids = (_postgres_ids if is_postgres else _sqlite_ids)(session, expression, query.below)
    statement = select(SearchEntry).where(col(SearchEntry.id).in_(ids))
    entries = {entry.id: entry for entry in session.exec(statement)}
    return [_result(entries[entry_id], terms) for entry_id in ids if entry_id in entries]


_MAX_ID = 2**31 - 1


def _sqlite_ids(session: Session, expression: str, below: int | None) -> list[int]:
    values = {"query": expression, "below": below or _MAX_ID, "most": PAGE_SIZE + 1}
    return [row[0] for row in session.execute(text(_SQLITE), values)]


def _postgres_ids(session: Session, expression: str, below: int | None) -> list[int]:
    if below is None:
        below = (session.exec(select(func.max(SearchEntry.id))).one() or 0) + 1
    values = {"query": expression, "below": below, "most": PAGE_SIZE + 1}
    ids = [row[0] for row in session.execute(text(_RECENT), values | {"floor": below - RECENT})]
    return ids if len(ids) > PAGE_SIZE else [row[0] for row in session.execute(text(_ALL), values)]


# These terms begin with the letter of their index, so those longer than PREFIX get a prefix search.


def _is_beginning(term: str) -> bool:
    """Return whether a term of an index also finds longer ones; a figure finds only itself."""
    return len(term) > PREFIX and not term[1:].isdigit()


def _sqlite_expression(terms: Sequence[str], facets: Sequence[str], without: Sequence[str]) -> str:
    quoted = [f'"{term}"*' if _is_beginning(term) else f'"{term}"' for term in terms]
    wanted = " AND ".join([*(f'"{facet}"' for facet in facets), *quoted])
    return f"({wanted})" + "".join(f' NOT "{facet}"' for facet in without)


def _postgres_expression(terms: Sequence[str], facets: Sequence[str], without: Sequence[str]) -> str:
    quoted = [f"'{term}':*" if _is_beginning(term) else f"'{term}'" for term in terms]
    return " & ".join([*(f"'{facet}'" for facet in facets), *quoted, *(f"!'{facet}'" for facet in without)])


def _result(entry: SearchEntry, terms: Sequence[str]) -> SearchResult:
    highlights = snippet(entry.body, terms)
    return SearchResult(entry.id, entry.kind, entry.url, entry.title, highlights, entry.at)
