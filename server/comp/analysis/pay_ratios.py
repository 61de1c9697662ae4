"""Ratios of a year's pay: how much of it is variable, what sales cost, and what pay brings in."""

from dataclasses import dataclass
from fractions import Fraction

from server.comp.calendar import month_of
from server.comp.statements import Statement
from server.messages import Message, Money, Percent, message


@dataclass(frozen=True, slots=True)
class PayRatios:
    """Shares of a statement's pay, None where they are undefined; `sales` is the ARR signed in the window in cents."""

    sales: int
    pay_mix: Fraction | None
    cost_of_sales: Fraction | None
    return_on_pay: Fraction | None

    def by_name(self) -> dict[str, Fraction]:
        """Return the ratios that are defined, by the names that cases use."""
        ratios = {"pay mix": self.pay_mix, "cost of sales": self.cost_of_sales, "roi": self.return_on_pay}
        return {name: ratio for name, ratio in ratios.items() if ratio is not None}

    def sentences(self, currency: str) -> list[Message]:
        """Describe the ratios that are defined."""
        sentences = []
        if self.pay_mix is not None:
            sentences.append(message("{share} of this pay is variable.", share=Percent(self.pay_mix)))
        if self.cost_of_sales is not None:
            sales = Money(self.sales, currency)
            sentences.append(
                message("It is {share} of the {sales} signed.", share=Percent(self.cost_of_sales), sales=sales)
            )
        return sentences


def pay_ratios(statement: Statement) -> PayRatios:
    """Return the ratios of a statement."""
    window, total = statement.window, statement.total
    base = sum(line.cents for line in statement.base)
    sales = sum(
        entry.deal.own_arr for entry in statement.deals if window.index(month_of(entry.deal.signed)) is not None
    )
    return PayRatios(
        sales,
        Fraction(total - base, total) if total else None,
        Fraction(total, sales) if sales > 0 else None,
        Fraction(sales, total) if total > 0 and sales > 0 else None,
    )
