"""Decisions about variants: publishing, near copies, withdrawing, and promoting one into the next version."""

import hashlib
import hmac
from dataclasses import dataclass

from sqlmodel import Session, select

from server.comp.diff import Change, diff
from server.comp.plan import Plan
from server.comp.reader import read_plan
from server.comp.wording import say
from server.db.columns import now
from server.errors import ConflictError, InvalidError, NotFoundError
from server.people import queries as people
from server.proposals import queries as proposals
from server.proposals import service as proposing
from server.proposals.models import Draft, Proposal, Variant
from server.proposals.queries import Edition
from server.proposals.service import Text

LONGEST_REASON = 600
MOST_OPEN = 5
"""Variants that one person may have published beside each other on a proposal."""
NEAR = 1
"""A variant that differs from another in so many terms is nearly a copy of it."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A variant to publish."""

    base_key: str
    text: str
    reason: str
    anonymous: bool


@dataclass(frozen=True, slots=True)
class Near:
    """Something that a variant is nearly a copy of: its key, name, and how they differ."""

    key: str
    name: str
    changes: tuple[Change, ...]


def owner_mark(secret: str, proposal_id: int, person_id: int) -> str:
    """Return what recognises an author: it cannot be turned back without the server's secret."""
    words = f"variant {proposal_id} {person_id}"
    return hmac.new(secret.encode(), words.encode(), hashlib.sha256).hexdigest()


def base_text(session: Session, edition: Edition, key: str) -> str:
    """Return the plan that a variant starts from: today's, a candidate's, or another variant's."""
    if key == "today":
        plan = proposals.plan_in_force(session)
        if plan is not None:
            return plan.text
    structure = next((s for s in proposals.structures(session, edition.version_id) if s.key == key), None)
    if structure is not None:
        return structure.text
    other = proposals.variant(session, edition.proposal_id, key)
    if other is None:
        raise NotFoundError
    return other.text


def near_copies(session: Session, edition: Edition, plan: Plan) -> list[Near]:
    """Return the candidates and variants that a plan hardly differs from, the nearest first."""
    others = [(s.key, s.name, s.text) for s in proposals.structures(session, edition.version_id)]
    others += [(proposals.variant_key(v), v.name, v.text) for v, _ in proposals.variants(session, edition.proposal_id)]
    found = []
    for key, name, text in others:
        changes = [change for change in diff(read_plan(text), plan) if change.material]
        if len(changes) <= NEAR:
            found.append(Near(key, name, tuple(changes)))
    return sorted(found, key=lambda near: len(near.changes))


def publish(session: Session, edition: Edition, proposed: Proposed, author_id: int, secret: str) -> Variant:
    """Publish a variant; raises PlanError, InvalidError when the reason is missing, or ConflictError for a copy."""
    plan = read_plan(proposed.text)
    reason = " ".join(proposed.reason.split())
    if not reason:
        raise InvalidError(say("Say in a sentence or two why it is better."))
    if len(reason) > LONGEST_REASON:
        raise InvalidError(say("The reason is longer than {most} characters. Shorten it.", most=LONGEST_REASON))
    for near in near_copies(session, edition, plan):
        if not near.changes:
            raise ConflictError(
                say("“{name}” says the same already. Change a term, or comment on it there.", name=near.name)
            )
    mark = owner_mark(secret, edition.proposal_id, author_id)
    own = session.exec(
        select(Variant).where(Variant.proposal_id == edition.proposal_id, Variant.owner_mark == mark)
    ).all()
    if sum(not variant.withdrawn for variant in own) >= MOST_OPEN:
        raise InvalidError(say("You have {most} variants here already. Withdraw one first.", most=MOST_OPEN))
    made = Variant(
        proposal_id=edition.proposal_id, version=edition.number, base_key=proposed.base_key,
        author_id=None if proposed.anonymous else author_id, owner_mark=mark, name=plan.name, text=proposed.text,
        digest=plan.digest, reason=reason, published_on=now().date(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def withdraw(session: Session, found: Variant, author_id: int, secret: str) -> None:
    """Take one's own variant back; raises NotFoundError for anybody else's."""
    if not hmac.compare_digest(found.owner_mark, owner_mark(secret, found.proposal_id, author_id)):
        raise NotFoundError
    found.withdrawn = True
    session.add(found)
    session.flush()


def promote(session: Session, proposal: Proposal, found: Variant, manager_id: int) -> Draft:
    """Put a variant at the end of the manager's draft as the next candidate, with credit; publishing it is theirs."""
    draft = proposals.draft(session, proposal.id or 0, manager_id)
    newest = proposals.version(session, proposal.id or 0, proposal.current)
    markdown = draft.markdown if draft else newest.markdown if newest else ""
    if found.text.strip() in markdown:
        raise ConflictError(say("This variant stands in your draft already."))
    author = people.name_of(session, found.author_id) if found.author_id else ""
    credit = (
        f"*Proposed by {author} as a variant of version {found.version}: {found.reason}*"
        if author
        else f"*Proposed anonymously as a variant of version {found.version}: {found.reason}*"
    )
    title = draft.title if draft else newest.title if newest else proposal.title
    block = f"\n\n### {found.name}\n\n{credit}\n\n```plan\n{found.text.strip()}\n```\n"
    note = (draft.note if draft else "") or f"{found.name}, proposed as a variant, is a candidate now."
    text = Text(
        title,
        markdown.rstrip() + block,
        note,
        draft.base if draft else proposal.current,
        draft.revision if draft else 0,
    )
    kept = proposing.save_draft(session, proposal, text, manager_id)
    found.promoted_in = proposal.current + 1
    session.add(found)
    session.flush()
    return kept
