"""Deals and results: those of one rep as exact records, those of many reps as sorted arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import accumulate
from typing import Any, NamedTuple, TypeVar

import numpy as np

from server.comp.calendar import EARLIEST, LATEST, MONTHS_IN_YEAR, NEVER, Int32s, Window, day_numbers, day_of
from server.comp.rounding import Int64s, share_of, share_out, to_cents

T = TypeVar("T")
NO_AVERAGE = -1
STAR_SCALE = 10**6
"""Stored rep averages are in millionths of a star."""
RESULT_SCALE = 10**8
"""Stored results are in hundred-millionths: percentages have at most six decimals."""
NO_DISCOUNT = -1
NO_DEAL = -1
WORDS = ("kind", "product", "segment", "region", "role", "customer", "currency")
"""The text attributes of a deal; a book stores each as codes and a list of words."""
OWN, TEAM = "own", "team"


@dataclass(frozen=True, slots=True)
class Split:
    """How a deal is shared: the weights of all who share it, and the position of this rep."""

    weights: tuple[int, ...]
    index: int


class Payment(NamedTuple):
    """What a customer paid for a deal on a day, in cents of the whole deal."""

    day: date
    cents: int


@dataclass(frozen=True, slots=True)
class Deal:
    """A won deal.

    `arr` is the annual recurring revenue of the whole deal in cents, `term` the contract's length in months.
    `amounts` hold other measures by name (cents, or units), also of the whole deal. `split` says who shares the
    deal; plans split its credit or its commission. `role` says why the rep is credited: own, overlay or team.
    `rep_average` replaces the average of the history's ratings, where a file states one.
    `starts` is the first day of service, where it is not the day of signing. `refund_of` is the id of the rep's
    deal that this one, with negative amounts, takes back in whole or in part. `payments` are the customer's, by day,
    where they are known one by one.
    """

    id: str
    signed: date
    arr: int = 0
    term: int = 12
    kind: str = "new"
    product: str = ""
    customer: str = ""
    aha: date | None = None
    churned: date | None = None
    rating: int | None = None
    rated: date | None = None
    rep_average: Fraction | None = None
    segment: str = ""
    region: str = ""
    role: str = OWN
    currency: str = ""
    discount: Fraction | None = None
    prepaid: bool = False
    paid: date | None = None
    live: date | None = None
    starts: date | None = None
    split: Split | None = None
    amounts: tuple[tuple[str, int], ...] = ()
    refund_of: str = ""
    payments: tuple[Payment, ...] = ()

    @property
    def receivable(self) -> int:
        """What the customer is to pay, in cents: the stated cash or contract value, or the ARR over the term."""
        stated = self.amount("cash")
        stated = self.amount("tcv") if stated is None else stated
        return to_cents(Fraction(self.arr * self.term, MONTHS_IN_YEAR)) if stated is None else stated

    @property
    def own_arr(self) -> int:
        """The rep's share of the ARR in cents, by largest remainder."""
        return share_out(self.arr, self.split.weights)[self.split.index] if self.split else self.arr

    def amount(self, measure: str) -> int | None:
        """Return the stated amount of a measure, or None."""
        return next((amount for name, amount in self.amounts if name == measure), None)


@dataclass(frozen=True, slots=True)
class LevelSince:
    """A level held from a month on: its name, and its rank (from 0) for plans with other level names, if known.

    `by_name` marks the level of someone who is not a rep: a plan with a single level pays it only by its name.
    """

    first_month: int
    name: str
    rank: int | None = 0
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A value measured at a month's end that is not a sum of deals: NRR, CSAT, a score, a quartile."""

    of: str
    month: int
    value: Fraction


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Terms of one person for some months, and why: yearly amounts in cents, or hundredths of units for counts.

    A quota may apply to one component only. One for all components leaves quotas of counts that a plan states for
    the component alone.
    """

    first_month: int
    last_month: int
    reason: str
    base: int | None = None
    variable: int | None = None
    quota: int | None = None
    component: str = ""

    def covers(self, month: int) -> bool:
        """Return whether it applies in a month."""
        return self.first_month <= month <= self.last_month


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a manager's team: yearly quota in cents (or units), first and last day of work.

    `since` and `until` (outside) limit the quota to the days in the team.
    """

    quota: int
    started: date | None = None
    left: date | None = None
    since: date | None = None
    until: date | None = None


class Correction(NamedTuple):
    """An amount that someone adds to a person's variable pay on a day, or takes from it, in cents, and why."""

    day: date
    cents: int
    reason: str


@dataclass(frozen=True, slots=True)
class Person:
    """Facts about a rep other than deals; `opening` is the opening draw balance in cents."""

    started: date | None = None
    left: date | None = None
    results: tuple[Result, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    team: tuple[Member, ...] = ()
    opening: int = 0
    corrections: tuple[Correction, ...] = ()


NO_PERSON = Person()


@dataclass(frozen=True, slots=True)
class History:
    """One rep's deals, the levels held (oldest first), and other facts about the person."""

    rep: str
    deals: tuple[Deal, ...]
    levels: tuple[LevelSince, ...] = ()
    person: Person = NO_PERSON

    def in_order(self) -> list[Deal]:
        """Return the deals ordered by day, and by id within a day, credit memos last."""
        return sorted(self.deals, key=lambda deal: (deal.signed, bool(deal.refund_of), deal.id))


@dataclass(frozen=True, slots=True)
class Codes:
    """A text attribute of every deal as codes (n,), and the words by code."""

    code: Int32s
    words: tuple[str, ...]

    def of(self, word: str) -> int:
        """Return the code of a word, or -1 if no deal has it."""
        return self.words.index(word) if word in self.words else -1


@dataclass(frozen=True, slots=True)
class Instalments:
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

    def of(self, deals: "Int64s | slice") -> "Instalments":
        """Return the payments of some of the deals."""
        return Instalments(self.days[:, deals], self.paid[:, deals], self.total[deals])


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
    instalments: "Instalments"
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
        instalments=_instalments(deals),
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


def running_payments(deal: Deal) -> tuple[list[tuple[date, int]], int]:
    """Return the days of a deal's payments, each with what has been paid by then, and the total; the total is positive.

    Where the total is not known, the first payment is all of it.
    """
    total = deal.receivable
    if total <= 0:
        return [(payment.day, 1) for payment in deal.payments[:1]], 1
    sums = accumulate(payment.cents for payment in deal.payments)
    return [(payment.day, min(paid, total)) for payment, paid in zip(deal.payments, sums, strict=True)], total


def _instalments(deals: Sequence[Deal]) -> Instalments:
    most = max((len(deal.payments) for deal in deals), default=0)
    days = np.full((most, len(deals)), NEVER, dtype=np.int32)
    paid = np.zeros((most, len(deals)), dtype=np.int64)
    total = np.ones(len(deals), dtype=np.int64)
    for number, deal in enumerate(deals if most else ()):
        payments, total[number] = running_payments(deal)
        for position in range(most):
            paid[position, number] = payments[min(position, len(payments) - 1)][1] if payments else 0
        days[: len(payments), number] = _days([day for day, _ in payments])
    return Instalments(days, paid, total)


def never_happened(days: Int32s) -> bool:
    """Return whether every day is NEVER."""
    return bool((days == NEVER).all())
