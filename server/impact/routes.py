"""The impact screen: progress of the computation, then aggregate figures, never those of a person."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from server.books.offers import load_offers
from server.documents import queries as document_queries
from server.documents.access import DOCUMENT_ACCESS
from server.errors import NotFoundError
from server.impact import service, views
from server.people.access import ImpactViewer
from server.web.dependencies import DatabaseDep, TemplatesDep
from server.web.responses import is_fragment

router = APIRouter(dependencies=DOCUMENT_ACCESS)


@router.get("/proposals/{slug}/impact")
def show_impact(
    slug: str, request: Request, viewer: ImpactViewer, database: DatabaseDep, templates: TemplatesDep
) -> HTMLResponse:
    """Show what the candidates mean for the people the viewer leads, or for everyone.

    Requests a run if there is none. Until it is done, the newest finished run is shown instead.
    """
    with database.reading() as session:
        version = document_queries.version_page(session, slug)
        if version is None:
            raise NotFoundError
        scope = service.scope_of(session, viewer, shows_company=version.redesign.shows_company_impact)
        offers = load_offers(session, document_queries.candidates(session, version.version_id))
        has_today = bool(offers) and offers[0].is_today
        has_several_currencies = service.has_several_currencies(session, offers)
        key = service.key_of(session, offers)
        run = service.run_of(session, version.version_id, scope.manager_id, key)
        is_done = run is not None and run.state == "done"
        displayed_run = run if is_done else service.newest_done(session, version.version_id, scope.manager_id)
        goals = document_queries.goals(session, version.version_id)
    has_enough_people = scope.has_figures
    if run is None and has_enough_people and has_today and not has_several_currencies:
        with database.writing() as session:
            run = service.request_run(session, version.version_id, scope.manager_id, key)
            session.commit()
    view = {
        "version": version,
        "scope": scope,
        "has_enough_people": has_enough_people,
        "has_today": has_today,
        "has_several_currencies": has_several_currencies,
        "run": run,
        "is_stale": displayed_run is not None and displayed_run is not run,
        "displayed_run": displayed_run,
        "impact": views.impact_view(displayed_run, offers) if displayed_run else None,
        "goals": goals,
        "bin_bars": views.bin_bars,
    }
    name = "impact/_cells.html" if is_fragment(request) else "impact/show.html"
    return templates.page(request, name, view)
