"""Authors who save at once: every acknowledged save is there at the end, on both databases."""

from tests.bench.wiki import saved_at_once
from tests.conftest import Townhall


def test_three_authors_lose_nothing(townhall: Townhall) -> None:
    acknowledged, lost = saved_at_once(townhall.database, authors=3, saves=90)
    assert acknowledged == 93
    assert lost == 0
