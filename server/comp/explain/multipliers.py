"""Multipliers of single deals in the exact engine: what they add to a deal's commission, when, and why."""

from datetime import date
from fractions import Fraction

from server.comp.calendar import Window
from server.comp.history import Deal, History
from server.comp.mechanics import release
from server.comp.mechanics.components import payout_groups
from server.comp.mechanics.multipliers import Multiplier, combined
from server.comp.mechanics.paydays import AS_RELEASED
from server.comp.mechanics.release import State
from server.comp.pay_elements import PayElements
from server.comp.plan import Plan
from server.comp.rounding import to_cents
from server.comp.statements import Line, Step
from server.messages import Message, message


class DealMultipliers:
    """The multipliers of a plan that apply to the deals of one rep."""

    def __init__(self, history: History, plan: Plan, window: Window, elements: PayElements) -> None:
        self.history, self.plan, self.window, self.elements = history, plan, window, elements
        self._multipliers = [(index, m) for index, m in enumerate(plan.multipliers) if not m.is_periodic]
        groups = payout_groups(plan.components)
        self._paydays = groups[0] if len(groups) == 1 else AS_RELEASED
        self._cumulative_shares = release.cumulative_shares(plan.release)

    def lines(self, deal: Deal, commission: int) -> list[Line]:
        """Return what the multipliers add to the commission of a deal, in cents.

        Each adds the increase over those before it, by factors combined and limited as the plan says.
        One that does not apply has a line with the amount it would have added alone.
        """
        tests = [self._test(multiplier, deal) for _, multiplier in self._multipliers]
        factors = [
            multiplier.factor if applies else Fraction(1)
            for (_, multiplier), (applies, _, _) in zip(self._multipliers, tests, strict=True)
        ]
        running_factors = combined(factors, self.plan.combine, self.plan.multipliers_at_most)
        rows = zip(self._multipliers, tests, running_factors, strict=True)
        lines, before = [], commission
        for (index, multiplier), (applies, day, why), running_factor in rows:
            after = to_cents(commission * running_factor)
            cents = after - before if applies else to_cents(commission * multiplier.factor) - commission
            before = after
            element = self.elements.multiplier(index)
            if applies and multiplier.when is None:
                lines += self._payout_lines(element, deal, cents)
                continue
            state = self._state(multiplier, deal, applies=applies)
            step = Step(self.elements.labels[element], applies, why, cents)
            lines.append(Line(element, day, cents, state, step))
        return lines

    def _test(self, multiplier: Multiplier, deal: Deal) -> tuple[bool, date, Message]:
        """Return whether a multiplier applies to a deal, the day that decides it, and why."""
        if multiplier.where and not multiplier.where.admits(deal):
            why = message("this deal does not count: {rule}", rule=multiplier.where.sentence(""))
            return False, deal.signed, why
        if multiplier.when:
            applies, rated, why = multiplier.when.earned(deal, self.history, self.window)
            return applies, rated or self.window.ends, why
        return True, deal.signed, message("the deal qualifies")

    def _payout_lines(self, element: int, deal: Deal, cents: int) -> list[Line]:
        """Split an amount as the commission is split; each part is paid when its payout is due."""
        lines = []
        parts = release.split_payout(cents, self._cumulative_shares)
        for payout_rule, part in zip(self.plan.release, parts, strict=True):
            for due in payout_rule.released_parts(deal, self.window, self._paydays):
                cents = due.part.of(part)
                step = Step(self.elements.labels[element], due.state == "paid", due.why, cents)
                lines.append(Line(element, due.day, cents, due.state, step))
        return lines

    def _state(self, multiplier: Multiplier, deal: Deal, *, applies: bool) -> State:
        if applies:
            return "paid"
        is_unrated = deal.rated is None or deal.rating is None or deal.rated > self.window.ends
        may_be_rated = multiplier.when is not None and deal.churned is None and is_unrated
        return "waiting" if may_be_rated else "missed"
