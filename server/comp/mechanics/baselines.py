"""Baselines for growth: the credit of a period that pays nothing, stated or taken from the year before."""

from dataclasses import dataclass
from fractions import Fraction

from server.comp.language import units
from server.comp.language.declarations import Scalar
from server.comp.language.diagnostics import UnreadableError
from server.comp.periods import PeriodAmount, period_amount
from server.comp.rounding import to_cents
from server.messages import Message, Percent, Value, message

YEAR_BEFORE = "the year before"


@dataclass(frozen=True, slots=True)
class Baseline:
    """A stated amount for a period, or a share of the credit in the same months of the year before."""

    amount: PeriodAmount | None = None
    share: Fraction = Fraction(1)

    def at(self, credit_before: int, part: Fraction, *, is_money: bool) -> int:
        """Return the baseline of a period in cents or units.

        `credit_before` was credited a year before; the period is a `part` of the year for which the plan is in force.
        """
        if self.amount is None:
            return max(to_cents(credit_before * self.share), 0)
        return to_cents(self.amount.yearly(is_money=is_money) * part)

    def shown(self, currency: str) -> Value:
        """Return the baseline as the plan states it."""
        if self.amount is not None:
            return self.amount.shown(currency)
        if self.share == 1:
            return message("the credit of the year before")
        return message("{share} of the credit of the year before", share=Percent(self.share))

    def sentence(self, currency: str) -> Message:
        """Describe the baseline in a sentence."""
        if self.amount is not None:
            return message("Only credit beyond {baseline} counts for tiers.", baseline=self.shown(currency))
        return message(
            "Only credit beyond {baseline}, in the same months, counts for tiers.", baseline=self.shown(currency)
        )


def _parse(text: str) -> Baseline:
    words = " ".join(text.split())
    if words == YEAR_BEFORE:
        return Baseline()
    share = words.removesuffix(f" of {YEAR_BEFORE}")
    if share != words:
        return Baseline(share=units.percent(share, most=1_000))
    amount = period_amount(words)
    if amount.is_team:
        raise UnreadableError(message("A baseline is an amount for a period, or “the year before”."))
    return Baseline(amount)


BASELINE = Scalar(
    "an amount for a period, or a share of the year before",
    _parse,
    None,
    lambda value, currency: value.shown(currency),
    "105% of the year before",
)
