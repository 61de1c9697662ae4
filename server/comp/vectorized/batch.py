"""Many people under many plans: in chunks, so that memory stays bounded, and on an executor where there is one."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from server.comp.calendar import Window
from server.comp.history import Book, slice_reps
from server.comp.plan import Plan
from server.comp.rounding import Int64s
from server.comp.vectorized.pay import pay

CHUNK = 200_000
"""Deals paid at a time: arrays of this length stay in a processor's nearer caches."""


@dataclass(frozen=True)
class BatchTotals:
    """What plans pay people: cents (plans, reps), and for each plan cents by head and rep (heads, reps)."""

    totals: Int64s
    by_element: tuple[Int64s, ...]


def pay_batch(
    book: Book, plans: Sequence[Plan], window: Window, *, executor: Executor | None = None, chunk: int = CHUNK
) -> BatchTotals:
    """Pay every rep of a book under every plan; results do not depend on the chunks or the executor."""
    parts = [slice_reps(book, first, last) for first, last in _spans(book, chunk)]
    run = map if executor is None else executor.map
    done = list(run(_paid, parts, [tuple(plans)] * len(parts), [window] * len(parts)))
    by_head = tuple(np.concatenate([found[place] for found in done], axis=1) for place in range(len(plans)))
    totals = np.stack([heads.sum(axis=0) for heads in by_head]) if plans else np.zeros((0, book.reps), np.int64)
    return BatchTotals(totals, by_head)


def _spans(book: Book, chunk: int) -> list[tuple[int, int]]:
    """Return runs of reps that hold about so many deals each; at least one, so that nobody makes an empty book."""
    ends = np.searchsorted(book.rep, np.arange(1, book.reps + 1))
    spans, first, before = [], 0, 0
    for rep in range(book.reps):
        if int(ends[rep]) - before >= chunk or rep + 1 == book.reps:
            spans.append((first, rep + 1))
            first, before = rep + 1, int(ends[rep])
    return spans or [(0, book.reps)]


def _paid(book: Book, plans: tuple[Plan, ...], window: Window) -> list[Int64s]:
    """Pay one chunk; a plain function, so that another process can be asked to run it."""
    return [pay(book, plan, window).amounts.sum(axis=2) for plan in plans]
