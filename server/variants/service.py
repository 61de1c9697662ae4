"""Publishes, withdraws and promotes variants, and finds near duplicates."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlmodel import Session, col, select

from server.comp import Change, Plan, describe, diff, read_plan
from server.discussion import service as discussion_service
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.models import Draft, Proposal, Variant, Version
from server.documents.queries import VersionPage
from server.documents.service import SubmittedText
from server.errors import ConflictError, InvalidError, NotFoundError
from server.messages import message
from server.notifications import service as notification_service
from server.notifications.service import Notification
from server.people import queries as people_queries
from server.plans_in_force import queries as plan_queries
from server.search import service as search_service
from server.search.service import IndexEntry
from server.text.candidates import with_candidate
from server.web.signing import sign_with_nonce, verify_with_nonce

MAX_REASON = 600
MAX_OPEN = 5
"""Open variants that one person may have on a proposal."""
MAX_CHANGES = 1
"""A variant with at most this many changed terms is a near duplicate."""


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """A variant to publish."""

    base_key: str
    text: str
    reason: str
    anonymous: bool


@dataclass(frozen=True, slots=True)
class SimilarPlan:
    """A candidate or variant that a plan nearly duplicates: its key, name, and the changed terms."""

    key: str
    name: str
    changes: tuple[Change, ...]


def owner_signature(secret: str, person_id: int) -> str:
    """Return a signature of an author that differs each time, so that variants cannot be linked."""
    return sign_with_nonce(secret, "variant", str(person_id))


def is_owner(secret: str, variant: Variant, person_id: int) -> bool:
    """Return whether a person wrote a variant; only the server's secret can tell."""
    return verify_with_nonce(secret, "variant", str(person_id), variant.owner_signature)


def base_text(session: Session, version: VersionPage, key: str) -> str:
    """Return the text of the plan a variant starts from: today's plan, a candidate or another variant.

    Raises NotFoundError for an unknown key.
    """
    if key == "today":
        plan = plan_queries.main_plan(session)
        if plan is not None:
            return plan.text
    for candidate in document_queries.candidates(session, version.version_id):
        if candidate.key == key:
            return candidate.text
    variant = document_queries.variant(session, version.proposal_id, key)
    if variant is None:
        raise NotFoundError
    return variant.text


@lru_cache(maxsize=512)
def known_plan(text: str) -> Plan:
    """Return the plan of a published text, which is known to be valid; it is parsed once."""
    return read_plan(text)


def other_plans(session: Session, version: VersionPage) -> list[tuple[str, str, str]]:
    """Return key, name and text of the candidates of a version and of the proposal's variants."""
    candidates = document_queries.candidates(session, version.version_id)
    variants = document_queries.variants(session, version.proposal_id)
    return [
        *((candidate.key, candidate.name, candidate.text) for candidate in candidates),
        *((document_queries.variant_key(variant), variant.name, variant.text) for variant, _ in variants),
    ]


def similar_plans(plans: Sequence[tuple[str, str, str]], plan: Plan) -> list[SimilarPlan]:
    """Return the candidates and variants that a plan nearly duplicates, the most similar first."""
    similar = []
    for key, name, text in plans:
        changes = [change for change in diff(known_plan(text), plan) if change.material]
        if len(changes) <= MAX_CHANGES:
            similar.append(SimilarPlan(key, name, tuple(changes)))
    return sorted(similar, key=lambda other: len(other.changes))


def publish(
    session: Session,
    version: VersionPage,
    draft: VariantDraft,
    author_id: int,
    secret: str,
) -> Variant:
    """Publish a variant.

    Raises PlanError, ClosedStageError while comments are closed, ConflictError for a duplicate, and InvalidError if
    the reason is missing or too long or the author has too many open variants.
    """
    discussion_service.check_open(session, version.proposal_id)
    plan = read_plan(draft.text)
    reason = _checked_reason(draft.reason)
    for similar in similar_plans(other_plans(session, version), plan):
        if not similar.changes:
            raise ConflictError(
                message(
                    "“{name}” has the same terms. Change a term, or comment on it instead.",
                    name=similar.name,
                )
            )
    open_variants = session.exec(
        select(Variant).where(Variant.proposal_id == version.proposal_id, col(Variant.withdrawn).is_(False))
    )
    if sum(is_owner(secret, variant, author_id) for variant in open_variants) >= MAX_OPEN:
        raise InvalidError(
            message("You already have {most} variants of this proposal. Withdraw one first.", most=MAX_OPEN)
        )
    variant = Variant(
        proposal_id=version.proposal_id,
        version=version.number,
        base_key=draft.base_key,
        author_id=None if draft.anonymous else author_id,
        owner_signature=owner_signature(secret, author_id),
        name=plan.name,
        text=draft.text,
        digest=plan.digest,
        reason=reason,
        published_on=people_queries.company_today(session),
    )
    session.add(variant)
    session.flush()
    index_variant(session, version.slug, variant)
    _notify(session, version, variant, author_id)
    return variant


def _notify(session: Session, version: VersionPage, variant: Variant, author_id: int) -> None:
    """Notify who is responsible for the proposal; an anonymous author is not named."""
    values = {
        "who": people_queries.name_of(session, author_id) if variant.author_id else "Anonymous",
        "title": version.title,
        "words": _notice_words(variant),
    }
    notification = Notification("variant", f"variant {variant.id}", _url(session, variant), values)
    people = document_queries.responsible_people(session, version.proposal_id)
    readers = document_queries.readers_of(session, version.redesign)
    people = people if readers is None else people & readers
    notification_service.notify(session, notification, people, variant.author_id)


def _checked_reason(text: str) -> str:
    """Return a reason as one line; raises InvalidError if it is empty or too long."""
    reason = " ".join(text.split())
    if not reason:
        raise InvalidError(message("Write one or two sentences about why your variant is better."))
    if len(reason) > MAX_REASON:
        raise InvalidError(
            message(
                "The reason is longer than {most} characters. Shorten it.",
                most=MAX_REASON,
            )
        )
    return reason


def index_variant(session: Session, slug: str, variant: Variant) -> None:
    """Add a variant to the search index, without its author."""
    plan = read_plan(variant.text)
    content = " ".join([variant.reason, plan.summary, *map(str, describe(plan))])
    address = f"/proposals/{slug}/variants/{document_queries.variant_key(variant)}"
    key = _search_key(variant)
    search_service.index(session, IndexEntry("variant", key, variant.proposal_id, address, variant.name, content))


def _search_key(variant: Variant) -> str:
    return f"{variant.proposal_id}/{document_queries.variant_key(variant)}"


def withdraw(session: Session, variant: Variant, author_id: int, secret: str) -> None:
    """Withdraw a variant; raises NotFoundError unless the person wrote it."""
    if not is_owner(secret, variant, author_id):
        raise NotFoundError
    variant.withdrawn = True
    search_service.remove(session, "variant", _search_key(variant))
    words = notification_service.shortened(_notice_words(variant))
    notification_service.remove_words(session, [_url(session, variant)], [words], notification_service.WITHDRAWN)
    session.add(variant)
    session.flush()


def _notice_words(variant: Variant) -> str:
    return f"{variant.name}: {variant.reason}"


def _url(session: Session, variant: Variant) -> str:
    slug = document_queries.slug_of(session, variant.proposal_id)
    return f"/proposals/{slug}/variants/{document_queries.VARIANT_PREFIX}{variant.id}"


def record_promotions(session: Session, version: Version) -> None:
    """Record which promoted variants a new version includes; the others wait for the next version."""
    pending = select(Variant).where(
        Variant.proposal_id == version.proposal_id, col(Variant.promoted_in) >= version.number
    )
    for variant in session.exec(pending):
        is_included = bool(variant.text) and (
            variant.text.strip() in version.markdown or f"### {variant.name}" in version.markdown
        )
        variant.promoted_in = version.number if is_included else version.number + 1
        session.add(variant)


def promote(session: Session, proposal: Proposal, variant: Variant, manager_id: int) -> Draft:
    """Add a variant, with credit, as the last candidate of a manager's draft, without publishing it.

    Raises ConflictError if the draft contains it already.
    """
    draft = document_queries.draft(session, proposal.id, manager_id)
    newest = document_queries.version(session, proposal.id, proposal.current)
    current = draft or newest
    markdown = current.markdown if current else ""
    if variant.text.strip() in markdown:
        raise ConflictError(message("This variant is already in your draft."))
    note = (draft.note if draft else "") or f"{variant.name}, proposed as a variant, is now a candidate."
    text = SubmittedText(
        current.title if current else proposal.title,
        with_candidate(markdown, variant.name, variant.text, _credit(session, variant)),
        note,
        draft.base if draft else proposal.current,
        draft.revision if draft else 0,
    )
    saved = document_service.save_draft(session, proposal, text, manager_id)
    variant.promoted_in = proposal.current + 1
    session.add(variant)
    session.flush()
    return saved


def _credit(session: Session, variant: Variant) -> str:
    """Return a line of Markdown that credits a variant's author, who may be anonymous."""
    author = people_queries.name_of(session, variant.author_id) if variant.author_id else ""
    proposed = f"Proposed by {author}" if author else "Proposed anonymously"
    return f"*{proposed} as a variant of version {variant.version}: {variant.reason}*"
