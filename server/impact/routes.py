"""The screen of impact: progress while it is worked out, then cells, never a person."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from server.books.offers import load_offers
from server.comp.analysis.disclosure import MIN_GROUP
from server.documents import queries as document_queries
from server.errors import NotFoundError
from server.impact import service, views
from server.people.access import ImpactViewer
from server.web.dependencies import DatabaseDep, TemplatesDep
from server.web.responses import is_fragment

router = APIRouter()


@router.get("/proposals/{slug}/impact")
def show_impact(
    slug: str, request: Request, viewer: ImpactViewer, data: DatabaseDep, pages: TemplatesDep
) -> HTMLResponse:
    """Show what the candidates mean for the people a viewer leads, or for everybody."""
    with data.reading() as session:
        edition = document_queries.version_page(session, slug)
        if edition is None:
            raise NotFoundError
        line = service.scope_of(session, viewer)
        offers = load_offers(session, document_queries.candidates(session, edition.version_id))
        has_today = bool(offers) and offers[0].key == "today"
        key = service.key_of(session, offers)
        run = service.run_of(session, edition.version_id, line.manager_id, key)
        earlier = (
            None if run and run.state == "done" else service.newest_done(session, edition.version_id, line.manager_id)
        )
    enough = len(line.people) >= MIN_GROUP
    if run is None and enough and has_today:
        with data.writing() as session:
            run = service.request_run(session, edition.version_id, line.manager_id, key)
            session.commit()
    shown = run if run and run.state == "done" else earlier
    view = {
        "edition": edition,
        "offers": offers,
        "line": line,
        "enough": enough,
        "has_today": has_today,
        "run": run,
        "stale": shown is not None and shown is not run,
        "shown": shown,
        "found": views.impact_view(shown, offers) if shown else None,
        "goals": proposals_goals(data, edition.version_id),
        "bars": views.bin_bars,
    }
    return pages.page(request, "impact/_cells.html" if is_fragment(request) else "impact/show.html", view)


def proposals_goals(data: DatabaseDep, version_id: int) -> list[str]:
    """Return the goals of the version."""
    with data.reading() as session:
        return document_queries.goals(session, version_id)
