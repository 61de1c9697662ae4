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


def divided(top: int, bottom: int) -> int:
    """Return a quotient of whole numbers rounded half away from zero; the divisor is positive."""
    magnitude = (2 * abs(top) + bottom) // (2 * bottom)
    return magnitude if top >= 0 else -magnitude


def times(amounts: Int64s, rate: Fraction) -> Int64s:
    """Multiply cents (any shape, int64) by an exact rate and round each product as `to_cents` does."""
    if rate == 0:
        return np.zeros_like(amounts)
    return quotient(amounts, rate.numerator, rate.denominator)


def divide(numerators: Int64s, denominator: int) -> Int64s:
    """Divide (any shape) by a positive number and round as `to_cents` does."""
    return quotient(numerators, 1, denominator)


def largest(amounts: Int64s | int) -> int:
    """Return the largest magnitude in an array, 0 in an empty one."""
    if isinstance(amounts, int):
        return abs(amounts)
    return max(int(amounts.max()), -int(amounts.min())) if amounts.size else 0


def quotient(amounts: Int64s, top: Int64s | int, bottom: Int64s | int, shift: Int64s | int = 0) -> Int64s:
    """Return (amounts x top + shift) / bottom, each rounded as `to_cents` does; `bottom` is positive.

    `top`, `bottom` and `shift` are single numbers or have the amounts' shape. What does not fit into 64 bits is
    divided first and multiplied then, and what still does not takes Python's unbounded integers: slower, as exact.
    """
    if not amounts.size:
        return np.zeros_like(amounts)
    most, factor, rest = largest(amounts), largest(top), largest(shift)
    below = largest(bottom)
    if most * factor + rest + below < _SAFE:
        return _halved(amounts * top + shift, bottom)
    if (
        rest == 0
        and _lowest(top) >= 0
        and (most // _least(bottom) + 1) * factor < _SAFE
        and below * factor + below < _SAFE
    ):
        whole, left = amounts // bottom, amounts % bottom
        return whole * top + _halved(left * top, bottom, amounts < 0)
    parts = np.broadcast_arrays(*(np.asarray(part, dtype=object) for part in (amounts, top, bottom, shift)))
    exact = [to_cents(Fraction(a * t + s, b)) for a, t, b, s in zip(*(part.flat for part in parts), strict=True)]
    return np.array(exact, dtype=np.int64).reshape(amounts.shape)


def _lowest(top: Int64s | int) -> int:
    return top if isinstance(top, int) else int(top.min())


def _least(bottom: Int64s | int) -> int:
    return bottom if isinstance(bottom, int) else int(bottom.min())


def _halved(products: Int64s, bottom: Int64s | int, negative: Bools | None = None) -> Int64s:
    """Divide and round; with `negative` the products are the remainders of amounts, some of them negative."""
    half = bottom // 2
    if negative is not None:
        # A remainder counts upwards from below a negative amount: its half belongs to the number below.
        down = np.where(negative, (bottom - 1) // 2, half)
        return (products + down) // bottom
    if int(products.min()) >= 0:
        products += half
        products //= bottom
        return products
    magnitude = (np.abs(products) + half) // bottom
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
