"""Features of a payout curve: where plans cross, where pay jumps, and where it stops growing."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median_high

from server.messages import ListMessage, Message, Money, Percent, message, plural_message

MAX_CLIFFS, _MAX_RANGES = 6, 4
_STEP = Fraction(1, 200)
"""The finest step between two points of a curve."""
_STEEPNESS = 4
"""A step is a cliff if it is more than this many times as high as is usual for its width."""
_MIN_JUMP = 10_000
"""In cents; smaller jumps are not marked."""
_MIN_PLATEAU = Fraction(1, 10)
"""The least attainment over which a curve must stay level to count as a plateau."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Pay in cents at some attainments, for one offer; `pays` and `at` have the same length."""

    key: str
    letter: str
    name: str
    pays: tuple[int, ...]
    at: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Cliff:
    """A jump of pay: the attainment where it happens, and the cents just before and there."""

    share: Fraction
    before: int
    after: int
    currency: str

    def sentence(self) -> Message:
        """Return the jump as a sentence."""
        amounts = {"before": Money(self.before, self.currency), "after": Money(self.after, self.currency)}
        share = Percent(self.share)
        if self.after > self.before:
            return message(
                "At {share} of quota, your pay jumps from {before} to {after}.",
                share=share,
                **amounts,
            )
        return message(
            "At {share} of quota, your pay drops from {before} to {after}.",
            share=share,
            **amounts,
        )


def jumps(curve: Curve, currency: str) -> list[Cliff]:
    """Return every jump of a curve, in order."""
    rises = [after - before for before, after in pairwise(curve.pays)]
    widths = [round((after - before) / _STEP) for before, after in pairwise(curve.at)]
    rises_per_step = [rise // width for rise, width in zip(rises, widths, strict=True) for _ in range(width)]
    usual_rise = max(abs(median_high(rises_per_step)), 1)
    return [
        Cliff(curve.at[index + 1], curve.pays[index], curve.pays[index + 1], currency)
        for index, (rise, width) in enumerate(zip(rises, widths, strict=True))
        if abs(rise) > _STEEPNESS * usual_rise * width and abs(rise) > _MIN_JUMP
    ]


def top_cliffs(cliffs: Sequence[Cliff]) -> list[Cliff]:
    """Return the jumps to mark on a chart, in order of attainment: drops first, then the highest."""
    ranked = sorted(cliffs, key=lambda cliff: (cliff.after > cliff.before, -abs(cliff.after - cliff.before)))
    return sorted(ranked[:MAX_CLIFFS], key=lambda cliff: cliff.share)


def unmarked_note(cliffs: Sequence[Cliff]) -> Message | None:
    """Return a note on how many jumps are not marked, or None."""
    unmarked = len(cliffs) - MAX_CLIFFS
    if unmarked <= 0:
        return None
    return plural_message("It jumps at one more place, by less.", "It jumps at {count} more places, by less.", unmarked)


def plateau(curve: Curve, currency: str) -> Message | None:
    """Return from where on a curve does not grow any more, or None if it grows almost to its end."""
    last = curve.pays[-1]
    first = next(i for i in range(len(curve.pays)) if all(cents == last for cents in curve.pays[i:]))
    if curve.at[-1] - curve.at[first] < _MIN_PLATEAU:
        return None
    return message(
        "From {share} of quota on, your pay stays at {amount} because of a cap.",
        share=Percent(curve.at[first]),
        amount=Money(last, currency),
    )


def break_even(today: Curve, other: Curve) -> Message:
    """Return at which attainments an offer pays more than today's plan."""
    gains = [other_pay - today_pay for today_pay, other_pay in zip(today.pays, other.pays, strict=True)]
    most = Percent(today.at[-1])
    if all(gain >= 0 for gain in gains) and any(gain > 0 for gain in gains):
        return message(
            "{letter} never pays you less than today, from 0% to {most} of quota.",
            letter=other.letter,
            most=most,
        )
    if all(gain <= 0 for gain in gains):
        if any(gain < 0 for gain in gains):
            return message(
                "{letter} never pays you more than today, from 0% to {most} of quota.",
                letter=other.letter,
                most=most,
            )
        return message("{letter} pays you the same as today.", letter=other.letter)
    ranges = _gain_ranges(today.at, gains)
    if len(ranges) > 1 or (ranges[0][0] is not None and ranges[0][1] is not None):
        labels = ListMessage(tuple(_range_label(*range_, today.at) for range_ in ranges[:_MAX_RANGES]))
        return message(
            "{letter} pays more than today at these attainments: {ranges}.",
            letter=other.letter,
            ranges=labels,
        )
    first, last = ranges[0]
    if last is None:
        share = Percent(first or today.at[0])
        return message(
            "{letter} pays more than today above {share} of quota.",
            letter=other.letter,
            share=share,
        )
    return message(
        "{letter} pays more than today below {share} of quota.",
        letter=other.letter,
        share=Percent(last),
    )


def _gain_ranges(
    at: Sequence[Fraction],
    gains: Sequence[int],
) -> list[tuple[Fraction | None, Fraction | None]]:
    """Return where each range with a gain begins and ends; None is an end of the curve."""
    ranges: list[tuple[Fraction | None, Fraction | None]] = []
    begin: Fraction | None = None
    for index, gain in enumerate(gains):
        if index and (gains[index - 1] > 0) != (gain > 0):
            crossing = _crossing(at, gains, index, begins=gain > 0)
            if gain > 0:
                begin = crossing
            else:
                ranges.append((begin, crossing))
    return [*ranges, (begin, None)] if gains[-1] > 0 else ranges


def _range_label(first: Fraction | None, last: Fraction | None, at: Sequence[Fraction]) -> Message:
    begin = Percent(at[0] if first is None else first)
    if last is None:
        return message("from {begin} on", begin=begin)
    return message("{begin} to {end}", begin=begin, end=Percent(last))


def _crossing(at: Sequence[Fraction], gains: Sequence[int], index: int, *, begins: bool) -> Fraction:
    """Return where between the points `index - 1` and `index` a gain begins or ends.

    Between two of the finest points pay may jump, so it is the point that has the gain. Elsewhere pay is a
    straight line, and it is where the gain is 0, rounded to a tenth of a percent.
    """
    if at[index] - at[index - 1] <= _STEP:
        return at[index] if begins else at[index - 1]
    before, after = gains[index - 1], gains[index]
    part = Fraction(before, before - after) if before != after else Fraction(0)
    exact = at[index - 1] + part * (at[index] - at[index - 1])
    return Fraction(round(exact * 1000), 1000)
