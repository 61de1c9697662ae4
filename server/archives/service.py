"""Imports an archive as a new document; existing documents do not change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from server.archives import queries
from server.archives.format import FORMER_FORMAT, Archive, ArchivedComment, ArchivedVariant
from server.archives.read import ParsedArchive
from server.comp import read_plan
from server.comp.analysis.terms import terms_table
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
    """The result of an import; `unknown_people` are the names of the people who were added without access."""

    proposal: Proposal
    versions: int
    comments: int
    unknown_people: Sequence[str] = field(default_factory=list)


def import_archive(session: Session, parsed: ParsedArchive, admin_id: int) -> ImportResult:
    """Import an archive as a new document; does not commit.

    People are matched by their public id, or else by a name that only one person has; others are added
    without access.
    """
    archive = parsed.archive
    people, unknown_people = _import_people(session, archive)
    redesign = queries.redesign_by_ulid(session, archive.redesign.id) or _create_redesign(session, archive, admin_id)
    proposal = document_service.start_proposal(session, redesign, archive.slug, archive.kind)
    proposal.imported_at, proposal.imported_by = now(), admin_id
    for archived_version, prepared in zip(archive.versions, parsed.versions, strict=True):
        version = document_service.publish_version(
            session, proposal, prepared, people[archived_version.author], archived_version.published_at
        )
    keys = _import_variants(session, proposal, archive.variants, people)
    archived_comments = _with_term_paths(parsed) if archive.format == FORMER_FORMAT else archive.comments
    comments = _CommentImport(session, proposal, people, keys).rows(archived_comments, parsed.html)
    discussion_service.import_comments(session, proposal.id, comments)
    anchoring.reattach(session, proposal.id)
    adoption.link_to_blocks(session, proposal.id)
    if archive.kind == DocumentKind.proposal:
        impact_service.request_runs(session, version.id)
    return ImportResult(proposal, len(archive.versions), len(comments), unknown_people)


def _with_term_paths(parsed: ParsedArchive) -> list[ArchivedComment]:
    """Return the comments of an archive of format 1, which names terms by their label, with paths instead."""
    paths: dict[tuple[int, str], dict[str, str]] = {}
    for archived_version, prepared in zip(parsed.archive.versions, parsed.versions, strict=True):
        for letter, plan in zip("abcdef", prepared.parsed.plans, strict=False):
            terms = terms_table(plan) if plan else []
            paths[archived_version.number, letter] = {str(term.label): term.path for term in terms}
    return [
        comment.model_copy(update={"term": paths.get((comment.version, comment.about), {}).get(comment.term, "")})
        if comment.term
        else comment
        for comment in parsed.archive.comments
    ]


def _import_people(session: Session, archive: Archive) -> tuple[dict[str, int], list[str]]:
    """Return the person ids by public id in the archive, and the names of the people who were added."""
    by_ulid = queries.people_by_ulid(session, [person.id for person in archive.people])
    by_name = queries.people_by_name(session, [person.name for person in archive.people])
    ids: dict[str, int] = {}
    unknown_people: list[str] = []
    for archived in archive.people:
        person = by_ulid.get(archived.id)
        if person is None and len(by_name.get(archived.name, ())) == 1:
            person = by_name[archived.name][0]
        if person is None:
            # An import never creates an admin.
            role = Role.manager if archived.role == Role.admin else archived.role
            person = Person(
                ulid=archived.id,
                name=archived.name,
                role=role,
                title=archived.title,
                active=False,
            )
            session.add(person)
            session.flush()
            unknown_people.append(archived.name)
        ids[archived.id] = person.id
    return ids, unknown_people


def _create_redesign(session: Session, archive: Archive, admin_id: int) -> Redesign:
    values = archive.redesign.model_dump(exclude={"id", "is_limited"})
    redesign = Redesign(ulid=archive.redesign.id, **values)
    if archive.redesign.is_limited:  # its readers are people and levels of another company
        redesign.is_for_everyone, redesign.people = False, [admin_id]
    session.add(redesign)
    session.flush()
    return redesign


def _import_variants(
    session: Session,
    proposal: Proposal,
    archived_variants: Sequence[ArchivedVariant],
    people: Mapping[str, int],
) -> dict[str, str]:
    """Create the variants, and return the key of each by its name in the archive."""
    keys: dict[str, str] = {}
    for archived in archived_variants:
        plan = None if archived.withdrawn else read_plan(archived.text)
        variant = Variant(
            proposal_id=proposal.id,
            version=archived.version,
            base_key=keys.get(archived.base, archived.base),
            author_id=people[archived.author] if archived.author else None,
            owner_signature="",
            withdrawn=archived.withdrawn,
            name=plan.name if plan else "",
            text=archived.text,
            digest=plan.digest if plan else "",
            reason=archived.reason,
            published_on=archived.published_on,
            promoted_in=archived.promoted_in,
        )
        session.add(variant)
        session.flush()
        keys[f"variant {archived.number}"] = variant_key(variant)
        if plan:
            variant_service.index_variant(session, proposal.slug, variant)
    return keys


class _CommentImport:
    """Creates the rows of archived comments; a comment whose public id exists already gets a new one."""

    def __init__(
        self, session: Session, proposal: Proposal, people: Mapping[str, int], keys: Mapping[str, str]
    ) -> None:
        self._session, self._proposal, self._people, self._keys = session, proposal, people, keys
        self._ids: dict[str, int] = {}

    def rows(self, archived_comments: Sequence[ArchivedComment], html: Mapping[str, str]) -> list[Comment]:
        """Add the comments to the session and return them in order, replies with their parent."""
        ulids = [archived.id for archived in archived_comments]
        existing = queries.existing_comment_ulids(self._session, ulids)
        comments = []
        for archived in archived_comments:
            comment = self._comment(archived, html[archived.id], is_existing=archived.id in existing)
            self._session.add(comment)
            if archived.parent is None:  # replies need its id
                self._session.flush()
                self._ids[archived.id] = comment.id
            comments.append(comment)
        self._session.flush()
        return comments

    def _comment(self, archived: ArchivedComment, html: str, *, is_existing: bool) -> Comment:
        answered_by = self._people[archived.answered_by] if archived.answered_by else None
        return Comment(
            ulid=new_ulid() if is_existing else archived.id,
            proposal_id=self._proposal.id,
            version=archived.version,
            candidate=self._keys.get(archived.about, archived.about),
            parent_id=self._ids[archived.parent] if archived.parent else None,
            author_id=self._people[archived.author] if archived.author else None,
            pay_impact=archived.pay_impact,
            kind=archived.kind,
            goal=archived.goal,
            block=archived.block,
            start=archived.start,
            quote=archived.quote,
            term=archived.term,
            suggestion=archived.suggestion,
            hides_name=archived.hides_name,
            markdown=archived.text,
            html=html,
            state=archived.state,
            reason=archived.reason,
            postponed_until=archived.postponed_until,
            in_version=archived.in_version,
            in_block=archived.in_block,
            answered_by=answered_by,
            answered_at=archived.answered_at,
            created_at=archived.created_at,
            edited_at=archived.edited_at,
            deleted_at=archived.deleted_at,
            revision=archived.revision,
        )
