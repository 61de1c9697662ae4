"""Gates: a component pays in full only if other goals are met at the end of the period."""

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
    """What is paid if the gate is not met: a share of the full pay, or the first tier only."""

    share: Fraction = Fraction(0)
    first_tier: bool = False

    def shown(self, currency: str) -> Value:
        """Return the fallback as it is stated."""
        del currency
        if self.first_tier:
            return message("the first tier")
        return message("{share} of it", share=Percent(self.share)) if self.share else message("nothing")


def gate_fallback(text: str) -> GateFallback:
    """Parse `nothing`, `the first tier` or a percentage."""
    words = " ".join(text.lower().split())
    if words == "nothing":
        return GateFallback()
    if words in {FIRST_TIER, "first tier"}:
        return GateFallback(first_tier=True)
    if units.is_share(words):
        return GateFallback(units.percent(words))
    raise UnreadableError(message("A gate that is not met can pay nothing, a percentage, or the first tier."))


GATE_FALLBACK = Scalar(
    "what is paid if the gate is not met",
    gate_fallback,
    blank=GateFallback(),
    show=lambda fallback, currency: fallback.shown(currency),
    example="the first tier",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Conditions to meet at the end of the component's period; the component is paid then."""

    needs: tuple[Condition, ...] = declare(ListOf(Condition, 8), ())
    at_least: int | None = declare(COUNT, None, doc="How many conditions must be met; all unless stated.")
    otherwise: Any = declare(GATE_FALLBACK, GateFallback())

    def check(self, fields: Fields) -> None:
        """Report a gate without conditions."""
        if not self.needs:
            fields.report("needs", message("“{name}” is missing.", name="needs"))

    def sentence(self, currency: str) -> Message:
        """Describe the gate in a sentence."""
        conditions = self.needs[0].sentence()
        for condition in self.needs[1:]:
            conditions = message("{first} and {second}", first=conditions, second=condition.sentence())
        if self.at_least is not None:
            number = self.at_least
            conditions = message("{number} of these: {conditions}", number=number, conditions=conditions)
        return message(
            "It needs {conditions} at the end of the period; otherwise it pays {otherwise}.",
            conditions=conditions,
            otherwise=self.otherwise.shown(currency),
        )
