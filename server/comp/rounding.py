"""The one rounding rule: each named step rounds once, half away from zero, to the cent."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_SAFE = 2**62
"""Products below this cannot overflow int64, whatever is added for the half."""


def to_cents(value: Fraction | int) -> int:
    """Round an exact amount in cents to whole cents, half away from zero."""
    return divided(value.numerator, value.denominator)


def product(amount: int, rate: Fraction) -> int:
    """Multiply cents by an exact rate and round as `to_cents` does, without making the fraction in between."""
    return divided(amount * rate.numerator, rate.denominator)


def divided(top: int, bottom: int) -> int:
    """Return a quotient of whole numbers rounded half away from zero; the divisor is positive."""
    magnitude = (2 * abs(top) + bottom) // (2 * bottom)
    return magnitude if top >= 0 else -magnitude


def times(amounts: Int64s, rate: Fraction) -> Int64s:
    """Multiply cents (any shape, int64) by an exact rate and round each product as `to_cents` does."""
    if rate == 1:
        return amounts
    if rate == 0:
        return np.zeros_like(amounts)
    return quotient(amounts, rate.numerator, rate.denominator)


def divide(numerators: Int64s, denominator: int) -> Int64s:
    """Divide (any shape) by a positive number and round as `to_cents` does."""
    return quotient(numerators, 1, denominator)


def bounds(values: Int64s | int) -> tuple[int, int]:
    """Return the least and the greatest value; an empty array counts as nothing but 0."""
    if isinstance(values, int):
        return values, values
    return (int(values.min()), int(values.max())) if values.size else (0, 0)


def largest(amounts: Int64s | int) -> int:
    """Return the largest magnitude in an array, 0 in an empty one."""
    low, high = bounds(amounts)
    return max(high, -low)


def quotient(amounts: Int64s, top: Int64s | int, bottom: Int64s | int, shift: Int64s | int = 0) -> Int64s:
    """Return (amounts x top + shift) / bottom, each rounded as `to_cents` does; `bottom` is positive.

    `top`, `bottom` and `shift` are single numbers or have the amounts' shape. What does not fit into 64 bits is
    divided first and multiplied then, and what still does not takes Python's unbounded integers: slower, as exact.
    """
    if not amounts.size:
        return np.zeros_like(amounts)
    low, high = bounds(amounts)
    least, most = bounds(top)
    rest, below = bounds(shift), bounds(bottom)
    size, factor = max(high, -low), max(most, -least)
    wide = any(isinstance(part, np.ndarray) and part.dtype == object for part in (top, bottom, shift))
    if not wide and size * factor + max(rest[1], -rest[0]) + below[1] < _SAFE:
        products = amounts * top
        if rest != (0, 0):
            products += shift
        positive = low >= 0 and least >= 0 and rest[0] >= 0
        return _half_up(products, bottom) if positive else _half_away(products, bottom)
    fits = (size // below[0] + 1) * factor < _SAFE and below[1] * (factor + 1) < _SAFE
    if not wide and rest == (0, 0) and least >= 0 and fits:
        whole, left = amounts // bottom, amounts % bottom
        # A remainder counts upwards from below a negative amount: its half belongs to the number below.
        half = np.where(amounts < 0, (bottom - 1) // 2, bottom // 2)
        return whole * top + (left * top + half) // bottom
    parts = np.broadcast_arrays(*(np.asarray(part, dtype=object) for part in (amounts, top, bottom, shift)))
    exact = [to_cents(Fraction(a * t + s, b)) for a, t, b, s in zip(*(part.flat for part in parts), strict=True)]
    return np.array(exact, dtype=np.int64).reshape(amounts.shape)


def _half_up(products: Int64s, bottom: Int64s | int) -> Int64s:
    """Divide what is not negative, rounding halves up; the products are used up."""
    products += bottom // 2
    products //= bottom
    return products


def _half_away(products: Int64s, bottom: Int64s | int) -> Int64s:
    magnitude = (np.abs(products) + bottom // 2) // bottom
    return np.where(products < 0, -magnitude, magnitude)


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


def share_of(totals: Int64s, weights: Sequence[int], index: int) -> Int64s:
    """Return the part at `index` of every total (n,), as `share_out` gives it."""
    whole = sum(weights)
    size = np.abs(totals)
    if largest(totals) * max(weights) >= _SAFE:
        return np.array([share_out(int(total), weights)[index] for total in totals], dtype=np.int64)
    spread = np.array(weights, dtype=np.int64)[:, None] * size
    parts, remainders = spread // whole, spread % whole
    missing = size - parts.sum(axis=0)
    ahead = (remainders > remainders[index]).sum(axis=0) + (remainders[:index] == remainders[index]).sum(axis=0)
    mine: Int64s = parts[index] + (ahead < missing)
    return np.where(totals < 0, -mine, mine)
