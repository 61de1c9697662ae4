"""Assumptions change a history in a way that is the same every time."""

from datetime import date
from fractions import Fraction

from server.comp.calendar import Window, month_of
from server.comp.history import Deal, History
from server.simulator.charts import steps
from server.simulator.projection import CURVE, Curve, break_even
from server.simulator.whatif import Assumptions, suppose

WINDOW = Window(month_of(date(2026, 1, 1)))
HISTORY = History("rep", tuple(Deal(f"d{n}", date(2026, 1 + n, 3), 1_000_000) for n in range(10)))


def test_nothing_assumed_changes_nothing() -> None:
    assert suppose(HISTORY, WINDOW, Fraction(1), Assumptions()).deals == HISTORY.deals
    assert not Assumptions().any


def test_attainment_scales_every_deal() -> None:
    found = suppose(HISTORY, WINDOW, Fraction(1, 2), Assumptions(attainment=Fraction(1)))
    assert {deal.arr for deal in found.deals} == {2_000_000}


def test_shares_are_met_and_grow_without_reshuffling() -> None:
    def reached(share: int) -> set[str]:
        found = suppose(HISTORY, WINDOW, None, Assumptions(aha=Fraction(share, 100)))
        return {deal.id for deal in found.deals if deal.aha}

    sizes = [len(reached(share)) for share in range(0, 101, 10)]
    assert sizes == list(range(11))
    assert reached(30) < reached(60) < reached(100)
    left = suppose(HISTORY, WINDOW, None, Assumptions(churn=Fraction(1, 5)))
    assert sum(deal.churned is not None for deal in left.deals) == 2


def test_the_average_rating_is_met() -> None:
    found = suppose(HISTORY, WINDOW, None, Assumptions(rating=Fraction("4.5")))
    stars = [deal.rating for deal in found.deals if deal.rating]
    assert abs(sum(stars) - Fraction("4.5") * len(stars)) < 1
    assert all(deal.rated is None or deal.rated <= WINDOW.ends for deal in found.deals if deal.rating)


def test_ticks_are_few_and_round() -> None:
    assert steps(5_000_000, 15_000_000) == [
        4_000_000,
        6_000_000,
        8_000_000,
        10_000_000,
        12_000_000,
        14_000_000,
        16_000_000,
    ]
    assert steps(0, 0) == [0, 100]
    assert steps(-150, 700)[0] <= -150


def curve(*pays: int) -> Curve:
    return Curve("a", "A", "A", tuple(pays))


def test_break_even_says_which_way_round() -> None:
    flat = curve(*[100] * len(CURVE))
    rising = curve(*[90 + index for index in range(len(CURVE))])
    falling = curve(*[120 - index for index in range(len(CURVE))])
    assert str(break_even(flat, rising)) == "A beats today once you pass 50% of quota."
    assert str(break_even(flat, falling)) == "A beats today as long as you stay below 100% of quota."
    assert "the same" in str(break_even(flat, flat))
    assert "never pays you more" in str(break_even(flat, curve(*[99] * len(CURVE))))
    assert "never pays you less" in str(break_even(flat, curve(*[101] * len(CURVE))))
