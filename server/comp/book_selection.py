"""Selections from a book: some of its deals, each assigned to a rep, or a range of its reps."""

from dataclasses import replace

import numpy as np

from server.comp.book import NO_DEAL, Book, Codes
from server.comp.calendar import Int32s
from server.comp.rounding import Int64s


def _refunded_among(book: Book, deals: Int64s, rep: Int32s) -> Int32s:
    """Return `refund_of` for deals at some positions of a book; NO_DEAL where the refunded deal is not among them."""
    old = book.refund_of[deals].astype(np.int64)
    if (old == NO_DEAL).all():
        return np.full(old.shape, NO_DEAL, dtype=np.int32)
    size = book.refund_of.size
    keys = rep.astype(np.int64) * size + deals
    order = np.argsort(keys, kind="stable")
    sought = rep.astype(np.int64) * size + old
    place = order[np.minimum(np.searchsorted(keys[order], sought), old.size - 1)]
    is_there = (old != NO_DEAL) & (keys[place] == sought)
    return np.where(is_there, place, NO_DEAL).astype(np.int32)


def _at(book: Book, deals: Int64s | slice) -> Book:
    """Return a book with only the deals at some positions; the caller sets `refund_of` and the reps."""
    return replace(
        book,
        rep=book.rep[deals],
        signed=book.signed[deals],
        arr=book.arr[deals],
        term=book.term[deals],
        aha=book.aha[deals],
        churned=book.churned[deals],
        paid=book.paid[deals],
        live=book.live[deals],
        starts=book.starts[deals],
        rating=book.rating[deals],
        rated=book.rated[deals],
        rep_average=book.rep_average[deals],
        discount=book.discount[deals],
        prepaid=book.prepaid[deals],
        words={name: Codes(codes.code[deals], codes.words) for name, codes in book.words.items()},
        amounts={name: (value[deals], stated[deals]) for name, (value, stated) in book.amounts.items()},
        split=book.split[deals],
        payments=book.payments.select(deals),
        period_indexes={},
    )


def select(book: Book, deals: Int64s, rep: Int32s, reps: int, source: Int32s | None = None) -> Book:
    """Return a book of the deals at some indexes, each assigned to the rep in `rep`; sorted as a book is.

    `source` (reps,) is the old rep whose career and person each new rep has; the first one by default.
    """
    source_rep = np.zeros(reps, dtype=np.int32) if source is None else source
    return replace(
        _at(book, deals),
        rep=rep,
        refund_of=_refunded_among(book, deals, rep),
        reps=reps,
        career=book.career[source_rep],
        person=book.person[source_rep],
    )


def slice_reps(book: Book, first: int, last: int) -> Book:
    """Return the reps from `first` up to but excluding `last`, as views where possible."""
    low, high = np.searchsorted(book.rep, [first, last])
    span = slice(int(low), int(high))
    refund_of = np.where(book.refund_of[span] == NO_DEAL, NO_DEAL, book.refund_of[span] - low)
    selected = _at(book, span)
    return replace(
        selected,
        rep=(selected.rep - first).astype(np.int32),
        refund_of=refund_of.astype(np.int32),
        reps=last - first,
        career=book.career[first:last],
        person=book.person[first:last],
    )
