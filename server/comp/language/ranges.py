"""Ranges with edges that say whom they belong to: `from` and `up to` include theirs, `above` and `below` do not."""

import operator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np

from server.comp.calendar import Int32s
from server.comp.language import units
from server.comp.language.declarations import Scalar
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.fields import Fields
from server.comp.rounding import Bools, Int64s
from server.messages import ListMessage, Message, Value, message

RANGE_KEYS = ("from", "above", "below", "up to")
SCALE = 10**8


@dataclass(frozen=True, slots=True)
class Range:
    """Values that lie within all stated edges, or are among the stated ones."""

    at_least: Fraction | None = None
    above: Fraction | None = None
    below: Fraction | None = None
    at_most: Fraction | None = None
    among: tuple[Fraction, ...] = ()

    def admits(self, value: Fraction | int | None) -> bool:
        """Say whether a value lies inside; a value that is not known does not."""
        if value is None:
            return False
        if self.among:
            return value in self.among
        return not (
            (self.at_least is not None and value < self.at_least)
            or (self.above is not None and value <= self.above)
            or (self.below is not None and value >= self.below)
            or (self.at_most is not None and value > self.at_most)
        )

    def mask(self, values: Int64s | Int32s, scale: int = 1) -> Bools:
        """Say for integers (any shape), which are values times `scale`, whether each lies inside."""
        if self.among:
            wanted = [value * scale for value in self.among]
            return np.isin(values, [int(value) for value in wanted if value.denominator == 1])
        inside = np.ones(values.shape, dtype=np.bool_)
        if self.at_least is not None:
            inside &= values >= ceil(self.at_least * scale)
        if self.above is not None:
            inside &= values > floor(self.above * scale)
        if self.below is not None:
            inside &= values < ceil(self.below * scale)
        if self.at_most is not None:
            inside &= values <= floor(self.at_most * scale)
        return inside

    def reached(self, amounts: Int64s, wholes: Int64s) -> Bools:
        """Say which quotients amount / whole (n,) lie inside the edges; one by 0 is undefined and does not."""
        known: Bools = wholes > 0
        tops, wholes_ = amounts.astype(object), wholes.astype(object)
        if self.among:
            equal = [(tops * one.denominator == wholes_ * one.numerator).astype(np.bool_) for one in self.among]
            hit: Bools = known & np.logical_or.reduce(equal)
            return hit
        inside = known.copy()
        for edge, keeps in (
            (self.at_least, operator.ge),
            (self.above, operator.gt),
            (self.below, operator.lt),
            (self.at_most, operator.le),
        ):
            if edge is not None:
                inside &= keeps(tops * edge.denominator, wholes_ * edge.numerator).astype(np.bool_)
        return inside

    def words(self, shown: Any) -> Value:
        """Say the range; `shown` turns an edge into what a sentence shows."""
        if self.among:
            return ListMessage(tuple(shown(value) for value in self.among))
        said: Message | None = None
        for edge, text in (
            (self.at_least, "from {edge}"),
            (self.above, "above {edge}"),
            (self.below, "below {edge}"),
            (self.at_most, "up to {edge}"),
        ):
            if edge is not None:
                part = message(text, edge=shown(edge))
                said = part if said is None else message("{first}, {second}", first=said, second=part)
        return said or message("anything")


@dataclass(frozen=True)
class RangeOf:
    """The kind of a range: one value, a list of values, or edges."""

    of: Scalar

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Take a range."""
        if not fields.has(key):
            fields.node(key)
            return default
        node = fields.node(key)
        if node is not None and node.entries is None:
            found = fields.several(key, self.of.read)
            return Range(among=tuple(Fraction(value) for value in found))
        inner = fields.inner(key)
        assert inner is not None  # noqa: S101 - it is stated
        made = edges_of(inner, self.of)
        inner.finish()
        return made

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        one = self.of.schema()
        edges = {"type": "object", "properties": dict.fromkeys(RANGE_KEYS, one), "additionalProperties": False}
        return {"anyOf": [one, {"type": "array", "items": one}, edges]}

    def shown(self, value: Any, currency: str) -> Value:
        """Say the range."""
        return "–" if value is None else value.words(lambda edge: self.of.shown(edge, currency))


def edges_of(fields: Fields, kind: Scalar) -> Range:
    """Take the four edges out of a mapping and check that something can lie between them."""
    found = [fields.take(name, kind.read, None) for name in RANGE_KEYS]
    low, high = [f for f in found[:2] if f is not None], [f for f in found[2:] if f is not None]
    if len(low) > 1 or len(high) > 1:
        fields.report("", message("State “from” or “above”, and “below” or “up to”, not both."))
    elif low and high and low[0] > high[0]:
        fields.report("", message("Nothing lies in this range."), message("Swap its edges."))
    least, above, below, most = (Fraction(value) if isinstance(value, int) else value for value in found)
    return Range(least, above, below, most)


class Quantity(Fraction):
    """A fraction that was stated in percent and is shown so."""

    __slots__ = ()


def quantity(text: str) -> Fraction:
    """Read what a result can be: a percentage, or a plain number with at most six decimals."""
    if text.strip().endswith("%"):
        return Quantity(units.percent(text, most=10_000))
    value = units.number(text)
    if (value * 10**6).denominator != 1 or abs(value) > 10**9:
        raise UnreadableError(message("A result has at most six decimals and nine digits before them."))
    return value
