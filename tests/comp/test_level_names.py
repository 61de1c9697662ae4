"""Levels that people hold under another name: paid by the level that names them, written into the plan's text."""

from datetime import date

import pytest

from server.comp import History, LevelSince, PlanError, Window, explain, read_plan
from server.comp.history import Deal
from server.comp.mechanics.levels import assigned, unmatched
from server.comp.plan_text.level_names import add_level_names

FLOW = """\
name: P
year: 2026-01
levels: [{name: AE, variable: $50,000, quota: $500,000}, {name: Senior AE, variable: $90,000, quota: $500,000}]
components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]
"""
BLOCK = """\
name: P
year: 2026-01
levels:
  - name: AE
    variable: $50,000
    quota: $500,000
  - name: Senior AE
    variable: $90,000  # a note
    quota: $500,000
components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]
"""


def history(level: str, rank: int | None = None) -> History:
    return History("1", (Deal("D", date(2026, 3, 1), 10_000_000),), (LevelSince(672, level, rank),))


@pytest.mark.parametrize("text", [FLOW, BLOCK])
def test_a_level_pays_people_at_the_levels_it_names(text: str) -> None:
    mapped = add_level_names(text, "senior ae", ["Lead", "Principal: x"])
    plan = read_plan(mapped)
    assert plan.levels[1].also_for == ("Lead", "Principal: x")
    assert "# a note" in mapped or text is FLOW
    assert explain(history("Principal: X"), plan, Window(plan.year)).total == 1_800_000
    again = read_plan(add_level_names(mapped, "Senior AE", ["Boss"]))
    assert again.levels[1].also_for == ("Lead", "Principal: x", "Boss")
    assert plan.digest != read_plan(text).digest


def test_an_unknown_level_of_the_plan_raises_an_error() -> None:
    with pytest.raises(KeyError):
        add_level_names(FLOW, "Boss", ["Lead"])


def test_the_same_name_at_two_levels_is_refused() -> None:
    with pytest.raises(PlanError, match="Two levels have this name"):
        read_plan(add_level_names(FLOW, "AE", ["Senior AE"]))


def test_a_held_level_that_no_level_names_is_unmatched() -> None:
    plan = read_plan(FLOW)
    window = Window(plan.year)
    held = unmatched(plan.levels, history("Lead").levels, window)
    assert held is not None
    assert (held.name, held.rank) == ("Lead", None)
    assert assigned(plan.levels, history("Lead", 1).levels, plan.year) == 1
    assert unmatched(plan.levels, history("senior AE").levels, window) is None
    assert unmatched(plan.levels[:1], history("Lead").levels, window) is None
    assert unmatched(plan.levels, (), window) is None


def test_stating_a_default_leaves_the_digest_as_it_is() -> None:
    assert read_plan(FLOW + "currency: USD\n").digest == read_plan(FLOW).digest
