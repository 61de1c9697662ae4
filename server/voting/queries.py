"""Reads of pulse votes: the tallies of a version, and a person's votes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import bindparam, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from server.documents.models import Version
from server.voting.models import Pulse, PulseChoice

MIN_VOTES = 5
"""The fewest votes whose results are shown: fewer would tell colleagues who chose what."""


_LATER = aliased(Version)


@dataclass(frozen=True, slots=True)
class Tally:
    """The number of votes for each choice on one candidate, shown from MIN_VOTES votes on.

    `continued_in` is the number of the next version if the votes count for it as well. Then the tally of this one is
    not shown: the difference would tell who voted since.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    continued_in: int | None = None

    @property
    def total(self) -> int:
        """The number of votes."""
        return sum(self.counts.values())

    @property
    def min_votes(self) -> int:
        """The fewest votes whose results are shown."""
        return MIN_VOTES

    @property
    def is_shown(self) -> bool:
        """Whether enough people voted that the tally does not tell who chose what."""
        return self.total >= MIN_VOTES and self.continued_in is None

    def of(self, choice: PulseChoice) -> int:
        """Return the number of votes for a choice."""
        return self.counts.get(choice.value, 0)


@dataclass(frozen=True, slots=True)
class MyVote:
    """A person's vote on a candidate, and the number of the version it was cast on."""

    choice: str
    reason: str
    version: int


def tallies(session: Session, version_id: int) -> dict[str, Tally]:
    """Return the tally of each candidate of a version."""
    continued_in = (
        select(_LATER.number)
        .join(
            Version, (col(Version.proposal_id) == _LATER.proposal_id) & (col(_LATER.number) == col(Version.number) + 1)
        )
        .where(col(Version.id) == version_id, col(_LATER.material).is_(False))
        .scalar_subquery()
    )
    statement = (
        select(Pulse.candidate, Pulse.choice, func.count(), continued_in)
        .where(Pulse.version_id == version_id)
        .group_by(col(Pulse.candidate), col(Pulse.choice))
    )
    counts: dict[str, dict[str, int]] = {}
    later = None
    for candidate, choice, count, later in session.exec(statement):  # noqa: B007 - the same in every row
        counts.setdefault(candidate, {})[str(choice)] = count
    return {candidate: Tally(by_choice, later) for candidate, by_choice in counts.items()}


def voters(session: Session, version_ids: Iterable[int]) -> dict[int, int]:
    """Return the number of people who voted, by version."""
    statement = (
        select(Pulse.version_id, func.count(col(Pulse.person_id).distinct()))
        .where(col(Pulse.version_id).in_(set(version_ids)))
        .group_by(col(Pulse.version_id))
    )
    return dict(session.exec(statement).all())


_MY_VOTES = (
    select(Pulse.candidate, Pulse.choice, Pulse.reason, Version.number)
    .join(Version, col(Version.id) == col(Pulse.version_id))
    .where(
        col(Version.proposal_id) + 0 == bindparam("proposal"),
        Version.number <= bindparam("number"),
        Pulse.person_id == bindparam("person"),
        or_(
            col(Version.number) == bindparam("number"),
            col(Version.number)
            < select(func.coalesce(func.max(_LATER.number), 0))
            .where(
                col(_LATER.proposal_id) == bindparam("proposal"),
                col(_LATER.number) <= bindparam("number"),
                col(_LATER.material).is_(True),
            )
            .scalar_subquery(),
        ),
    )
)
"""Votes that count for a later version are left out, as they are among its own.

Found through the person, who has few votes: `+ 0` keeps the database from scanning all versions."""


def my_votes(session: Session, proposal_id: int, number: int, person_id: int) -> dict[str, MyVote]:
    """Return a person's latest vote on each candidate, cast on this version or an earlier one."""
    parameters = {"proposal": proposal_id, "number": number, "person": person_id}
    rows = session.connection().execute(_MY_VOTES, parameters)
    oldest_first = sorted(rows, key=lambda row: row[3])
    return {candidate: MyVote(str(choice), reason, version) for candidate, choice, reason, version in oldest_first}


def voted_names(votes: Mapping[str, MyVote], number: int) -> frozenset[str]:
    """Return `voted KEY` for each candidate on which someone voted in this version, as names for a page."""
    return frozenset(f"voted {key}" for key, vote in votes.items() if vote.version == number)
