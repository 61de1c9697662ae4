"""What a payout curve shows: where plans cross, where pay jumps, and where it stops growing."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median_high

from server.messages import ListMessage, Message, Money, Percent, message


@dataclass(frozen=True, slots=True)
class Curve:
    """Pay in cents at each of some attainments, for one offer."""

    key: str
    letter: str
    name: str
    pays: tuple[int, ...]
    at: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Cliff:
    """A place where pay jumps: the attainment that has it, and the cents before and there."""

    share: Fraction
    before: int
    after: int
    currency: str

    def sentence(self) -> Message:
        """Say it."""
        amounts = {"before": Money(self.before, self.currency), "after": Money(self.after, self.currency)}
        if self.after > self.before:
            return message(
                "At {share} of quota your year jumps from {before} to {after}.", share=Percent(self.share), **amounts
            )
        return message(
            "At {share} of quota your year falls from {before} to {after}.", share=Percent(self.share), **amounts
        )


def jumps(curve: Curve, currency: str) -> list[Cliff]:
    """Return every place where a curve jumps, in order."""
    rises = [after - before for before, after in pairwise(curve.pays)]
    widths = [round((after - before) / _STEP) for before, after in pairwise(curve.at)]
    even = [rise // width for rise, width in zip(rises, widths, strict=True) for _ in range(width)]
    usual = max(abs(median_high(even)), 1)
    return [
        Cliff(curve.at[place + 1], curve.pays[place], curve.pays[place + 1], currency)
        for place, (rise, width) in enumerate(zip(rises, widths, strict=True))
        if abs(rise) > _STEEP * usual * width and abs(rise) > _MIN_JUMP
    ]


def top_cliffs(found: Sequence[Cliff]) -> list[Cliff]:
    """Return the jumps that are worth a mark, in order: those at which pay falls first, then the highest."""
    first = sorted(found, key=lambda cliff: (cliff.after > cliff.before, -abs(cliff.after - cliff.before)))
    return sorted(first[:MAX_CLIFFS], key=lambda cliff: cliff.share)


def unmarked_note(found: Sequence[Cliff]) -> Message | None:
    """Say how many jumps are left without a mark, if any are."""
    left = len(found) - MAX_CLIFFS
    if left == 1:
        return message("It jumps at one more place, by less.")
    return message("It jumps at {count} more places, by less.", count=left) if left > 0 else None


def plateau(curve: Curve, currency: str) -> Message | None:
    """Say from where on a curve does not grow any more, if there is such a place before its end."""
    last = curve.pays[-1]
    first = next(place for place, cents in enumerate(curve.pays) if all(c == last for c in curve.pays[place:]))
    if curve.at[-1] - curve.at[first] < _MIN_PLATEAU:
        return None
    return message(
        "From {share} of quota on, your year stays at {amount}: a cap.",
        share=Percent(curve.at[first]),
        amount=Money(last, currency),
    )


def break_even(today: Curve, other: Curve) -> Message:
    """Say from which attainment on an offer pays more than today's plan."""
    gains = [theirs - ours for ours, theirs in zip(today.pays, other.pays, strict=True)]
    most = Percent(today.at[-1])
    if all(gain >= 0 for gain in gains) and any(gain > 0 for gain in gains):
        return message(
            "{letter} never pays you less than today, from 0% to {most} of quota.", letter=other.letter, most=most
        )
    if all(gain <= 0 for gain in gains):
        if any(gain < 0 for gain in gains):
            return message(
                "{letter} never pays you more than today, from 0% to {most} of quota.", letter=other.letter, most=most
            )
        return message("{letter} pays you the same as today.", letter=other.letter)
    better = _stretches(today.at, gains)
    if len(better) > 1 or (better[0][0] is not None and better[0][1] is not None):
        stretches = ListMessage(tuple(_stretch_label(*stretch, today.at) for stretch in better[:_MAX_STRETCHES]))
        return message(
            "{letter} beats today in these parts of quota: {stretches}.", letter=other.letter, stretches=stretches
        )
    first, last = better[0]
    if last is None:
        share = Percent(first or today.at[0])
        return message("{letter} beats today once you pass {share} of quota.", letter=other.letter, share=share)
    return message(
        "{letter} beats today as long as you stay below {share} of quota.", letter=other.letter, share=Percent(last)
    )


def _stretches(at: Sequence[Fraction], gains: Sequence[int]) -> list[tuple[Fraction | None, Fraction | None]]:
    """Return where each stretch with a gain begins and ends; None at the ends of the curve."""
    found: list[tuple[Fraction | None, Fraction | None]] = []
    begun: Fraction | None = None
    for index, gain in enumerate(gains):
        if index and (gains[index - 1] > 0) != (gain > 0):
            where = _crossing(at, gains, index, begins=gain > 0)
            if gain > 0:
                begun = where
            else:
                found.append((begun, where))
    return [*found, (begun, None)] if gains[-1] > 0 else found


def _stretch_label(first: Fraction | None, last: Fraction | None, at: Sequence[Fraction]) -> Message:
    begin = Percent(at[0] if first is None else first)
    return (
        message("from {begin} on", begin=begin)
        if last is None
        else message("{begin} to {end}", begin=begin, end=Percent(last))
    )


def _crossing(at: Sequence[Fraction], gains: Sequence[int], index: int, *, begins: bool) -> Fraction:
    """Return where between two points of the curve a gain begins or ends.

    Between the finest points pay may jump, so there it is the one of them that has the gain; elsewhere pay is straight
    and it is where the gain is nothing, to a tenth of a percent.
    """
    if at[index] - at[index - 1] <= _STEP:
        return at[index] if begins else at[index - 1]
    before, after = gains[index - 1], gains[index]
    part = Fraction(before, before - after) if before != after else Fraction(0)
    exact = at[index - 1] + part * (at[index] - at[index - 1])
    return Fraction(round(exact * 1000), 1000)


_STEP = Fraction(1, 200)
"""The finest step of a curve."""


_STEEP = 4
"""A step this many times as high as is usual for its width is a cliff."""


_MIN_JUMP = 10_000
"""Cents; smaller jumps are not worth a mark."""


_MIN_PLATEAU = Fraction(1, 10)
"""A curve that stays level for at least so much attainment has stopped to grow."""


MAX_CLIFFS, _MAX_STRETCHES = 6, 4
