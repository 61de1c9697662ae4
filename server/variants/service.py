"""Decisions about variants: publishing, near copies, withdrawing, and promoting one into the next version."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlmodel import Session, col, select

from server.comp.analysis.describe import describe
from server.comp.analysis.diff import Change, diff
from server.comp.load import read_plan
from server.comp.plan import Plan
from server.db.columns import now
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.models import Draft, Proposal, Variant
from server.documents.queries import VersionPage
from server.documents.service import SubmittedText
from server.errors import ConflictError, InvalidError, NotFoundError
from server.messages import message
from server.people import queries as people_queries
from server.search import service as search_service
from server.search.service import IndexEntry
from server.text.candidates import fenced, with_candidate
from server.web.signing import sign_with_nonce, verify_with_nonce

MAX_REASON = 600
MAX_OPEN = 5
"""Variants that one person may have published beside each other on a proposal."""
MAX_CHANGES = 1
"""A variant that differs from another in so many terms is nearly a copy of it."""


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """A variant to publish."""

    base_key: str
    text: str
    reason: str
    anonymous: bool


@dataclass(frozen=True, slots=True)
class SimilarPlan:
    """Something that a variant is nearly a copy of: its key, name, and how they differ."""

    key: str
    name: str
    changes: tuple[Change, ...]


def owner_signature(secret: str, person_id: int) -> str:
    """Return what recognises an author; it is another one each time, so that no two variants can be put together."""
    return sign_with_nonce(secret, "variant", str(person_id))


def is_owner(secret: str, found: Variant, person_id: int) -> bool:
    """Say whether somebody wrote a variant; without the server's secret nobody can tell."""
    return verify_with_nonce(secret, "variant", str(person_id), found.owner_signature)


def base_text(session: Session, edition: VersionPage, key: str) -> str:
    """Return the plan that a variant starts from: today's, a candidate's, or another variant's."""
    if key == "today":
        plan = document_queries.plan_in_force(session)
        if plan is not None:
            return plan.text
    structure = next((s for s in document_queries.candidates(session, edition.version_id) if s.key == key), None)
    if structure is not None:
        return structure.text
    other = document_queries.variant(session, edition.proposal_id, key)
    if other is None:
        raise NotFoundError
    return other.text


@lru_cache(maxsize=512)
def known_plan(text: str) -> Plan:
    """Return a plan that has been published: it was readable then, and is read once."""
    return read_plan(text)


def others(session: Session, edition: VersionPage) -> list[tuple[str, str, str]]:
    """Return key, name and text of everything that stands beside a new variant."""
    found = [(s.key, s.name, s.text) for s in document_queries.candidates(session, edition.version_id)]
    return found + [
        (document_queries.variant_key(v), v.name, v.text)
        for v, _ in document_queries.variants(session, edition.proposal_id)
    ]


def similar_plans(found_others: Sequence[tuple[str, str, str]], plan: Plan) -> list[SimilarPlan]:
    """Return the candidates and variants that a plan hardly differs from, the nearest first."""
    found = []
    for key, name, text in found_others:
        changes = [change for change in diff(known_plan(text), plan) if change.material]
        if len(changes) <= MAX_CHANGES:
            found.append(SimilarPlan(key, name, tuple(changes)))
    return sorted(found, key=lambda near: len(near.changes))


def publish(session: Session, edition: VersionPage, proposed: VariantDraft, author_id: int, secret: str) -> Variant:
    """Publish a variant; raises PlanError, InvalidError when the reason is missing, or ConflictError for a copy."""
    plan = read_plan(proposed.text)
    reason = " ".join(proposed.reason.split())
    if not reason:
        raise InvalidError(message("Say in a sentence or two why it is better."))
    if len(reason) > MAX_REASON:
        raise InvalidError(message("The reason is longer than {most} characters. Shorten it.", most=MAX_REASON))
    for near in similar_plans(others(session, edition), plan):
        if not near.changes:
            raise ConflictError(
                message("“{name}” says the same already. Change a term, or comment on it there.", name=near.name)
            )
    open_ones = session.exec(
        select(Variant).where(Variant.proposal_id == edition.proposal_id, col(Variant.withdrawn).is_(False))
    )
    if sum(is_owner(secret, variant, author_id) for variant in open_ones) >= MAX_OPEN:
        raise InvalidError(message("You have {most} variants here already. Withdraw one first.", most=MAX_OPEN))
    made = Variant(
        proposal_id=edition.proposal_id,
        version=edition.number,
        base_key=proposed.base_key,
        author_id=None if proposed.anonymous else author_id,
        owner_signature=owner_signature(secret, author_id),
        name=plan.name,
        text=proposed.text,
        digest=plan.digest,
        reason=reason,
        published_on=now().date(),
    )
    session.add(made)
    session.flush()
    index_variant(session, edition.slug, made)
    return made


def index_variant(session: Session, slug: str, found: Variant) -> None:
    """Let a variant be found by what it says; never by who wrote it."""
    plan, key = read_plan(found.text), document_queries.variant_key(found)
    said = " ".join([found.reason, plan.summary, *map(str, describe(plan))])
    address = f"/proposals/{slug}/variants/{key}"
    search_service.index(
        session, IndexEntry("variant", f"{found.proposal_id}/{key}", found.proposal_id, address, found.name, said)
    )


def withdraw(session: Session, found: Variant, author_id: int, secret: str) -> None:
    """Take one's own variant back; raises NotFoundError for anybody else's."""
    if not is_owner(secret, found, author_id):
        raise NotFoundError
    found.withdrawn = True
    search_service.remove(session, "variant", f"{found.proposal_id}/{document_queries.variant_key(found)}")
    session.add(found)
    session.flush()


def promote(session: Session, proposal: Proposal, found: Variant, manager_id: int) -> Draft:
    """Put a variant behind the last candidate of the manager's draft, with credit; publishing it is theirs."""
    draft = document_queries.draft(session, proposal.id or 0, manager_id)
    newest = document_queries.version(session, proposal.id or 0, proposal.current)
    markdown = draft.markdown if draft else newest.markdown if newest else ""
    if found.text.strip() in markdown:
        raise ConflictError(message("This variant stands in your draft already."))
    author = people_queries.name_of(session, found.author_id) if found.author_id else ""
    credit = (
        f"*Proposed by {author} as a variant of version {found.version}: {found.reason}*"
        if author
        else f"*Proposed anonymously as a variant of version {found.version}: {found.reason}*"
    )
    title = draft.title if draft else newest.title if newest else proposal.title
    block = f"### {found.name}\n\n{credit}\n\n{fenced(found.text)}"
    note = (draft.note if draft else "") or f"{found.name}, proposed as a variant, is a candidate now."
    text = SubmittedText(
        title,
        with_candidate(markdown, block),
        note,
        draft.base if draft else proposal.current,
        draft.revision if draft else 0,
    )
    kept = document_service.save_draft(session, proposal, text, manager_id)
    found.promoted_in = proposal.current + 1
    session.add(found)
    session.flush()
    return kept
