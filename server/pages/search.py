"""The screen of search."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from server.documents import queries as document_queries
from server.people.access import CurrentPerson
from server.search import queries as search_queries
from server.search.queries import PAGE_SIZE, SearchQuery
from server.search.service import COMMENT_KINDS, COMMENTS, DOCUMENTS, group_of
from server.web.dependencies import Number, ReadSession, TemplatesDep

router = APIRouter()
Kind = Literal["", "written", "proposal", "page", "candidate", "variant", "comment"]


@router.get("/search")
def show_search(
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    pages: TemplatesDep,
    q: Annotated[str, Query(max_length=200)] = "",
    kind: Kind = "",
    of: Annotated[str, Query(max_length=80)] = "",
    below: Number | None = None,
) -> HTMLResponse:
    """Show what has all the words: first what is written to stay, then what people said."""
    proposal = document_queries.by_slug(session, of) if of else None
    within = (f"0p{proposal.id}",) if proposal else ()
    if kind:
        facets = within if kind in COMMENT_KINDS | {"written"} else (f"0k{kind}", *within)
        groups: list[tuple[str, SearchQuery]] = [(kind, SearchQuery(q, group_of(kind), facets, below))]
    else:
        groups = [("written", SearchQuery(q, DOCUMENTS, within)), ("comment", SearchQuery(q, COMMENTS, within))]
    found = [(name, search_queries.search(session, asked)) for name, asked in groups]
    view = {
        "q": q,
        "kind": kind,
        "of": of,
        "listed": document_queries.published(session),
        "has_terms": bool(groups[0][1].terms),
        "groups": [(name, hits[:PAGE_SIZE], len(hits) > PAGE_SIZE) for name, hits in found],
    }
    return pages.page(request, "search/show.html", view)
