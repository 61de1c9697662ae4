"""What each measure counts of a deal: stated, derived from its ARR and term, or nothing; alone and in arrays."""

from datetime import date

import pytest

from server.comp import History
from server.comp.book import book_of
from server.comp.history import Deal
from server.comp.mechanics.measures import MEASURES, stated_arr

DEALS = (
    Deal("two years", date(2026, 3, 1), 1_000_001, term=24),
    Deal("free trial", date(2026, 3, 2), 0, term=12),
    Deal("return", date(2026, 3, 3), -600_000, term=12),
    Deal("expansion", date(2026, 3, 4), 300_006, term=6, kind="expansion"),
    Deal("renewal", date(2026, 3, 5), 200_000, term=12, kind="renewal"),
    Deal("stated", date(2026, 3, 6), 100, term=12, amounts=tuple((name, 7) for name in sorted(MEASURES))),
)
ARR = [1_000_001, 0, -600_000, 300_006, 200_000, 7]
# 1,000,001 / 12 = 83,333.4; 300,006 / 12 = 25,000.5, half away from zero.
MRR = [83_333, 0, -50_000, 25_001, 16_667, 7]
OVER_TERM = [2_000_002, 0, -600_000, 150_003, 200_000, 7]
EXPECTED = {
    "arr": ARR,
    "acv": ARR,
    "bookings": ARR,
    "revenue": ARR,
    "mrr": MRR,
    "tcv": OVER_TERM,
    "cash": OVER_TERM,
    "expansion": [0, 0, 0, 300_006, 0, 7],
    "renewal": [0, 0, 0, 0, 200_000, 7],
    "deals": [1, 1, 0, 1, 1, 7],
    "logos": [1, 1, 0, 0, 0, 7],
}


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_is_stated_or_derived(name: str) -> None:
    measure, expected = MEASURES[name], EXPECTED.get(name, [0, 0, 0, 0, 0, 7])
    assert [measure.of_deal(deal) for deal in DEALS] == expected
    assert measure.of_book(book_of([History("1", DEALS)])).tolist() == expected
    assert measure.of_book(book_of([History("1", DEALS[:-1])])).tolist() == expected[:-1]


def test_arr_that_is_not_stated_is_twelve_months_of_mrr() -> None:
    assert stated_arr(0, {"mrr": 500}) == 6_000
    assert stated_arr(100, {"mrr": 500}) == 100
    assert stated_arr(0, {}) == 0
