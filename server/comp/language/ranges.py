"""Ranges of values: `from` and `up to` include their limit, `above` and `below` exclude it."""

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
    """Values within all stated limits, or among the values in `among`."""

    at_least: Fraction | None = None
    above: Fraction | None = None
    below: Fraction | None = None
    at_most: Fraction | None = None
    among: tuple[Fraction, ...] = ()

    def admits(self, value: Fraction | int | None) -> bool:
        """Return whether a value is in the range; an unknown value (None) is not."""
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
        """Return which integers (any shape) are in the range; the integers are values times `scale`."""
        if self.among:
            scaled = [value * scale for value in self.among]
            return np.isin(values, [int(value) for value in scaled if value.denominator == 1])
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
        """Return which quotients amount / whole (n,) are in the range; one by 0 is undefined and is not."""
        known: Bools = wholes > 0
        numerators, denominators = amounts.astype(object), wholes.astype(object)
        if self.among:
            equal = [
                (numerators * value.denominator == denominators * value.numerator).astype(np.bool_)
                for value in self.among
            ]
            matches: Bools = known & np.logical_or.reduce(equal)
            return matches
        inside = known.copy()
        for limit, compare in (
            (self.at_least, operator.ge),
            (self.above, operator.gt),
            (self.below, operator.lt),
            (self.at_most, operator.le),
        ):
            if limit is not None:
                is_within = compare(numerators * limit.denominator, denominators * limit.numerator)
                inside &= is_within.astype(np.bool_)
        return inside

    def words(self, shown: Any) -> Value:
        """Return the range as a message; `shown` formats one limit."""
        if self.among:
            return ListMessage(tuple(shown(value) for value in self.among))
        parts: list[Message] = []
        if self.at_least is not None:
            parts.append(message("from {limit}", limit=shown(self.at_least)))
        if self.above is not None:
            parts.append(message("above {limit}", limit=shown(self.above)))
        if self.below is not None:
            parts.append(message("below {limit}", limit=shown(self.below)))
        if self.at_most is not None:
            parts.append(message("up to {limit}", limit=shown(self.at_most)))
        if not parts:
            return message("anything")
        joined = parts[0]
        for part in parts[1:]:
            joined = message("{first}, {second}", first=joined, second=part)
        return joined


@dataclass(frozen=True)
class RangeOf:
    """The type of a range: one value, a list of values, or limits."""

    of: Scalar

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Return the range of a field, or the default."""
        if not fields.has(key):
            fields.node(key)
            return default
        node = fields.node(key)
        if node is not None and node.entries is None:
            values = fields.several(key, self.of.read)
            return Range(among=tuple(Fraction(value) for value in values))
        inner = fields.inner(key)
        assert inner is not None  # noqa: S101 - `has` was checked above
        result = read_range(inner, self.of)
        inner.finish()
        return result

    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""
        value = self.of.schema()
        limits = {
            "type": "object",
            "properties": dict.fromkeys(RANGE_KEYS, value),
            "additionalProperties": False,
        }
        return {"anyOf": [value, {"type": "array", "items": value}, limits]}

    def shown(self, value: Any, currency: str) -> Value:
        """Return the range as a message shows it."""
        return "–" if value is None else value.words(lambda limit: self.of.shown(limit, currency))


def read_range(fields: Fields, kind: Scalar) -> Range:
    """Read the limits of a range from a mapping and report an empty range."""
    limits = [fields.take(name, kind.read, None) for name in RANGE_KEYS]
    low = [limit for limit in limits[:2] if limit is not None]
    high = [limit for limit in limits[2:] if limit is not None]
    if len(low) > 1 or len(high) > 1:
        fields.report("", message("Use either “from” or “above”, and either “below” or “up to”."))
    elif low and high and low[0] > high[0]:
        fields.report("", message("This range is empty."), message("Swap its limits."))
    exact = [Fraction(limit) if isinstance(limit, int) else limit for limit in limits]
    return Range(at_least=exact[0], above=exact[1], below=exact[2], at_most=exact[3])


class Quantity(Fraction):
    """A fraction that was stated in percent and is shown in percent."""

    __slots__ = ()


def limit(text: str) -> Fraction:
    """Parse a limit of results or attainment: as `quantity`, or a fraction such as 2/3."""
    return Quantity(units.percent(text, most=10_000)) if units.is_share(text) else quantity(text)


def quantity(text: str) -> Fraction:
    """Parse a result: a percentage, or a plain number with at most six decimals."""
    if text.strip().endswith("%"):
        return Quantity(units.percent(text, most=10_000))
    value = units.number(text)
    if (value * 10**6).denominator != 1 or abs(value) > 10**9:
        raise UnreadableError(message("A result can have at most nine digits and six decimals."))
    return value
