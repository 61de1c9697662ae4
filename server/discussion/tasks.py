"""Parked comments that come back by themselves."""

from server.db.columns import now
from server.db.session import Database
from server.discussion import answering, queries
from server.jobs.chores import Tell
from server.proposals import queries as proposals


def bring_back(database: Database, tell: Tell) -> bool:
    """Open a comment again whose day has come; says whether there was one."""
    today = now().date()
    with database.reading() as session:
        ulid = queries.parked_too_long(session, today)
    if ulid is None:
        return False
    with database.writing() as session:
        comment = answering.bring_back(session, ulid, today)
        slug = proposals.slug_of(session, comment.proposal_id) if comment else None
        session.commit()
    if slug:
        tell(f"proposal-{slug}", "comments")
    return True
