"""The search page."""

from collections import Counter
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from server.documents import queries as document_queries
from server.documents.models import DocumentKind
from server.people.access import CurrentPerson
from server.search import queries as search_queries
from server.search.queries import PAGE_SIZE, SearchQuery
from server.search.service import COMMENT_KINDS, COMMENTS, DOCUMENTS, group_of
from server.web.dependencies import Number, ReadSession, TemplatesDep

router = APIRouter()
DOCUMENT_KINDS = frozenset(DocumentKind)
SearchKind = Literal["", "documents", "written", "proposal", "page", "candidate", "variant", "comment"]


@router.get("/search")
def show_search(
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
    q: Annotated[str, Query(max_length=200)] = "",
    kind: SearchKind = "",
    proposal: Annotated[str, Query(max_length=80)] = "",
    of: Annotated[str, Query(max_length=80)] = "",
    below: Number | None = None,
) -> HTMLResponse:
    """Show what has all of the words: documents first, then comments; or only one kind, of one proposal."""
    kind = "documents" if kind == "written" else kind  # its former name
    proposal = proposal or of  # its former name
    document = document_queries.by_slug(session, proposal) if proposal else None
    proposal_facet = (f"0p{document.id}",) if document else ()
    hidden = tuple(f"0p{number}" for number in document_queries.hidden_documents(session, viewer))
    if kind:
        is_group = kind in COMMENT_KINDS | {"documents"}
        facets = proposal_facet if is_group else (f"0k{kind}", *proposal_facet)
        searches: list[tuple[str, SearchQuery]] = [(kind, SearchQuery(q, group_of(kind), facets, below, hidden))]
    else:
        searches = [
            ("documents", SearchQuery(q, DOCUMENTS, proposal_facet, without=hidden)),
            ("comment", SearchQuery(q, COMMENTS, proposal_facet, without=hidden)),
        ]
    results = [(scope, search_queries.search(session, query)) for scope, query in searches]
    titles = Counter(hit.title for _, hits in results for hit in hits if hit.kind in DOCUMENT_KINDS)
    view = {
        "q": q,
        "kind": kind,
        "proposal": proposal,
        "proposals": document_queries.published_proposals(session, viewer),
        "shared_titles": {title for title, count in titles.items() if count > 1},
        "has_query": bool(searches[0][1].terms),
        "groups": [(scope, hits[:PAGE_SIZE], len(hits) > PAGE_SIZE) for scope, hits in results],
    }
    return templates.page(request, "search/show.html", view)
