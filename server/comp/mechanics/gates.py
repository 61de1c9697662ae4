"""Gates: a component pays in full only when other goals are met at the period's end."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from server.comp.language import units
from server.comp.language.declarations import COUNT, ListOf, Scalar, declare
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.fields import Fields
from server.comp.mechanics.conditions import Condition
from server.messages import Message, Percent, Value, message

FIRST_TIER = "the first tier"


@dataclass(frozen=True, slots=True)
class GateFallback:
    """What a shut gate leaves: a share of what would have been paid, or the first tier only."""

    share: Fraction = Fraction(0)
    first_tier: bool = False

    def shown(self, currency: str) -> Value:
        """Return it as it is stated."""
        del currency
        if self.first_tier:
            return message("the first tier")
        return message("{share} of it", share=Percent(self.share)) if self.share else message("nothing")


def gate_fallback(text: str) -> GateFallback:
    """Read `nothing`, `the first tier` or a percentage."""
    bare = " ".join(text.lower().split())
    if bare == "nothing":
        return GateFallback()
    if bare in {FIRST_TIER, "first tier"}:
        return GateFallback(first_tier=True)
    if bare.endswith("%"):
        return GateFallback(units.percent(bare))
    raise UnreadableError(message("A shut gate leaves nothing, a percentage, or the first tier."))


GATE_FALLBACK = Scalar(
    "what is left", gate_fallback, GateFallback(), lambda v, currency: v.shown(currency), "the first tier"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """All that must hold at the end of the component's period; it is paid then."""

    needs: tuple[Condition, ...] = declare(ListOf(Condition, 8), ())
    at_least: int | None = declare(COUNT, None, doc="How many of them must hold; all unless stated.")
    otherwise: Any = declare(GATE_FALLBACK, GateFallback())

    def check(self, fields: Fields) -> None:
        """Report a gate that asks for nothing."""
        if not self.needs:
            fields.report("needs", message("“{name}” is missing here.", name="needs"))

    def sentence(self, currency: str) -> Message:
        """Say it."""
        wanted = self.needs[0].sentence()
        for condition in self.needs[1:]:
            wanted = message("{first} and {second}", first=wanted, second=condition.sentence())
        if self.at_least is not None:
            wanted = message("{number} of these: {wanted}", number=self.at_least, wanted=wanted)
        return message(
            "It needs {wanted} at the end of the period; otherwise it pays {otherwise}.",
            wanted=wanted,
            otherwise=self.otherwise.shown(currency),
        )
