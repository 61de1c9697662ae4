"""Random histories with gaps, for property tests."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from server.comp import Deal, History, LevelSince, Person
from server.comp.calendar import month_of
from server.comp.history import Adjustment, Correction, Member, Payment, Result, Split
from server.comp.mechanics.installments import with_payments
from tests.comp.strategies import LEVELS, RESULTS

START = date(2025, 1, 1)
CENTS = st.integers(1, 12_000_000)


@st.composite
def deal(draw: st.DrawFn, index: int) -> Deal:
    signed = START + timedelta(days=draw(st.integers(0, 729)))

    def after(most: int) -> date | None:
        days = draw(st.none() | st.integers(0, most))
        return None if days is None else signed + timedelta(days=days)

    rating = draw(st.none() | st.integers(1, 5))
    payment = st.builds(Payment, st.integers(0, 300).map(lambda days: signed + timedelta(days=days)), CENTS)
    stated = [("cash", 10_000_000), ("margin", 30_000_000), ("meetings", 40), ("units", 90), ("bookings", 40_000_000)]
    drawn = Deal(
        id=f"d{index}",
        signed=signed,
        arr=draw(st.integers(-2_000_000, 30_000_000)),
        term=draw(st.sampled_from([1, 12, 24, 36])),
        kind=draw(st.sampled_from(["new", "expansion", "renewal"])),
        product=draw(st.sampled_from(["A", "B"])),
        segment=draw(st.sampled_from(["", "small"])),
        region=draw(st.sampled_from(["", "north"])),
        role=draw(st.sampled_from(["own", "own", "own", "overlay", "team"])),
        currency=draw(st.sampled_from(["", "", "USD", "EUR", "CHF"])),
        discount=draw(st.sampled_from([None, Fraction(5, 100), Fraction(10, 100), Fraction(1, 3 * 10**6)])),
        prepaid=draw(st.booleans()),
        aha=after(120),
        paid=after(120),
        live=after(120),
        starts=after(90),
        churned=after(500),
        rating=rating,
        rated=None if rating is None else signed + timedelta(days=draw(st.integers(80, 100))),
        rep_average=draw(st.sampled_from([None, None, None, Fraction("4.79"), Fraction("4.5")])),
        split=draw(st.sampled_from([None, None, Split((1, 1), 0), Split((3333, 3333, 3334), 1)])),
        amounts=tuple((name, draw(st.integers(0, most))) for name, most in stated if draw(st.booleans())),
    )
    return with_payments(drawn, draw(st.lists(payment, max_size=4))) if draw(st.integers(1, 3)) == 1 else drawn


@st.composite
def memo(draw: st.DrawFn, original: Deal, index: int) -> Deal:
    """Return a credit memo for a part of a deal, for all of it, or for more."""
    share = draw(st.sampled_from([Fraction(1), Fraction(1), Fraction(1, 3), Fraction(5, 4)]))
    return replace(
        original,
        id=f"m{index}",
        signed=original.signed + timedelta(days=draw(st.integers(-3, 200))),
        arr=-int(original.arr * share),
        amounts=tuple((name, -int(amount * share)) for name, amount in original.amounts),
        refund_of=original.id,
        rating=None,
        rated=None,
    )


@st.composite
def deals(draw: st.DrawFn, most: int) -> tuple[Deal, ...]:
    drawn = [draw(deal(index)) for index in range(draw(st.integers(0, most)))]
    memos = [draw(memo(original, index)) for index, original in enumerate(drawn) if draw(st.integers(1, 4)) == 1]
    return tuple(drawn + memos)


MOVED = (
    Member(25_000_000, since=START, until=date(2026, 8, 14)),
    Member(30_000_001, date(2026, 2, 1), None, date(2026, 2, 10), None),
)
"""Two members of a team who came or went inside a period."""


@st.composite
def persons(draw: st.DrawFn) -> Person:
    first = month_of(START)
    values = st.sampled_from(
        [Fraction(4, 5), Fraction(1), Fraction("1.0525"), Fraction(2), Fraction("4.25"), Fraction(3)]
    )
    results = tuple(
        Result(draw(st.sampled_from(RESULTS)), first + draw(st.integers(0, 23)), draw(values))
        for _ in range(draw(st.integers(0, 8)))
    )
    adjustment = Adjustment(
        first + 12 + draw(st.integers(0, 6)), first + 23, "parental leave", 4_000_001, 3_000_000, 50_000_000
    )
    leave = Adjustment(
        first + 12 + draw(st.integers(0, 10)), first + 12 + draw(st.integers(0, 14)), "leave", quota=30_000_000
    )
    joined = START + timedelta(days=draw(st.integers(300, 600)))
    return Person(
        started=draw(st.sampled_from([None, joined])),
        left=draw(st.sampled_from([None, None, date(2026, 10, 15)])),
        results=results,
        adjustments=draw(
            st.sampled_from(
                [
                    (),
                    (),
                    (adjustment,),
                    (leave, adjustment),
                    (adjustment, leave, Adjustment(first, first + 40, "x", component="part 1", quota=1)),
                ]
            )
        ),
        team=draw(st.sampled_from([(), (Member(25_000_000), Member(30_000_001, joined)), MOVED])),
        opening=draw(st.sampled_from([0, 0, 123_456])),
        corrections=tuple(
            Correction(START + timedelta(days=draw(st.integers(300, 800))), draw(st.integers(-50_000, 90_000)), "why")
            for _ in range(draw(st.sampled_from([0, 0, 2])))
        ),
    )


@st.composite
def histories(draw: st.DrawFn, most: int = 12) -> History:
    spells = [LevelSince(month_of(START), draw(st.sampled_from(LEVELS)), draw(st.integers(0, 2)))]
    if draw(st.booleans()):
        spells.append(
            LevelSince(month_of(date(2026, draw(st.integers(1, 12)), 1)), "Elsewhere", draw(st.integers(0, 4)))
        )
    return History("rep", draw(deals(most)), tuple(spells), draw(persons()))


def deals_by_number(most: int) -> st.SearchStrategy[tuple[Deal, ...]]:
    """Return many deals from few draws: a long history costs no more to draw than a short one."""
    return st.builds(_repeated, st.lists(deal(0), min_size=1, max_size=6), st.integers(0, most))


def _repeated(drawn: list[Deal], number: int) -> tuple[Deal, ...]:
    made = []
    for index in range(number):
        base = drawn[index % len(drawn)]
        moved = timedelta(days=index * 7 % 91)

        def later(day: date | None, by: timedelta = moved) -> date | None:
            return None if day is None else day + by

        signed = base.signed + moved
        dates = {name: later(getattr(base, name)) for name in ("aha", "paid", "live", "churned", "rated")}
        made.append(replace(base, id=f"m{index}", signed=signed, arr=base.arr * (index % 13) // 12, **dates))
    return tuple(made)
