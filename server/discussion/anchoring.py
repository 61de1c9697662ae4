"""Setting comments on words, blocks and terms, and following them into every version that comes out."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sqlmodel import Session, col, select

from server.comp.analysis.describe import terms_table
from server.comp.language.diagnostics import PlanError
from server.comp.load import read_plan
from server.discussion.models import NOT_ANCHORED, Anchor, Comment
from server.documents import queries as document_queries
from server.documents.candidate_matching import successors
from server.documents.models import Version
from server.documents.queries import CandidateView
from server.errors import InvalidError
from server.messages import message
from server.text.anchors import EDITED, EXACT, GONE, MOVED, Reanchored, Reanchorer, TextRange
from server.text.blocks import Block, blocks_of

MAX_QUOTE = 600
_SURE = 100


@dataclass(frozen=True, slots=True)
class Selection:
    """What somebody marked: words of a block, about `at` characters into it, the whole block, or a term's label."""

    block: int | None = None
    quote: str = ""
    at: int = 0
    term: str = ""

    @property
    def is_anything(self) -> bool:
        """Whether anything is marked at all."""
        return self.block is not None or bool(self.term)


@lru_cache(maxsize=32)
def read_blocks(markdown: str) -> tuple[Block, ...]:
    """Read a version's text once: it never changes."""
    return blocks_of(markdown)


def find_range(markdown: str, marked: Selection) -> tuple[TextRange, str]:
    """Return the characters that were marked, and their words; raises InvalidError when they are not there."""
    blocks = read_blocks(markdown)
    if marked.block is None or marked.block >= len(blocks):
        raise InvalidError(message("This part of the text is not in this version. Choose it again."))
    if blocks[marked.block].kind in {"plan", "rule"}:
        raise InvalidError(message("Comment on the candidate, or on one of its terms."))
    text = blocks[marked.block].text
    words = marked.quote.split()
    if not words:
        return TextRange(marked.block, 0, len(text)), text[:MAX_QUOTE]
    places = list(re.finditer(r"\s+".join(map(re.escape, words)), text))
    if not places:
        raise InvalidError(
            message("These words are not in this part of the text. Copy them from it, or leave them out.")
        )
    nearest = min(places, key=lambda place: abs(place.start() - marked.at))
    return TextRange(marked.block, *nearest.span()), nearest[0][:MAX_QUOTE]


def selection_of_quote(markdown: str, quote: str) -> Selection:
    """Return the first place of some words in a text; raises InvalidError when they are not there."""
    for number in range(len(read_blocks(markdown))):
        with suppress(InvalidError):
            return Selection(number, find_range(markdown, Selection(number, quote))[1])
    raise InvalidError(message("“{words}” is not in the text.", words=quote))


def term_labels(text: str) -> dict[str, str]:
    """Return the values of a plan's terms by their labels, as English words; nothing of a plan that cannot be read."""
    try:
        return {str(label): str(value) for label, value in terms_table(read_plan(text))}
    except PlanError:
        return {}


def attach(session: Session, comment: Comment, version: Version, marked: Selection) -> None:
    """Set a comment on what was marked in a version, and carry it on to the newest one; raises InvalidError."""
    if marked.term:
        structure = candidate_of(session, version, comment.candidate)
        if structure is None or marked.term not in term_labels(structure.text):
            raise InvalidError(message("This term is not part of the candidate. Choose it again."))
        comment.term, comment.quote = marked.term, term_labels(structure.text)[marked.term][:MAX_QUOTE]
        here = Anchor(version_id=version.id or 0, comment_id=comment.id or 0, candidate=structure.key, state=EXACT)
    else:
        spot, comment.quote = find_range(version.markdown, marked)
        comment.block, comment.start, comment.end = spot.block, spot.start, spot.end
        here = _placement(version, comment, Reanchored(EXACT, spot))
        if comment.candidate and candidate_of(session, version, comment.candidate):
            here.candidate = comment.candidate
    comment.anchored_in = version.id
    session.add_all([comment, here])
    session.flush()


def attach_to_candidate(session: Session, comment: Comment, version: Version) -> bool:
    """Set a comment on a candidate as a whole, so that it follows it to whichever letter; not one on a variant."""
    if candidate_of(session, version, comment.candidate) is None:
        return False
    comment.anchored_in = version.id
    here = Anchor(version_id=version.id or 0, comment_id=comment.id or 0, candidate=comment.candidate, state=EXACT)
    session.add_all([comment, here])
    session.flush()
    return True


def _seat_older(session: Session, newer: Version) -> None:
    """Set comments on candidates that were said before they were followed on the version they were said on."""
    statement = (
        select(Comment, Version)
        .join(
            Version, (col(Version.proposal_id) == col(Comment.proposal_id)) & (col(Version.number) == Comment.version)
        )
        .where(
            Comment.proposal_id == newer.proposal_id,
            Comment.candidate != "",
            col(Comment.anchored_in).is_(None),
            Comment.version < newer.number,
            Comment.term == "",
            col(Comment.block).is_(None),
            col(Comment.parent_id).is_(None),
            col(Comment.deleted_at).is_(None),
        )
    )
    for comment, version in session.exec(statement).all():
        attach_to_candidate(session, comment, version)


def candidate_of(session: Session, version: Version, key: str) -> CandidateView | None:
    """Return a candidate of a version by its key."""
    return next((one for one in document_queries.candidates(session, version.id or 0) if one.key == key), None)


def _placement(version: Version, comment: Comment, placed: Reanchored) -> Anchor:
    spot = placed.range
    return Anchor(
        version_id=version.id or 0,
        comment_id=comment.id or 0,
        state=placed.state,
        similarity=placed.similarity,
        block=spot.block if spot else None,
        start=spot.start if spot else None,
        end=spot.end if spot else None,
    )


def reanchor(session: Session, version: Version, only: Comment | None = None) -> int:
    """Place every comment that stands on something in a version that has come out; returns how many were placed.

    Each is followed from the newest version it was placed in, so that one whose words come back comes back with them.
    """
    if only is None:
        _seat_older(session, version)
    statement = (
        select(Comment, Anchor)
        .join(
            Anchor,
            (col(Anchor.comment_id) == col(Comment.id)) & (col(Anchor.version_id) == col(Comment.anchored_in)),
        )
        .where(
            Comment.proposal_id == version.proposal_id,
            Comment.anchored_in != version.id,
            col(Comment.deleted_at).is_(None),
        )
    )
    if only is not None:
        statement = statement.where(Comment.id == only.id)
    by_version: dict[int, list[tuple[Comment, Anchor]]] = defaultdict(list)
    for comment, placement in session.exec(statement):
        by_version[placement.version_id].append((comment, placement))
    made = [
        made
        for before_id, seated in by_version.items()
        if (before := session.get(Version, before_id))
        for made in _followed(session, before, version, seated)
    ]
    session.add_all(made)
    session.flush()
    return sum(one.state != GONE for one in made)


def preview_reanchoring(session: Session, newest: Version, markdown: str) -> dict[int, str]:
    """Return by comment what would become of those on words of the newest version if a text came out."""
    follower = Reanchorer(read_blocks(newest.markdown), blocks_of(markdown))
    statement = (
        select(Anchor)
        .join(Comment, col(Comment.id) == col(Anchor.comment_id))
        .where(Anchor.version_id == newest.id, col(Anchor.block).is_not(None), col(Comment.deleted_at).is_(None))
    )
    return {
        one.comment_id: follower.place(TextRange(one.block or 0, one.start or 0, one.end or 0)).state
        for one in session.exec(statement)
    }


def reattach(session: Session, proposal_id: int) -> None:
    """Place the comments that came with their proposal from elsewhere, version by version."""
    statement = select(Comment).where(
        Comment.proposal_id == proposal_id,
        (col(Comment.candidate) != "") | col(Comment.block).is_not(None),
        col(Comment.parent_id).is_(None),
    )
    by_version: dict[int, list[Comment]] = defaultdict(list)
    for comment in session.exec(statement):
        by_version[comment.version].append(comment)
    versions = select(Version).where(Version.proposal_id == proposal_id).order_by(col(Version.number))
    for version in session.exec(versions):
        reanchor(session, version)
        for comment in by_version[version.number]:
            marked = Selection(comment.block, comment.quote, comment.start or 0, comment.term)
            with suppress(InvalidError):  # a file may say anything: what is not in the text stands on the whole
                if marked.is_anything:
                    attach(session, comment, version, marked)
                elif comment.anchored_in is None:
                    attach_to_candidate(session, comment, version)


def _followed(
    session: Session, before: Version, after: Version, seated: Iterable[tuple[Comment, Anchor]]
) -> list[Anchor]:
    follower = Reanchorer(read_blocks(before.markdown), read_blocks(after.markdown))
    # What was gone already is not looked for again, only for an older text that came back.
    place = follower.place if before.number == after.number - 1 else follower.place_as_it_was
    candidates = _Candidates(session, before, after)
    made = []
    for comment, was in seated:
        if comment.term or was.block is None:
            one = candidates.placement(comment, was)
        else:
            placed = place(TextRange(was.block or 0, was.start or 0, was.end or 0))
            one = _placement(after, comment, _since_it_was_said(placed, comment, was, read_blocks(after.markdown)))
            one.candidate = candidates.letter(was)
        if one.state != GONE:
            comment.anchored_in = after.id
            session.add(comment)
        made.append(one)
    return made


def _since_it_was_said(placed: Reanchored, comment: Comment, was: Anchor, blocks: Sequence[Block]) -> Reanchored:
    """Say what became of the words since somebody marked them, not only since the version before."""
    spot = placed.range
    if spot is None:
        return placed
    if was.state == MOVED and was.similarity < _SURE:
        return Reanchored(MOVED, spot, was.similarity)  # nobody has looked yet
    if placed.state == MOVED:
        return placed
    same = blocks[spot.block].text[spot.start : spot.end][:MAX_QUOTE] == comment.quote
    return Reanchored(EXACT, spot) if same else Reanchored(EDITED, spot, min(placed.similarity, was.similarity))


class _Candidates:
    """Follows comments on candidates and their terms, and says which candidate one on words is about by now."""

    def __init__(self, session: Session, before: Version, after: Version) -> None:
        self._session, self._before, self._after = session, before, after
        self._values: dict[str, dict[str, str]] = {}

    @cached_property
    def _new(self) -> dict[str, CandidateView]:
        return {one.key: one for one in document_queries.candidates(self._session, self._after.id or 0)}

    @cached_property
    def _heirs(self) -> dict[str, str]:
        return successors(document_queries.candidates(self._session, self._before.id or 0), list(self._new.values()))

    def letter(self, was: Anchor) -> str:
        """Return the key of the candidate that a comment on words is about, `NOWHERE` if it is gone."""
        return self._heirs.get(was.candidate, NOT_ANCHORED) if was.candidate else ""

    def placement(self, comment: Comment, was: Anchor) -> Anchor:
        """Return where a comment on a candidate or term stands now."""
        gone = Anchor(version_id=self._after.id or 0, comment_id=comment.id or 0, state=GONE, similarity=0)
        here = self._new.get(self._heirs.get(was.candidate, ""))
        if here is None:
            return gone
        if here.key not in self._values:
            self._values[here.key] = term_labels(here.text)
        value = self._values[here.key].get(comment.term) if comment.term else comment.quote
        if value is None:
            return gone
        same = value[:MAX_QUOTE] == comment.quote
        state = MOVED if here.key != was.candidate else EXACT if same else EDITED
        return Anchor(
            version_id=self._after.id or 0,
            comment_id=comment.id or 0,
            candidate=here.key,
            state=state,
            similarity=100 if same else 50,
        )
