"""Objectives (MBO): weighted goals; each pays its weight of the target times its score."""

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
    """A weighted goal; its score is the result of the same name, as a share of what was agreed."""

    name: str = declare(text(60))
    weight: Fraction = declare(SHARE)
    at_least: Fraction = declare(SHARE, Fraction(0), doc="A lower score pays nothing.")
    at_most: Fraction | None = declare(SHARE, None, doc="A higher score pays no more than this one.")

    def check(self, fields: Fields) -> None:
        """Report a maximum below the minimum."""
        if self.at_most is not None and self.at_most < self.at_least:
            fields.report("at most", message("This range is empty."), message("Swap its limits."))

    @property
    def result(self) -> str:
        """Return the name of the result that scores it."""
        return self.name.lower()

    def curve(self, target: int) -> Curve:
        """Return the payout for a score times SCALE.

        It is a straight line through 0; it pays nothing below the minimum and stays flat above the maximum.
        """
        full = self.weight * target
        top = self.at_most if self.at_most is not None else self.at_least + 1
        knots = (self.at_least * SCALE, top * SCALE)
        cents = (self.at_least * full, top * full)
        return Curve(knots, (True, True), cents, linear=True, goes_on=self.at_most is None)

    def sentence(self) -> Message:
        """Describe the objective in a sentence."""
        text = message(
            "{name} pays {weight} of the target times its score",
            name=self.name,
            weight=Percent(self.weight),
        )
        if self.at_least:
            text = message("{text}, from a score of {least}", text=text, least=Percent(self.at_least))
        if self.at_most is not None:
            text = message("{text}, up to {most}", text=text, most=Percent(self.at_most))
        return message("{text}.", text=text)
