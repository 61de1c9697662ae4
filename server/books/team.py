"""The teams of managers: a team's deals as team credit, and its quotas."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from sqlmodel import Session

from server.comp import History, LevelSince, Plan, Window, history, read_plan
from server.comp.calendar import MONTHS_IN_YEAR, first_day, month_of
from server.comp.mechanics.levels import index_of
from server.deals import queries as deal_queries
from server.people import queries as people_queries
from server.people.queries import PayFacts, TeamMembership
from server.plans_in_force import queries as plan_queries


def with_teams(
    session: Session, histories: Mapping[int, History], leaders: Iterable[int], window: Window
) -> dict[int, History]:
    """Return histories by person id, with the team's deals and quotas added for each of the leaders.

    A deal is team credit of everyone its owner reported to on the day of signing, directly or through others. A quota
    counts for the days in the team.
    """
    teams = people_queries.teams(session, [person_id for person_id in leaders if person_id in histories])
    if not any(teams.values()):
        return dict(histories)
    books = deal_queries.team_books(session, teams)
    quotas = _MemberQuotas.load(session, {member.person_id for team in teams.values() for member in team})
    complete = dict(histories)
    for person_id, team in teams.items():
        own = histories[person_id]
        members = tuple(member for membership in team for member in quotas.members(membership, window))
        unknown = {membership.person_id for membership in team if quotas.is_unknown(membership, window)}
        person = replace(own.person, team=members, unknown_quotas=len(unknown))
        complete[person_id] = replace(own, deals=(*own.deals, *books[person_id]), person=person)
    return complete


@dataclass(frozen=True, slots=True)
class _MemberQuotas:
    """What decides people's quotas, by person id: today's plan, levels held, and terms of their own."""

    plans: Mapping[int, Plan]
    levels: Mapping[int, Sequence[LevelSince]]
    facts: Mapping[int, PayFacts]

    @classmethod
    def load(cls, session: Session, people: set[int]) -> "_MemberQuotas":
        """Load what decides the quotas of these people."""
        in_force = plan_queries.plans_by_person(session, people_queries.company_today(session))
        plans = {person_id: read_plan(row.text) for person_id, row in in_force.items() if person_id in people}
        held = people_queries.level_histories(session)
        levels = {
            person_id: [LevelSince(month_of(assignment.since), assignment.level) for assignment in held[person_id]]
            for person_id in people
            if person_id in held
        }
        return cls(plans, levels, people_queries.pay_facts(session, sorted(people)))

    def members(self, membership: TeamMembership, window: Window) -> list[history.Member]:
        """Return a member of a team once for each quota held, from a year before the window to its end."""
        person = self.facts.get(membership.person_id, PayFacts()).person
        worked = self._worked(membership)
        if worked is None:
            return []
        membership = worked
        all_months = _months(membership, window.first_month - MONTHS_IN_YEAR, window)
        quotas = [(self._quota(membership.person_id, month), month) for month in all_months]
        members = []
        for quota, group in groupby(quotas, key=lambda quota_of_month: quota_of_month[0]):
            months = [month for _, month in group]
            if quota:
                since = max(membership.since, first_day(months[0]))
                members.append(
                    history.Member(quota, person.started, person.left, since, _end(membership.until, months[-1]))
                )
        return members

    def is_unknown(self, membership: TeamMembership, window: Window) -> bool:
        """Return whether a member's quota is not known in some month of the window."""
        worked = self._worked(membership)
        months = _months(worked, window.first_month, window) if worked else ()
        return any(self._quota(membership.person_id, month) is None for month in months)

    def _worked(self, membership: TeamMembership) -> TeamMembership | None:
        """Return a membership until the last day of work, None if that was before it."""
        left = self.facts.get(membership.person_id, PayFacts()).person.left
        if left is None:
            return membership
        return membership.overlap(TeamMembership(membership.person_id, date.min, left + timedelta(days=1)))

    def _quota(self, person_id: int, month: int) -> int | None:
        """Return a person's yearly quota in cents as it is in a month: 0 if it is a team's, None if it is not known."""
        own = [
            adjustment.quota
            for adjustment in self.facts.get(person_id, PayFacts()).person.adjustments
            if adjustment.quota is not None and not adjustment.component and adjustment.covers(month)
        ]
        if own:
            return own[-1]
        plan = self.plans.get(person_id)
        if plan is None:
            return None
        held = [level.name for level in self.levels.get(person_id, ()) if level.first_month <= month]
        known = [level.name for level in self.levels.get(person_id, ())]
        name = held[-1] if held else next(iter(known), "")
        level = index_of(plan.levels, name) if name else 0
        if level is None:
            return None
        return 0 if plan.levels[level].allowance.is_team else plan.levels[level].quota


def _months(membership: TeamMembership, first: int, window: Window) -> range:
    """Return the months of a membership from a first month to the end of the window."""
    last = min(month_of(membership.until), window.last_month) if membership.until else window.last_month
    return range(max(month_of(membership.since), first), last + 1)


def _end(until: date | None, last_month: int) -> date:
    """Return the day after the last one on which a quota of a month counts for a team."""
    end = first_day(last_month + 1)
    return min(until, end) if until else end
