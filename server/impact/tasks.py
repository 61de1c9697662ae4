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
            candidates = document_queries.candidates(session, version_id)
            offers = load_offers(session, candidates)
            ends_on = deal_queries.newest_day(session)
            scope = service.scope_of_run(session, run)
            window = Window.ending(ends_on) if ends_on else None
            has_today = bool(offers) and offers[0].is_today
            given = (
                service.impact_input(session, scope, candidates, version_id, window) if window and has_today else None
            )
            published = service.last_published(session, run)
            missing = (
                [service.missing_in_group(session, row, given.group.histories, window) for row in given.plans]
                if given and window
                else []
            )

        def record_progress(done: int) -> None:
            with database.writing() as session:
                service.record_progress(session, run_id, done, len(scope.people))
                session.commit()

        result: dict[str, Any] = {"people": 0}
        if given and window:
            result = compute_impact(given.group, given.plans, window, record_progress, given.earlier)
            result |= {"without_level": given.without_level, "without_plan": given.without_plan}
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
