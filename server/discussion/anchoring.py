"""Anchors: attach comments to text, blocks, terms and candidates, and re-anchor them in every new version."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sqlmodel import Session, col, select

from server.comp import PlanError, read_plan
from server.comp.analysis.terms import PlanTerm, terms_table
from server.discussion.models import NOT_ANCHORED, Anchor, Comment
from server.documents import queries as document_queries
from server.documents.candidate_matching import successors
from server.documents.models import Version
from server.documents.queries import CandidateView
from server.errors import InvalidError
from server.messages import message
from server.text.anchors import EDITED, EXACT, GONE, MOVED, Reanchored, Reanchorer, TextRange
from server.text.blocks import Block, blocks_of
from server.text.tokens import whole_words

MAX_QUOTE = 600
_SAME, _CHANGED = 100, 50
"""Similarity of a value that is the same, and of one that is another."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What the browser sent: a quote in a block, about `at` characters into it, the whole block, or a term's path."""

    block: int | None = None
    quote: str = ""
    at: int = 0
    term: str = ""

    @property
    def is_anything(self) -> bool:
        """Whether anything is selected."""
        return self.block is not None or bool(self.term)


@lru_cache(maxsize=32)
def read_blocks(markdown: str) -> tuple[Block, ...]:
    """Return the blocks of a version's text, which never changes."""
    return blocks_of(markdown)


@dataclass(frozen=True, slots=True)
class QuotedText:
    """A selection in whole words: its range and text, and the parts of cut words that were added on either side."""

    range: TextRange
    quote: str
    added_before: str = ""
    added_after: str = ""


def find_quote(markdown: str, selection: Selection) -> QuotedText:
    """Return the text that was selected, in whole words; raises InvalidError if it is not in the text."""
    blocks = read_blocks(markdown)
    if selection.block is None or selection.block >= len(blocks):
        raise InvalidError(message("This part of the text is not in this version. Select it again."))
    if blocks[selection.block].kind in {"plan", "rule"}:
        raise InvalidError(message("Comment on the candidate or on one of its terms instead."))
    text = blocks[selection.block].text
    words = selection.quote.split()
    if not words:
        return QuotedText(TextRange(selection.block, 0, len(text)), text[:MAX_QUOTE])
    pattern = r"\s+".join(map(re.escape, words))
    matches = list(re.finditer(f"(?=({pattern}))", text))  # also those that overlap: “a a a” has “a a” twice
    if not matches:
        raise InvalidError(message("The quoted text is not in this part. Copy it from the text, or leave it empty."))
    nearest = min(matches, key=lambda match: abs(match.start(1) - selection.at))
    start, end = whole_words(text, *nearest.span(1))
    return QuotedText(
        TextRange(selection.block, start, end),
        text[start:end][:MAX_QUOTE],
        text[start : nearest.start(1)],
        text[nearest.end(1) : end],
    )


def selection_of_quote(markdown: str, quote: str) -> Selection:
    """Return the first place of a quote in a text; raises InvalidError if there is none."""
    for number in range(len(read_blocks(markdown))):
        with suppress(InvalidError):
            return Selection(number, find_quote(markdown, Selection(number, quote)).quote)
    raise InvalidError(message("“{quote}” is not in the text.", quote=quote))


@lru_cache(maxsize=128)
def terms_by_path(text: str) -> dict[str, PlanTerm]:
    """Return the terms of a plan by path; none if the plan cannot be read."""
    try:
        return {term.path: term for term in terms_table(read_plan(text))}
    except PlanError:
        return {}


def term_path(text: str, name: str) -> str:
    """Return the path of a plan's term by its path, or by its label, as pages of release 0.1 name it."""
    terms = terms_by_path(text)
    labelled = (path for path, term in terms.items() if str(term.label) == name)
    return name if name in terms else next(labelled, name)


def term_value(text: str, path: str) -> str | None:
    """Return the value of a plan's term as English text, or None if the plan does not have it."""
    term = terms_by_path(text).get(path)
    return str(term.value) if term else None


def attach(session: Session, comment: Comment, version: Version, selection: Selection) -> None:
    """Attach a comment to what was selected in a version; raises InvalidError if it is not there."""
    if selection.term:
        candidate = candidate_of(session, version, comment.candidate)
        path = term_path(candidate.text, selection.term) if candidate else ""
        value = term_value(candidate.text, path) if candidate else None
        if candidate is None or value is None:
            raise InvalidError(message("This term is not part of the candidate. Choose it again."))
        comment.term, comment.quote = path, value[:MAX_QUOTE]
        anchor = Anchor(version_id=version.id, comment_id=comment.id, candidate=candidate.key, state=EXACT)
    else:
        quoted = find_quote(version.markdown, selection)
        text_range, comment.quote = quoted.range, quoted.quote
        if comment.suggestion is not None:  # the anchor covers whole words, so the suggestion must too
            comment.suggestion = f"{quoted.added_before}{comment.suggestion}{quoted.added_after}"
        comment.block, comment.start, comment.end = text_range.block, text_range.start, text_range.end
        anchor = _anchor(version, comment, Reanchored(EXACT, text_range))
        if comment.candidate and candidate_of(session, version, comment.candidate):
            anchor.candidate = comment.candidate
    comment.anchored_in = version.id
    session.add_all([comment, anchor])
    session.flush()


def attach_to_candidate(session: Session, comment: Comment, version: Version) -> bool:
    """Attach a comment to a whole candidate, whatever its letter becomes; return False for one on a variant."""
    if candidate_of(session, version, comment.candidate) is None:
        return False
    comment.anchored_in = version.id
    anchor = Anchor(version_id=version.id, comment_id=comment.id, candidate=comment.candidate, state=EXACT)
    session.add_all([comment, anchor])
    session.flush()
    return True


def _attach_unanchored(session: Session, newer: Version) -> None:
    """Attach comments on candidates from before such comments were anchored."""
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
    candidates = document_queries.candidates(session, version.id)
    return next((candidate for candidate in candidates if candidate.key == key), None)


def _anchor(version: Version, comment: Comment, reanchored: Reanchored) -> Anchor:
    text_range = reanchored.range
    return Anchor(
        version_id=version.id,
        comment_id=comment.id,
        state=reanchored.state,
        similarity=reanchored.similarity,
        block=text_range.block if text_range else None,
        start=text_range.start if text_range else None,
        end=text_range.end if text_range else None,
    )


def reanchor(session: Session, version: Version, only: Comment | None = None) -> int:
    """Re-anchor every comment in a new version; return how many still have an anchor.

    Each is followed from the newest version that it was anchored in, so text that comes back gets its comments back.
    """
    if only is None:
        _attach_unanchored(session, version)
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
    for comment, anchor in session.exec(statement):
        by_version[anchor.version_id].append((comment, anchor))
    anchors = [
        anchor
        for earlier_id, anchored in by_version.items()
        if (earlier := session.get(Version, earlier_id))
        for anchor in _reanchored(session, earlier, version, anchored)
    ]
    session.add_all(anchors)
    session.flush()
    return sum(anchor.state != GONE for anchor in anchors)


def preview_reanchoring(session: Session, newest: Version, markdown: str) -> dict[int, str]:
    """Return by comment the state its anchor would have if a text were published."""
    reanchorer = Reanchorer(read_blocks(newest.markdown), blocks_of(markdown))
    statement = (
        select(Anchor)
        .join(Comment, col(Comment.id) == col(Anchor.comment_id))
        .where(Anchor.version_id == newest.id, col(Anchor.block).is_not(None), col(Comment.deleted_at).is_(None))
    )
    return {anchor.comment_id: reanchorer.place(_range_of(anchor)).state for anchor in session.exec(statement)}


def reattach(session: Session, proposal_id: int) -> None:
    """Attach the comments of an imported proposal, version by version."""
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
            selection = Selection(comment.block, comment.quote, comment.start or 0, comment.term)
            with suppress(InvalidError):  # a file may say anything: what is not in the text has no anchor
                if selection.is_anything:
                    attach(session, comment, version, selection)
                elif comment.anchored_in is None:
                    attach_to_candidate(session, comment, version)


def _reanchored(
    session: Session, earlier: Version, later: Version, anchored: Iterable[tuple[Comment, Anchor]]
) -> list[Anchor]:
    reanchorer = Reanchorer(read_blocks(earlier.markdown), read_blocks(later.markdown))
    # What was gone in between is not searched for again: only its exact text brings it back.
    reanchor = reanchorer.place if earlier.number == later.number - 1 else reanchorer.place_in_identical_block
    candidates = _CandidateAnchors(session, earlier, later)
    anchors = []
    for comment, previous in anchored:
        if comment.term or previous.block is None:
            anchor = candidates.reanchor(comment, previous)
        else:
            result = reanchor(_range_of(previous))
            anchor = _anchor(later, comment, _since_comment(result, comment, previous, read_blocks(later.markdown)))
            anchor.candidate = candidates.key(previous)
        if anchor.state != GONE:
            comment.anchored_in = later.id
            session.add(comment)
        anchors.append(anchor)
    return anchors


def _range_of(anchor: Anchor) -> TextRange:
    return TextRange(anchor.block or 0, anchor.start or 0, anchor.end or 0)


def _since_comment(reanchored: Reanchored, comment: Comment, previous: Anchor, blocks: Sequence[Block]) -> Reanchored:
    """Return what became of the text since it was commented on, not only since the version before."""
    text_range = reanchored.range
    if text_range is None:
        return reanchored
    if previous.state == MOVED and previous.similarity < _SAME:
        return Reanchored(MOVED, text_range, previous.similarity)  # no one has checked it yet
    if reanchored.state == MOVED:
        return reanchored
    text = blocks[text_range.block].text[text_range.start : text_range.end]
    if text[:MAX_QUOTE] == comment.quote:
        return Reanchored(EXACT, text_range)
    return Reanchored(EDITED, text_range, min(reanchored.similarity, previous.similarity))


class _CandidateAnchors:
    """Re-anchors comments on candidates and their terms."""

    def __init__(self, session: Session, earlier: Version, later: Version) -> None:
        self._session, self._earlier, self._later = session, earlier, later

    @cached_property
    def _candidates(self) -> dict[str, CandidateView]:
        candidates = document_queries.candidates(self._session, self._later.id)
        return {candidate.key: candidate for candidate in candidates}

    @cached_property
    def _successors(self) -> dict[str, str]:
        earlier = document_queries.candidates(self._session, self._earlier.id)
        return successors(earlier, list(self._candidates.values()))

    def key(self, previous: Anchor) -> str:
        """Return the key of the candidate that a comment on text is about, or NOT_ANCHORED if it is gone."""
        return self._successors.get(previous.candidate, NOT_ANCHORED) if previous.candidate else ""

    def reanchor(self, comment: Comment, previous: Anchor) -> Anchor:
        """Return the anchor of a comment on a candidate or term in the later version."""
        gone = Anchor(version_id=self._later.id, comment_id=comment.id, state=GONE, similarity=0)
        candidate = self._candidates.get(self._successors.get(previous.candidate, ""))
        if candidate is None:
            return gone
        value = term_value(candidate.text, comment.term) if comment.term else comment.quote
        if value is None:
            return gone
        is_same = value[:MAX_QUOTE] == comment.quote
        state = MOVED if candidate.key != previous.candidate else EXACT if is_same else EDITED
        return Anchor(
            version_id=self._later.id,
            comment_id=comment.id,
            candidate=candidate.key,
            state=state,
            similarity=_SAME if is_same else _CHANGED,
        )
