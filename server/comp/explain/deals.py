"""The exact path for deals: what each component pays for a deal, one after the other, and why."""

from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction

from server.comp.calendar import MONTHS_IN_YEAR, month_of
from server.comp.explain.context import RepContext
from server.comp.history import Deal
from server.comp.mechanics import caps
from server.comp.mechanics.components import Component
from server.comp.mechanics.conditions import Span
from server.comp.mechanics.crediting import CreditRule
from server.comp.mechanics.quotas import Terms
from server.comp.mechanics.tiers import TierSchedule
from server.comp.periods import PERIODS
from server.comp.plan import Plan
from server.comp.rounding import share_out, to_cents
from server.comp.statements import UNTRACED, Step
from server.messages import Message, Money, Percent, Value, message


@dataclass(frozen=True, slots=True)
class EarnedCommission:
    """What a deal earned: cents by group of components that are paid alike, by component, and how it came about."""

    by_group: tuple[int, ...]
    by_component: tuple[int, ...]
    steps: tuple[Step, ...]

    @property
    def commission(self) -> int:
        """Cents in all."""
        return sum(self.by_group)


def groups_of(components: tuple[Component, ...]) -> tuple[int, ...]:
    """Return the different waits of the components that pay for deals, in order; a plan has at least one group."""
    return tuple(dict.fromkeys(c.waits for c in components if not c.is_periodic)) or (0,)


class Commissions:
    """Running totals of one rep: what has been credited and earned so far in each period. Deals come in order."""

    def __init__(self, world: RepContext, *, trace: bool) -> None:
        self.world, self.plan, self.trace = world, world.plan, trace
        self.groups = groups_of(self.plan.components)
        self.lanes = [_lane(self.plan, index, self.groups) for index in range(len(self.plan.components))]
        self._credited: dict[tuple[int, int], int] = defaultdict(int)
        self._segments: dict[tuple[int, int], dict[tuple[int, int, int], int]] = defaultdict(lambda: defaultdict(int))
        self._paid: dict[tuple[int, int], int] = defaultdict(int)
        self._under_cap: dict[tuple[int, int], int] = defaultdict(int)
        self._capped: dict[tuple[int, int], int] = defaultdict(int)
        self._schedules: dict[tuple[int, int, Span, int, bool], TierSchedule] = {}

    def of(self, deal: Deal, level: int) -> EarnedCommission:
        """Return what a deal earns; `level` is the one whose terms it is paid on."""
        steps: list[Step] = []
        by_group = [0] * len(self.groups)
        by_component = []
        for lane in self.lanes:
            cents = 0
            if lane.group is not None:
                cents, said = self._component(lane, deal, level)
                steps += said
                by_group[lane.group] += cents
            by_component.append(cents)
        if self.plan.caps:
            for place, earned in enumerate(by_group):
                by_group[place] = self._limited(deal, level, earned, steps)
        return EarnedCommission(tuple(by_group), tuple(by_component), tuple(steps))

    def _component(self, lane: "_Lane", deal: Deal, level: int) -> tuple[int, list[Step]]:
        index, component, crediting = lane.index, lane.component, lane.crediting
        if not crediting.admits(deal):
            if not self.trace:
                return 0, []
            why = message("this deal does not count: {rule}", rule=component.where.sentence(self.plan.currency))
            return 0, [Step(lane.rule, fired=False, why=why)]
        credit = crediting.of_admitted(deal)
        month = month_of(deal.signed)
        period = self.world.period(month, lane.months)
        key = (index, period[0])
        is_first = not lane.adds_up or key not in self._credited
        before = self._credited[key] if lane.adds_up else 0
        self._credited[key] = before + credit
        class_ = self.world.rate_class(index, deal, period)
        open_, because = self.world.gate(index, period)
        closed = not open_ and component.gate is not None and component.gate.otherwise.first_tier
        place = _Place(lane, level, period, class_, closed)
        value = self.plan.paying[index].of(deal) if component.pays_on else credit
        cents, why = self._priced(place, credit, before, value, is_first=is_first)
        if deal.split and crediting.split == "commission":
            cents = share_out(cents, deal.split.weights)[deal.split.index]
        steps = [Step(lane.rule, cents != 0, why, cents)]
        if not open_ and not closed and component.gate:
            cents = self._shut(component, cents, because, steps)
        elif component.gate and self.trace:
            steps.append(Step(message("Gate"), open_, because or UNTRACED))
        if 0 <= cents < component.minimum:
            least = Money(component.minimum, self.plan.currency)
            steps.append(
                Step(message("Minimum"), True, message("at least {amount}", amount=least), component.minimum - cents)
            )
            cents = component.minimum
        return self._component_cap(place, deal, cents, steps), steps if self.trace else []

    def _shut(self, component: Component, cents: int, because: Message | None, steps: list[Step]) -> int:
        assert component.gate  # noqa: S101 - asked by the caller
        left = to_cents(cents * component.gate.otherwise.share)
        steps.append(Step(message("Gate"), False, because or UNTRACED, left - cents))
        return left

    def _schedule(self, place: "_Place", terms: Terms) -> TierSchedule:
        key = (place.lane.index, place.level, place.period, place.class_, place.closed)
        if key not in self._schedules:
            self._schedules[key] = place.component.schedule(terms, place.class_, closed=place.closed)
        return self._schedules[key]

    def _priced(self, place: "_Place", credit: int, before: int, value: int, *, is_first: bool) -> tuple[int, Message]:
        """Return what a step of credit is paid, and why; `value` is what its rates are of, mostly the credit itself.

        Before the first deal of a period nothing is owed, not even a bonus that begins at nothing.
        """
        terms = self.world.terms(place.lane.index, place.level, place.period)
        after = before + credit
        if not place.component.tiers:
            owed, earlier = place.component.owed(after, terms), 0 if is_first else place.component.owed(before, terms)
            return owed - earlier, self._said_bonus(place.component, owed, earlier, after)
        schedule = self._schedule(place, terms)
        if place.lane.is_anew:
            return self._anew(place, schedule, credit, before, value)
        if place.lane.whole:
            is_before = (place.lane.whole == "rate before") == (credit >= 0)  # a return goes the same way back
            return self._whole(place, schedule, before if is_before else after, value)
        cents = schedule.owed(after) - schedule.owed(before)
        return cents, self._said_parts(schedule, place.component, before, after)

    def _whole(self, place: "_Place", schedule: TierSchedule, total: int, value: int) -> tuple[int, Message]:
        tier = schedule.tier(total)
        rate = schedule.rates[tier] if tier >= 0 else Fraction(0)
        if not self.trace:
            return to_cents(value * rate), UNTRACED
        shown, price = self._shown_paid(place.component, value), self._price(place.component, rate)
        return to_cents(value * rate), message("the whole of {amount} at {rate}", amount=shown, rate=price)

    def _anew(
        self, place: "_Place", schedule: TierSchedule, credit: int, before: int, value: int
    ) -> tuple[int, Message]:
        """Pay the increase of what all credit of the period is worth now, each level's and class's at its own rate."""
        key = (place.lane.index, place.period[0])
        segments, after = self._segments[key], before + credit
        parts = {-1: value} if place.component.pays_on else schedule.segments(before, after)
        for tier, part in parts.items():
            segments[place.level, place.class_, tier] += part
        owed = self._worth(place, segments, schedule.reached(after))
        paid, self._paid[key] = self._paid[key], owed
        if self.trace and schedule.reached(after) != schedule.reached(before):
            currency = self.plan.currency
            why = message(
                "the tier reached now pays from the first: {after} in all, {before} so far",
                after=Money(owed, currency),
                before=Money(paid, currency),
            )
            return owed - paid, why
        if place.component.pays_on:
            return owed - paid, self._whole(place, schedule, after, value)[1]
        return owed - paid, self._said_parts(schedule, place.component, before, after)

    def _worth(self, place: "_Place", segments: dict[tuple[int, int, int], int], reached: int) -> int:
        owed = 0
        for level, class_ in sorted({(level, class_) for level, class_, _ in segments}):
            terms = self.world.terms(place.lane.index, level, place.period)
            schedule = self._schedule(replace(place, level=level, class_=class_), terms)
            mine = {tier: part for (of, cl, tier), part in segments.items() if (of, cl) == (level, class_)}
            if reached >= 0:
                owed += to_cents(sum(part for tier, part in mine.items() if tier <= reached) * schedule.rates[reached])
            owed += sum(to_cents(part * schedule.rates[tier]) for tier, part in mine.items() if tier > reached)
        return owed

    def _component_cap(self, place: "_Place", deal: Deal, cents: int, steps: list[Step]) -> int:
        cap = place.component.cap
        if cap is None:
            return cents
        months = cap.months or MONTHS_IN_YEAR
        span = self.world.period(month_of(deal.signed), months)
        limit = cap.at(self.world.terms(place.lane.index, place.level, span).target)
        if cap.months == 0:
            fits = max(min(cents, limit), -limit)
        else:
            key = (place.lane.index, span[0])
            fits = caps.allowed(limit, self._under_cap[key], cents)
            self._under_cap[key] += cents
        if fits != cents:
            said = message("stops at {limit}", limit=cap.shown(self.plan.currency))
            steps.append(Step(message("Cap"), True, said, fits - cents))
        return fits

    def under_plan_caps(self, month: int, level: int, earned: int) -> int:
        """Return how much of an amount fits under the plan's caps, after all that was earned before in order."""
        for place, cap in enumerate(self.plan.caps):
            months = cap.months or MONTHS_IN_YEAR
            limit = self.world.plan_limit(cap.share, cap.cents, level, months)
            if cap.months == 0:
                earned = max(min(earned, limit), -limit)
                continue
            key = (place, self.world.period(month, months)[0])
            before = self._capped[key]
            self._capped[key] += earned
            earned = caps.allowed(limit, before, earned)
        return earned

    def _limited(self, deal: Deal, level: int, earned: int, steps: list[Step]) -> int:
        fits = self.under_plan_caps(month_of(deal.signed), level, earned)
        if fits != earned and self.trace:
            limits = [cap.shown(self.plan.currency) for cap in self.plan.caps]
            why = message("the commission stops at {limit}", limit=limits[0])
            steps.append(Step(message("Cap"), True, why, fits - earned))
        return fits

    def _shown(self, component: Component, amount: int) -> Value:
        return Money(amount, self.plan.currency) if component.measure.is_money else amount

    def _price(self, component: Component, rate: Fraction) -> Value:
        return Percent(rate) if component.payable.is_money else Money(to_cents(rate), self.plan.currency)

    def _shown_paid(self, component: Component, value: int) -> Value:
        return Money(value, self.plan.currency) if component.payable.is_money else value

    def _said_bonus(self, component: Component, owed: int, earlier: int, after: int) -> Message:
        if not self.trace:
            return UNTRACED
        total, currency = self._shown(component, after), self.plan.currency
        if owed == earlier:
            return message("no further edge is reached with {total}", total=total)
        return message(
            "with {total} in all, {now} instead of {before}",
            total=total,
            now=Money(owed, currency),
            before=Money(earlier, currency),
        )

    def _said_parts(self, schedule: TierSchedule, component: Component, before: int, after: int) -> Message:
        if not self.trace:
            return UNTRACED
        said: Message | None = None
        for amount, rate in schedule.parts(before, after):
            part = message(
                "{amount} at {rate}", amount=self._shown(component, amount), rate=self._price(component, rate)
            )
            said = part if said is None else message("{first} and {second}", first=said, second=part)
        total = self._shown(component, before)
        if said is None:
            return message("nothing is paid at this height; {before} had been credited before", before=total)
        return message("{parts}; {before} had been credited before", parts=said, before=total)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a deal is priced: the component, the level and class whose rates count, the period, a shut gate."""

    lane: "_Lane"
    level: int
    period: Span
    class_: int
    closed: bool

    @property
    def component(self) -> Component:
        """The component."""
        return self.lane.component


@dataclass(frozen=True, slots=True)
class _Lane:
    """A component with what every deal asks of it: its place among the groups, unless it pays for periods.

    Credit `adds_up` over the component's months. What it pays is worked out anew with every deal, or each deal is paid
    `whole` at the rate before or after it, or tier by tier.
    """

    index: int
    component: Component
    group: int | None
    rule: Message
    crediting: CreditRule
    months: int
    adds_up: bool
    is_anew: bool
    whole: str


def _lane(plan: Plan, index: int, groups: tuple[int, ...]) -> _Lane:
    component = plan.components[index]
    return _Lane(
        index=index,
        component=component,
        group=None if component.is_periodic else groups.index(component.waits),
        rule=message("{name}", name=component.name),
        crediting=plan.crediting[index],
        months=component.months,
        adds_up=PERIODS.get(component.accumulates, 0) != 0,
        is_anew=component.is_retroactive and component.accumulates != "deal",
        whole=component.pays_whole,
    )
