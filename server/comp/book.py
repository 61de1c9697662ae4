"""Many histories as one book: sorted arrays of deals, and what is known of each rep."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from server.comp.calendar import EARLIEST, LATEST, NEVER, Int32s, Window, day_numbers, day_of
from server.comp.history import RESULT_SCALE, STAR_SCALE, Deal, History, LevelSince, Person, Split, running_payments
from server.comp.rounding import Int64s, share_of

T = TypeVar("T")
NO_AVERAGE = -1
NO_DISCOUNT = -1
NO_DEAL = -1
WORDS = ("kind", "product", "segment", "region", "role", "customer", "currency")
"""The text attributes of a deal; a book stores each as codes and a list of words."""


@dataclass(frozen=True, slots=True)
class Codes:
    """A text attribute of every deal as codes (n,), and the words by code."""

    code: Int32s
    words: tuple[str, ...]

    def of(self, word: str) -> int:
        """Return the code of a word, or -1 if no deal has it."""
        return self.words.index(word) if word in self.words else -1


@dataclass(frozen=True, slots=True)
class PaymentTable:
    """Customers' payments of n deals, one by one: the days (most, n), NEVER where there is none, and running totals.

    `paid` (most, n) is what has been paid up to each payment of the `total` (n,), in cents, at most all of it.
    """

    days: Int32s
    paid: Int64s
    total: Int64s

    def first(self, paid: Int32s) -> Int32s:
        """Return the day of each deal's first payment (n,), or `paid` (n,) where that is earlier or the only one."""
        first: Int32s = np.minimum(paid, self.days.min(axis=0, initial=NEVER))
        return first

    def select(self, deals: "Int64s | slice") -> "PaymentTable":
        """Return the payments of some of the deals."""
        return PaymentTable(self.days[:, deals], self.paid[:, deals], self.total[deals])


@dataclass(frozen=True, slots=True)
class Book:
    """Many histories as arrays of n deals, sorted by rep, day and id. Days are day numbers, money is cents.

    `refund_of` is the position of the deal that each deal takes back, NO_DEAL for most.
    `careers` and `persons` hold each distinct value once; `career` and `person` (reps,) are the indexes of
    each rep.
    """

    rep: Int32s
    signed: Int32s
    arr: Int64s
    term: Int32s
    aha: Int32s
    churned: Int32s
    paid: Int32s
    live: Int32s
    starts: Int32s
    rating: Int32s
    rated: Int32s
    rep_average: Int64s
    discount: Int64s
    prepaid: Int32s
    words: dict[str, Codes]
    amounts: dict[str, tuple[Int64s, Int32s]]
    splits: tuple[Split, ...]
    split: Int32s
    refund_of: Int32s
    payments: PaymentTable
    reps: int
    careers: tuple[tuple[LevelSince, ...], ...]
    career: Int32s
    persons: tuple[Person, ...]
    person: Int32s
    period_indexes: dict[Window, Any] = field(default_factory=dict, repr=False, compare=False)
    """A cache that only `comp.period_index` reads and writes."""

    @property
    def own_arr(self) -> Int64s:
        """The share of each deal's ARR (n,) that is its rep's."""
        return own_shares(self.arr, self)

    @property
    def nbytes(self) -> int:
        """Bytes of the input arrays."""
        arrays = sum(value.nbytes for value in variables_of(self) if isinstance(value, np.ndarray))
        codes = sum(codes.code.nbytes for codes in self.words.values())
        return arrays + codes + sum(amount.nbytes + stated.nbytes for amount, stated in self.amounts.values())


def own_shares(amounts: Int64s, book: Book) -> Int64s:
    """Return the rep's share (n,) of the amounts of split deals, by largest remainder."""
    if all(len(split.weights) == 1 for split in book.splits):
        return amounts
    shared = amounts.copy()
    for index, split in enumerate(book.splits):
        if len(split.weights) > 1:
            matches = book.split == index
            shared[matches] = share_of(amounts[matches], split.weights, split.index)
    return shared


def variables_of(book: Book) -> list[Any]:
    """Return the values of a book's fields."""
    return [getattr(book, name) for name in Book.__dataclass_fields__]


def _distinct(values: Iterable[T]) -> tuple[tuple[T, ...], Int32s]:
    """Return the distinct values in order of appearance, and the index of each value among them."""
    index_by_value: dict[T, int] = {}
    indexes = [index_by_value.setdefault(value, len(index_by_value)) for value in values]
    return tuple(index_by_value), np.array(indexes, dtype=np.int32)


def _encode(values: Sequence[str]) -> Codes:
    words = tuple(sorted(set(values)))
    code_by_word = {word: code for code, word in enumerate(words)}
    return Codes(np.array([code_by_word[value] for value in values], dtype=np.int32), words)


def _amounts(deals: Sequence[Deal]) -> dict[str, tuple[Int64s, Int32s]]:
    """Return the amounts (n,) of every stated measure, and whether each deal states it (n,)."""
    names = sorted({name for deal in deals for name, _ in deal.amounts})
    amounts = {}
    for name in names:
        stated = [deal.amount(name) for deal in deals]
        amounts[name] = (
            np.array([amount or 0 for amount in stated], dtype=np.int64),
            np.array([amount is not None for amount in stated], dtype=np.int32),
        )
    return amounts


def _scaled(value: Fraction | None, scale: int, default: int) -> int:
    """Return a value in parts of 1 / scale, or the default for None."""
    return default if value is None else int(value * scale)


def _days(values: Sequence[date | None]) -> Int32s:
    """Return the day numbers (n,) of dates; raises ValueError for days outside EARLIEST to LATEST."""
    numbers = day_numbers(values)
    known = numbers[numbers != NEVER]
    if known.size and not (day_of(EARLIEST) <= known.min() and known.max() <= day_of(LATEST)):
        message = f"Dates must be between {EARLIEST} and {LATEST}."
        raise ValueError(message)
    return numbers


def book_of(histories: Sequence[History]) -> Book:
    """Return histories as one book; rep i is `histories[i]`.

    Raises ValueError for days outside EARLIEST to LATEST.
    """
    ordered = [(index, deal) for index, history in enumerate(histories) for deal in history.in_order()]
    deals = [deal for _, deal in ordered]
    careers, career = _distinct(history.levels for history in histories)
    persons, person = _distinct(history.person for history in histories)
    splits, split = _distinct(deal.split for deal in deals)

    signed = _days([deal.signed for deal in deals])

    def small(values: list[int]) -> Int32s:
        return np.array(values, dtype=np.int32)

    def large(values: list[int]) -> Int64s:
        return np.array(values, dtype=np.int64)

    return Book(
        rep=small([index for index, _ in ordered]),
        signed=signed,
        arr=large([deal.arr for deal in deals]),
        term=small([deal.term for deal in deals]),
        aha=_days([deal.aha for deal in deals]),
        churned=_days([deal.churned for deal in deals]),
        paid=_days([deal.paid for deal in deals]),
        live=_days([deal.live for deal in deals]),
        starts=_days([deal.starts or deal.signed for deal in deals]) if any(deal.starts for deal in deals) else signed,
        rating=small([deal.rating or 0 for deal in deals]),
        rated=_days([deal.rated if deal.rating else None for deal in deals]),
        rep_average=large([_scaled(deal.rep_average, STAR_SCALE, NO_AVERAGE) for deal in deals]),
        discount=large([_scaled(deal.discount, RESULT_SCALE, NO_DISCOUNT) for deal in deals]),
        prepaid=small([int(deal.prepaid) for deal in deals]),
        words={name: _encode([getattr(deal, name) for deal in deals]) for name in WORDS},
        amounts=_amounts(deals),
        splits=tuple(split_ or Split((1,), 0) for split_ in splits),
        split=split,
        refund_of=_refunded(ordered),
        payments=_payments(deals),
        reps=len(histories),
        careers=careers,
        career=career,
        persons=persons,
        person=person,
    )


def _refunded(ordered: Sequence[tuple[int, Deal]]) -> Int32s:
    """Return the position of the deal of the same rep that each credit memo names, or NO_DEAL."""
    if not any(deal.refund_of for _, deal in ordered):
        return np.full(len(ordered), NO_DEAL, dtype=np.int32)
    positions = {(rep, deal.id): position for position, (rep, deal) in enumerate(ordered) if not deal.refund_of}
    named = [positions.get((rep, deal.refund_of), NO_DEAL) if deal.refund_of else NO_DEAL for rep, deal in ordered]
    return np.array(named, dtype=np.int32)


def _payments(deals: Sequence[Deal]) -> PaymentTable:
    most = max((len(deal.payments) for deal in deals), default=0)
    days = np.full((most, len(deals)), NEVER, dtype=np.int32)
    paid = np.zeros((most, len(deals)), dtype=np.int64)
    total = np.ones(len(deals), dtype=np.int64)
    for number, deal in enumerate(deals if most else ()):
        payments, total[number] = running_payments(deal)
        for position in range(most):
            paid[position, number] = payments[min(position, len(payments) - 1)][1] if payments else 0
        days[: len(payments), number] = _days([day for day, _ in payments])
    return PaymentTable(days, paid, total)


def never_happened(days: Int32s) -> bool:
    """Return whether every day is NEVER."""
    return bool((days == NEVER).all())
