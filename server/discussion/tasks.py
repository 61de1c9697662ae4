"""Tasks of comments: postponed comments are opened again."""

from server.db.session import Database
from server.discussion import queries, resolution
from server.documents import queries as document_queries
from server.jobs.tasks import PublishEvent
from server.live.broker import topic_of
from server.people.queries import company_today


def reopen_due(database: Database, publish_event: PublishEvent) -> bool:
    """Open a postponed comment again if one is due; return whether there was one."""
    with database.reading() as session:
        today = company_today(session)
        ulid = queries.postponed_until_today(session, today)
    if ulid is None:
        return False
    with database.writing() as session:
        comment = resolution.reopen(session, ulid, today)
        slug = document_queries.slug_of(session, comment.proposal_id) if comment else None
        session.commit()
    if slug:
        publish_event(topic_of(slug), "comments")
    return True
