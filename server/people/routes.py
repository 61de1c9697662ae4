"""The names that are suggested after an @."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from server.people import queries
from server.people.access import CurrentPerson
from server.web.dependencies import ReadSession, TemplatesDep

router = APIRouter()


@router.get("/people/names")
def suggest_names(
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
    q: Annotated[str, Query(max_length=60)] = "",
) -> HTMLResponse:
    """List colleagues whose names match what was typed after an @."""
    return templates.page(request, "people/_names.html", {"names": queries.names_like(session, q)})
