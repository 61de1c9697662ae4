"""Withdraws the newest version of a document within an hour, while no one has answered it; the text is a draft then."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from server.audit.service import record
from server.db.columns import now
from server.discussion import withdrawal as discussion_withdrawal
from server.discussion.models import Comment
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.models import Proposal, Variant, Version
from server.errors import ConflictError, NotFoundError
from server.impact.models import ImpactRun
from server.messages import Message, message
from server.notifications.service import Notification, notify, withdraw_notices
from server.people.queries import Viewer
from server.voting.models import Pulse

WITHIN = timedelta(hours=1)
"""How long after its publication a version can be withdrawn."""


def newest_version(session: Session, proposal: Proposal) -> Version:
    """Return the newest version of a document; raises NotFoundError before the first."""
    version = document_queries.version(session, proposal.id, proposal.current) if proposal.current else None
    if version is None:
        raise NotFoundError
    return version


def until(version: Version) -> datetime:
    """Return until when a version can be withdrawn."""
    return version.published_at + WITHIN


def refusal_reasons(session: Session, proposal: Proposal, version: Version, viewer_id: int) -> list[Message]:
    """Return why a person cannot withdraw a version; nothing if they can."""
    return list(_reasons(session, proposal, version, viewer_id))


def _reasons(session: Session, proposal: Proposal, version: Version, viewer_id: int) -> Iterator[Message]:
    if now() > until(version):
        yield message("It was published more than an hour ago.")
    if proposal.archived_at is not None:
        yield message("The document is archived.")
    if proposal.imported_at is not None and version.published_at <= proposal.imported_at:
        yield message("It was imported.")
    voted = (Pulse.version_id == version.id, col(Pulse.cast_at) >= version.published_at)  # earlier ones are copies
    if session.exec(select(func.count()).select_from(Pulse).where(*voted)).one():
        yield message("Someone has voted on it.")
    commented = (Comment.proposal_id == proposal.id, Comment.version == version.number)
    if session.exec(select(func.count()).select_from(Comment).where(*commented)).one():
        yield message("Someone has commented on it.")
    proposed = (Variant.proposal_id == proposal.id, Variant.version == version.number)
    if session.exec(select(func.count()).select_from(Variant).where(*proposed)).one():
        yield message("Someone has proposed a variant of it.")
    draft = document_queries.draft(session, proposal.id, viewer_id)
    if draft is not None and draft.base < version.number:  # the text of the version would have no draft to go to
        yield message("You have an older draft of it. Publish or delete that first.")


def withdraw(session: Session, proposal: Proposal, viewer: Viewer) -> None:
    """Withdraw the newest version; raises ConflictError with the reasons if that is not possible.

    The version before is the newest again, its comments are where they were, and those who were told are told of it.
    Impacts of the version that were shown stay on record, so that their figures go on being protected together with
    those of later versions.
    """
    document_service.lock_proposal(session, proposal.id)
    session.refresh(proposal)
    version = newest_version(session, proposal)
    if reasons := refusal_reasons(session, proposal, version, viewer.id):
        raise ConflictError(message("The version cannot be withdrawn. {reason}", reason=reasons[0]))
    number = version.number
    included = discussion_withdrawal.forget_version(session, version)
    session.execute(delete(Pulse).where(col(Pulse.version_id) == version.id))
    is_pending = (col(ImpactRun.version_id) == version.id) & (col(ImpactRun.state) == "due")
    session.execute(delete(ImpactRun).where(is_pending))
    document_service.withdraw_version(session, proposal, version, viewer.id)
    subjects = [f"version {proposal.id} {number}", *(f"included {comment} {number}" for comment in included)]
    told = withdraw_notices(session, subjects, f"{proposal.url}/v/{number}")
    subject = f"withdrawn {version.id}"
    values = {"title": version.title, "number": str(number), "who": viewer.name}
    notify(session, Notification("withdrawn", subject, proposal.url, values), told, viewer.id)
    record(session, "version withdrawn", viewer.id, version.title, proposal.url, number=str(number))
