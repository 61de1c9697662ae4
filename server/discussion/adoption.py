"""What a version takes up: accepted comments, the block each has led to, and where that is read."""

from collections import Counter
from collections.abc import Collection
from functools import lru_cache

from sqlmodel import Session, col, select

from server.discussion.anchoring import candidate_of, read_blocks
from server.discussion.models import LEFT_OUT, Anchor, Comment, CommentState
from server.discussion.queries import candidate_letter
from server.documents import queries as document_queries
from server.documents.candidate_matching import successors
from server.documents.models import Version
from server.text.anchors import GONE, MIN_SIMILARITY


def accepted_not_adopted(session: Session, proposal_id: int) -> list[Comment]:
    """Return the comments that were accepted and are in no version yet, in order."""
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
    """Let a version take up accepted comments: the chosen ones, or those whose words or candidate it changed."""
    before = document_queries.version(session, version.proposal_id, version.number - 1)
    changed = _changed_candidates(session, before, version)
    text = before.markdown if before else ""
    then, now = (_words_under(session, one) for one in (before, version))
    taken = []
    for comment in accepted_not_adopted(session, version.proposal_id):
        key = comment.id or 0
        if comment.quote and not comment.term:
            moved_on = then.get(key) != now.get(key)
        else:
            moved_on = before is not None and candidate_letter(session, comment, before.id or 0) in changed
        moved_on = moved_on or is_adopted(comment, version.markdown, text)
        if moved_on if chosen is None else comment.ulid in chosen:
            comment.in_version = version.number
            comment.in_block = block_of_answer(session, comment, version)
            session.add(comment)
            taken.append(comment)
    session.flush()
    return taken


def link_to_block(session: Session, proposal_id: int) -> None:
    """Link the comments that name the version which took them up, but no block of it, to that block."""
    statement = (
        select(Comment, Version)
        .join(
            Version,
            (col(Version.proposal_id) == col(Comment.proposal_id)) & (col(Version.number) == col(Comment.in_version)),
        )
        .where(Comment.proposal_id == proposal_id, col(Comment.in_block).is_(None))
    )
    for comment, version in session.exec(statement).all():
        comment.in_block = block_of_answer(session, comment, version)
        session.add(comment)
    session.flush()


def block_of_answer(session: Session, comment: Comment, version: Version) -> int | None:
    """Return the block of a version that a comment has led to.

    That is the one with the words that were written for it, else the one that it stands on, else its candidate's
    plan; None where it left something out, or nothing says where.
    """
    if comment.planned.startswith(LEFT_OUT):
        return None
    blocks = read_blocks(version.markdown)
    if (found := _most_like(comment.planned, version.markdown)) is not None:
        return found
    here = session.get(Anchor, (version.id, comment.id))
    if here is not None and here.block is not None and here.state != GONE:
        return here.block
    structure = candidate_of(session, version, here.candidate if here and here.candidate else comment.candidate)
    if structure is None:
        return None
    plans = [number for number, block in enumerate(blocks) if block.kind == "plan"]
    return next(iter(plans[structure.position : structure.position + 1]), None)


def block_url(session: Session, version: Version, number: int | None) -> str:
    """Return what is put behind a version's address to go to one of its blocks; a candidate's plan is its card."""
    blocks = read_blocks(version.markdown)
    if number is None or number >= len(blocks):
        return ""
    if blocks[number].kind != "plan":
        return f"#b{number}"
    position = sum(block.kind == "plan" for block in blocks[:number])
    return next(
        (
            f"#candidate-{one.key}"
            for one in document_queries.candidates(session, version.id or 0)
            if one.position == position
        ),
        "",
    )


@lru_cache(maxsize=8)
def _text_of(markdown: str) -> tuple[Counter[str], ...]:
    """Count the words of every block of a text once."""
    return tuple(Counter(block.text.split()) for block in read_blocks(markdown))


def _most_like(planned: str, markdown: str) -> int | None:
    """Return the block with some words, or the one that kept most of them while the draft was written on."""
    if not planned.strip():
        return None
    same = next((number for number, block in enumerate(read_blocks(markdown)) if block.text == planned), None)
    if same is not None:
        return same
    words = planned.split()
    counted = Counter(words)
    shares = [sum(min(count, there[word]) for word, count in counted.items()) for there in _text_of(markdown)]
    best = max(range(len(shares)), key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] >= MIN_SIMILARITY * len(words) else None


def is_adopted(comment: Comment, markdown: str, before: str) -> bool:
    """Say whether a text has what was written for an accepted comment and the one before has not, or leaves it out."""
    if comment.planned.startswith(LEFT_OUT):
        return all(block.text != comment.planned.removeprefix(LEFT_OUT) for block in read_blocks(markdown))
    found = _most_like(comment.planned, markdown)
    return found is not None and read_blocks(markdown)[found].key not in {block.key for block in read_blocks(before)}


def _words_under(session: Session, version: Version | None) -> dict[int, str]:
    """Return by comment the whole block it stands on in a version: what is said on words may change around them."""
    if version is None:
        return {}
    blocks = read_blocks(version.markdown)
    statement = select(Anchor).where(Anchor.version_id == version.id, col(Anchor.block).is_not(None))
    return {one.comment_id: blocks[one.block or 0].text for one in session.exec(statement)}


def _changed_candidates(session: Session, before: Version | None, version: Version) -> set[str]:
    """Return the letters, as they were before, of the candidates that a version changed or left out."""
    if before is None:
        return set()
    both = document_queries.candidates_of(session, [before.id or 0, version.id or 0])
    old, new = both[before.id or 0], {one.key: one.digest for one in both[version.id or 0]}
    heirs = successors(old, both[version.id or 0])
    return {one.key for one in old if new.get(heirs.get(one.key, "")) != one.digest}
