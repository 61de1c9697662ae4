"""Periods of the plan year, and amounts that are stated for one of them."""

import re
from dataclasses import dataclass
from fractions import Fraction

from server.comp.calendar import MONTHS_IN_YEAR
from server.comp.language import units
from server.comp.language.declarations import Scalar
from server.comp.language.diagnostics import UnreadableError
from server.comp.rounding import to_cents
from server.messages import Message, Money, Percent, Value, message

PERIODS = {"deal": 0, "month": 1, "quarter": 3, "half": 6, "year": MONTHS_IN_YEAR}
"""The months of each period; a single deal is held against the plan year."""
_PER = re.compile(r"(?P<amount>.*?)(?:\s+(?:a|an|per|each)\s+(?P<period>deal|month|quarter|half|half year|year))?")


def months_in(period: str) -> int:
    """Return the months a period is measured against."""
    return PERIODS[period] or MONTHS_IN_YEAR


def period_name(months: int) -> Message:
    """Name a period by its months."""
    return {
        0: message("a deal"),
        1: message("a month"),
        3: message("a quarter"),
        6: message("half a year"),
        12: message("a year"),
    }[months]


@dataclass(frozen=True, slots=True)
class PeriodAmount:
    """An amount for a period: cents (`$175,000 a quarter`), a plain number (`12 a month`), or the team's sum."""

    cents: int
    months: int = MONTHS_IN_YEAR
    is_number: bool = False
    is_team: bool = False

    def yearly(self, *, is_money: bool) -> Fraction:
        """Return the amount of a year, exactly, in cents or in units."""
        amount = Fraction(self.cents) if is_money else Fraction(self.cents, 100)
        return amount * MONTHS_IN_YEAR / self.months

    def shown(self, currency: str) -> Value:
        """Return it as it is stated."""
        if self.is_team:
            return message("the sum of the team's quotas")
        amount: Value = self.cents // 100 if self.is_number else Money(self.cents, currency)
        return (
            amount
            if self.months == MONTHS_IN_YEAR
            else message("{amount} {period}", amount=amount, period=period_name(self.months))
        )


@dataclass(frozen=True, slots=True)
class PeriodLimit:
    """A cap: cents, or a share of the target, for a period or a single deal (0 months)."""

    cents: int | None = None
    share: Fraction | None = None
    months: int = MONTHS_IN_YEAR

    def at(self, target: int) -> int:
        """Return the limit in cents, given the target of its period."""
        return self.cents if self.cents is not None else to_cents((self.share or 0) * Fraction(target))

    def shown(self, currency: str) -> Value:
        """Return it as it is stated."""
        amount: Value = (
            Money(self.cents, currency)
            if self.cents is not None
            else message("{share} of the target", share=Percent(self.share or Fraction(0)))
        )
        return message("{amount} {period}", amount=amount, period=period_name(self.months))


def _split_period(text: str) -> tuple[str, int]:
    found = _PER.fullmatch(" ".join(text.split()))
    assert found  # noqa: S101 - the amount may be anything
    period = (found["period"] or "year").split()[0]
    return found["amount"], PERIODS[period]


def period_amount(text: str) -> PeriodAmount:
    """Read `$800,000`, `$175,000 a quarter`, `12 a month` or `team`."""
    amount, months = _split_period(text)
    if amount == "team":
        return PeriodAmount(0, is_team=True)
    if months == 0:
        raise UnreadableError(message("A quota is for a month, a quarter, half a year or a year."))
    return PeriodAmount(units.money(amount), months, is_number=amount.replace(",", "").replace("_", "").isdigit())


def period_limit(text: str) -> PeriodLimit | None:
    """Read `none`, `$200,000 a year`, `200% of target a quarter` or `$5,000 a deal`."""
    amount, months = _split_period(text)
    if amount in {"none", "no cap"}:
        return None
    share = re.fullmatch(r"(.*%)\s+of\s+(?:the\s+)?target", amount)
    if share:
        return PeriodLimit(None, units.percent(share[1], most=10_000), months)
    return PeriodLimit(units.money(amount), None, months)


PERIOD_AMOUNT = Scalar(
    "an amount for a period",
    period_amount,
    PeriodAmount(0),
    lambda value, currency: value.shown(currency),
    "$175,000 a quarter",
)
PERIOD_LIMIT = Scalar("a cap", period_limit, None, lambda value, currency: value.shown(currency), "$10,000 a quarter")
