"""Credit memos in the exact engine: what each takes back of its deal's payouts, and what it cancels."""

from collections import defaultdict
from dataclasses import dataclass, replace

from server.comp.explain.deals import EarnedCommission
from server.comp.history import Deal
from server.comp.rounding import divided
from server.comp.statements import Line, Step
from server.messages import message


@dataclass(frozen=True, slots=True)
class _Refund:
    """A memo, and what has been taken back of its deal by payout group before and after it, in cents earned."""

    memo: Deal
    before: tuple[int, ...]
    after: tuple[int, ...]


class Refunds:
    """The credit memos of one rep; deals must be reduced in order, each before its memos."""

    def __init__(self) -> None:
        self._by_deal: dict[str, list[_Refund]] = defaultdict(list)
        self._earned: dict[str, tuple[int, ...]] = {}
        self._lines: dict[str, list[Line]] = defaultdict(list)

    def add(self, memo: Deal, earned: EarnedCommission, deal: Deal, deal_earned: EarnedCommission) -> EarnedCommission:
        """Record a memo; return what it earns besides what it takes back of its deal."""
        wholes = self._earned.setdefault(deal.id, tuple(max(cents, 0) for cents in deal_earned.by_group))
        earlier = self._by_deal[deal.id]
        before = earlier[-1].after if earlier else (0,) * len(wholes)
        limits = zip(earned.taken_back, earned.by_group, wholes, before, strict=True)
        taken = [min(own, max(-cents, 0), whole - done) for own, cents, whole, done in limits]
        earlier.append(_Refund(memo, before, tuple(a + b for a, b in zip(before, taken, strict=True))))
        rest = tuple(cents + own for cents, own in zip(earned.by_group, taken, strict=True))
        return replace(earned, by_group=rest)

    def reduce(self, deal: Deal, line: Line, group: int | None) -> Line:
        """Return a line of a deal less what memos cancel of it.

        What was paid before a memo is kept as a line of the memo, see `lines`, so deals come before their memos.
        `group` is the line's payout group, None for a multiplier of the whole commission.
        """
        refunds = self._by_deal.get(deal.id)
        if not refunds:
            return line
        wholes = self._earned[deal.id]
        whole = sum(wholes) if group is None else wholes[group]
        reduced = line.cents
        for refund in refunds:
            before, after = (sum(parts) if group is None else parts[group] for parts in (refund.before, refund.after))
            cents = divided(line.cents * after, whole) - divided(line.cents * before, whole) if whole else 0
            if line.state == "paid" and line.day <= refund.memo.signed:
                why = message("takes back what deal {deal} was paid on {day}", day=line.day, deal=deal.id)
                step = Step(message("Credit memo"), True, why, -cents)
                self._lines[refund.memo.id].append(Line(line.element, refund.memo.signed, -cents, "paid", step))
            else:
                reduced -= cents
        return line if reduced == line.cents else replace(line, cents=reduced, step=replace(line.step, cents=reduced))

    def lines(self, memo: Deal) -> list[Line]:
        """Return what a memo takes back of the payouts of its deal."""
        return self._lines[memo.id]

    def taken_from(self, deal: Deal) -> list[Line]:
        """Return what memos have taken back of a deal."""
        return [line for refund in self._by_deal.get(deal.id, ()) for line in self._lines[refund.memo.id]]
