"""Objectives (MBO): a list of goals with weights; each pays its weight of the target times its score."""

from dataclasses import dataclass
from fractions import Fraction

from server.comp.language.declarations import SHARE, declare, text
from server.comp.language.fields import Fields
from server.comp.language.ranges import SCALE
from server.comp.mechanics.curves import Curve
from server.messages import Message, Percent, message

MAX_OBJECTIVES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A goal; its score is the result of its name, a share of what was agreed."""

    name: str = declare(text(60))
    weight: Fraction = declare(SHARE)
    at_least: Fraction = declare(SHARE, Fraction(0), doc="A lower score pays nothing.")
    at_most: Fraction | None = declare(SHARE, None, doc="A higher score pays as this one.")

    def check(self, fields: Fields) -> None:
        """Report edges that leave nothing between them."""
        if self.at_most is not None and self.at_most < self.at_least:
            fields.report("at most", message("Nothing lies in this range."), message("Swap its edges."))

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

    def sentence(self) -> Message:
        """Say it."""
        said = message(
            "{name} carries {weight} of the target, times its score", name=self.name, weight=Percent(self.weight)
        )
        if self.at_least:
            said = message("{said}, from a score of {least}", said=said, least=Percent(self.at_least))
        if self.at_most is not None:
            said = message("{said}, up to {most}", said=said, most=Percent(self.at_most))
        return message("{said}.", said=said)
