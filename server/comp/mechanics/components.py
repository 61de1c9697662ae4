"""A component of variable pay: how its terms become quotas, rates and payouts."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from server.comp.history import Adjustment, Person
from server.comp.language.ranges import SCALE
from server.comp.mechanics import bonuses, curves, tiers
from server.comp.mechanics.component_sentences import component_sentences
from server.comp.mechanics.component_terms import ROUNDED, ComponentTerms
from server.comp.mechanics.component_terms import YEAR_TO_DATE as YEAR_TO_DATE
from server.comp.mechanics.curves import Axis, Curve
from server.comp.mechanics.levels import Level
from server.comp.mechanics.paydays import AS_RELEASED, Paydays
from server.comp.mechanics.piecewise import HasPayout, PiecewiseLinear
from server.comp.mechanics.quotas import Quotas, Terms, Yearly, adjusted, changes_within, terms_for, weighed
from server.comp.mechanics.thresholds import threshold_of
from server.comp.mechanics.tiers import TierSchedule
from server.comp.periods import share_of_months
from server.messages import Message

MAX_COMPONENTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Component(ComponentTerms):
    """One way to earn: it pays by exactly one of tiers, bonuses, every, curve, objectives, matrix and pool."""

    def yearly(self, level: Level, adjustment: Adjustment | None = None) -> Yearly:
        """Return the yearly terms of a level for this component, with one person's adjustment if any."""
        is_money = self.measure.is_money
        name = self.name.casefold()
        level_quota = next((own.quota for own in level.quotas if own.component.casefold() == name), None)
        stated = self.allowance or level_quota or level.allowance
        quota = stated.yearly(is_money=is_money)
        variable = level.variable
        if adjustment is not None:
            is_own_count = not is_money and stated is not level.allowance and not adjustment.component
            if adjustment.quota is not None and level.own_quota_factor is not None and not is_own_count:
                quota = Fraction(adjustment.quota, 1 if is_money else 100) * level.own_quota_factor
            variable = adjustment.variable if adjustment.variable is not None else variable
        target = self.target.yearly(is_money=True) if self.target else variable * self.weight
        return Yearly(quota, target, is_team=stated.is_team, stated=level.rate)

    def years(
        self, held: Sequence[Level], person: Person | None, span: tuple[int, int], known: int | None = None
    ) -> list[Yearly]:
        """Return the yearly terms of each month of a span: of the level held in it, or of the only level given.

        Own terms of the person that begin after the month `known` are left out; by default none is. There is
        one entry for all months where they have the same terms.
        """
        last = span[0] + span[1] - 1
        known = last if known is None else known
        if person is None:
            return [self.yearly(level) for level in held]
        if len(held) == 1 and not changes_within(person, span, known):
            return [self.yearly(held[0], adjusted(person, self.name, last, known))]
        levels = held if len(held) > 1 else [held[0]] * span[1]
        months = range(span[0], span[0] + span[1])
        return [
            self.yearly(level, adjusted(person, self.name, month, known))
            for level, month in zip(levels, months, strict=True)
        ]

    def terms(
        self,
        quotas: Quotas,
        held: Sequence[Level],
        person: Person | None,
        span: tuple[int, int],
        year_start: int,
        known: int | None = None,
    ) -> Terms:
        """Return the terms of a period: quota, target and what 1x pays, weighed where they change within it.

        `held` are the levels of its months, or one level for all; see `years`.
        """
        yearly = weighed(quotas, self.years(held, person, span, known), span, year_start)
        return terms_for(quotas, yearly, person, span, year_start, share_of_months(self.accumulates))

    def own_rate(self, terms: Terms, class_: int) -> Fraction:
        """Return what 1x pays for deals of a class; the class after the last pays nothing."""
        if not self.rate_by:
            return terms.rate
        return self.rate_by[class_].pays.at(terms.rate) if class_ < len(self.rate_by) else Fraction(0)

    def is_undefined(self, terms: Terms) -> bool:
        """Return whether there is no attainment: thresholds are shares of a quota that is 0."""
        if self.reads or terms.quota:
            return False
        thresholds = self.thresholds
        if self.every:
            thresholds += [self.every.step, self.every.start]
        if any(threshold.share for threshold in thresholds):
            return True
        return any(threshold_of(point).share is not None for point in self.curve)

    def schedule(self, terms: Terms, class_: int = 0, *, closed: bool = False) -> TierSchedule:
        """Compute the tiers; if the gate is not met (`closed`), only the first."""
        base_rate = self.own_rate(terms, class_)
        schedule = tiers.tier_schedule(
            self.tiers[:1] if closed else self.tiers,
            terms,
            base_rate,
            is_money=self.measure.is_money,
            method=self.method,
            is_rounded=self.attainment == ROUNDED,
        )
        if self.is_undefined(terms):
            return schedule.paying_nothing()
        beyond = self.beyond_pay
        return schedule.beyond(beyond.start, beyond.pays.at(base_rate)) if beyond else schedule

    def axis(self, terms: Terms) -> Axis:
        """Return the axis of the curve: credit against quota, or a result."""
        return Axis(scale=SCALE) if self.reads else Axis(terms.quota, is_money=self.measure.is_money)

    def curve_at(self, terms: Terms) -> Curve:
        """Compute the curve."""
        return curves.curve(self.curve, self.axis(terms), terms.target, self.between, self.beyond)

    def scheduled(self, terms: Terms, class_: int = 0, *, closed: bool = False) -> HasPayout:
        """Compute the payout schedule, whichever mechanic the component has."""
        if self.tiers:
            return self.schedule(terms, class_, closed=closed)
        if self.is_undefined(terms):
            return bonuses.NO_STEPS if self.every else bonuses.TieredBonus((), (), adds_up=False)
        if self.curve:
            return self.curve_at(terms)
        if self.every:
            return bonuses.steps(self.every, terms, is_money=self.measure.is_money)
        adds_up = self.bonuses_pay == "each"
        if self.reads:
            return bonuses.on_result(self.bonuses, terms, adds_up=adds_up)
        is_rounded = self.attainment == ROUNDED
        return bonuses.tiered_bonus(
            self.bonuses, terms, is_money=self.measure.is_money, adds_up=adds_up, is_rounded=is_rounded
        )

    def owed(self, total: int, terms: Terms, class_: int = 0, *, closed: bool = False) -> int:
        """Return the payout in cents on a total, or on a result times SCALE."""
        return self.scheduled(terms, class_, closed=closed).owed(total)

    def row(self, terms: Terms, class_: int = 0, *, closed: bool = False) -> PiecewiseLinear:
        """Return the payout schedule as pieces for the vectorized engine."""
        return self.scheduled(terms, class_, closed=closed).row()

    def sentences(self, currency: str) -> list[Message]:
        """Describe how the component pays, one sentence for each choice."""
        return component_sentences(self, currency)


def payout_groups(components: tuple[Component, ...]) -> tuple[Paydays, ...]:
    """Return the payout groups: the distinct paydays of the components that pay for deals.

    They are in order of the components; a plan has at least one group.
    """
    return tuple(dict.fromkeys(c.paydays for c in components if not c.is_periodic)) or (AS_RELEASED,)
