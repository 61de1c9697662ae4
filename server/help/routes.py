"""The help pages."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from server.errors import NotFoundError
from server.help.guides import GUIDES, guide_html, guide_sections, search_help
from server.people.access import CurrentPerson
from server.web.dependencies import TemplatesDep

router = APIRouter()


@router.get("/help")
def show_help(
    request: Request, viewer: CurrentPerson, templates: TemplatesDep, q: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    """List the guides, or the sections in which words are found."""
    sections = {name: guide_sections(name) for name in GUIDES}
    view = {"guides": GUIDES, "sections": sections, "words": q, "results": search_help(q)}
    return templates.page(request, "help/list.html", view)


@router.get("/help/{name}")
def show_guide(name: str, request: Request, viewer: CurrentPerson, templates: TemplatesDep) -> HTMLResponse:
    """Show a guide."""
    if name not in GUIDES:
        raise NotFoundError
    view = {"title": GUIDES[name], "guides": GUIDES, "sections": guide_sections(name), "html": guide_html(name)}
    return templates.page(request, "help/guide.html", view)
