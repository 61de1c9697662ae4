"""Town hall pages."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from server.errors import NotFoundError
from server.people.access import CurrentPerson
from server.town_halls import queries
from server.web.dependencies import ReadSession, TemplatesDep

router = APIRouter()


@router.get("/townhalls")
def list_town_halls(request: Request, viewer: CurrentPerson, session: ReadSession, pages: TemplatesDep) -> HTMLResponse:
    """List the town halls."""
    return pages.page(request, "town_halls/list.html", {"halls": queries.all_town_halls(session)})


@router.get("/townhalls/{ulid}")
def show_town_hall(
    ulid: str, request: Request, viewer: CurrentPerson, session: ReadSession, pages: TemplatesDep
) -> HTMLResponse:
    """Show a town hall with its notes and questions."""
    hall = queries.by_ulid(session, ulid)
    if hall is None:
        raise NotFoundError
    view = {"hall": hall, "questions": queries.questions(session, hall.id or 0)}
    return pages.page(request, "town_halls/show.html", view)
