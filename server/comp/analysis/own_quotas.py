"""Whether a person's own quota counts under a proposed plan: as it is, scaled as the plan scales quotas, or not."""

from dataclasses import replace
from enum import StrEnum
from fractions import Fraction

from server.comp.mechanics.levels import Level, index_of
from server.comp.plan import Plan


class OwnQuotas(StrEnum):
    """What a redesign declares about people's own quotas."""

    scaled = "scaled"
    own = "own"
    plan = "plan"


def under_rule(plan: Plan, today: Plan | None, rule: OwnQuotas) -> Plan:
    """Return a proposed plan under a redesign's rule for own quotas.

    Scaled, an own quota is multiplied by the quota of the plan's level over that of the same level today. Before
    a plan of today is known, the proposed plan's quota counts instead.
    """
    if rule is OwnQuotas.own:
        return plan
    if today is None:
        rule = OwnQuotas.plan  # there is nothing to scale by
    levels = (
        replace(level, own_quota_factor=_factor(level, number, today) if rule is OwnQuotas.scaled else None)
        for number, level in enumerate(plan.levels)
    )
    return replace(plan, levels=tuple(levels))


def _factor(level: Level, number: int, today: Plan | None) -> Fraction:
    """Return the level's quota over today's for the level of the same name, or else in the same place."""
    levels = today.levels if today else ()
    named = next((index for name in level.names if (index := index_of(levels, name)) is not None), None)
    index = min(number, len(levels) - 1) if named is None else named
    quota = levels[index].quota if levels else 0
    return Fraction(level.quota, quota) if quota and level.quota else Fraction(1)
