"""Reads of pulse votes: the tally of a version, and a person's own answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from server.documents.models import Version
from server.voting.models import Pulse, PulseChoice


@dataclass(frozen=True, slots=True)
class Tally:
    """How many chose what on one candidate."""

    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many have voted."""
        return sum(self.counts.values())

    def of(self, choice: PulseChoice) -> int:
        """How many chose this."""
        return self.counts.get(choice.value, 0)


@dataclass(frozen=True, slots=True)
class MyVotes:
    """A person's answer, and the version it was given on."""

    choice: str
    reason: str
    version: int


def tallies(session: Session, version_id: int) -> dict[str, Tally]:
    """Return the tally of each candidate of a version."""
    statement = (
        select(Pulse.candidate, Pulse.choice, func.count())
        .where(Pulse.version_id == version_id)
        .group_by(col(Pulse.candidate), col(Pulse.choice))
    )
    counts: dict[str, dict[str, int]] = {}
    for candidate, choice, count in session.exec(statement):
        counts.setdefault(candidate, {})[str(choice)] = count
    return {candidate: Tally(found) for candidate, found in counts.items()}


def voters(session: Session, version_ids: Iterable[int]) -> dict[int, int]:
    """Return how many people voted on each of some versions."""
    statement = (
        select(Pulse.version_id, func.count(col(Pulse.person_id).distinct()))
        .where(col(Pulse.version_id).in_(set(version_ids)))
        .group_by(col(Pulse.version_id))
    )
    return dict(session.exec(statement).all())


_OWN = (
    select(Pulse.candidate, Pulse.choice, Pulse.reason, Version.number)
    .join(Version, col(Version.id) == col(Pulse.version_id))
    .where(
        col(Version.proposal_id) + 0 == bindparam("proposal"),
        Version.number <= bindparam("number"),
        Pulse.person_id == bindparam("person"),
    )
)
"""Found by the person, who has few votes: the sum keeps a database from walking through every version instead."""


def my_votes(session: Session, proposal_id: int, number: int, person_id: int) -> dict[str, MyVotes]:
    """Return a person's latest answer on each candidate, on this version or an earlier one."""
    asked = {"proposal": proposal_id, "number": number, "person": person_id}
    rows = session.connection().execute(_OWN, asked)
    by_version = sorted(rows, key=lambda row: row[3])
    return {candidate: MyVotes(str(choice), reason, version) for candidate, choice, reason, version in by_version}
