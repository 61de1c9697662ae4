"""Ratios of pay: how much of it is variable, and how it relates to the ARR signed."""

from dataclasses import dataclass
from fractions import Fraction

from server.comp.history import OWN
from server.comp.statements import Statement
from server.messages import Message, Money, Percent, message


@dataclass(frozen=True, slots=True)
class PayRatios:
    """How pay relates to the ARR signed in the window; a ratio is None where its divisor is 0.

    `sales` is that ARR in cents, None if a deal is in another currency than the plan's, or is others' and credited
    to a manager's team or as overlay: then pay is for more than the person's own sales.
    """

    sales: int | None
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
            sentences.append(message("{share} of your pay is variable.", share=rounded(self.pay_mix)))
        if self.cost_of_sales is not None and self.sales is not None:
            share, sales = rounded(self.cost_of_sales), Money(self.sales, currency)
            sentences.append(message("Your pay is {share} of the ARR you signed ({sales}).", share=share, sales=sales))
        return sentences


def rounded(ratio: Fraction) -> Percent:
    """Return a ratio to a tenth of a percent: it only describes pay."""
    return Percent(Fraction(round(ratio * 1000), 1000))


def pay_ratios(statement: Statement, currency: str) -> PayRatios:
    """Return the ratios of a statement under a plan that pays in a currency."""
    window, total = statement.window, statement.total
    base = sum(line.cents for line in statement.base)
    inside = [entry.deal for entry in statement.deals if window.index_of(entry.deal.signed) is not None]
    is_known = all(deal.currency in {"", currency} and deal.role == OWN for deal in inside)
    sales = sum(deal.own_arr for deal in inside) if is_known else None
    return PayRatios(
        sales,
        Fraction(total - base, total) if total else None,
        Fraction(total, sales) if sales and sales > 0 else None,
        Fraction(sales, total) if total > 0 and sales and sales > 0 else None,
    )
