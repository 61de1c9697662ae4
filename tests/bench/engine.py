"""The engine measured in one run: against its exact twin, one rep, growth, memory, drawn years, a sweep."""

import random
import resource
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import numpy as np

from server.comp import Book, Deal, History, LevelSince, Window, book_of, explain, pay, read_plan
from server.comp.analysis.bootstrap import pay_sampled_years, sample_years
from server.comp.analysis.disclosure import impact_table
from server.comp.analysis.payout_curve import payout_curve
from server.comp.book_selection import select
from server.comp.calendar import month_of
from server.comp.vectorized.batch import pay_batch
from server.impact.compute import PeopleGroup, compute_impact
from tests.cast import AHA, LEVELS, TODAY

WINDOW = Window(month_of(date(2026, 1, 1)))
PLANS = [read_plan(text) for text in (TODAY, LEVELS, *(AHA % {"variable": f"{v},000"} for v in (50, 56, 60)))]
Ratio = tuple[str, float, str, float]
Time = tuple[str, float, str, float | None]


def histories(reps: int, deals: int) -> list[History]:
    draw = random.Random(11)
    people = []
    for rep in range(reps):
        made = []
        for number in range(deals):
            signed = date(2025, 7, 1) + timedelta(days=draw.randrange(540))
            aha = signed + timedelta(days=draw.randrange(90)) if draw.random() < 0.7 else None
            churned = signed + timedelta(days=draw.randrange(60, 400)) if draw.random() < 0.12 else None
            made.append(Deal(f"{rep}-{number}", signed, draw.randrange(100_000, 2_000_000), aha=aha, churned=churned))
        people.append(History(str(rep), tuple(made), (LevelSince(0, "Associate 1", 0),)))
    return people


def multiplied(book: Book, copies: int) -> Book:
    """Return a book of so many times the reps, made from arrays."""
    size = book.arr.size
    rep = (book.rep[None, :] + book.reps * np.arange(copies, dtype=np.int32)[:, None]).reshape(-1)
    whose = np.tile(np.arange(book.reps, dtype=np.int32), copies)
    return select(book, np.tile(np.arange(size, dtype=np.int64), copies), rep, book.reps * copies, whose)


def best(run: Callable[[], object], times: int) -> float:
    """Return the lowest CPU seconds of several runs."""
    lowest = 1e9
    for _ in range(times):
        began = time.process_time()
        run()
        lowest = min(lowest, time.process_time() - began)
    return lowest


def middle(run: Callable[[], object], times: int) -> tuple[float, float]:
    """Return the median and the 95th percentile of CPU seconds."""
    walls = []
    for _ in range(times):
        began = time.process_time()
        run()
        walls.append(time.process_time() - began)
    walls.sort()
    return walls[times // 2], walls[int(times * 0.95)]


def plain_loop(people: list[History]) -> float:
    """Return the CPU seconds of adding up every deal for every plan in Python: the reference of this machine."""

    def add_up() -> int:
        total = 0
        for _ in PLANS:
            for person in people:
                for deal in person.deals:
                    total += deal.arr
        return total

    return best(add_up, 5)


def afresh(book: Book) -> Callable[[], object]:
    """Return a run that pays a book under every plan and remembers nothing of the last one."""

    def run() -> None:
        book.period_indexes.clear()
        for plan in PLANS:
            pay(book, plan, WINDOW)

    return run


def exactly(reps: int) -> float:
    """Return the CPU seconds of the exact path, without its trace, for so many reps of 100 deals and 5 plans."""
    some = histories(25, 100)
    seconds = best(lambda: [explain(h, plan, WINDOW, trace=False) for plan in PLANS for h in some], 2)
    return seconds * reps / len(some)


def ratios() -> list[Ratio]:
    small = book_of(histories(1_000, 100))
    large = multiplied(small, 10)
    one_thousand = best(lambda: pay_batch(small, PLANS, WINDOW), 3)
    ten_thousand = best(lambda: pay_batch(large, PLANS, WINDOW), 2)
    exact = exactly(1_000)
    return [
        ("pay against explain, 1,000 reps x 100 deals x 5", exact / one_thousand, "x", 80),
        ("the same at 10,000 reps", 10 * exact / ten_thousand, "x", 100),
    ]


def times() -> list[Time]:
    one = book_of(histories(1, 100))
    single, _ = middle(afresh(one), 200)
    years = sample_years(one, WINDOW, "rep")

    def drawn() -> None:
        pay_sampled_years(sample_years(one, WINDOW, "rep"), PLANS)

    drawing, slowest = middle(drawn, 20)
    sweeping, _ = middle(lambda: payout_curve(one, PLANS, WINDOW, 1), 20)
    loop = plain_loop(histories(1, 100))
    return [
        ("one rep, 100 deals, 5 plans: p50", single * 1000, "ms", None),
        ("one rep, 100 deals, 5 plans against a plain loop over them", single / loop, "x", 80),
        (f"{years.count} drawn years x 5 plans against one rep", drawing / single, "x", 35),
        ("drawn years: p95 against one rep", slowest / single, "x", 50),
        ("401-point sweep against one rep", sweeping / single, "x", 20),
        *growth(),
    ]


def growth() -> list[Ratio]:
    """Measure ten and a hundred thousand reps: time for each deal, memory beyond the input, and impact."""
    ten = multiplied(book_of(histories(1_000, 100)), 10)
    per_ten = best(lambda: pay_batch(ten, PLANS, WINDOW), 1) / 10_000
    totals = pay_batch(ten, PLANS[:2], WINDOW).totals
    groups = [str(rep % 9) for rep in range(10_000)]
    impacting = best(lambda: impact_table(totals[0], totals[1], {"level": groups}), 1) * len(PLANS) + per_ten * 10_000
    hundred = multiplied(ten, 10)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    per_hundred = best(lambda: pay_batch(hundred, PLANS, WINDOW), 1) / 100_000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return [
        ("time a deal at 100,000 reps against 10,000", per_hundred / per_ten, "x", 1.5),
        ("peak memory at 100,000 x 100, of the input bytes", peak * 1024 / hundred.nbytes, "x", 7),
        ("of which the run itself added", (peak - before) * 1024 / hundred.nbytes, "x", 7),
        (
            "impact, 10,000 reps x 100 deals x 5, against a plain loop over them",
            impacting / (plain_loop(histories(100, 100)) * 100),
            "x",
            5,
        ),
        *whole_impact(),
    ]


def whole_impact() -> list[Ratio]:
    """Measure an impact run from histories to cells, with next and reference years, and with three times the people."""
    seconds, loop = [], 0.0
    for reps in (1_000, 3_000):
        people = histories(reps, 100)
        loop = loop or plain_loop(people)
        kinds = {name: [str(rep % parts) for rep in range(reps)] for name, parts in (("level", 3), ("region", 7))}
        seconds.append(
            best(
                partial(
                    compute_impact,
                    PeopleGroup(people, kinds, [0] * len(people)),
                    [[plan] for plan in PLANS],
                    WINDOW,
                    lambda _: None,
                ),
                1,
            )
        )
    return [
        ("impact run of 1,000 reps against a plain loop over them", seconds[0] / loop, "x", 60),
        ("impact run of 3,000 reps against 1,000, by rep", seconds[1] / seconds[0] / 3, "x", 1.3),
    ]
