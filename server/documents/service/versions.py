"""Publishes versions, adds them to the search index, and records who has read them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from server.comp import Plan, describe
from server.db.columns import now
from server.db.upsert import insert
from server.documents import queries
from server.documents.models import Candidate, DocumentKind, Draft, PageLink, Proposal, ReadMark, Version
from server.documents.service.prepare import ParsedText, PreparedVersion, parse_text, searchable_text
from server.errors import ConflictError, NotFoundError
from server.messages import message
from server.page_cache import INVALIDATES_PROPOSAL
from server.people.models import Person, Role
from server.search import service as search_service
from server.search.service import IndexEntry
from server.text.blocks import blocks_of
from server.text.rendered import dump_parts, split_blocks


class StaleVersionError(ConflictError):
    """A newer version was published while this one was being written; nothing was overwritten."""

    def __init__(self, newest: Version) -> None:
        self.newest = newest
        super().__init__(
            message(
                "Version {number} was published while you were writing. Nothing is lost: merge both texts, then"
                " publish again.",
                number=newest.number,
            )
        )


def publish_version(
    session: Session, proposal: Proposal, prepared: PreparedVersion, author_id: int, at: datetime | None = None
) -> Version:
    """Publish the next version.

    Raises StaleVersionError if the text is not based on the newest version: the counter in the proposal's
    row decides between two who publish at once.
    """
    text, parsed = prepared.text, prepared.parsed
    if proposal.archived_at is not None:
        raise ConflictError(message("This page is archived. Unarchive it, then publish."))
    statement = (
        update(Proposal)
        .where(col(Proposal.id) == proposal.id, col(Proposal.current) == text.base)
        .values(current=text.base + 1, title=text.title)
    )
    if session.execute(statement).rowcount != 1:  # type: ignore[attr-defined] # a cursor result has it
        session.refresh(proposal)
        newest = queries.version(session, proposal.id, proposal.current)
        if newest is None:
            raise NotFoundError
        raise StaleVersionError(newest)
    version = Version(
        proposal_id=proposal.id,
        number=text.base + 1,
        title=text.title,
        markdown=text.markdown,
        parts=dump_parts(split_blocks(parsed.page.parts)),
        goals=list(parsed.page.goals),
        note=text.note,
        author_id=author_id,
        published_at=at or now(),
        origins=prepared.origins,
        changed=prepared.changed,
        changes=sum(prepared.changed.values()),
        material=prepared.material,
        wording_only=prepared.wording_only,
    )
    session.add(version)
    session.flush()
    session.add_all(_candidates(version, parsed))
    index_version(session, proposal, version, prepared.searchable_text, [plan for plan in parsed.plans if plan])
    _replace_links(session, proposal, parsed.page.links)
    session.flush()
    session.refresh(proposal)
    return version


def withdraw_version(session: Session, proposal: Proposal, version: Version, editor_id: int) -> None:
    """Take back the newest version: the one before is the newest again, and the text is a draft.

    Drafts that were based on it are based on the one before, and no longer scheduled. Its row stays under a negative
    number: figures that were published of it are protected together with those of later versions.
    """
    earlier = queries.version(session, proposal.id, version.number - 1)
    number = version.number
    session.execute(delete(ReadMark).where(col(ReadMark.version_id) == version.id))
    session.execute(delete(PageLink).where(col(PageLink.source_id) == proposal.id))
    remove_from_index(session, proposal)
    search_service.remove_all(session, "candidate", proposal.id)
    version.number = -version.id
    proposal.current = number - 1
    proposal.title = earlier.title if earlier else proposal.title
    session.add_all([version, proposal])
    of_version = (col(Draft.proposal_id) == proposal.id, col(Draft.base) == number)
    values = {"base": number - 1, "revision": Draft.revision + 1, "publish_at": None}
    session.execute(update(Draft).where(*of_version).values(**values))
    if queries.draft(session, proposal.id, editor_id) is None:
        session.add(
            Draft(
                proposal_id=proposal.id,
                author_id=editor_id,
                base=number - 1,
                title=version.title,
                markdown=version.markdown,
                note=version.note,
                wording_only=version.wording_only,
            )
        )
    session.flush()
    if earlier is not None:
        reindex(session, proposal)
        page = parse_text(earlier.markdown, DocumentKind(proposal.kind)).page
        _replace_links(session, proposal, page.links)
    session.flush()


def index_version(session: Session, proposal: Proposal, version: Version, text: str, plans: Iterable[Plan]) -> None:
    """Index the newest version and its candidates, in place of the previous ones."""
    key, url, at = proposal.id, proposal.url, version.published_at
    search_service.index(session, IndexEntry(proposal.kind, str(key), key, url, version.title, text, at))
    search_service.remove_all(session, "candidate", key)
    for index, plan in enumerate(plans):
        letter = chr(ord("a") + index)
        description = " ".join([plan.summary, *map(str, describe(plan))])
        candidate_url = f"{url}#candidate-{letter}"
        search_service.index(
            session, IndexEntry("candidate", f"{key}/{letter}", key, candidate_url, plan.name, description, at)
        )


def reindex(session: Session, proposal: Proposal) -> None:
    """Index the newest version of a document under its current URL, unless it is archived."""
    version = queries.version(session, proposal.id, proposal.current)
    if version is None or proposal.archived_at is not None:
        return
    plans = [plan for plan in parse_text(version.markdown, DocumentKind(proposal.kind)).plans if plan]
    index_version(session, proposal, version, searchable_text(blocks_of(version.markdown)), plans)


def remove_from_index(session: Session, proposal: Proposal) -> None:
    """Remove a document from the search index."""
    search_service.remove(session, proposal.kind, str(proposal.id))


def _replace_links(session: Session, proposal: Proposal, slugs: Iterable[str]) -> None:
    """Store the links of the newest version, in place of those of the previous one."""
    session.execute(delete(PageLink).where(col(PageLink.source_id) == proposal.id))
    session.add_all([PageLink(source_id=proposal.id, target=slug) for slug in sorted(set(slugs))])


def _candidates(version: Version, parsed: ParsedText) -> list[Candidate]:
    return [
        Candidate(
            version_id=version.id,
            key=chr(ord("a") + position),
            position=position,
            name=plan.name,
            text=block.text,
            digest=plan.digest,
        )
        for position, (block, plan) in enumerate(zip(parsed.page.plans, parsed.plans, strict=True))
        if plan is not None
    ]


def mark_read(
    session: Session, slug: str, number: int, person_id: int, kind: DocumentKind = DocumentKind.proposal
) -> None:
    """Record that a person has read a version; a second time changes nothing.

    The version counts the reps among its readers, as the number of all reps is shown with it.
    """
    page = queries.version_page(session, slug, number, kind)
    if page is None:
        raise NotFoundError
    mark = insert(session, ReadMark).values(person_id=person_id, version_id=page.version_id, at=now())
    inserted = session.execute(mark.on_conflict_do_nothing().returning(col(ReadMark.version_id))).first()
    person = session.get(Person, person_id)
    if inserted is None or person is None or person.role != Role.rep:
        return
    counter = update(Version).where(col(Version.id) == page.version_id).values(readers=Version.readers + 1)
    session.execute(counter, execution_options={INVALIDATES_PROPOSAL: page.proposal_id})
    session.flush()


def lock_proposal(session: Session, proposal_id: int) -> int:
    """Lock a proposal's row until the transaction ends, and return the number of its current version.

    Every change of a proposal and its comments locks the proposal first. This avoids deadlocks, and a
    comment sent while a version is published is created after it. SQLite allows one writer at a time
    anyway.
    """
    statement = select(Proposal.current).where(Proposal.id == proposal_id).with_for_update()
    return session.exec(statement).one()


def lock_current_version(session: Session, proposal_id: int) -> int:
    """Take a shared lock on a proposal until the transaction ends, and return the number of its current version.

    No version is published meanwhile; others may take the same lock.
    """
    statement = select(Proposal.current).where(Proposal.id == proposal_id).with_for_update(read=True)
    return session.exec(statement).one()


def count_comments(
    session: Session, proposal_id: int, *, comments: int = 0, answered: int = 0, accepted: int = 0
) -> None:
    """Add to a proposal's counters, in the transaction of the change they count."""
    session.execute(
        update(Proposal)
        .where(col(Proposal.id) == proposal_id)
        .values(
            comments=Proposal.comments + comments,
            answered=Proposal.answered + answered,
            accepted=Proposal.accepted + accepted,
        ),
        execution_options={INVALIDATES_PROPOSAL: proposal_id},
    )
