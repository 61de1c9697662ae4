"""Sentences about a payout curve: where it pays more than today's plan, jumps, or stops growing."""

from fractions import Fraction

import pytest

from server.comp.analysis.curve_features import (
    MAX_CLIFFS,
    Cliff,
    Curve,
    break_even,
    jumps,
    plateau,
    top_cliffs,
    unmarked_note,
)

AT = tuple(Fraction(step, 10) for step in range(11))


def curve(*pays: int, letter: str = "A") -> Curve:
    return Curve("a", letter, "Plan", pays, AT[: len(pays)])


TODAY = curve(*range(0, 1_100_000, 100_000))


@pytest.mark.parametrize(
    ("gains", "sentence"),
    [
        ([0] * 11, "A pays you the same as today."),
        ([0] * 10 + [5], "A never pays you less than today, from 0% to 100% of quota."),
        ([-5] + [0] * 10, "A never pays you more than today, from 0% to 100% of quota."),
        ([-5] * 5 + [5] * 6, "A pays more than today above 45% of quota."),
        ([5] * 5 + [-5] * 6, "A pays more than today below 45% of quota."),
    ],
)
def test_where_a_plan_pays_more_than_today(gains: list[int], sentence: str) -> None:
    offer = curve(*(pay + gain for pay, gain in zip(TODAY.pays, gains, strict=True)))
    assert str(break_even(TODAY, offer)) == sentence


def test_a_jump_is_much_higher_than_the_usual_step() -> None:
    assert jumps(TODAY, "USD") == []
    [up] = jumps(curve(0, 100_000, 200_000, 300_000, 2_400_000, 2_500_000, 2_600_000), "USD")
    assert (up.share, up.before, up.after) == (Fraction(2, 5), 300_000, 2_400_000)
    assert str(up.sentence()) == "At 40% of quota, your pay jumps from $3,000 to $24,000."
    [down] = jumps(curve(1_000_000, 1_010_000, 1_020_000, 1_030_000, 500_000, 510_000, 520_000), "USD")
    assert str(down.sentence()) == "At 40% of quota, your pay drops from $10,300 to $5,000."


def test_only_the_highest_jumps_are_marked_drops_first() -> None:
    rises = [30, 70, -20, 50, 10, 60, 40, -15]
    cliffs = [Cliff(AT[place], 100, 100 + rise, "USD") for place, rise in enumerate(rises)]
    assert [cliff.after - 100 for cliff in top_cliffs(cliffs)] == [70, -20, 50, 60, 40, -15]
    assert unmarked_note(cliffs[:MAX_CLIFFS]) is None
    assert str(unmarked_note(cliffs[: MAX_CLIFFS + 1])) == "It jumps at one more place, by less."
    assert str(unmarked_note(cliffs)) == "It jumps at 2 more places, by less."


def test_pay_that_stops_growing_is_a_plateau_if_it_stays_level_long_enough() -> None:
    level = plateau(curve(0, 100, 200, 300, 300, 300), "USD")
    assert str(level) == "From 30% of quota on, your pay stays at $3 because of a cap."
    assert plateau(TODAY, "USD") is None
    assert str(plateau(curve(0, 100, 100), "USD")) == "From 10% of quota on, your pay stays at $1 because of a cap."
