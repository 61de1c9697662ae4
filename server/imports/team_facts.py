"""What files state about a manager's team, for pay without a database: its members, their quotas and their deals."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from server.comp import Deal
from server.comp.calendar import EARLIEST, LATEST, first_day, month_of
from server.comp.history import OWN, TEAM, Member, Split
from server.deals.conversion import total_share
from server.deals.rows import DealRow
from server.imports.parsed import ImportPreview

TEAM_PREFIX = "team/"


def team_of(preview: ImportPreview, manager: str) -> dict[str, date]:
    """Return who reports to a person, directly or through others, and since when; without a day from the beginning."""
    team: dict[str, date] = {}
    leaders = {manager: EARLIEST}
    while leaders:
        reports = {
            row.name: max(row.since or EARLIEST, leaders[row.manager])
            for row in preview.people
            if row.manager in leaders and row.name not in team and row.name != manager
        }
        team |= reports
        leaders = reports
    return team


def without_quota(preview: ImportPreview, team: Mapping[str, date]) -> list[str]:
    """Return the members of a team for whom files state no quota."""
    stated = {row.person for row in preview.quotas if row.quota is not None and not row.component}
    return [name for name in team if name not in stated]


def members_of(preview: ImportPreview, team: Mapping[str, date]) -> tuple[Member, ...]:
    """Return the members of a team, once for each quota that files state for them."""
    employed = {row.name: (row.started, row.left) for row in preview.people}
    members = []
    for row in preview.quotas:
        if row.person in team and row.quota is not None and not row.component:
            started, left = employed.get(row.person, (None, None))
            since = max(team[row.person], row.since)
            until = first_day(month_of(row.until) + 1) if row.until < LATEST else row.until
            members.append(Member(row.quota, started, left, since, until))
    return tuple(members)


def as_team_credit(row: DealRow[str], deal: Deal, team: Mapping[str, date]) -> Deal | None:
    """Return a whole deal as team credit of a manager, or None if no one who signed it was in the team then."""
    shares = {name: share for name, share in row.credits.items() if row.role_of(name) == OWN}
    share = sum(share for name, share in shares.items() if name in team and team[name] <= deal.signed)
    if not share:
        return None
    whole = total_share(shares.values())
    split = Split((share, whole - share), 0) if share < whole else None
    refund_of = f"{TEAM_PREFIX}{deal.refund_of}" if deal.refund_of else ""
    return replace(deal, id=f"{TEAM_PREFIX}{deal.id}", refund_of=refund_of, role=TEAM, split=split)
