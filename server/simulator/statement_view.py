"""The view model of a statement: one page of its deals, filtered and sorted."""

from dataclasses import dataclass

from server.comp import DealStatement, Statement
from server.simulator.forms import StatementFilter

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement as shown: one page of the deals that match a filter, and totals.

    `matching_count` and `matching_paid` are the count and cents of matching deals, `deal_count` and
    `all_paid` those of all deals.
    """

    statement: Statement
    filter: StatementFilter
    deals: list[DealStatement]
    matching_count: int
    matching_paid: int
    deal_count: int
    all_paid: int

    @property
    def other_pay(self) -> int:
        """Cents not paid for a deal: base pay and payments at period ends."""
        return self.statement.total - self.all_paid

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return _page_count(self.matching_count)


def statement_view(statement: Statement, deal_filter: StatementFilter) -> StatementView:
    """Return the requested page of a statement's matching deals; a page past the end is the last one."""
    window = statement.window
    entries = [entry for entry in statement.deals if entry.touches(window)]
    matching = [entry for entry in entries if _matches(entry, deal_filter)]
    matching.sort(key=lambda entry: (entry.deal.signed, entry.deal.id))
    if deal_filter.order == "newest":
        matching.reverse()
    elif deal_filter.order == "amount":
        matching.sort(key=lambda entry: -entry.deal.own_arr)
    elif deal_filter.order == "paid":
        matching.sort(key=lambda entry: -entry.paid_in(window))
    first = (min(deal_filter.page, _page_count(len(matching))) - 1) * PAGE_SIZE
    return StatementView(
        statement,
        deal_filter,
        matching[first : first + PAGE_SIZE],
        len(matching),
        sum(entry.paid_in(window) for entry in matching),
        len(entries),
        sum(entry.paid_in(window) for entry in entries),
    )


def _page_count(deal_count: int) -> int:
    return max(-(-deal_count // PAGE_SIZE), 1)


def _matches(entry: DealStatement, deal_filter: StatementFilter) -> bool:
    """Return whether a deal matches a filter on text, kind and payment status."""
    deal, text, state = entry.deal, deal_filter.find.strip().casefold(), deal_filter.state
    return (
        (not text or text in f"{deal.customer} {deal.id} {deal.product}".casefold())
        and (not deal_filter.kind or deal.kind == deal_filter.kind)
        and (not state or any(line.state == state and line.cents for line in entry.lines))
    )
