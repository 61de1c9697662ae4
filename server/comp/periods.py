"""Periods of the plan year, and amounts and caps stated for a period."""

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
"""The months of each period; a single deal is measured against the plan year."""
WEEKS = {"week": 1, "two weeks": 2}
"""The weeks of the periods that are shorter than a month."""
WEEKS_IN_YEAR = 52
_PER = re.compile(
    r"(?P<amount>.*?)(?:\s+(?:(?:a|an|per|each)\s+(?P<period>deal|week|month|quarter|half|half year|year)"
    r"|(?:per|every)\s+(?P<weeks>two weeks)))?",
)


def months_in(period: str) -> int:
    """Return the number of months a period is measured against; weeks are a part of the month they are in."""
    return 1 if period in WEEKS else PERIODS[period] or MONTHS_IN_YEAR


def share_of_months(period: str) -> Fraction:
    """Return the part of its months that a period is: a week is 12/52 of a month, longer periods are all of theirs."""
    return Fraction(WEEKS[period] * MONTHS_IN_YEAR, WEEKS_IN_YEAR) if period in WEEKS else Fraction(1)


def period_name(months: int | Fraction) -> Message:
    """Return the name of a period of so many months."""
    return {
        0: message("a deal"),
        share_of_months("week"): message("a week"),
        share_of_months("two weeks"): message("every two weeks"),
        1: message("a month"),
        3: message("a quarter"),
        6: message("half a year"),
        12: message("a year"),
    }[months]


@dataclass(frozen=True, slots=True)
class PeriodAmount:
    """An amount for a period: cents (`$175,000 a quarter`), a number (`12 a month`) or the sum of the team's.

    `cents` of a number are hundredths of a unit.
    """

    cents: int
    months: int | Fraction = MONTHS_IN_YEAR
    is_number: bool = False
    is_team: bool = False

    def yearly(self, *, is_money: bool) -> Fraction:
        """Return the exact yearly amount, in cents or in units."""
        amount = Fraction(self.cents) if is_money else Fraction(self.cents, 100)
        return amount * MONTHS_IN_YEAR / self.months

    def shown(self, currency: str) -> Value:
        """Return the amount as the plan states it."""
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
    """A cap in cents, or as a share of the target, for a period or for a single deal (0 months)."""

    cents: int | None = None
    share: Fraction | None = None
    months: int = MONTHS_IN_YEAR

    def at(self, target: int) -> int:
        """Return the limit in cents; `target` is the target of its period in cents."""
        return self.cents if self.cents is not None else to_cents((self.share or 0) * Fraction(target))

    def shown(self, currency: str) -> Value:
        """Return the cap as the plan states it."""
        amount: Value = (
            Money(self.cents, currency)
            if self.cents is not None
            else message("{share} of the target", share=Percent(self.share or Fraction(0)))
        )
        return message("{amount} {period}", amount=amount, period=period_name(self.months))


def _split_period(text: str) -> tuple[str, int | Fraction]:
    match = _PER.fullmatch(" ".join(text.split()))
    assert match  # noqa: S101 - the pattern accepts any amount
    if weeks := match["weeks"] or (match["period"] if match["period"] in WEEKS else None):
        return match["amount"], share_of_months(weeks)
    period = (match["period"] or "year").split()[0]
    return match["amount"], PERIODS[period]


def period_amount(text: str) -> PeriodAmount:
    """Parse `$800,000`, `$175,000 a quarter`, `12 a month` or `team`."""
    amount, months = _split_period(text)
    if amount == "team":
        return PeriodAmount(0, is_team=True)
    if months == 0:
        raise UnreadableError(message("State the quota for a week, a month, a quarter, half a year or a year."))
    return PeriodAmount(
        units.money(amount),
        months,
        is_number=amount.replace(",", "").replace("_", "").isdigit(),
    )


def period_limit(text: str) -> PeriodLimit | None:
    """Parse `none`, `$200,000 a year`, `200% of target a quarter` or `$5,000 a deal`."""
    amount, months = _split_period(text)
    if amount in {"none", "no cap"}:
        return None
    if isinstance(months, Fraction):
        raise UnreadableError(message("State a cap for a deal, a month, a quarter, half a year or a year."))
    share = re.fullmatch(r"(.*[%\d])\s+of\s+(?:the\s+)?target", amount)
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


def yearly_amount(text: str) -> int:
    """Parse `$60,000` (a year) or `$5,000 a month`; return the cents of a year."""
    amount, months = _split_period(text)
    if months == 0:
        raise UnreadableError(message("State the amount for a month, a quarter, half a year or a year."))
    return to_cents(Fraction(units.money(amount) * MONTHS_IN_YEAR) / months)


YEARLY_AMOUNT = Scalar(
    "an amount for a year, or for a shorter period",
    yearly_amount,
    blank=0,
    show=lambda value, currency: Money(int(value), currency),
    example="$60,000",
)
PERIOD_LIMIT = Scalar(
    "a cap",
    period_limit,
    None,
    lambda value, currency: value.shown(currency),
    "$10,000 a quarter",
)


def quota_label(quota: PeriodAmount, currency: str) -> Message:
    """Return a quota with its period: “$800,000 a year”."""
    shown = quota.shown(currency)
    if quota.months == MONTHS_IN_YEAR:
        return message("{quota} a year", quota=shown)
    return message("{quota}", quota=shown)
