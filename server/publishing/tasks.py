"""The background task that publishes scheduled drafts."""

import logging

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

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


def publish_due(database: Database, publish_event: PublishEvent) -> bool:
    """Publish a due draft; record why if it cannot be published, without blocking others.

    Return whether there was a due draft.
    """
    with database.reading() as session:
        draft = document_queries.due_draft(session, now())
        proposal = session.get(Proposal, draft.proposal_id) if draft else None
        author = session.get(Person, draft.author_id) if draft else None
        base = document_queries.version(session, draft.proposal_id, draft.base) if draft and draft.base else None
    if draft is None or proposal is None or author is None:
        return False
    try:
        with database.reading() as session:
            _check_author(session, author, proposal)
        _publish(database, draft, proposal, base)
    except AppError as error:
        _mark_failed(database, draft, str(error.sentence))
    except OperationalError:
        raise  # the database is unavailable, and nothing is wrong with the draft
    except Exception as error:  # noqa: BLE001 - an unexpected error must not block the drafts after this one
        # The message of the error is not logged: it may quote the draft.
        log.error("draft %s cannot be published: %s", draft.id, type(error).__name__)  # noqa: TRY400
        sentence = message("This draft could not be published. Open its review to see why.")
        _mark_failed(database, draft, str(sentence))
    else:
        publish_event(topic_of(proposal.slug), "version")
    return True


def keep_audiences(database: Database) -> bool:
    """Remove what people were told of redesigns that they may read no longer, as after a change of level.

    Nothing is left to do.
    """
    with database.reading() as session:
        limited = document_queries.limited_redesigns(session)
    if limited:
        with database.writing() as session:
            for redesign in document_queries.limited_redesigns(session):
                service.remove_from_others(session, redesign)
            session.commit()
    return False


def _check_author(session: Session, author: Person, proposal: Proposal) -> None:
    if not author.can_publish:
        raise InvalidError(message("{name} can no longer publish.", name=author.name))
    if not document_queries.may_person_edit(session, author, proposal.redesign_id):
        raise InvalidError(
            message("{name} can no longer edit this proposal. An owner can publish the draft.", name=author.name)
        )


def _publish(database: Database, draft: Draft, proposal: Proposal, base: Version | None) -> None:
    text = SubmittedText(
        draft.title, draft.markdown, draft.note, draft.base, draft.revision, wording_only=draft.wording_only
    )
    prepared = document_service.prepare(text, base, DocumentKind(proposal.kind))
    with database.writing() as session:
        if not document_service.claim_due_draft(session, draft):
            return  # another process claimed it, or its author changed it
        current = session.get_one(Proposal, draft.proposal_id)
        service.publish(session, current, prepared, draft.author_id)
        document_service.discard_draft(session, current, draft.author_id)
        session.commit()


def _mark_failed(database: Database, draft: Draft, reason: str) -> None:
    with database.writing() as session:
        document_service.mark_failed(session, draft, reason)
        session.commit()
