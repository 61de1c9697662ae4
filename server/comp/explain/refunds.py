"""Credit memos in the exact engine: what each takes back of its deal's payouts, and what it cancels."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from server.comp.history import Deal
from server.comp.mechanics.refunds import Refund
from server.comp.statements import Line, Step
from server.messages import message


class Refunds:
    """The credit memos of one rep; what they take back is collected while the lines of their deals are reduced."""

    def __init__(self, refunds: Iterable[Refund]) -> None:
        self._by_deal: dict[str, list[Refund]] = defaultdict(list)
        for refund in refunds:
            self._by_deal[refund.deal.id].append(refund)
        self._lines: dict[str, list[Line]] = defaultdict(list)

    def reduce(self, deal: Deal, line: Line) -> Line:
        """Return a line of a deal less what memos cancel of it; of what was paid before, the memo gets a line."""
        reduced = line.cents
        for refund in self._by_deal.get(deal.id, ()):
            if line.state == "paid" and line.day <= refund.memo.signed:
                self._take_back(refund, line)
            else:
                reduced -= refund.share(line.cents)
        return line if reduced == line.cents else replace(line, cents=reduced, step=replace(line.step, cents=reduced))

    def give_back(self, deal: Deal, clawback: Line) -> None:
        """Let memos after a clawback give back their share of it, since that was taken back before."""
        later = [refund for refund in self._by_deal.get(deal.id, ()) if clawback.day < refund.memo.signed]
        for refund in later if clawback.state == "paid" else ():
            self._take_back(refund, clawback, since=later[0].before)

    def _take_back(self, refund: Refund, line: Line, since: int = 0) -> None:
        cents = -refund.share(line.cents, since)
        why = message("takes back what deal {deal} was paid on {day}", deal=refund.deal.id, day=line.day)
        step = Step(message("Credit memo"), True, why, cents)
        self._lines[refund.memo.id].append(Line(line.element, refund.memo.signed, cents, "paid", step))

    def lines(self, memo: Deal) -> list[Line]:
        """Return what a memo takes back of the payouts of its deal."""
        return self._lines[memo.id]

    def taken_from(self, deal: Deal) -> list[Line]:
        """Return what memos have taken back of a deal."""
        return [line for refund in self._by_deal.get(deal.id, ()) for line in self._lines[refund.memo.id]]
