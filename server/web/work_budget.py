"""A budget for expensive work, so that one person's requests do not slow everyone else's."""

import threading
import time
from collections.abc import Callable

from server.errors import TooManyError
from server.messages import plural_message

_MAX_PEOPLE = 10_000
"""People whose use is remembered; whoever has used nothing lately is forgotten first."""


class WorkBudget:
    """A leaky bucket for each person in this process: it holds `most` units of work and loses some every second."""

    def __init__(self, most: int, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._per_second, self._clock = most, per_second, clock
        self._used: dict[int, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def spend(self, person_id: int, cost: int) -> None:
        """Count work that a person asks for; raises TooManyError with the seconds to wait if it is too much."""
        with self._lock:
            at = self._clock()
            level = self._level(person_id, at)
            if level and level + cost > self._most:
                seconds = -int(-(level + cost - self._most) // self._per_second)
                raise TooManyError(
                    plural_message(
                        "You have asked for a lot of work. Try again in {count} second.",
                        "You have asked for a lot of work. Try again in {count} seconds.",
                        max(seconds, 1),
                    )
                )
            if len(self._used) >= _MAX_PEOPLE:
                self._used = {person: used for person, used in self._used.items() if self._level(person, at)}
            self._used[person_id] = (level + cost, at)

    def _level(self, person_id: int, at: float) -> float:
        """Return how full a person's bucket is."""
        level, since = self._used.get(person_id, (0.0, at))
        return max(level - (at - since) * self._per_second, 0.0)
