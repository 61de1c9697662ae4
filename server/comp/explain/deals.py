"""Deals in the exact engine: what each component pays for a deal, in order, and why."""

from collections import defaultdict
from dataclasses import replace

from server.comp.explain.caps import Caps
from server.comp.explain.context import RepContext
from server.comp.explain.deal_terms import DealComponent, DealTerms, EarnedCommission, OwnPay, deal_component_of
from server.comp.explain.lost_credit import LostCredit
from server.comp.explain.reasons import bonus_reason, own_rate_reason, tier_reason, whole_deal_reason
from server.comp.explain.tier_amounts import TierAmounts
from server.comp.history import OWN, TEAM, Deal
from server.comp.mechanics.bonuses import PaidBonuses
from server.comp.mechanics.components import Component, payout_groups
from server.comp.mechanics.conditions import Span
from server.comp.mechanics.quotas import Terms
from server.comp.mechanics.refunds import Refund
from server.comp.mechanics.tiers import TierSchedule, uses_rate_before
from server.comp.rounding import divided, share_out, to_cents
from server.comp.statements import EXCHANGE_RATE, UNTRACED, Step, TierAmount
from server.messages import Message, Money, message

SegmentKey = tuple[int, int, int, int, int]
"""A level index, a rate class, the first month of the terms, that since which they are known, and a tier index.

The index is -1 below the first tier.
"""
_OTHERS = {TEAM: message("team credit"), "overlay": message("overlay credit")}


class Commissions:
    """The running totals of one rep, credited and earned by period; deals must be added in order."""

    def __init__(self, context: RepContext, *, trace: bool) -> None:
        self.context, self.plan, self.trace = context, context.plan, trace
        self.groups = payout_groups(self.plan.components)
        self._deal_components = [
            deal_component_of(self.plan, index, self.groups) for index in range(len(self.plan.components))
        ]
        self._credited: dict[tuple[int, int], int] = defaultdict(int)
        self._segments: dict[tuple[int, int], dict[SegmentKey, int]] = defaultdict(lambda: defaultdict(int))
        self._paid: dict[tuple[int, int], int] = defaultdict(int)
        self._bonuses: dict[tuple[int, int], PaidBonuses] = {}
        self._own: dict[tuple[str, int], OwnPay] = {}
        self._parts: dict[tuple[str, int], dict[int, int]] = {}
        self._reached: dict[tuple[int, int], int] = {}
        self.caps = Caps(context, trace=trace)
        self._lost = LostCredit()
        self._tiers = TierAmounts()
        self._terms_by_period: dict[tuple[int, int], DealTerms] = {}
        self._schedules: dict[tuple[int, int, Span, int, int, bool], TierSchedule] = {}

    def of(self, deal: Deal, level: int) -> EarnedCommission:
        """Return the commission of the next deal, paid on the terms of a level."""
        steps: list[Step] = []
        by_group = [0] * len(self.groups)
        by_component = []
        for deal_component in self._deal_components:
            cents = 0
            if deal_component.group is not None:
                cents, component_steps = self._component_commission(deal_component, deal, level)
                steps += component_steps
                by_group[deal_component.group] += cents
            by_component.append(cents)
        if self.plan.caps:
            for group, earned in enumerate(by_group):
                by_group[group] = self.caps.apply_to_deal(deal, level, earned, steps)
        return EarnedCommission(tuple(by_group), tuple(by_component), tuple(steps))

    def _component_commission(
        self,
        deal_component: DealComponent,
        deal: Deal,
        level: int,
    ) -> tuple[int, list[Step]]:
        """Return what a component pays for a deal: by tiers, then split, gate, minimum and cap."""
        index, component, crediting = deal_component.index, deal_component.component, deal_component.crediting
        if reason := self._uncounted_reason(deal_component, deal):
            return 0, [Step(deal_component.rule, fired=False, why=reason)] if self.trace else []
        credit = crediting.of_admitted(deal)
        period = self.context.period(self.context.month_of(deal.signed), deal_component.months)
        bucket = self.context.bucket(component, deal.signed)
        key = (index, bucket)
        is_first = not deal_component.adds_up or key not in self._credited
        before = self._credited[key] if deal_component.adds_up else 0
        self._credited[key] = before + credit
        before, credit = self._beyond_baseline(index, period, before, credit)
        rate_class = self.context.rate_class(index, deal, period)
        gate_open, gate_reason = self.context.gate(index, period)
        gate_closed = not gate_open and component.gate is not None and component.gate.otherwise.first_tier
        known = self.context.known_since(period, self.context.month_of(deal.signed))
        deal_terms = DealTerms(deal_component, level, period, bucket, known, rate_class, gate_closed)
        refund = self.context.refunds.get(deal.id)
        own = self._own.get((refund.deal.id, index)) if refund else None
        if own and deal_component.is_recalculated and own.terms.bucket == bucket:
            deal_terms = own.terms  # what a memo takes out of the period is worth what its deal put in
        value = self.plan.paying[index].of(deal) if component.pays_on else credit
        price, why = self._price(deal_terms, (deal, credit), before, value, is_first=is_first)
        cents = price
        if deal.split and crediting.split == "commission":
            cents = share_out(cents, deal.split.weights)[deal.split.index]
        steps = [Step(deal_component.rule, cents != 0, why, cents)]
        if self.trace:
            steps = [*self._explain_terms(deal_terms, deal), *steps]
        if not gate_open and not gate_closed and component.gate:
            cents = self._apply_gate_fallback(component, cents, gate_reason, steps)
        elif component.gate and self.trace:
            steps.append(Step(message("Gate"), gate_open, gate_reason or UNTRACED))
        limited = cents
        cents = self._apply_minimum(component, cents, steps)
        if refund:
            cents = self._of_memo(refund, own, deal_terms, (price, limited))
            if self.trace and cents != limited:
                steps = [self._memo_step(deal_component, refund, credit, cents)]
            if own and own.terms.bucket == bucket:
                self._lost.add_memo(key, refund, credit)
        else:
            self._lost.add(key, deal, credit)
        self._own[deal.id, index] = OwnPay(deal_terms, price, cents)
        return self.caps.apply_to_component(deal_terms, deal, cents, steps), steps if self.trace else []

    def added_pay(self, deal: Deal, earned: EarnedCommission) -> int:
        """Return how much less the periods of a deal pay without it, after the last deal and deals lost before."""
        return sum(self._added_pay(index, deal, cents) for index, cents in enumerate(earned.by_component))

    def _added_pay(self, index: int, deal: Deal, earned: int) -> int:
        own, component = self._own.get((deal.id, index)), self.plan.components[index]
        if own is None or component.accumulates == "deal" or component.pays_whole:
            return earned
        key = (index, own.terms.bucket)
        total = self._credited[key]
        _, total = self._beyond_baseline(index, own.terms.period, 0, total)
        total -= self._lost.before(key, deal)
        rest = total - self._lost.of(index, deal)
        terms = self._terms(own.terms)
        if component.tiers:
            schedule = self._schedule(own.terms, terms)
            worth = schedule.owed(total) - schedule.owed(rest)
        else:
            worth = component.owed(total, terms) - component.owed(rest, terms)
        return divided(worth * earned, own.price) if own.price > 0 else earned

    def _beyond_baseline(self, index: int, period: Span, before: int, credit: int) -> tuple[int, int]:
        """Return the running credit before a deal and the deal's credit, as far as they are beyond the baseline."""
        component = self.plan.components[index]
        if component.baseline is None:
            return before, credit
        baseline = self.context.baseline(index, component.baseline, period)
        after = max(before + credit - baseline, 0)
        before = max(before - baseline, 0)
        return before, after - before

    def _uncounted_reason(self, deal_component: DealComponent, deal: Deal) -> Message | None:
        """Return why a deal does not count for a component, or None if it does."""
        where = deal_component.component.where
        if deal.role != OWN and not where.role:
            return message(
                "this deal does not count: it is {credit}, and only own deals count", credit=_OTHERS[deal.role]
            )
        if not deal_component.crediting.admits(deal):
            rule = where.sentence(self.plan.currency)
            return message("this deal does not count: {rule}", rule=rule)
        if not self.context.was_employed(deal):
            return message("signed on {day}, outside employment", day=deal.signed)
        return None

    def _of_memo(self, refund: Refund, own: OwnPay | None, deal_terms: DealTerms, memo_price: tuple[int, int]) -> int:
        """Return what a credit memo earns besides its share of its deal, which is taken back when that is paid out.

        Inside the period of its deal, retroactive tiers are calculated again: the memo also changes what others are
        worth. In a later period they take back what the tier reached made the deal worth beyond what it earned
        itself. `own` is what the deal earned, `memo_price` the memo's price before and after split and gate.
        """
        component, (price, limited) = deal_terms.component, memo_price
        if not deal_terms.deal_component.is_recalculated:
            return limited if deal_terms.deal_component.adds_up and not component.tiers else 0
        if own is None:
            return limited
        if own.terms.bucket == deal_terms.bucket:
            of_others = price + refund.share(own.price)
            if price:
                of_others = divided(of_others * limited * (1 if price > 0 else -1), abs(price))
            return of_others - refund.share(own.cents)
        schedule, index = self._schedule(own.terms, self._terms(own.terms)), deal_terms.index
        worth = schedule.on_segments(self._parts[refund.deal.id, index], self._reached[index, own.terms.bucket])
        kept = divided(worth * own.cents, own.price) if own.price > 0 else own.cents
        return -refund.share(kept - own.cents)

    def changes_period(self, index: int, refund: Refund) -> bool:
        """Return whether a memo changes what a component pays in the period of its deal."""
        deal_component = self._deal_components[index]
        if not (deal_component.is_recalculated or (deal_component.adds_up and not deal_component.component.tiers)):
            return False
        buckets = {self.context.bucket(deal_component.component, deal.signed) for deal in (refund.deal, refund.memo)}
        return deal_component.group is not None and len(buckets) == 1

    def _memo_step(self, deal_component: DealComponent, refund: Refund, credit: int, cents: int) -> Step:
        """Return the step of a memo's own credit; what its deal was paid is taken back by lines of the memo."""
        shown = Money(credit, self.plan.currency) if deal_component.component.measure.is_money else credit
        why = message(
            "{credit} counts toward quota; what deal {deal} was paid is taken back at the rate it was paid",
            credit=shown,
            deal=refund.deal.id,
        )
        return Step(deal_component.rule, cents != 0, why, cents)

    def _explain_terms(self, deal_terms: DealTerms, deal: Deal) -> list[Step]:
        """Return what has to be known before the rate: the currency's conversion, and a quota that changes."""
        steps = []
        crediting = deal_terms.deal_component.crediting
        if crediting.converts(deal):
            steps.append(Step(EXCHANGE_RATE, *crediting.conversion(deal)))
        component = deal_terms.component
        if component.baseline:
            cents = self.context.baseline(deal_terms.index, component.baseline, deal_terms.period)
            shown = Money(cents, self.plan.currency) if component.measure.is_money else cents
            why = message("{amount} of the period's credit is not paid", amount=shown)
            steps.append(Step(message("Baseline"), True, why))
        if (quotient := own_rate_reason(component, self._terms(deal_terms), self.plan.currency)) is not None:
            steps.append(Step(message("Rate"), True, quotient))
        change = self.context.quota_change(deal_terms.index, deal_terms.level, deal_terms.period, deal_terms.known)
        if change:
            steps.append(Step(message("Quota"), True, change))
        return steps

    def _apply_minimum(self, component: Component, cents: int, steps: list[Step]) -> int:
        if not 0 <= cents < component.minimum:
            return cents
        why = message("at least {amount}", amount=Money(component.minimum, self.plan.currency))
        steps.append(Step(message("Minimum"), True, why, component.minimum - cents))
        return component.minimum

    def _apply_gate_fallback(
        self,
        component: Component,
        cents: int,
        reason: Message | None,
        steps: list[Step],
    ) -> int:
        assert component.gate  # noqa: S101 - checked by the caller
        kept = to_cents(cents * component.gate.otherwise.share)
        steps.append(Step(message("Gate"), False, reason or UNTRACED, kept - cents))
        return kept

    def _schedule(self, deal_terms: DealTerms, terms: Terms) -> TierSchedule:
        key = (
            deal_terms.index,
            deal_terms.level,
            deal_terms.period,
            deal_terms.known,
            deal_terms.rate_class,
            deal_terms.gate_closed,
        )
        if key not in self._schedules:
            self._schedules[key] = deal_terms.component.schedule(
                terms,
                deal_terms.rate_class,
                closed=deal_terms.gate_closed,
            )
        return self._schedules[key]

    def _terms(self, deal_terms: DealTerms) -> Terms:
        return self.context.terms(deal_terms.index, deal_terms.level, deal_terms.period, deal_terms.known)

    def _price(
        self,
        deal_terms: DealTerms,
        credited: tuple[Deal, int],
        before: int,
        value: int,
        *,
        is_first: bool,
    ) -> tuple[int, Message]:
        """Return what a step of credit is paid, and why; rates apply to `value`, mostly the credit itself.

        Before the first deal of a period nothing is owed, not even a bonus that starts at 0.
        """
        component, deal_component = deal_terms.component, deal_terms.deal_component
        deal, credit = credited
        terms = self._terms(deal_terms)
        after = before + credit
        if not component.tiers:
            key = (deal_terms.index, deal_terms.bucket)
            owed, paid = component.owed(after, terms), None if is_first else self._bonuses[key]
            self._bonuses[key] = paid.then(owed, terms) if paid else PaidBonuses(owed, terms)
            now, paid_before = self._bonuses[key].cents, paid.cents if paid else 0
            return now - paid_before, self._bonus_reason(component, (paid_before, now), after)
        schedule = self._schedule(deal_terms, terms)
        if deal_component.is_recalculated:
            return self._recalculate_period(deal_terms, schedule, (deal, credit), before, value)
        if deal_component.whole_deal_rate:
            total = before if uses_rate_before(deal_component.whole_deal_rate, credit) else after
            if self._is_counted(deal):
                tier, cents = schedule.tier(total), schedule.on_whole_deal(total, value)
                self._tiers.add(deal_terms.index, tier, value, cents, schedule.rate_at(total))
            return self._price_whole_deal(deal_terms, schedule, total, value)
        cents = schedule.owed(after) - schedule.owed(before)
        if self._is_counted(deal):
            self._tiers.add_step(deal_terms.index, schedule, before, after)
        return cents, self._tier_reason(component, schedule, (before, after))

    def _price_whole_deal(
        self,
        deal_terms: DealTerms,
        schedule: TierSchedule,
        total: int,
        value: int,
    ) -> tuple[int, Message]:
        """Pay the whole deal at the rate of the tier that `total` is in."""
        why = self._whole_deal_reason(deal_terms.component, schedule, total, value)
        return schedule.on_whole_deal(total, value), why

    def _recalculate_period(
        self,
        deal_terms: DealTerms,
        schedule: TierSchedule,
        credited: tuple[Deal, int],
        before: int,
        value: int,
    ) -> tuple[int, Message]:
        """Return the increase of what the period's credit is worth, and why, where tiers are retroactive.

        The credit of each level and rate class is paid at its own rates.
        """
        key = (deal_terms.index, deal_terms.bucket)
        deal, credit = credited
        segments, after = self._segments[key], before + credit
        parts = {-1: value} if deal_terms.component.pays_on else schedule.segments(before, after)
        self._parts[deal.id, deal_terms.index], self._reached[key] = parts, schedule.reached(after)
        for tier, part in parts.items():
            segments[deal_terms.level, deal_terms.rate_class, deal_terms.period[0], deal_terms.known, tier] += part
        if self._is_counted(deal):
            self._terms_by_period[key] = deal_terms
        owed = self._period_commission(deal_terms, segments, schedule.reached(after))
        paid, self._paid[key] = self._paid[key], owed
        if self.trace and schedule.reached(after) != schedule.reached(before):
            why = message(
                "the tier reached now applies to everything in the period: {after} in total, {before} so far",
                after=Money(owed, self.plan.currency),
                before=Money(paid, self.plan.currency),
            )
            return owed - paid, why
        if deal_terms.component.pays_on:
            return owed - paid, self._whole_deal_reason(deal_terms.component, schedule, after, value)
        return owed - paid, self._tier_reason(deal_terms.component, schedule, (before, after))

    def _is_counted(self, deal: Deal) -> bool:
        """Return whether what tiers pay on a deal is collected: with a trace, for deals of the window.

        A credit memo takes back what its deal was paid, whatever tier its own credit is in.
        """
        is_in_window = self.context.window.index_of(deal.signed) is not None
        return self.trace and is_in_window and deal.id not in self.context.refunds

    def tier_amounts(self) -> tuple[TierAmount, ...]:
        """Return what every tier has paid on the deals of the window, after the last one."""
        for (index, bucket), deal_terms in self._terms_by_period.items():
            segments = self._segments[index, bucket]
            for schedule, by_tier in self._segments_by_terms(deal_terms, segments):
                self._tiers.add_period(index, schedule, by_tier, self._reached[index, bucket])
        self._terms_by_period.clear()
        return self._tiers.all()

    def _period_commission(
        self,
        deal_terms: DealTerms,
        segments: dict[SegmentKey, int],
        reached: int,
    ) -> int:
        """Return the commission on all segments of a period, each at the rates of its level, class and terms."""
        by_terms = self._segments_by_terms(deal_terms, segments)
        return sum(schedule.on_segments(by_tier, reached) for schedule, by_tier in by_terms)

    def _segments_by_terms(
        self, deal_terms: DealTerms, segments: dict[SegmentKey, int]
    ) -> list[tuple[TierSchedule, dict[int, int]]]:
        """Return a period's credit by tier, for each of the terms it was credited on, with their schedules."""
        by_terms = []
        for own in sorted({key[:4] for key in segments}):
            period = (own[2], deal_terms.period[1])
            segment_terms = replace(deal_terms, level=own[0], rate_class=own[1], period=period, known=own[3])
            schedule = self._schedule(segment_terms, self._terms(segment_terms))
            by_terms.append((schedule, {key[4]: part for key, part in segments.items() if key[:4] == own}))
        return by_terms

    def _whole_deal_reason(self, component: Component, schedule: TierSchedule, total: int, value: int) -> Message:
        if not self.trace:
            return UNTRACED
        return whole_deal_reason(component, value, schedule.rate_at(total), self.plan.currency)

    def _bonus_reason(self, component: Component, cents: tuple[int, int], total: int) -> Message:
        return bonus_reason(component, cents, total, self.plan.currency) if self.trace else UNTRACED

    def _tier_reason(self, component: Component, schedule: TierSchedule, totals: tuple[int, int]) -> Message:
        return tier_reason(component, schedule, totals, self.plan.currency) if self.trace else UNTRACED
