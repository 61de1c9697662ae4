"""Town hall pages."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from server.errors import NotFoundError
from server.people.access import CurrentPerson
from server.town_halls import queries
from server.web.dependencies import ReadSession, TemplatesDep

router = APIRouter()


@router.get("/townhalls")
def list_town_halls(
    request: Request, viewer: CurrentPerson, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """List the town halls."""
    return templates.page(request, "town_halls/list.html", {"town_halls": queries.town_halls_for(session, viewer)})


@router.get("/townhalls/{ulid}")
def show_town_hall(
    ulid: str, request: Request, viewer: CurrentPerson, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show a town hall with its notes and questions."""
    town_hall = queries.town_hall_for(session, viewer, ulid)
    if town_hall is None:
        raise NotFoundError
    view = {"town_hall": town_hall, "questions": queries.questions(session, town_hall.id)}
    return templates.page(request, "town_halls/show.html", view)
