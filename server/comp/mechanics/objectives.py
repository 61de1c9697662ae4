"""Objectives (MBO): a list of goals with weights; each pays its weight of the target times its score."""

from dataclasses import dataclass
from fractions import Fraction

from server.comp.language.declarations import SHARE, term, text
from server.comp.language.fields import Fields
from server.comp.language.ranges import SCALE
from server.comp.mechanics.curves import Curve
from server.messages import Percent, Sentence, say

MOST_OBJECTIVES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A goal; its score is the result of its name, a share of what was agreed."""

    name: str = term(text(60))
    weight: Fraction = term(SHARE)
    at_least: Fraction = term(SHARE, Fraction(0), doc="A lower score pays nothing.")
    at_most: Fraction | None = term(SHARE, None, doc="A higher score pays as this one.")

    def check(self, fields: Fields) -> None:
        """Report edges that leave nothing between them."""
        if self.at_most is not None and self.at_most < self.at_least:
            fields.complain("at most", say("Nothing lies in this range."), say("Swap its edges."))

    @property
    def result(self) -> str:
        """The name of the result that scores it."""
        return self.name.lower()

    def curve(self, target: int) -> Curve:
        """Return what it pays for a score times SCALE: straight from 0, none below, no more above."""
        whole = self.weight * target
        top = self.at_most if self.at_most is not None else self.at_least + 1
        knots = (self.at_least * SCALE, top * SCALE)
        cents = (self.at_least * whole, top * whole)
        return Curve(knots, (True, True), cents, linear=True, goes_on=self.at_most is None)

    def sentence(self) -> Sentence:
        """Say it."""
        said = say(
            "{name} carries {weight} of the target, times its score", name=self.name, weight=Percent(self.weight)
        )
        if self.at_least:
            said = say("{said}, from a score of {least}", said=said, least=Percent(self.at_least))
        if self.at_most is not None:
            said = say("{said}, up to {most}", said=said, most=Percent(self.at_most))
        return say("{said}.", said=said)
