"""The one rounding rule: each named step rounds once, half away from zero, to the cent."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]

_SAFE = 2**62
"""Products below this cannot overflow int64 in `times`, the doubling for the half included."""


def to_cents(value: Fraction) -> int:
    """Round an exact amount in cents to whole cents, half away from zero."""
    magnitude = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return magnitude if value >= 0 else -magnitude


def times(amounts: Int64s, rate: Fraction) -> Int64s:
    """Multiply cents (any shape, int64) by an exact rate and round each product as `to_cents` does.

    Amounts too large for 64-bit products take Python's unbounded integers instead: slower, as exact.
    """
    if amounts.size == 0 or rate == 0:
        return np.zeros_like(amounts)
    top, bottom = rate.numerator, rate.denominator
    largest = max(int(amounts.max()), -int(amounts.min()))
    if largest * abs(top) * 2 + bottom >= _SAFE:
        exact = [to_cents(int(amount) * rate) for amount in amounts.flat]
        return np.array(exact, dtype=np.int64).reshape(amounts.shape)
    return divide(amounts * top, bottom)


def divide(numerators: Int64s, denominator: int) -> Int64s:
    """Divide (any shape) by a positive number and round as `to_cents` does; twice a numerator must fit in int64."""
    rounded = (2 * np.abs(numerators) + denominator) // (2 * denominator)
    return np.where(numerators < 0, -rounded, rounded)


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """Share cents by largest remainder, so that the parts always add up to the total.

    `weights` are non-negative integers in any common unit; earlier parts win equal remainders.
    """
    whole = sum(weights)
    if whole <= 0:
        message = "The shares must add up to more than nothing."
        raise ValueError(message)
    sign = -1 if total < 0 else 1
    parts = [abs(total) * weight // whole for weight in weights]
    remainders = [abs(total) * weight % whole for weight in weights]
    missing = abs(total) - sum(parts)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:missing]:
        parts[index] += 1
    return [sign * part for part in parts]
