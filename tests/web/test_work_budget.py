"""Expensive work has a budget for each person."""

import pytest

from server.errors import TooManyError
from server.web import work_budget
from server.web.work_budget import WorkBudget


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_too_much_work_waits_and_others_do_not() -> None:
    clock = Clock()
    budget = WorkBudget(100, 10, clock)
    budget.spend(1, 60)
    budget.spend(2, 100)
    with pytest.raises(TooManyError, match="Try again in 2 seconds"):
        budget.spend(1, 60)
    clock.at = 2.0
    budget.spend(1, 60)
    with pytest.raises(TooManyError, match="Try again in 1 second\\."):
        budget.spend(1, 1)


def test_the_first_piece_of_work_is_always_done() -> None:
    budget = WorkBudget(100, 10, Clock())
    budget.spend(1, 1_000)
    with pytest.raises(TooManyError, match="91 seconds"):
        budget.spend(1, 10)


def test_who_has_used_nothing_lately_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_budget, "_MAX_PEOPLE", 2)
    clock = Clock()
    budget = WorkBudget(100, 10, clock)
    budget.spend(1, 10)
    clock.at = 1.0
    budget.spend(2, 100)
    budget.spend(3, 10)
    assert set(budget._used) == {2, 3}
