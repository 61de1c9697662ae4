"""Counts the work of a calculation, so that hostile or huge worked examples can be stopped."""

from dataclasses import dataclass


class TooMuchWorkError(Exception):
    """A calculation needs more steps than are allowed."""


@dataclass(slots=True)
class Work:
    """The steps done so far, and the most that are allowed (None: any number).

    A step takes a few microseconds: a deal looked at, a month passed, a term computed.
    """

    most: int | None = None
    done: int = 0

    def add(self, steps: int) -> None:
        """Count steps; raises TooMuchWorkError beyond the limit."""
        self.done += steps
        if self.most is not None and self.done > self.most:
            raise TooMuchWorkError
