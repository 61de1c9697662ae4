"""Next years that could be: whole past deals drawn anew, so that every candidate is paid on the same thousand years."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from server.comp.calendar import MONTHS_IN_YEAR, NEVER, Int32s, Window, day_of, first_day, month_of
from server.comp.history import Book, Person, Result, select
from server.comp.pay_elements import PayElements
from server.comp.period_index import period_index
from server.comp.plan import Plan
from server.comp.rounding import Bools, Int64s, share_out
from server.comp.vectorized.pay import Payout, pay

SAMPLES = 1_000
DOT_COUNT = 20
MIN_DEALS = 12
"""With fewer deals of one's own in twelve months than these, peers' deals fill the pool up."""
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
MATURE_DAYS = 120
"""A buyer is asked after ninety days; a month later the answer is there, or does not come."""
HORIZON = 2 * MONTHS_IN_YEAR
"""What a year's deals pay is followed to the end of the year after, so that late instalments are not lost."""
_MONTH_DAYS = 28


@dataclass(frozen=True)
class SampledYears:
    """Drawn years as a book: rep i is year i. `own` of `pool` deals drawn from are the rep's own.

    `worked` are the months of the window that the rep's pace is that of.
    """

    book: Book
    window: Window
    own: int
    pool: int
    worked: int = MONTHS_IN_YEAR

    @property
    def count(self) -> int:
        """How many years were drawn."""
        return self.book.reps


@dataclass(frozen=True)
class PayDistribution:
    """What one plan pays in the drawn years: cents of each (years,), and by the end of each month (years, 12)."""

    totals: Int64s
    by_month: Int64s

    def quantiles(self) -> tuple[int, ...]:
        """Return the cents at each of QUANTILES."""
        return _at(self.totals, QUANTILES)

    def dots(self) -> tuple[int, ...]:
        """Return twenty equally likely outcomes in rising order: the middles of twenty equal groups."""
        return _at(self.totals, [(place + 0.5) / DOT_COUNT for place in range(DOT_COUNT)])

    def fan(self) -> tuple[tuple[int, ...], ...]:
        """Return for each month's end the cumulative cents at each of QUANTILES."""
        running = self.by_month.cumsum(axis=1)
        return tuple(_at(running[:, month], QUANTILES) for month in range(running.shape[1]))

    def against(self, other: "PayDistribution") -> tuple[int, int]:
        """Return in how many of the same twenty years this plan pays more than another one, and in how many less."""
        more, less = int((self.totals > other.totals).sum()), int((self.totals < other.totals).sum())
        wins, losses, _ = share_out(DOT_COUNT, [more, less, self.totals.size - more - less])
        return wins, losses


def _at(values: Int64s, shares: Sequence[float]) -> tuple[int, ...]:
    """Return order statistics: whole cents that did occur, nothing interpolated."""
    ordered = np.sort(values)
    return tuple(int(ordered[min(int(share * ordered.size), ordered.size - 1)]) for share in shares)


def seed_of(rep: str, book: Book) -> int:
    """Return the seed of a rep and a history: the same as long as neither changes."""
    data = hashlib.sha256(rep.encode())
    for array in (book.signed, book.arr, book.aha, book.churned, book.rating):
        data.update(array.tobytes())
    return int.from_bytes(data.digest()[:8], "big")


def sample_years(book: Book, window: Window, rep: str, count: int = SAMPLES) -> SampledYears:
    """Draw the year after a window for the book's first rep; the other reps are the peers to fill up from.

    Deals whose aha moment or rating may still come are left out where enough others are there: drawn as they stand
    they would never be rated. Months have a Poisson number of deals at the rep's own pace over the months worked (the
    peers' where there is none); every deal is a whole past one moved to its new day, with all that happened to it.
    """
    frame = period_index(book, window)
    inside = np.flatnonzero(frame.inside)
    own = inside[book.rep[inside] == 0]
    others = inside[book.rep[inside] != 0]
    worked = _worked(book, 0, window)
    pace = own.size / worked if own.size or book.reps == 1 else others.size / (book.reps - 1) / MONTHS_IN_YEAR
    ripe = own[_mature(book, own, window)]
    own = ripe if ripe.size >= MIN_DEALS else own
    pool = np.concatenate([own, others]) if own.size < MIN_DEALS else own
    after = Window(window.last_month + 1, HORIZON)
    random = np.random.Generator(np.random.PCG64(seed_of(rep, book)))
    numbers = random.poisson(pace, (count, MONTHS_IN_YEAR)) if pool.size else np.zeros((count, 12), dtype=np.int64)
    size = int(numbers.sum())
    deals = _resampled(random, own, pool[own.size :] if pool.size > own.size else own[:0], size)
    year = np.repeat(np.arange(count, dtype=np.int32), numbers.sum(axis=1))
    starts = np.array([day_of(first_day(after.first_month + month)) for month in range(MONTHS_IN_YEAR)], dtype=np.int32)
    month = np.repeat(np.tile(np.arange(MONTHS_IN_YEAR), count), numbers.reshape(-1))
    signed = (starts[month] + random.integers(0, _MONTH_DAYS, size)).astype(np.int32)
    order = np.argsort((year.astype(np.int64) << 32) + signed, kind="stable")
    drawn = _moved(book, deals[order], year[order], signed[order], count)
    return SampledYears(drawn, after, int(own.size), int(pool.size), worked)


def _worked(book: Book, rep: int, window: Window) -> int:
    """Return how many of a window's last twelve months a rep has worked in, a started one included; at least one."""
    started = book.persons[int(book.person[rep])].started if book.persons else None
    if started is None:
        return MONTHS_IN_YEAR
    return min(max(window.last_month - month_of(started) + 1, 1), MONTHS_IN_YEAR)


def _mature(book: Book, deals: Int64s, window: Window) -> Bools:
    """Say which deals are old enough for what usually follows to have happened, or to have been missed."""
    ripe: Bools = book.signed[deals] <= day_of(window.ends) - MATURE_DAYS
    return ripe


def _resampled(random: np.random.Generator, own: Int64s, others: Int64s, size: int) -> Int64s:
    """Draw deals: one's own, and in place of each that is lacking to enough, one of the peers'."""
    if not others.size:
        return own[random.integers(0, own.size, size)] if size else own[:0]
    peers = others[random.integers(0, others.size, size)]
    if not own.size:
        return peers
    return np.where(random.integers(0, MIN_DEALS, size) < own.size, own[random.integers(0, own.size, size)], peers)


def _moved(book: Book, deals: Int64s, year: Int32s, signed: Int32s, count: int) -> Book:
    """Return the drawn deals on their new days; whoever has them has the first rep's level and results."""
    person = book.persons[int(book.person[0])] if book.persons else Person()
    drawn = replace(select(book, deals, year, count), persons=(person,), person=np.zeros(count, dtype=np.int32))
    return _on_new_days(drawn, signed)


def _on_new_days(drawn: Book, signed: Int32s) -> Book:
    """Move every deal to its new day, with all that happened to it since; results come again a year later."""
    moved = signed - drawn.signed

    def later(days: Int32s) -> Int32s:
        return np.where(days == NEVER, NEVER, days + moved).astype(np.int32)

    def again(person: Person) -> Person:
        results = tuple(Result(found.of, found.month + MONTHS_IN_YEAR, found.value) for found in person.results)
        return replace(person, results=results)

    return replace(
        drawn,
        signed=signed,
        aha=later(drawn.aha),
        churned=later(drawn.churned),
        paid=later(drawn.paid),
        live=later(drawn.live),
        rated=later(drawn.rated),
        persons=tuple(again(person) for person in drawn.persons),
        frames={},
    )


def sample_year_of_everyone(book: Book, window: Window, count: int) -> SampledYears:
    """Draw the year after a window so many times for every rep of a book, each from the own deals alone.

    The drawn book has reps x count reps: year j of rep i is rep i x count + j.
    """
    frame = period_index(book, window)
    inside = np.flatnonzero(frame.inside)
    sold = np.bincount(book.rep[inside], minlength=book.reps)
    ripe = _mature(book, inside, window)
    enough = np.bincount(book.rep[inside[ripe]], minlength=book.reps) >= MIN_DEALS
    inside = inside[ripe | ~enough[book.rep[inside]]]
    own = np.bincount(book.rep[inside], minlength=book.reps)
    first = np.concatenate([[0], own.cumsum()[:-1]])
    after = Window(window.last_month + 1, HORIZON)
    random = np.random.Generator(np.random.PCG64(seed_of("everybody", book)))
    worked = np.array([_worked(book, rep, window) for rep in range(book.reps)])
    numbers = random.poisson((sold / worked)[:, None, None], (book.reps, count, MONTHS_IN_YEAR))
    size = int(numbers.sum())
    year = np.repeat(np.arange(book.reps * count, dtype=np.int32), numbers.sum(axis=2).reshape(-1))
    rep = year // count
    starts = np.array([day_of(first_day(after.first_month + month)) for month in range(MONTHS_IN_YEAR)], dtype=np.int32)
    month = np.repeat(np.tile(np.arange(MONTHS_IN_YEAR), book.reps * count), numbers.reshape(-1))
    deals = inside[first[rep] + (random.random(size) * own[rep]).astype(np.int64)]
    signed = (starts[month] + random.integers(0, _MONTH_DAYS, size)).astype(np.int32)
    order = np.argsort((year.astype(np.int64) << 32) + signed, kind="stable")
    whose = np.repeat(np.arange(book.reps, dtype=np.int32), count)
    drawn = select(book, deals[order], year[order], book.reps * count, whose)
    return SampledYears(_on_new_days(drawn, signed[order]), after, int(inside.size), int(inside.size))


def pay_sampled_years(years: SampledYears, plans: Sequence[Plan]) -> list[PayDistribution]:
    """Pay every drawn year under every plan."""
    found = [_distribution(pay(years.book, plan, years.window), plan) for plan in plans]
    years.book.frames.clear()  # a large book and what was gathered of it hold each other: let both go at once
    return found


def _distribution(payout: Payout, plan: Plan) -> PayDistribution:
    """Count the year's pay, and what its deals still pay in the year after; base and draws end with the year."""
    first = payout.amounts[:, :, :MONTHS_IN_YEAR]
    tail = payout.amounts[_deal_heads(payout.elements, plan), :, MONTHS_IN_YEAR:]
    by_month = first.sum(axis=0)
    by_month[:, -1] += tail.sum(axis=(0, 2))
    return PayDistribution(by_month.sum(axis=1), by_month)


def _deal_heads(heads: PayElements, plan: Plan) -> list[int]:
    single = [place for place, multiplier in enumerate(plan.multipliers) if not multiplier.is_periodic]
    return [
        *[heads.instalment(index) for index in range(heads.instalments)],
        *[heads.multiplier(place) for place in single],
        heads.clawback,
    ]
