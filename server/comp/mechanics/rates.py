"""Rates: what a tier pays, and rates that depend on attributes of the deal or results of the rep."""

from dataclasses import dataclass
from fractions import Fraction

from server.comp.language import units
from server.comp.language.declarations import ListOf, Nested, Scalar, declare
from server.comp.language.diagnostics import UnreadableError
from server.comp.mechanics.conditions import Condition
from server.comp.mechanics.eligibility import EVERY, Eligibility
from server.messages import Message, Money, Multiple, Percent, Value, message

MAX_CLASSES = 24


@dataclass(frozen=True, slots=True)
class Rate:
    """A multiple of the level's own rate, a share of the measure, or cents per unit."""

    multiple: Fraction | None = None
    share: Fraction | None = None
    per_unit: int | None = None

    def at(self, base_rate: Fraction) -> Fraction:
        """Return the exact rate in cents per cent (or unit) of the measure; `base_rate` is what 1x pays."""
        if self.multiple is not None:
            return self.multiple * base_rate
        return self.share if self.share is not None else Fraction(self.per_unit or 0)

    def shown(self, currency: str) -> Value:
        """Return the rate as it is stated."""
        if self.multiple is not None:
            return Multiple(self.multiple)
        if self.share is not None:
            return Percent(self.share) if self.share else message("nothing")
        return Money(self.per_unit or 0, currency)


def rate(text: str) -> Rate:
    """Parse `1.5x`, `6.25%`, `1/16`, `$250` (per unit) or `nothing`."""
    stripped = text.strip()
    if stripped == "nothing":
        return Rate(share=Fraction(0))
    if units.is_share(stripped):
        return Rate(share=units.percent(stripped, most=1_000))
    if stripped.endswith(("x", "×")):
        return Rate(multiple=units.multiple(stripped))
    if stripped[:1] in "$€£¥" or stripped[:3].isupper():
        return Rate(per_unit=units.money(stripped))
    raise UnreadableError(
        message("The unit is missing."),
        message("Write 1x for the level's own rate, a percentage, or an amount per unit."),
    )


RATE = Scalar("a rate", rate, Rate(share=Fraction(0)), lambda value, currency: value.shown(currency), "1.5x")


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRule:
    """A rate for deals that match and reps who meet the conditions; the first rule that matches applies."""

    when: Eligibility = declare(
        Nested(Eligibility),
        EVERY,
        doc="The deals it applies to; every deal unless stated.",
    )
    needs: tuple[Condition, ...] = declare(ListOf(Condition, 8), ())
    pays: Rate = declare(RATE, doc="What 1x pays for these deals.")

    def sentence(self, currency: str) -> Message:
        """Describe the rule in a sentence."""
        rate_ = self.pays.shown(currency)
        conditions = self.when.conditions(currency)
        if conditions is None:
            text = message("The rate of every deal is {rate}", rate=rate_)
        else:
            text = message("The rate of deals with {conditions} is {rate}", conditions=conditions, rate=rate_)
        for condition in self.needs:
            text = message("{text}, if {condition}", text=text, condition=condition.sentence())
        return message("{text}.", text=text)
