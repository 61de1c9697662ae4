"""Inclusion of accepted comments in versions, and the block of a version that includes each."""

from collections import Counter
from collections.abc import Collection
from functools import lru_cache

from sqlmodel import Session, col, select

from server.discussion.anchoring import candidate_of, read_blocks
from server.discussion.models import LEFT_OUT, Anchor, Comment, CommentState
from server.discussion.queries import candidate_key
from server.documents import queries as document_queries
from server.documents.candidate_matching import successors
from server.documents.models import Version
from server.text.anchors import GONE
from server.text.word_search import MIN_SIMILARITY


def accepted_not_included(session: Session, proposal_id: int) -> list[Comment]:
    """Return the accepted comments that no version includes yet, oldest first."""
    statement = select(Comment).where(
        Comment.proposal_id == proposal_id,
        Comment.state == CommentState.accepted,
        col(Comment.in_version).is_(None),
        col(Comment.deleted_at).is_(None),
        col(Comment.hidden_at).is_(None),
        col(Comment.parent_id).is_(None),
    )
    return list(session.exec(statement.order_by(col(Comment.id))))


def adopt(session: Session, version: Version, chosen: Collection[str] | None = None) -> list[Comment]:
    """Include accepted comments in a new version and return them.

    They are the chosen ones by ulid, or by default those whose block or candidate the version changed.
    """
    before = document_queries.version(session, version.proposal_id, version.number - 1)
    changed_candidates = _changed_candidates(session, before, version)
    markdown_before = before.markdown if before else ""
    texts_before, texts = _anchored_texts(session, before), _anchored_texts(session, version)
    included = []
    for comment in accepted_not_included(session, version.proposal_id):
        comment_id = comment.id
        if chosen is not None:
            is_included = comment.ulid in chosen
        elif is_included_in(comment, version.markdown, markdown_before):
            is_included = True
        elif comment.quote and not comment.term:
            is_included = texts_before.get(comment_id) != texts.get(comment_id)
        else:
            is_included = before is not None and candidate_key(session, comment, before.id) in changed_candidates
        if is_included:
            comment.in_version = version.number
            comment.in_block = resolution_block(session, comment, version)
            session.add(comment)
            included.append(comment)
    session.flush()
    return included


def link_to_blocks(session: Session, proposal_id: int) -> None:
    """Find the block of comments whose version is known and whose block is not, such as imported ones."""
    statement = (
        select(Comment, Version)
        .join(
            Version,
            (col(Version.proposal_id) == col(Comment.proposal_id)) & (col(Version.number) == col(Comment.in_version)),
        )
        .where(Comment.proposal_id == proposal_id, col(Comment.in_block).is_(None))
    )
    for comment, version in session.exec(statement).all():
        comment.in_block = resolution_block(session, comment, version)
        session.add(comment)
    session.flush()


def resolution_block(session: Session, comment: Comment, version: Version) -> int | None:
    """Return the number of the block of a version that includes a comment.

    It is the block with the text written for it, else the one it is anchored to, else its candidate's plan. Return
    None if the comment deleted a block, or if nothing tells where it is.
    """
    if comment.planned.startswith(LEFT_OUT):
        return None
    if (number := _most_similar_block(comment.planned, version.markdown)) is not None:
        return number
    anchor = session.get(Anchor, (version.id, comment.id))
    if anchor is not None and anchor.block is not None and anchor.state != GONE:
        return anchor.block
    key = anchor.candidate if anchor and anchor.candidate else comment.candidate
    candidate = candidate_of(session, version, key)
    if candidate is None:
        return None
    plans = [number for number, block in enumerate(read_blocks(version.markdown)) if block.kind == "plan"]
    return plans[candidate.position] if candidate.position < len(plans) else None


def block_url(session: Session, version: Version, number: int | None) -> str:
    """Return the URL fragment of a block of a version; for a candidate's plan, of its card; empty for no block."""
    blocks = read_blocks(version.markdown)
    if number is None or number >= len(blocks):
        return ""
    if blocks[number].kind != "plan":
        return f"#b{number}"
    position = sum(block.kind == "plan" for block in blocks[:number])
    for candidate in document_queries.candidates(session, version.id):
        if candidate.position == position:
            return f"#candidate-{candidate.key}"
    return ""


@lru_cache(maxsize=8)
def _word_counts(markdown: str) -> tuple[Counter[str], ...]:
    """Return the number of each word in each block of a text."""
    return tuple(Counter(block.text.split()) for block in read_blocks(markdown))


def _most_similar_block(planned: str, markdown: str) -> int | None:
    """Return the block with a text, or the one that has most of its words if the draft was edited further."""
    if not planned.strip():
        return None
    for number, block in enumerate(read_blocks(markdown)):
        if block.text == planned:
            return number
    words = planned.split()
    counts = Counter(words)
    common = [
        sum(min(count, block_counts[word]) for word, count in counts.items()) for block_counts in _word_counts(markdown)
    ]
    best = max(range(len(common)), key=common.__getitem__, default=None)
    return best if best is not None and common[best] >= MIN_SIMILARITY * len(words) else None


def is_included_in(comment: Comment, markdown: str, before: str) -> bool:
    """Return whether a text includes what was written for an accepted comment and the text before does not.

    For a comment that deletes a block, return whether the text does not have the block.
    """
    blocks = read_blocks(markdown)
    if comment.planned.startswith(LEFT_OUT):
        return all(block.text != comment.planned.removeprefix(LEFT_OUT) for block in blocks)
    number = _most_similar_block(comment.planned, markdown)
    return number is not None and blocks[number].key not in {block.key for block in read_blocks(before)}


def _anchored_texts(session: Session, version: Version | None) -> dict[int, str]:
    """Return by comment the text of the whole block it is anchored to: a change around the quote counts too."""
    if version is None:
        return {}
    blocks = read_blocks(version.markdown)
    statement = select(Anchor).where(Anchor.version_id == version.id, col(Anchor.block).is_not(None))
    return {anchor.comment_id: blocks[anchor.block or 0].text for anchor in session.exec(statement)}


def _changed_candidates(session: Session, before: Version | None, version: Version) -> set[str]:
    """Return the keys in the version before of the candidates that a version changed or removed."""
    if before is None:
        return set()
    candidates = document_queries.candidates_of(session, [before.id, version.id])
    old, new = candidates[before.id], candidates[version.id]
    digests = {candidate.key: candidate.digest for candidate in new}
    new_keys = successors(old, new)
    return {candidate.key for candidate in old if digests.get(new_keys.get(candidate.key, "")) != candidate.digest}
