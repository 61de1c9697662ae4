"""What each tier has paid, as a statement shows it: the tier by name, the credit in it, its rate and the pay."""

from dataclasses import dataclass

from server.comp.mechanics.thresholds import describe_start
from server.comp.plan import Plan
from server.comp.rounding import to_cents
from server.comp.statements import Statement, TierAmount
from server.messages import ListMessage, Message, Money, Percent, Value, message


@dataclass(frozen=True, slots=True)
class TierRow:
    """A tier's component, where it starts, the credit in it, its rates, and what it paid in cents."""

    component: str
    start: Message
    credit: Value
    rates: Value
    cents: int

    def sentence(self, currency: str) -> Message:
        """Return the row as a sentence."""
        return message(
            "{component}, {start}: {credit} at {rates} is {amount}",
            component=self.component,
            start=self.start,
            credit=self.credit,
            rates=self.rates,
            amount=Money(self.cents, currency),
        )


def tier_rows(statement: Statement, plan: Plan) -> list[TierRow]:
    """Return what every tier has paid on the deals of the window.

    It is before splits, gates, minimums, caps and credit memos.
    """
    return [_row(amount, plan) for amount in statement.tiers]


def tier_differences(statement: Statement, plan: Plan) -> list[Message]:
    """Return why tiers do not add up to the commission of the window's deals: a sentence for each difference."""
    inside = [deal for deal in statement.deals if statement.window.index_of(deal.deal.signed) is not None]
    paid = [sum(deal.by_component[index] for deal in inside) for index in range(len(plan.components))]
    by_tiers = [0] * len(paid)
    for tier in statement.tiers:
        by_tiers[tier.component] += tier.cents
    sentences = []
    for component, cents, priced in zip(plan.components, paid, by_tiers, strict=True):
        if component.tiers and not component.is_periodic and cents != priced:
            after = message(
                "{component} pays {amount}, after splits, gates, minimums and caps.",
                component=component.name,
                amount=Money(cents, plan.currency),
            )
            sentences.append(after)
    commission = sum(deal.commission for deal in inside)
    if commission != sum(paid):
        amount = Money(commission, plan.currency)
        sentences.append(message("The commission is {amount}, after caps and credit memos.", amount=amount))
    return sentences


def _row(amount: TierAmount, plan: Plan) -> TierRow:
    component, currency = plan.components[amount.component], plan.currency
    tier = component.tiers[amount.tier] if amount.tier < len(component.tiers) else None
    is_money = component.payable.is_money
    rates: list[Value] = [Percent(rate) if is_money else Money(to_cents(rate), currency) for rate in amount.rates]
    start = describe_start(tier, currency) if tier else message("beyond the stated pay")
    credit: Value = Money(amount.credit, currency) if is_money else amount.credit
    return TierRow(component.name, start, credit, ListMessage(tuple(rates)), amount.cents)
