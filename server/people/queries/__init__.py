"""Queries of people, their sessions, levels and reporting lines, and what decides their pay."""

from server.people.queries.organization import (
    leaders,
    level_histories,
    level_history,
    levels_now,
    managers_now,
    reports_of,
)
from server.people.queries.pay_facts import PayFacts, pay_facts, people_fingerprint, recorded_results
from server.people.queries.pay_facts import adjustment_of as adjustment_of
from server.people.queries.people import (
    active_names,
    active_reps,
    by_email,
    by_names,
    company,
    list_people,
    name_of,
    names_like,
    paid_people,
    person,
    reps_count,
)
from server.people.queries.teams import TeamMembership, teams
from server.people.queries.viewers import Permissions, RoleViewer, Viewer, active_sessions, viewer_by_token

__all__ = [
    "PayFacts",
    "Permissions",
    "RoleViewer",
    "TeamMembership",
    "Viewer",
    "active_names",
    "active_reps",
    "active_sessions",
    "by_email",
    "by_names",
    "company",
    "leaders",
    "level_histories",
    "level_history",
    "levels_now",
    "list_people",
    "managers_now",
    "name_of",
    "names_like",
    "paid_people",
    "pay_facts",
    "people_fingerprint",
    "person",
    "recorded_results",
    "reports_of",
    "reps_count",
    "teams",
    "viewer_by_token",
]
