"""The engine measured: the fast path against the exact one, one rep, and growth."""

import random
import time
from collections.abc import Callable
from datetime import date, timedelta

from server.comp.calendar import Window, month_of
from server.comp.explain import explain
from server.comp.history import Deal, History, Spell, book_of
from server.comp.pay import pay
from server.comp.reader import read_plan
from tests.cast import AHA, LEVELS, TODAY

WINDOW = Window(month_of(date(2026, 1, 1)))
PLANS = [read_plan(text) for text in (TODAY, LEVELS, *(AHA % {"variable": f"{v},000"} for v in (50, 56, 60)))]


def histories(reps: int, deals: int) -> list[History]:
    draw = random.Random(11)
    found = []
    for rep in range(reps):
        made = []
        for number in range(deals):
            signed = date(2025, 7, 1) + timedelta(days=draw.randrange(540))
            aha = signed + timedelta(days=draw.randrange(90)) if draw.random() < 0.7 else None
            churned = signed + timedelta(days=draw.randrange(60, 400)) if draw.random() < 0.12 else None
            made.append(Deal(f"{rep}-{number}", signed, draw.randrange(100_000, 2_000_000), aha=aha, churned=churned))
        found.append(History(str(rep), tuple(made), (Spell(0, "Associate 1", 0),)))
    return found


def best(run: Callable[[], object], times: int) -> float:
    """Return the lowest CPU seconds of several runs."""
    lowest = 1e9
    for _ in range(times):
        began = time.process_time()
        run()
        lowest = min(lowest, time.process_time() - began)
    return lowest


def ratios() -> list[tuple[str, float, str, float]]:
    found = histories(1_000, 100)
    book = book_of(found)
    fast = best(lambda: [pay(book, plan, WINDOW) for plan in PLANS], 5)
    exact = best(lambda: [explain(history, plan, WINDOW) for plan in PLANS for history in found[:50]], 1) * 20
    return [("pay against explain, 1,000 reps x 100 deals x 5", exact / fast, "x", 80)]


def times() -> list[tuple[str, float, str, float]]:
    one = book_of(histories(1, 100))
    single = sorted(best(lambda: [pay(one, plan, WINDOW) for plan in PLANS], 1) for _ in range(60))[30]
    small, large = book_of(histories(1_000, 100)), book_of(histories(10_000, 100))
    per_small = best(lambda: [pay(small, plan, WINDOW) for plan in PLANS], 3) / 1_000
    per_large = best(lambda: [pay(large, plan, WINDOW) for plan in PLANS], 2) / 10_000
    return [
        ("one rep, 100 deals, 5 plans: p50", single * 1000, "ms", 2.5),
        ("time a rep at 10,000 reps against 1,000", per_large / per_small, "x", 1.5),
    ]
