"""The plans side by side: terms, what differs, goals, and what they pay me."""

from server.comp import read_plan
from server.pages.compare import compare_rows, goal_rows
from tests.cast import AHA, LEVELS, SLUG, TODAY
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}/compare"
PLANS = [read_plan(TODAY), read_plan(AHA % {"variable": "56,000"}), read_plan(LEVELS)]


def test_what_differs_from_today_is_marked_in_words() -> None:
    rows = {str(row.label): row for row in compare_rows(PLANS)}
    assert rows["Paid"].differs == (False, True, False)
    assert [str(cell) for cell in rows["Clawback"].cells] == [
        "None",
        "pro rata by whole month, within 12 months",
        "None",
    ]
    same = [row for row in compare_rows([PLANS[0], PLANS[0]]) if not row.is_same]
    assert same == []


def test_goals_are_compared_with_each_plan() -> None:
    serving = read_plan(TODAY + "goals: [{goal: 2, how: it helps, against: yes}]\n")
    [first, second] = goal_rows(["One", "Two"], [PLANS[0], serving])
    assert first.cells == (None, None)
    assert second.cells[1]
    assert (second.cells[1].how, second.cells[1].against) == ("it helps", True)


def test_a_rep_sees_own_figures_there_and_others_see_none(townhall: Townhall) -> None:
    mine = townhall.client("Maya Rep").get(PATH).text
    assert "$109,722.21" in mine
    assert "$78,691.36" in mine
    assert "Low year (1 in 10 is lower)" in mine
    assert "differs" in mine
    for name in ("Dana Rep", "Mona Manager", "Eve Executive", "Ada Admin"):
        text = townhall.client(name).get(PATH).text
        assert "$109,722.21" not in text
        assert "$78,691.36" not in text
    assert "For you" not in townhall.client("Mona Manager").get(PATH).text
    assert townhall.client("Maya Rep").get("/proposals/no-such/compare").status_code == 404
