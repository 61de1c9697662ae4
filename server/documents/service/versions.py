"""Versions: brought out one after the other, let be found, read."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from server.comp.analysis.describe import describe
from server.comp.language.diagnostics import PlanError
from server.comp.load import read_plan
from server.comp.plan import Plan
from server.db.columns import now
from server.db.upsert import insert
from server.documents import queries
from server.documents.models import Candidate, DocumentKind, PageLink, PlanInForce, Proposal, ReadMark, Version
from server.documents.service.prepare import ParsedText, PreparedVersion, parse_text, plan_problems, words_of
from server.errors import ConflictError, InvalidError, NotFoundError
from server.messages import message
from server.page_cache import INVALIDATES_PROPOSAL
from server.search import service as search_service
from server.search.service import IndexEntry
from server.text.blocks import blocks_of
from server.text.rendered import dump_parts, split_blocks


class StaleVersionError(ConflictError):
    """A newer version came out while this one was being written; nothing has been overwritten."""

    def __init__(self, newest: Version) -> None:
        self.newest = newest
        super().__init__(
            message(
                "Version {number} came out while you were writing. Your text is kept; put the changes together and"
                " publish again.",
                number=newest.number,
            )
        )


def publish_version(
    session: Session, proposal: Proposal, manuscript: PreparedVersion, author_id: int, at: datetime | None = None
) -> Version:
    """Bring the next version out.

    Raises StaleVersionError when a newer one than the text's base is out: the counter in the proposal's row decides
    between two who publish at once.
    """
    text, found = manuscript.text, manuscript.reading
    if proposal.archived_at is not None:
        raise ConflictError(message("This page is archived. Take it out of the archive, then publish."))
    turn = (
        update(Proposal)
        .where(col(Proposal.id) == proposal.id, col(Proposal.current) == text.base)
        .values(current=text.base + 1, title=text.title)
    )
    if session.execute(turn).rowcount != 1:  # type: ignore[attr-defined] # a cursor result has it
        session.refresh(proposal)
        newest = queries.version(session, proposal.id or 0, proposal.current)
        if newest is None:
            raise NotFoundError
        raise StaleVersionError(newest)
    version = Version(
        proposal_id=proposal.id or 0,
        number=text.base + 1,
        title=text.title,
        markdown=text.markdown,
        parts=dump_parts(split_blocks(found.page.parts)),
        goals=list(found.page.goals),
        note=text.note,
        author_id=author_id,
        published_at=at or now(),
        origins=manuscript.origins,
        changed=manuscript.changed,
        changes=sum(manuscript.changed.values()),
        material=manuscript.material,
    )
    session.add(version)
    session.flush()
    session.add_all(_candidates(version, found))
    index_version(session, proposal, version, manuscript.words, [plan for plan in found.plans if plan])
    _link(session, proposal, found.page.links)
    session.flush()
    session.refresh(proposal)
    return version


def index_version(session: Session, proposal: Proposal, version: Version, words: str, plans: Iterable[Plan]) -> None:
    """Let the newest version and its candidates be found, in the place of those before."""
    key, here, at = proposal.id or 0, proposal.url, version.published_at
    search_service.index(session, IndexEntry(proposal.kind, str(key), key, here, version.title, words, at))
    search_service.remove_all(session, "candidate", key)
    for place, plan in enumerate(plans):
        letter = chr(ord("a") + place)
        said = " ".join([plan.summary, *map(str, describe(plan))])
        search_service.index(
            session, IndexEntry("candidate", f"{key}/{letter}", key, f"{here}#candidate-{letter}", plan.name, said, at)
        )


def reindex(session: Session, proposal: Proposal) -> None:
    """Let the newest version be found at the address it has now."""
    version = queries.version(session, proposal.id or 0, proposal.current)
    if version is None or proposal.archived_at is not None:
        return
    plans = [plan for plan in parse_text(version.markdown, DocumentKind(proposal.kind)).plans if plan]
    index_version(session, proposal, version, words_of(blocks_of(version.markdown)), plans)


def remove_from_index(session: Session, proposal: Proposal) -> None:
    """Take a proposal or page out of the search."""
    search_service.remove(session, proposal.kind, str(proposal.id))


def _link(session: Session, proposal: Proposal, slugs: Iterable[str]) -> None:
    """Keep where the newest version links to, in the place of where the one before did."""
    session.execute(delete(PageLink).where(col(PageLink.source_id) == proposal.id))
    session.add_all([PageLink(source_id=proposal.id or 0, target=slug) for slug in sorted(set(slugs))])


def _candidates(version: Version, found: ParsedText) -> list[Candidate]:
    return [
        Candidate(
            version_id=version.id or 0,
            key=chr(ord("a") + position),
            position=position,
            name=plan.name,
            text=block.text,
            digest=plan.digest,
        )
        for position, (block, plan) in enumerate(zip(found.page.plans, found.plans, strict=True))
        if plan is not None
    ]


def mark_read(
    session: Session, slug: str, number: int, person_id: int, kind: DocumentKind = DocumentKind.proposal
) -> None:
    """Note that somebody has read a version; a second time changes nothing."""
    found = queries.version_page(session, slug, number, kind)
    if found is None:
        raise NotFoundError
    mark = insert(session, ReadMark).values(person_id=person_id, version_id=found.version_id, at=now())
    kept = session.execute(mark.on_conflict_do_nothing().returning(col(ReadMark.version_id))).first()
    if kept is None:
        return
    counted = update(Version).where(col(Version.id) == found.version_id).values(readers=Version.readers + 1)
    session.execute(counted, execution_options={INVALIDATES_PROPOSAL: found.proposal_id})
    session.flush()


def put_in_force(session: Session, text: str, since: date, *, is_starter: bool = False) -> PlanInForce:
    """Let a plan pay everybody from a day on; raises InvalidError for one that cannot be read."""
    try:
        read_plan(text)
    except PlanError as error:
        raise InvalidError(plan_problems(error.problems)) from None
    plan = PlanInForce(since=since, text=text, is_starter=is_starter)
    session.add(plan)
    session.flush()
    return plan


def lock_proposal(session: Session, proposal_id: int) -> int:
    """Hold a proposal's row until the transaction ends, and return its current version.

    Whatever changes a proposal and its comments takes the proposal first: so nobody waits for each other, and what is
    said while a version comes out is said after it. SQLite lets one write at a time anyway.
    """
    statement = select(Proposal.current).where(Proposal.id == proposal_id).with_for_update()
    return session.exec(statement).one()


def count_comments(
    session: Session, proposal_id: int, *, comments: int = 0, answered: int = 0, accepted: int = 0
) -> None:
    """Move a proposal's counters, in the transaction of the change they count."""
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
