"""The cards of a version's candidates: terms and what changed in them, open comments, and votes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from sqlmodel import Session

from server.comp import read_plan
from server.discussion.queries import AnchorView
from server.documents import queries as document_queries
from server.documents.candidate_matching import successors
from server.documents.queries import VersionPage
from server.pages.plan_terms import TermThreads, annotated_terms
from server.voting import queries as voting_queries
from server.web.templating import Templates


@dataclass(frozen=True, slots=True)
class CandidateCard:
    """A candidate as its card shows it."""

    key: str
    letter: str
    name: str
    summary: str
    terms: Markup
    open_count: int
    tally: voting_queries.Tally
    my_vote: voting_queries.MyVote | None


@dataclass(frozen=True, slots=True)
class CandidateFeedback:
    """Feedback on the candidates of a version: anchors, and open comments and the viewer's votes by candidate key."""

    anchors: Sequence[AnchorView]
    open_counts: Mapping[str, int]
    votes: Mapping[str, voting_queries.MyVote]


def candidate_cards(
    session: Session,
    templates: Templates,
    version: VersionPage,
    read: tuple[int, int] | None,
    feedback: CandidateFeedback,
) -> list[CandidateCard]:
    """Return the cards of a version; changes since the last read version, given as id and number, are marked."""
    read_id = read[0] if read and read[1] < version.number else None
    version_ids = [version.version_id, read_id] if read_id else [version.version_id]
    by_version = document_queries.candidates_of(session, version_ids)
    candidates, read_candidates = by_version[version.version_id], by_version.get(read_id or 0, ())
    read_texts = {candidate.key: candidate.text for candidate in read_candidates}
    old_texts = {key: read_texts[old_key] for old_key, key in successors(read_candidates, candidates).items()}
    tallies = voting_queries.tallies(session, version.version_id)
    return [
        CandidateCard(
            key=candidate.key,
            letter=candidate.letter,
            name=candidate.name,
            summary=read_plan(candidate.text).summary,
            terms=annotated_terms(
                templates,
                candidate.text,
                old_texts.get(candidate.key),
                _term_threads(version, candidate.key, feedback.anchors),
            ),
            open_count=feedback.open_counts.get(candidate.key, 0),
            tally=tallies.get(candidate.key, voting_queries.Tally()),
            my_vote=feedback.votes.get(candidate.key),
        )
        for candidate in candidates
    ]


def _term_threads(version: VersionPage, key: str, anchors: Sequence[AnchorView]) -> TermThreads:
    """Return how many threads each term of a candidate has, and the URL to comment on one."""
    counts = Counter(
        anchor.term for anchor in anchors if anchor.term and anchor.candidate == key and anchor.state != "gone"
    )
    url = f"/proposals/{version.slug}/v/{version.number}/anchors?candidate={key}"
    return TermThreads(url, tuple(sorted(counts.items())))
