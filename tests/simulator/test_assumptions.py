"""The same assumptions always change a history in the same way."""

from datetime import date
from fractions import Fraction

from server.charts.axes import steps
from server.comp import Deal, History, Window
from server.comp.analysis.curve_features import Curve, break_even, jumps, plateau, top_cliffs, unmarked_note
from server.comp.calendar import month_of
from server.simulator.assumptions import Assumptions, apply_assumptions

CURVE = tuple(Fraction(step, 20) for step in range(31))
WINDOW = Window(month_of(date(2026, 1, 1)))
HISTORY = History("rep", tuple(Deal(f"d{n}", date(2026, 1 + n, 3), 1_000_000) for n in range(10)))


def test_nothing_assumed_changes_nothing() -> None:
    assert apply_assumptions(HISTORY, WINDOW, lambda _: Fraction(1), Assumptions()).deals == HISTORY.deals
    assert not Assumptions().any


def test_attainment_scales_every_deal() -> None:
    adjusted = apply_assumptions(HISTORY, WINDOW, lambda _: Fraction(1, 2), Assumptions(attainment=Fraction(1)))
    assert {deal.arr for deal in adjusted.deals} == {2_000_000}


def test_shares_are_met_and_grow_without_reshuffling() -> None:
    def reached(share: int) -> set[str]:
        adjusted = apply_assumptions(HISTORY, WINDOW, lambda _: None, Assumptions(aha=Fraction(share, 100)))
        return {deal.id for deal in adjusted.deals if deal.aha}

    sizes = [len(reached(share)) for share in range(0, 101, 10)]
    assert sizes == list(range(11))
    assert reached(30) < reached(60) < reached(100)
    left = apply_assumptions(HISTORY, WINDOW, lambda _: None, Assumptions(churn=Fraction(1, 5)))
    assert sum(deal.churned is not None for deal in left.deals) == 2


def test_the_average_rating_is_met() -> None:
    adjusted = apply_assumptions(HISTORY, WINDOW, lambda _: None, Assumptions(rating=Fraction("4.5")))
    stars = [deal.rating for deal in adjusted.deals if deal.rating]
    assert abs(sum(stars) - Fraction("4.5") * len(stars)) < 1
    assert all(deal.rated is None or deal.rated <= WINDOW.ends for deal in adjusted.deals if deal.rating)


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


def adjusted_history(**what: object) -> History:
    return apply_assumptions(HISTORY, WINDOW, lambda _: None, Assumptions(**what))  # type: ignore[arg-type]


def test_deals_can_be_dropped_or_repeated() -> None:
    fewer, more = adjusted_history(deals=Fraction(1, 2)), adjusted_history(deals=Fraction(5, 2))
    assert (len(fewer.deals), len(more.deals)) == (5, 25)
    assert len({deal.id for deal in more.deals}) == 25
    assert {deal.id for deal in fewer.deals} < {deal.id for deal in HISTORY.deals} < {deal.id for deal in more.deals}
    assert adjusted_history(deals=Fraction(0)).deals == ()


def test_size_mix_days_and_first_month_follow_the_assumptions() -> None:
    assert {deal.arr for deal in adjusted_history(size=Fraction(3, 2)).deals} == {1_500_000}
    assert sum(deal.kind == "expansion" for deal in adjusted_history(expansion=Fraction(3, 10)).deals) == 3
    quick = adjusted_history(aha=Fraction(1), aha_days=7)
    assert {(deal.aha - deal.signed).days for deal in quick.deals if deal.aha} == {7}
    late = adjusted_history(start=WINDOW.first_month + 4)
    assert len(late.deals) == 6
    assert late.person.started == date(2026, 5, 1)


def test_attainment_is_applied_last() -> None:
    def attained(history: History) -> Fraction:
        return Fraction(sum(deal.arr for deal in history.deals), 10_000_000)

    both = apply_assumptions(HISTORY, WINDOW, attained, Assumptions(deals=Fraction(1, 2), attainment=Fraction(2)))
    assert len(both.deals) == 5
    assert attained(both) == 2


def curve(*pays: int) -> Curve:
    return Curve("a", "A", "A", tuple(pays), CURVE)


def test_break_even_names_the_direction() -> None:
    flat = curve(*[100] * len(CURVE))
    rising = curve(*[90 + index for index in range(len(CURVE))])
    falling = curve(*[120 - index for index in range(len(CURVE))])
    assert str(break_even(flat, rising)) == "A pays more than today above 50% of quota."
    assert str(break_even(flat, falling)) == "A pays more than today below 100% of quota."
    assert "the same" in str(break_even(flat, flat))
    assert "never pays you more" in str(break_even(flat, curve(*[99] * len(CURVE))))
    assert "never pays you less" in str(break_even(flat, curve(*[101] * len(CURVE))))


def test_break_even_lists_every_range_in_which_a_plan_pays_more() -> None:
    gains = [10 if index < 10 or index > 20 else -10 for index in range(len(CURVE))]
    other = curve(*[1_000 + gain for gain in gains])
    expected = "A pays more than today at these attainments: 0% to 47.5%, from 102.5% on."
    assert str(break_even(curve(*[1_000] * len(CURVE)), other)) == expected
    middle = curve(*[1_000 + (30 if 10 <= index <= 20 else -10) for index in range(len(CURVE))])
    assert str(break_even(curve(*[1_000] * len(CURVE)), middle)).endswith("attainments: 46.2% to 103.8%.")


def test_break_even_around_a_jump_excludes_the_points_before_it() -> None:
    at = tuple(Fraction(index, 200) for index in range(201))
    gains = [0 if index < 180 else -1 if index < 190 else 50_000 for index in range(201)]
    today = Curve("t", "", "T", (100_000,) * 201, at)
    other = Curve("a", "A", "A", tuple(100_000 + gain for gain in gains), at)
    assert str(break_even(today, other)) == "A pays more than today above 95% of quota."
    other = Curve("a", "A", "A", tuple(100_000 - gain for gain in gains), at)
    assert str(break_even(today, other)) == "A pays more than today at these attainments: 90% to 94.5%."


def test_drops_are_marked_first_and_unmarked_jumps_are_counted() -> None:
    pays, total = [], 0
    for index in range(len(CURVE)):
        total += 100_000 + (900_000 if index % 3 == 2 else 0) - (600_000 if index == 10 else 0)
        pays.append(total)
    cliffs = jumps(curve(*pays), "USD")
    marked = top_cliffs(cliffs)
    assert [cliff.share for cliff in marked if cliff.after < cliff.before] == [Fraction(1, 2)]
    assert len(marked) == 6
    assert str(unmarked_note(cliffs)) == f"It jumps at {len(cliffs) - 6} more places, by less."
    assert unmarked_note(marked) is None


def test_cliffs_and_plateaus_are_described() -> None:
    steps_up = curve(*[100_000 * index + (900_000 if index >= 20 else 0) for index in range(len(CURVE))])
    [cliff] = jumps(steps_up, "USD")
    assert str(cliff.sentence()) == "At 100% of quota, your pay jumps from $19,000 to $29,000."
    falls = curve(*[100_000 * index - (900_000 if index >= 20 else 0) for index in range(len(CURVE))])
    assert "drops from $19,000 to $11,000" in str(jumps(falls, "USD")[0].sentence())
    assert jumps(curve(*[100_000 * index for index in range(len(CURVE))]), "USD") == []
    capped = curve(*[min(100_000 * index, 2_000_000) for index in range(len(CURVE))])
    assert str(plateau(capped, "USD")) == "From 100% of quota on, your pay stays at $20,000 because of a cap."
    assert plateau(steps_up, "USD") is None
