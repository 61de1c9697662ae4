"""Credit of deals whose customers left, by period: for clawback of what a deal added to its period."""

from collections import defaultdict
from datetime import date

from server.comp.history import Deal
from server.comp.mechanics.refunds import Refund

PeriodKey = tuple[int, int]
"""The index of a component, and the period in which its credit adds up."""


class LostCredit:
    """The credit of one rep's deals by component, less memos of the same period, and which of them were lost."""

    def __init__(self) -> None:
        self._position: dict[str, int] = {}
        self._lost: dict[PeriodKey, list[Deal]] = defaultdict(list)
        self._credit: dict[tuple[int, str], int] = defaultdict(int)

    def add(self, period: PeriodKey, deal: Deal, credit: int) -> None:
        """Add the credit of the next deal, in cents or units."""
        self._position.setdefault(deal.id, len(self._position))
        self._credit[period[0], deal.id] += credit
        if deal.churned:
            self._lost[period].append(deal)

    def add_memo(self, period: PeriodKey, refund: Refund, credit: int) -> None:
        """Add the credit of a memo in the period of its deal, which is negative."""
        self._credit[period[0], refund.deal.id] += credit

    def of(self, index: int, deal: Deal) -> int:
        """Return the credit of a deal for a component."""
        return self._credit[index, deal.id]

    def before(self, period: PeriodKey, deal: Deal) -> int:
        """Return the credit of a period whose customers left before that of a deal; of one day, the last deal first."""
        own = self._order(deal)
        return sum(self.of(period[0], other) for other in self._lost[period] if self._order(other) < own)

    def _order(self, deal: Deal) -> tuple[date, int]:
        return deal.churned or date.max, -self._position[deal.id]
