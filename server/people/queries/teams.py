"""Queries of teams: who reported to whom from which day until which."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from server.people.models import ReportingLine

LinesByManager = Mapping[int, Sequence["TeamMembership"]]


@dataclass(frozen=True, slots=True)
class TeamMembership:
    """A person in a manager's team from one day until another, which is outside; None is still."""

    person_id: int
    since: date
    until: date | None = None

    def includes(self, day: date) -> bool:
        """Return whether the person was in the team on a day."""
        return self.since <= day and (self.until is None or day < self.until)

    def overlap(self, other: "TeamMembership") -> "TeamMembership | None":
        """Return the part of this membership inside the days of another, or None."""
        since = max(self.since, other.since)
        ends = [until for until in (self.until, other.until) if until is not None]
        until = min(ends, default=None)
        return TeamMembership(self.person_id, since, until) if until is None or since < until else None


def teams(session: Session, manager_ids: Iterable[int]) -> dict[int, list[TeamMembership]]:
    """Return by manager who reported to them and when, directly or through others, ordered by day and person."""
    lines: dict[int, list[TeamMembership]] = {}
    for line in session.exec(select(ReportingLine).order_by(col(ReportingLine.since), col(ReportingLine.person_id))):
        lines.setdefault(line.manager_id, []).append(TeamMembership(line.person_id, line.since, line.until))
    return {manager_id: _reports(lines, manager_id, (manager_id,)) for manager_id in manager_ids}


def _reports(lines: LinesByManager, manager_id: int, chain: tuple[int, ...]) -> list[TeamMembership]:
    """Return direct reports and, while each reports, theirs; `chain` are the managers above, who are left out."""
    reports: set[TeamMembership] = set()
    for line in lines.get(manager_id, ()):
        if line.person_id in chain:
            continue
        reports.add(line)
        below = _reports(lines, line.person_id, (*chain, line.person_id))
        reports.update(part for member in below if (part := member.overlap(line)) is not None)
    return sorted(reports, key=lambda member: (member.since, member.person_id))
