"""A bundle taken in: beside what is there, never over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from server.archives import queries
from server.archives.format import Archive, ArchivedComment, ArchivedVariant
from server.archives.read import ParsedArchive
from server.comp.load import read_plan
from server.db.columns import new_ulid, now
from server.discussion import adoption, anchoring
from server.discussion import service as discussion_service
from server.discussion.models import Comment
from server.documents import service as document_service
from server.documents.models import DocumentKind, Proposal, Redesign, Variant
from server.documents.queries import variant_key
from server.impact import service as impact_service
from server.people.models import Person, Role
from server.variants import service as variant_service


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came of a bundle."""

    proposal: Proposal
    versions: int
    comments: int
    unknown_people: Sequence[str] = field(default_factory=list)


def import_archive(session: Session, unbundled: ParsedArchive, admin_id: int) -> ImportResult:
    """Put a bundle beside what is there, in one transaction.

    People are known by their public id, else by a name that only one person here has; others are added without access.
    """
    bundle = unbundled.archive
    people, strangers = _people(session, bundle)
    redesign = queries.redesign_by_ulid(session, bundle.redesign.id) or _redesign(session, bundle)
    proposal = document_service.start_proposal(session, redesign, bundle.slug, bundle.kind)
    proposal.imported_at, proposal.imported_by = now(), admin_id
    for version, manuscript in zip(bundle.versions, unbundled.manuscripts, strict=True):
        made = document_service.publish_version(
            session, proposal, manuscript, people[version.author], version.published_at
        )
    keys = _variants(session, proposal, bundle.variants, people)
    comments = _Comments(session, proposal, people, keys).rows(bundle.comments, unbundled.html)
    discussion_service.import_comment(session, proposal.id or 0, comments)
    anchoring.reattach(session, proposal.id or 0)
    adoption.link_to_block(session, proposal.id or 0)
    if bundle.kind == DocumentKind.proposal:
        impact_service.request_runs(session, made.id or 0)
    return ImportResult(proposal, len(bundle.versions), len(comments), strangers)


def _people(session: Session, bundle: Archive) -> tuple[dict[str, int], list[str]]:
    known = queries.people_by_ulid(session, [person.id for person in bundle.people])
    named = queries.people_by_name(session, [person.name for person in bundle.people])
    found: dict[str, int] = {}
    strangers: list[str] = []
    for person in bundle.people:
        here = known.get(person.id)
        if here is None and len(named.get(person.name, ())) == 1:
            here = named[person.name][0]
        if here is None:
            role = Role.manager if person.role == Role.admin else person.role  # no file makes anybody an admin
            here = Person(ulid=person.id, name=person.name, role=role, title=person.title, active=False)
            session.add(here)
            session.flush()
            strangers.append(person.name)
        found[person.id] = here.id or 0
    return found, strangers


def _redesign(session: Session, bundle: Archive) -> Redesign:
    values = bundle.redesign.model_dump(exclude={"id"})
    redesign = Redesign(ulid=bundle.redesign.id, **values)
    session.add(redesign)
    session.flush()
    return redesign


def _variants(
    session: Session, proposal: Proposal, bundled: Sequence[ArchivedVariant], people: Mapping[str, int]
) -> dict[str, str]:
    """Keep the variants, and return by the name in the bundle the key each goes by here."""
    keys: dict[str, str] = {}
    for one in bundled:
        plan = None if one.withdrawn else read_plan(one.text)
        made = Variant(
            proposal_id=proposal.id or 0,
            version=one.version,
            base_key=keys.get(one.base, one.base),
            author_id=people[one.author] if one.author else None,
            owner_signature="",
            withdrawn=one.withdrawn,
            name=plan.name if plan else "",
            text=one.text,
            digest=plan.digest if plan else "",
            reason=one.reason,
            published_on=one.published_on,
            promoted_in=one.promoted_in,
        )
        session.add(made)
        session.flush()
        keys[f"variant {one.number}"] = variant_key(made)
        if plan:
            variant_service.index_variant(session, proposal.slug, made)
    return keys


class _Comments:
    """Turns bundled comments into rows; those whose public id is somebody else's here are given another one."""

    def __init__(
        self, session: Session, proposal: Proposal, people: Mapping[str, int], keys: Mapping[str, str]
    ) -> None:
        self._session, self._proposal, self._people, self._keys = session, proposal, people, keys
        self._ids: dict[str, int] = {}

    def rows(self, bundled: Sequence[ArchivedComment], html: Mapping[str, str]) -> list[Comment]:
        """Return the comments, kept in order, replies under what they reply to."""
        taken = queries.taken_comments(self._session, [one.id for one in bundled])
        found = []
        for one in bundled:
            row = self._row(one, html[one.id], is_taken=one.id in taken)
            self._session.add(row)
            if one.parent is None:  # a reply needs its key
                self._session.flush()
                self._ids[one.id] = row.id or 0
            found.append(row)
        self._session.flush()
        return found

    def _row(self, one: ArchivedComment, html: str, *, is_taken: bool) -> Comment:
        answered_by = self._people[one.answered_by] if one.answered_by else None
        return Comment(
            ulid=new_ulid() if is_taken else one.id,
            proposal_id=self._proposal.id or 0,
            version=one.version,
            candidate=self._keys.get(one.about, one.about),
            parent_id=self._ids[one.parent] if one.parent else None,
            author_id=self._people[one.author] if one.author else None,
            pay_impact=one.pay_impact,
            kind=one.kind,
            goal=one.goal,
            block=one.block,
            start=one.start,
            quote=one.quote,
            term=one.term,
            suggestion=one.suggestion,
            hides_name=one.hides_name,
            markdown=one.text,
            html=html,
            state=one.state,
            reason=one.reason,
            postponed_until=one.postponed_until,
            in_version=one.in_version,
            in_block=one.in_block,
            answered_by=answered_by,
            answered_at=one.answered_at,
            created_at=one.created_at,
            edited_at=one.edited_at,
            deleted_at=one.deleted_at,
            revision=one.revision,
        )
