"""Rates: what a tier pays, and a rate that is chosen by a deal's attributes or a rep's standing."""

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

    def at(self, own: Fraction) -> Fraction:
        """Return the exact rate in cents per cent (or per unit) of the measure; `own` is what 1x means."""
        if self.multiple is not None:
            return self.multiple * own
        return self.share if self.share is not None else Fraction(self.per_unit or 0)

    def shown(self, currency: str) -> Value:
        """Return the rate as it is stated."""
        if self.multiple is not None:
            return Multiple(self.multiple)
        if self.share is not None:
            return Percent(self.share) if self.share else message("nothing")
        return Money(self.per_unit or 0, currency)


def rate(text: str) -> Rate:
    """Read `1.5x`, `6.25%`, `$250` (for each unit) or `nothing`."""
    bare = text.strip()
    if bare == "nothing":
        return Rate(share=Fraction(0))
    if bare.endswith("%"):
        return Rate(share=units.percent(bare, most=1_000))
    if bare.endswith(("x", "×")):
        return Rate(multiple=units.multiple(bare))
    if bare[:1] in "$€£¥" or bare[:3].isupper():
        return Rate(per_unit=units.money(bare))
    raise UnreadableError(
        message("The unit is missing."),
        message("Write 1x for the level's own rate, a percentage, or an amount for each unit."),
    )


RATE = Scalar("a rate", rate, Rate(share=Fraction(0)), lambda value, currency: value.shown(currency), "1.5x")


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRule:
    """A rate for the deals that match, and for reps who stand so; the first rule that fits decides."""

    when: Eligibility = declare(Nested(Eligibility), EVERY, doc="The deals it is for; every deal unless stated.")
    needs: tuple[Condition, ...] = declare(ListOf(Condition, 8), ())
    pays: Rate = declare(RATE, doc="What 1x means for these deals.")

    def sentence(self, currency: str) -> Message:
        """Say it."""
        said = message("Deals are paid at {rate}", rate=self.pays.shown(currency))
        if self.when != EVERY:
            said = message("{said}, where: {where}", said=said, where=self.when.sentence(currency))
        for condition in self.needs:
            said = message("{said}, if {condition}", said=said, condition=condition.sentence())
        return message("{said}.", said=said)
