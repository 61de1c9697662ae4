"""Caps: the most that a deal, a period or the year can pay."""

from collections.abc import Sequence

import numpy as np

from server.comp.periods import PeriodLimit
from server.comp.rounding import Int64s
from server.messages import Message, message


def allowed(limit: int, before: int, earned: int) -> int:
    """Return how much of the `earned` cents fits under a limit after `before` cents in its period."""
    return min(before + earned, limit) - min(before, limit)


def allowed_by(limit: Int64s | int, before: Int64s, earned: Int64s) -> Int64s:
    """Return how much of each amount (n,) fits under a limit, as `allowed` does."""
    fits: Int64s = np.minimum(before + earned, limit) - np.minimum(before, limit)
    return fits


def sentence(caps: Sequence[PeriodLimit], currency: str) -> list[Message]:
    """Describe the caps, or that there is none."""
    if not caps:
        return [message("There is no cap.")]
    return [message("Commission is capped at {limit}.", limit=cap.shown(currency)) for cap in caps]
