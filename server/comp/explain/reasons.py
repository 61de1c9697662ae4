"""Why a deal is paid what it is: the words of tiers and bonuses on a statement."""

from fractions import Fraction

from server.comp.mechanics.components import Component
from server.comp.mechanics.quotas import Terms
from server.comp.mechanics.tiers import TierSchedule
from server.comp.rounding import to_cents
from server.messages import Message, Money, Percent, Value, message


def _credit(component: Component, amount: int, currency: str) -> Value:
    return Money(amount, currency) if component.measure.is_money else amount


def _rate(component: Component, rate: Fraction, currency: str) -> Value:
    return Percent(rate) if component.payable.is_money else Money(to_cents(rate), currency)


def whole_deal_reason(component: Component, value: int, rate: Fraction, currency: str) -> Message:
    """Say at which rate the whole value of a deal, in cents or units, is paid."""
    amount: Value = Money(value, currency) if component.payable.is_money else value
    return message("all of {amount} at {rate}", amount=amount, rate=_rate(component, rate, currency))


def bonus_reason(component: Component, cents: tuple[int, int], total: int, currency: str) -> Message:
    """Say what bonuses pay on a total of credit: `cents` are those before the deal, and now."""
    amount, (before, now) = _credit(component, total, currency), cents
    if now == before:
        return message("no further threshold is reached with {total}", total=amount)
    return message(
        "with a total of {total}, {now} instead of {before}",
        total=amount,
        now=Money(now, currency),
        before=Money(before, currency),
    )


def tier_reason(component: Component, schedule: TierSchedule, totals: tuple[int, int], currency: str) -> Message:
    """Say which parts of a deal are in which tiers: `totals` are the running credit before it, and with it."""
    parts: Message | None = None
    for index, amount, rate in schedule.parts(*totals):
        credit, price = _credit(component, amount, currency), _rate(component, rate, currency)
        part = message("{amount} at {rate}", amount=credit, rate=price)
        if len(schedule.rates) > 1:
            part = message("{amount} in tier {tier} at {rate}", amount=credit, tier=index + 1, rate=price)
        parts = part if parts is None else message("{first} and {second}", first=parts, second=part)
    before = _credit(component, totals[0], currency)
    if parts is None:
        return message("no rate applies at this total; {before} already counted toward quota", before=before)
    return message("{parts}; {before} already counted toward quota", parts=parts, before=before)


def own_rate_reason(component: Component, terms: Terms, currency: str) -> Message | None:
    """Say which quotient 1x is, where a printed percentage cannot show it exactly; None elsewhere."""
    is_own = bool(component.tiers) and not component.rate_by and any(tier.pays.multiple for tier in component.tiers)
    if not is_own or not component.measure.is_money or terms.quota <= 0 or terms.rate * terms.quota != terms.target:
        return None
    percent = terms.rate * 100 * 10**4
    if percent.denominator == 1:
        return None
    target, quota = Money(terms.target, currency), Money(terms.quota, currency)
    return message("1x is {target} / {quota}, {rate}", target=target, quota=quota, rate=Percent(terms.rate))
