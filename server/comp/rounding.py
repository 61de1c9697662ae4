"""The one rounding rule: each named step rounds once, half away from zero, to the cent."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_SAFE = 2**62
"""Products below this cannot overflow int64, even after half a divisor is added."""


def to_cents(value: Fraction | int) -> int:
    """Round an exact amount in cents to whole cents, half away from zero."""
    return divided(value.numerator, value.denominator)


def product(amount: int, rate: Fraction) -> int:
    """Multiply cents by an exact rate and round as `to_cents` does, without an intermediate fraction."""
    return divided(amount * rate.numerator, rate.denominator)


def divided(top: int, bottom: int) -> int:
    """Return `top / bottom` rounded half away from zero; `bottom` is positive."""
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
    """Divide an array (any shape) by a positive number and round as `to_cents` does."""
    return quotient(numerators, 1, denominator)


def bounds(values: Int64s | int) -> tuple[int, int]:
    """Return the least and the greatest value; (0, 0) for an empty array."""
    if isinstance(values, int):
        return values, values
    return (int(values.min()), int(values.max())) if values.size else (0, 0)


def largest(amounts: Int64s | int) -> int:
    """Return the largest magnitude in an array, 0 in an empty one."""
    low, high = bounds(amounts)
    return max(high, -low)


def quotient(amounts: Int64s, top: Int64s | int, bottom: Int64s | int, shift: Int64s | int = 0) -> Int64s:
    """Return (amounts x top + shift) / bottom, each rounded as `to_cents` does; `bottom` is positive.

    `top`, `bottom` and `shift` are numbers or arrays of the shape of `amounts`. Where products do not fit
    into 64 bits, the division comes first; where that does not fit either, Python's unbounded integers are
    used: slower, but just as exact.
    """
    if not amounts.size:
        return np.zeros_like(amounts)
    amount_min, amount_max = bounds(amounts)
    top_min, top_max = bounds(top)
    shift_min, shift_max = bounds(shift)
    bottom_min, bottom_max = bounds(bottom)
    size, factor = max(amount_max, -amount_min), max(top_max, -top_min)
    has_shift = (shift_min, shift_max) != (0, 0)
    factors = (top, bottom, shift)
    is_wide = any(isinstance(value, np.ndarray) and value.dtype == object for value in factors)
    if not is_wide and size * factor + max(shift_max, -shift_min) + bottom_max < _SAFE:
        products = amounts * top
        if has_shift:
            products += shift
        is_positive = amount_min >= 0 and top_min >= 0 and shift_min >= 0
        return _half_up(products, bottom) if is_positive else _half_away(products, bottom)
    fits = (size // bottom_min + 1) * factor < _SAFE and bottom_max * (factor + 1) < _SAFE
    if not is_wide and not has_shift and top_min >= 0 and fits:
        quotients, remainders = amounts // bottom, amounts % bottom
        # The remainder of a negative amount counts up from the number below, so its exact half rounds down.
        half = np.where(amounts < 0, (bottom - 1) // 2, bottom // 2)
        return quotients * top + (remainders * top + half) // bottom
    operands = np.broadcast_arrays(
        *(np.asarray(operand, dtype=object) for operand in (amounts, top, bottom, shift)),
    )
    rows = zip(*(operand.flat for operand in operands), strict=True)
    exact = [to_cents(Fraction(a * t + s, b)) for a, t, b, s in rows]
    return np.array(exact, dtype=np.int64).reshape(amounts.shape)


def _half_up(products: Int64s, bottom: Int64s | int) -> Int64s:
    """Divide non-negative products, rounding halves up; overwrites `products`."""
    products += bottom // 2
    products //= bottom
    return products


def _half_away(products: Int64s, bottom: Int64s | int) -> Int64s:
    magnitude = (np.abs(products) + bottom // 2) // bottom
    return np.where(products < 0, -magnitude, magnitude)


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """Split cents by largest remainder, so that the parts always add up to the total.

    `weights` are non-negative integers in a common unit; of equal remainders the earlier part wins.
    Raises ValueError when the weights add up to 0.
    """
    weight_sum = sum(weights)
    if weight_sum <= 0:
        message = "The shares must add up to more than 0."
        raise ValueError(message)
    sign = -1 if total < 0 else 1
    parts = [abs(total) * weight // weight_sum for weight in weights]
    remainders = [abs(total) * weight % weight_sum for weight in weights]
    missing = abs(total) - sum(parts)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:missing]:
        parts[index] += 1
    return [sign * part for part in parts]


def share_of(totals: Int64s, weights: Sequence[int], index: int) -> Int64s:
    """Return the part at `index` of every total (n,), as `share_out` gives it."""
    weight_sum = sum(weights)
    sizes = np.abs(totals)
    if largest(totals) * max(weights) >= _SAFE:
        return np.array([share_out(int(total), weights)[index] for total in totals], dtype=np.int64)
    weighted = np.array(weights, dtype=np.int64)[:, None] * sizes
    parts, remainders = weighted // weight_sum, weighted % weight_sum
    missing = sizes - parts.sum(axis=0)
    rank = (remainders > remainders[index]).sum(axis=0) + (remainders[:index] == remainders[index]).sum(
        axis=0,
    )
    part: Int64s = parts[index] + (rank < missing)
    return np.where(totals < 0, -part, part)
