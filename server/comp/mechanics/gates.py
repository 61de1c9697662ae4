"""Gates: a component pays in full only when other goals are met at the period's end."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from server.comp.language import units
from server.comp.language.declarations import COUNT, Many, Scalar, term
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.fields import Fields
from server.comp.mechanics.conditions import Condition
from server.messages import Percent, Sentence, Value, say

FIRST_TIER = "the first tier"


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What a shut gate leaves: a share of what would have been paid, or the first tier only."""

    share: Fraction = Fraction(0)
    first_tier: bool = False

    def shown(self, currency: str) -> Value:
        """Return it as it is stated."""
        del currency
        if self.first_tier:
            return say("the first tier")
        return say("{share} of it", share=Percent(self.share)) if self.share else say("nothing")


def otherwise(text: str) -> Otherwise:
    """Read `nothing`, `the first tier` or a percentage."""
    bare = " ".join(text.lower().split())
    if bare == "nothing":
        return Otherwise()
    if bare in {FIRST_TIER, "first tier"}:
        return Otherwise(first_tier=True)
    if bare.endswith("%"):
        return Otherwise(units.percent(bare))
    raise UnreadableError(say("A shut gate leaves nothing, a percentage, or the first tier."))


OTHERWISE = Scalar("what is left", otherwise, Otherwise(), lambda v, currency: v.shown(currency), "the first tier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """All that must hold at the end of the component's period; it is paid then."""

    needs: tuple[Condition, ...] = term(Many(Condition, 8), ())
    at_least: int | None = term(COUNT, None, doc="How many of them must hold; all unless stated.")
    otherwise: Any = term(OTHERWISE, Otherwise())

    def check(self, fields: Fields) -> None:
        """Report a gate that asks for nothing."""
        if not self.needs:
            fields.complain("needs", say("“{name}” is missing here.", name="needs"))

    def sentence(self, currency: str) -> Sentence:
        """Say it."""
        wanted = self.needs[0].sentence()
        for condition in self.needs[1:]:
            wanted = say("{first} and {second}", first=wanted, second=condition.sentence())
        if self.at_least is not None:
            wanted = say("{number} of these: {wanted}", number=self.at_least, wanted=wanted)
        return say(
            "It needs {wanted} at the end of the period; otherwise it pays {otherwise}.",
            wanted=wanted,
            otherwise=self.otherwise.shown(currency),
        )
