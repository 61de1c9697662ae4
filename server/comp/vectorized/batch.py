"""Pay for many people under many plans, in chunks of bounded memory and optionally on an executor."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from server.comp.book import Book
from server.comp.book_selection import slice_reps
from server.comp.calendar import Window
from server.comp.plan import Plan
from server.comp.rounding import Int64s
from server.comp.vectorized.pay import pay

CHUNK = 200_000
"""Deals paid at a time: arrays of this length stay in the processor's inner caches."""


@dataclass(frozen=True)
class BatchTotals:
    """What plans pay in cents: `totals` (plans, reps), and for each plan `by_element` (elements, reps)."""

    totals: Int64s
    by_element: tuple[Int64s, ...]


def pay_batch(
    book: Book,
    plans: Sequence[Plan],
    window: Window,
    *,
    executor: Executor | None = None,
    chunk: int = CHUNK,
) -> BatchTotals:
    """Pay every rep of a book under every plan; the results do not depend on chunks or executor."""
    chunks = [slice_reps(book, first, end) for first, end in _chunk_ranges(book, chunk)]
    run = map if executor is None else executor.map
    results = list(run(_pay_chunk, chunks, [tuple(plans)] * len(chunks), [window] * len(chunks)))
    by_element = tuple(np.concatenate([result[i] for result in results], axis=1) for i in range(len(plans)))
    empty = np.zeros((0, book.reps), np.int64)
    totals = np.stack([amounts.sum(axis=0) for amounts in by_element]) if plans else empty
    return BatchTotals(totals, by_element)


def _chunk_ranges(book: Book, chunk: int) -> list[tuple[int, int]]:
    """Return ranges of reps with about `chunk` deals each; at least one range, even for an empty book."""
    ends = np.searchsorted(book.rep, np.arange(1, book.reps + 1))
    ranges, first, deals_before = [], 0, 0
    for rep in range(book.reps):
        if int(ends[rep]) - deals_before >= chunk or rep + 1 == book.reps:
            ranges.append((first, rep + 1))
            first, deals_before = rep + 1, int(ends[rep])
    return ranges or [(0, book.reps)]


def _pay_chunk(book: Book, plans: tuple[Plan, ...], window: Window) -> list[Int64s]:
    """Pay one chunk; a module-level function, so that other processes can run it."""
    return [pay(book, plan, window).amounts.sum(axis=2) for plan in plans]
