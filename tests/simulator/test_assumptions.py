"""Assumptions change a history in a way that is the same every time."""

from datetime import date
from fractions import Fraction

from server.charts.axes import steps
from server.comp.analysis.curve_features import Curve, break_even, jumps, plateau, top_cliffs, unmarked_note
from server.comp.calendar import Window, month_of
from server.comp.history import Deal, History
from server.simulator.assumptions import Assumptions, apply_assumptions

CURVE = tuple(Fraction(step, 20) for step in range(31))
WINDOW = Window(month_of(date(2026, 1, 1)))
HISTORY = History("rep", tuple(Deal(f"d{n}", date(2026, 1 + n, 3), 1_000_000) for n in range(10)))


def test_nothing_assumed_changes_nothing() -> None:
    assert apply_assumptions(HISTORY, WINDOW, lambda _: Fraction(1), Assumptions()).deals == HISTORY.deals
    assert not Assumptions().any


def test_attainment_scales_every_deal() -> None:
    found = apply_assumptions(HISTORY, WINDOW, lambda _: Fraction(1, 2), Assumptions(attainment=Fraction(1)))
    assert {deal.arr for deal in found.deals} == {2_000_000}


def test_shares_are_met_and_grow_without_reshuffling() -> None:
    def reached(share: int) -> set[str]:
        found = apply_assumptions(HISTORY, WINDOW, lambda _: None, Assumptions(aha=Fraction(share, 100)))
        return {deal.id for deal in found.deals if deal.aha}

    sizes = [len(reached(share)) for share in range(0, 101, 10)]
    assert sizes == list(range(11))
    assert reached(30) < reached(60) < reached(100)
    left = apply_assumptions(HISTORY, WINDOW, lambda _: None, Assumptions(churn=Fraction(1, 5)))
    assert sum(deal.churned is not None for deal in left.deals) == 2


def test_the_average_rating_is_met() -> None:
    found = apply_assumptions(HISTORY, WINDOW, lambda _: None, Assumptions(rating=Fraction("4.5")))
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


def assumed(**what: object) -> History:
    return apply_assumptions(HISTORY, WINDOW, lambda _: None, Assumptions(**what))  # type: ignore[arg-type]


def test_deals_can_be_fewer_or_happen_again() -> None:
    fewer, more = assumed(deals=Fraction(1, 2)), assumed(deals=Fraction(5, 2))
    assert (len(fewer.deals), len(more.deals)) == (5, 25)
    assert len({deal.id for deal in more.deals}) == 25
    assert {deal.id for deal in fewer.deals} < {deal.id for deal in HISTORY.deals} < {deal.id for deal in more.deals}
    assert assumed(deals=Fraction(0)).deals == ()


def test_size_mix_days_and_the_first_month_are_what_was_asked_for() -> None:
    assert {deal.arr for deal in assumed(size=Fraction(3, 2)).deals} == {1_500_000}
    assert sum(deal.kind == "expansion" for deal in assumed(expansion=Fraction(3, 10)).deals) == 3
    quick = assumed(aha=Fraction(1), aha_days=7)
    assert {(deal.aha - deal.signed).days for deal in quick.deals if deal.aha} == {7}
    late = assumed(start=WINDOW.first_month + 4)
    assert len(late.deals) == 6
    assert late.person.started == date(2026, 5, 1)


def test_attainment_is_brought_about_last() -> None:
    def attained(history: History) -> Fraction:
        return Fraction(sum(deal.arr for deal in history.deals), 10_000_000)

    both = apply_assumptions(HISTORY, WINDOW, attained, Assumptions(deals=Fraction(1, 2), attainment=Fraction(2)))
    assert len(both.deals) == 5
    assert attained(both) == 2


def curve(*pays: int) -> Curve:
    return Curve("a", "A", "A", tuple(pays), CURVE)


def test_break_even_says_which_way_round() -> None:
    flat = curve(*[100] * len(CURVE))
    rising = curve(*[90 + index for index in range(len(CURVE))])
    falling = curve(*[120 - index for index in range(len(CURVE))])
    assert str(break_even(flat, rising)) == "A pays more than today above 50% of quota."
    assert str(break_even(flat, falling)) == "A pays more than today below 100% of quota."
    assert "the same" in str(break_even(flat, flat))
    assert "never pays you more" in str(break_even(flat, curve(*[99] * len(CURVE))))
    assert "never pays you less" in str(break_even(flat, curve(*[101] * len(CURVE))))


def test_every_stretch_in_which_a_plan_beats_today_is_said() -> None:
    gains = [10 if place < 10 or place > 20 else -10 for place in range(len(CURVE))]
    other = curve(*[1_000 + gain for gain in gains])
    said = "A pays more than today at these shares of quota: 0% to 47.5%, from 102.5% on."
    assert str(break_even(curve(*[1_000] * len(CURVE)), other)) == said
    middle = curve(*[1_000 + (30 if 10 <= place <= 20 else -10) for place in range(len(CURVE))])
    assert str(break_even(curve(*[1_000] * len(CURVE)), middle)).endswith("quota: 46.2% to 103.8%.")


def test_beside_a_jump_only_places_that_have_the_gain_are_said() -> None:
    at = tuple(Fraction(place, 200) for place in range(201))
    gains = [0 if place < 180 else -1 if place < 190 else 50_000 for place in range(201)]
    today = Curve("t", "", "T", (100_000,) * 201, at)
    other = Curve("a", "A", "A", tuple(100_000 + gain for gain in gains), at)
    assert str(break_even(today, other)) == "A pays more than today above 95% of quota."
    other = Curve("a", "A", "A", tuple(100_000 - gain for gain in gains), at)
    assert str(break_even(today, other)) == "A pays more than today at these shares of quota: 90% to 94.5%."


def test_a_fall_is_marked_before_any_rise_and_what_is_not_marked_is_counted() -> None:
    pays, total = [], 0
    for place in range(len(CURVE)):
        total += 100_000 + (900_000 if place % 3 == 2 else 0) - (600_000 if place == 10 else 0)
        pays.append(total)
    found = jumps(curve(*pays), "USD")
    marked = top_cliffs(found)
    assert [cliff.share for cliff in marked if cliff.after < cliff.before] == [Fraction(1, 2)]
    assert len(marked) == 6
    assert str(unmarked_note(found)) == f"It jumps at {len(found) - 6} more places, by less."
    assert unmarked_note(marked) is None


def test_cliffs_and_the_end_of_growth_are_found_and_said() -> None:
    steps_up = curve(*[100_000 * place + (900_000 if place >= 20 else 0) for place in range(len(CURVE))])
    [cliff] = jumps(steps_up, "USD")
    assert str(cliff.sentence()) == "At 100% of quota, your pay jumps from $19,000 to $29,000."
    falls = curve(*[100_000 * place - (900_000 if place >= 20 else 0) for place in range(len(CURVE))])
    assert "drops from $19,000 to $11,000" in str(jumps(falls, "USD")[0].sentence())
    assert jumps(curve(*[100_000 * place for place in range(len(CURVE))]), "USD") == []
    capped = curve(*[min(100_000 * place, 2_000_000) for place in range(len(CURVE))])
    assert str(plateau(capped, "USD")) == "From 100% of quota on, your pay stays at $20,000 because of a cap."
    assert plateau(steps_up, "USD") is None
