"""Single rules at their edges, each worked out by hand where the large examples pass them by."""

from datetime import date

import numpy as np
import pytest

from server.comp import Deal, History, book_of, describe, read_plan
from server.comp.analysis.disclosure import bin_counts
from server.comp.analysis.missing_inputs import Input, missing_inputs
from server.comp.analysis.payout_curve import SPARSE, _is_bent
from server.comp.explain.reasons import bonus_reason
from server.comp.history import Adjustment, Payment, Person
from server.comp.language.diagnostics import PlanError
from server.comp.language.ranges import SCALE
from server.comp.mechanics.bonuses import on_result
from server.comp.mechanics.quotas import Terms, changes_within, known_since
from server.comp.vectorized.batch import _chunk_ranges
from tests.comp.test_mechanics import FLAT, HEAD, LEVEL, deal, plan, statement, variable

NO_TERMS = Terms(100_000_00, 50_000_00, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "pays", ["[[0%], [40%, 80%]]", "[[0%, 20%], [40%]]", "[[0%, 20%, 1%], [40%, 80%]]", "[[0%, 20%]]"]
)
def test_every_row_of_a_matrix_has_a_share_for_every_column(pays: str) -> None:
    text = (
        "components: [{name: Growth, matrix: {rows: {of: attainment, from: [0%, 100%]},"
        f" columns: {{of: grr, from: [0%, 90%]}}, pays: {pays}}}}}]\n"
    )
    with pytest.raises(PlanError, match="2 rows of 2 shares"):
        plan(LEVEL, text)
    plan(LEVEL, text.replace(pays, "[[0%, 20%], [40%, 80%]]"))


@pytest.mark.parametrize("more", ["accumulates: year to date", "pays: retroactively", "pays: whole deals"])
def test_beyond_pay_needs_marginal_tiers_for_each_deal(more: str) -> None:
    tiers = "tiers: [{from: $0, pays: 10%}], beyond pay: {from: $150,000, pays: 2%}"
    plan(LEVEL, f"components: [{{name: Sales, {tiers}}}]\n")
    with pytest.raises(PlanError):
        plan(LEVEL, f"components: [{{name: Sales, {more}, {tiers}}}]\n")


@pytest.mark.parametrize(
    ("average", "rounded", "pays"),
    [
        ("4.74", "one decimal", 8_000),
        ("4.75", "one decimal", 9_600),
        ("4.79", "one decimal", 9_600),
        ("4.79", "exact", 8_000),
    ],
)
def test_an_average_is_rounded_as_the_plan_states(average: str, rounded: str, pays: int) -> None:
    from server.comp.language.units import rating  # noqa: PLC0415

    rule = f"when: {{deal rating: 5, rep average at least: 4.8, average rounded: {rounded}}}"
    tested = plan(
        "levels: [{name: Rep, variable: $80,000, quota: $1,000,000}]\n",
        FLAT,
        f"multipliers: [{{name: Buyer rating, {rule}, adds: 20%}}]\n",
    )
    sold = deal("a", 100_000, "2027-01-10", rated="2027-04-10", rating=5, rep_average=rating(average))
    assert variable(statement(tested, sold)) == pays


def test_a_batch_is_cut_where_enough_deals_are_reached() -> None:
    def history(number: int, deals: int) -> History:
        return History(str(number), tuple(Deal(f"{number}-{n}", date(2027, 1, 1), 100) for n in range(deals)))

    book = book_of([history(number, deals) for number, deals in enumerate((3, 3, 1, 9, 0, 2))])
    assert _chunk_ranges(book, 5) == [(0, 2), (2, 4), (4, 6)]
    assert _chunk_ranges(book, 1) == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 6)]
    assert _chunk_ranges(book, 100) == [(0, 6)]


def test_one_cent_is_a_base_of_one_cent() -> None:
    today, then = np.array([1, 0, 1]), np.array([1, 0, 2])
    assert bin_counts(today, then).tolist() == [2, 2, 4]
    assert bin_counts(np.array([1]), np.array([0])).tolist() == [0]


@pytest.mark.parametrize(("months", "is_refused"), [(1, False), (12, False), (0, True)])
def test_a_milestone_may_look_back_a_single_month(months: int, *, is_refused: bool) -> None:
    text = (
        "levels: [{name: One, variable: $50,000, quota: $800,000}, {name: Two, variable: $60,000, quota: $900,000,"
        f" reached at: {{sales: $300,000, over: {months} months}}}}]\n"
    )
    if is_refused:
        with pytest.raises(PlanError):
            plan(text, FLAT)
    else:
        plan(text, FLAT)


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        ("stays", "During the ramp the rate is that of the full quota."),
        ("rises", "During the ramp the rate rises: the smaller quota pays the full target."),
    ],
)
def test_the_sentence_names_the_rate_of_a_ramp(rate: str, sentence: str) -> None:
    tested = plan(LEVEL, FLAT, f"quotas: {{ramp: [50%, 75%], ramp rate: {rate}}}\n")
    assert sentence in [str(line) for line in describe(tested)]


def test_several_steps_of_a_multiplier_say_that_the_first_one_counts() -> None:
    first = "The first of these that fits applies."
    steps = "{from: 130%, times: 1.5x}, {from: 110%, times: 1.25x}"
    several = plan(LEVEL, FLAT, f"multipliers: [{{name: Retention, by: nrr, over: quarter, steps: [{steps}]}}]\n")
    one = plan(
        LEVEL, FLAT, "multipliers: [{name: Retention, by: nrr, over: quarter, steps: [{from: 110%, times: 2x}]}]\n"
    )
    flat = plan(LEVEL, FLAT, "multipliers: [{name: Twice, when: {deal rating: 5}, times: 2x}]\n")
    said = {name: [str(line) for line in describe(each)] for name, each in (("several", several), ("one", one))}
    assert first in said["several"]
    assert first not in said["one"]
    assert "Twice multiplies the commission by 2x." in [str(line) for line in describe(flat)]


def test_a_bonus_above_a_result_needs_more_than_the_result() -> None:
    rule = "bonuses: [{from: 100%, pays: $1,000}, {above: 110%, pays: $2,000}]"
    bonuses = read_plan(f"{HEAD}{LEVEL}components: [{{name: Goal, reads: nrr, {rule}}}]\n").components[0].bonuses
    schedule = on_result(bonuses, NO_TERMS, adds_up=False)
    assert schedule.thresholds == (SCALE, SCALE * 110 // 100 + 1)


def own(first: int, last: int) -> Adjustment:
    return Adjustment(first, last, "", quota=1)


@pytest.mark.parametrize(
    ("begins", "month", "since"),
    [
        ((3,), 2, 0),
        ((3,), 3, 3),
        ((3,), 11, 3),
        ((3, 8), 9, 8),
        ((3, 8), 7, 3),
        ((12,), 20, 0),
        ((11,), 20, 11),
        ((0,), 5, 0),
    ],
)
def test_terms_are_known_since_the_month_in_which_they_began(begins: tuple[int, ...], month: int, since: int) -> None:
    person = Person(adjustments=tuple(own(first, 30) for first in begins))
    assert known_since(person, (0, 12), month) == since


@pytest.mark.parametrize(
    ("first", "last", "known", "changes"),
    [
        (12, 23, 23, False),  # exactly the span
        (0, 40, 23, False),  # more than the span
        (13, 23, 23, True),
        (12, 22, 23, True),
        (14, 40, 13, False),  # not known yet
        (14, 40, 14, True),
        (0, 11, 23, False),  # over before it
        (24, 30, 30, False),  # begins after it
        (12, 12, 23, True),
    ],
)
def test_terms_change_within_a_span_if_they_begin_or_end_there(
    first: int, last: int, known: int, *, changes: bool
) -> None:
    assert changes_within(Person(adjustments=(own(first, last),)), (12, 12), known) is changes


def test_a_stated_amount_of_nothing_is_nothing() -> None:
    stated = Deal("a", date(2027, 1, 1), 100, amounts=(("margin", 0),))
    silent = Deal("b", date(2027, 1, 1), 100)
    amounts, is_stated = book_of([History("rep", (stated, silent))]).amounts["margin"]
    assert (amounts.tolist(), is_stated.tolist()) == ([0, 0], [1, 0])


def test_payments_do_not_tell_aha_moments() -> None:
    tested = plan(LEVEL, FLAT, "release: [{share: 50%, on: customer paid}, {share: 50%, on: aha, within: 60 days}]\n")
    paid = Deal("a", date(2027, 1, 1), 100, payments=(Payment(date(2027, 2, 1), 100),))
    assert missing_inputs(tested, History("rep", (paid,)), frozenset()) == (Input.aha,)


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (0, 0, "no further threshold is reached with"),
        (100_000, 100_000, "no further threshold is reached with"),
        (100_000, 300_000, "$3,000 instead of $1,000"),
        (300_000, 100_000, "$1,000 instead of $3,000"),
    ],
)
def test_the_reason_of_a_bonus_says_what_changed(before: int, now: int, words: str) -> None:
    component = plan(LEVEL, FLAT).components[0]
    assert words in str(bonus_reason(component, (before, now), 5_000_000, "USD"))


def test_a_curve_is_bent_where_it_jumps_and_nowhere_else() -> None:
    rising = np.array([int(share * 200) * 20 for share in SPARSE], dtype=np.int64)  # 20 cents each half percent
    assert not _is_bent(rising, 1).any()
    rising[-1] += 10_000_000
    assert _is_bent(rising, 1).nonzero()[0].tolist() == [39]
    rising[60:] += 7_000  # less than a thousandth of the height, but a jump that is marked
    assert _is_bent(rising, 1).nonzero()[0].tolist() == [19, 39]
