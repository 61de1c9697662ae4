"""The task that computes impact runs."""

from typing import Any

from server.books.offers import load_offers
from server.comp import Window
from server.db.session import Database
from server.deals import queries as deal_queries
from server.documents import queries as document_queries
from server.impact import service
from server.impact.compute import compute_impact


def run_next(database: Database) -> bool:
    """Compute the oldest run that is due, and return whether there was one."""
    with database.writing() as session:
        run = service.claim_run(session)
        session.commit()
        if run is None:
            return False
        run_id, version_id = run.id, run.version_id
    try:
        with database.reading() as session:
            offers = load_offers(session, document_queries.candidates(session, version_id))
            ends_on = deal_queries.newest_day(session)
            scope = service.scope_of_run(session, run)
            window = Window.ending(ends_on) if ends_on else None
            group = service.people_group(session, scope, window) if window and offers[0].is_today else None
            earlier = service.earlier_plans(session, version_id)
            published = service.last_published(session, run)
            missing = [service.missing_inputs(session, offer.plan) for offer in offers]

        def record_progress(done: int) -> None:
            with database.writing() as session:
                service.record_progress(session, run_id, done, len(scope.people))
                session.commit()

        plans = [offer.plan for offer in offers]
        result: dict[str, Any] = {"people": 0}
        if group and window:
            result = compute_impact(group, plans, window, record_progress, earlier)
        if "plans" in result:
            result["keys"] = [offer.key for offer in offers]
            service.remove_comparisons(result, missing)
            result = service.withhold_if_disclosive(result, published, version_id)
    except Exception:
        with database.writing() as session:
            service.finish(session, run_id, None, None)
            session.commit()
        raise
    with database.writing() as session:
        service.finish(session, run_id, result, ends_on)
        session.commit()
    return True
