"""Drafts that come out by themselves."""

import logging

from sqlalchemy.exc import OperationalError

from server.db.columns import now
from server.db.session import Database
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.models import DocumentKind, Draft, Proposal, Version
from server.documents.service import SubmittedText
from server.errors import AppError, InvalidError
from server.jobs.tasks import PublishEvent
from server.live.broker import topic_of
from server.messages import message
from server.people.models import Person
from server.publishing import service

log = logging.getLogger("townhall")


def publish_due(database: Database, tell: PublishEvent) -> bool:
    """Bring out a draft whose moment has come; what cannot come out says why, and stands in nobody's way."""
    with database.reading() as session:
        draft = document_queries.due_drafts(session, now())
        proposal = session.get(Proposal, draft.proposal_id) if draft else None
        before = document_queries.version(session, draft.proposal_id, draft.base) if draft and draft.base else None
        author = session.get(Person, draft.author_id) if draft else None
    if draft is None or proposal is None or author is None:
        return False
    try:
        _check(author)
        _publish(database, draft, proposal, before)
    except AppError as error:
        _mark_failed(database, draft, str(error.sentence))
    except OperationalError:
        raise  # the database is away: nothing is wrong with the draft
    except Exception as error:  # noqa: BLE001 - whatever it is, the drafts behind this one must come out
        log.error("draft %s cannot come out: %s", draft.id, type(error).__name__)  # noqa: TRY400 - it may quote somebody
        _mark_failed(
            database, draft, str(message("Something in this text cannot be kept. Publish it by hand to see what."))
        )
    else:
        tell(topic_of(proposal.slug), "version")
    return True


def _check(author: Person) -> None:
    if not author.can_publish:
        raise InvalidError(message("{name} does not publish any more.", name=author.name))


def _publish(database: Database, draft: Draft, proposal: Proposal, before: Version | None) -> None:
    text = SubmittedText(draft.title, draft.markdown, draft.note, draft.base, draft.revision)
    manuscript = document_service.prepare(text, before, DocumentKind(proposal.kind))
    with database.writing() as session:
        if not document_service.publish_started(session, draft):
            return  # somebody else has taken it, or its author has changed it meanwhile
        held = session.get_one(Proposal, draft.proposal_id)
        service.publish(session, held, manuscript, draft.author_id)
        document_service.discard_draft(session, held, draft.author_id)
        session.commit()


def _mark_failed(database: Database, draft: Draft, why: str) -> None:
    with database.writing() as session:
        document_service.mark_failed(session, draft, why)
        session.commit()
