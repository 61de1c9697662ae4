"""Bootstrap of next year: past deals resampled into simulated years, the same ones for every plan."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from server.comp.book import Book
from server.comp.book_selection import select
from server.comp.calendar import MONTHS_IN_YEAR, NEVER, Int32s, Window, day_of, first_day, month_of
from server.comp.history import Person
from server.comp.pay_elements import PayElements
from server.comp.period_index import period_index
from server.comp.plan import Plan
from server.comp.rounding import Bools, Int64s, share_out
from server.comp.vectorized.pay import Payout, pay

SAMPLES = 1_000
DOT_COUNT = 20
MIN_DEALS = 12
"""With fewer own deals than this in twelve months, deals of peers fill the pool up."""
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
MATURE_DAYS = 120
"""Buyers are asked after 90 days; a month later the rating has arrived, or will not."""
HORIZON = 2 * MONTHS_IN_YEAR
"""The months for which a year's deals are paid, so that payouts due in the following year count too."""
_MONTH_DAYS = 28


@dataclass(frozen=True)
class SampledYears:
    """Sampled years as a book in which rep i is year i.

    `pool` is the number of deals sampled from, `own` how many of them are the rep's own. `worked` is the
    number of months of the window that the rep's pace is based on.
    """

    book: Book
    window: Window
    own: int
    pool: int
    worked: int = MONTHS_IN_YEAR

    @property
    def count(self) -> int:
        """The number of sampled years."""
        return self.book.reps


@dataclass(frozen=True)
class PayDistribution:
    """What one plan pays in the sampled years, in cents: `totals` (years,) and `by_month` (years, 12)."""

    totals: Int64s
    by_month: Int64s

    def quantiles(self) -> tuple[int, ...]:
        """Return the cents at each of QUANTILES."""
        return _order_statistics(self.totals, QUANTILES)

    def dots(self) -> tuple[int, ...]:
        """Return twenty equally likely outcomes in rising order: the middles of twenty equal groups."""
        return _order_statistics(self.totals, [(dot + 0.5) / DOT_COUNT for dot in range(DOT_COUNT)])

    def fan(self) -> tuple[tuple[int, ...], ...]:
        """Return the cumulative cents at each of QUANTILES, for each month's end."""
        cumulative = self.by_month.cumsum(axis=1)
        months = range(cumulative.shape[1])
        return tuple(_order_statistics(cumulative[:, month], QUANTILES) for month in months)

    def against(self, other: "PayDistribution") -> tuple[int, int]:
        """Return in how many of twenty years this plan pays more than another, and in how many less.

        Both must have been paid on the same sampled years.
        """
        more, less = int((self.totals > other.totals).sum()), int((self.totals < other.totals).sum())
        wins, losses, _ = share_out(DOT_COUNT, [more, less, self.totals.size - more - less])
        return wins, losses


def _order_statistics(values: Int64s, shares: Sequence[float]) -> tuple[int, ...]:
    """Return the values at some shares of their order: amounts that did occur, never interpolated."""
    ordered = np.sort(values)
    return tuple(int(ordered[min(int(share * ordered.size), ordered.size - 1)]) for share in shares)


def seed_of(rep: str, book: Book) -> int:
    """Return the random seed of a rep and a history, which is the same until one of them changes."""
    data = hashlib.sha256(rep.encode())
    for array in (book.signed, book.arr, book.aha, book.churned, book.rating):
        data.update(array.tobytes())
    return int.from_bytes(data.digest()[:8], "big")


def sample_years(book: Book, window: Window, rep: str, count: int = SAMPLES) -> SampledYears:
    """Sample `count` years after a window for the book's first rep; the other reps are peers to fill up from.

    The number of deals of each month is Poisson distributed at the rep's own pace: deals in the window /
    months worked, or that of the peers if the rep has none. Each deal is a past one moved to a random day of
    its new month, with everything that happened to it.

    Deals younger than MATURE_DAYS are left out if enough others remain, since their aha moment or rating may
    still come and would be missing in every copy.
    """
    index = period_index(book, window)
    inside = np.flatnonzero(index.inside)
    own = inside[book.rep[inside] == 0]
    peers = inside[book.rep[inside] != 0]
    worked = _months_worked(book, 0, window)
    use_own_pace = own.size or book.reps == 1
    pace = own.size / worked if use_own_pace else peers.size / (book.reps - 1) / MONTHS_IN_YEAR
    mature = own[_is_mature(book, own, window)]
    own = mature if mature.size >= MIN_DEALS else own
    if own.size >= MIN_DEALS:
        peers = peers[:0]
    pool_size = int(own.size + peers.size)
    next_window = Window(window.last_month + 1, HORIZON)
    random = np.random.Generator(np.random.PCG64(seed_of(rep, book)))
    shape = (count, MONTHS_IN_YEAR)
    deals_by_month = random.poisson(pace, shape) if pool_size else np.zeros(shape, dtype=np.int64)
    size = int(deals_by_month.sum())
    deals = _resample(random, own, peers, size)
    year, month = _year_and_month(deals_by_month)
    signed = _random_days(random, next_window, month)
    order = _by_year_and_day(year, signed)
    sampled = select(book, deals[order], year[order], count)
    person = book.persons[int(book.person[0])] if book.persons else Person()
    sampled = replace(sampled, persons=(person,), person=np.zeros(count, dtype=np.int32))
    return SampledYears(_move_to(sampled, signed[order]), next_window, int(own.size), pool_size, worked)


def _months_worked(book: Book, rep: int, window: Window) -> int:
    """Return how many of a window's last twelve months a rep has worked in; at least 1.

    The month in which the rep started counts.
    """
    started = book.persons[int(book.person[rep])].started if book.persons else None
    if started is None:
        return MONTHS_IN_YEAR
    return min(max(window.last_month - month_of(started) + 1, 1), MONTHS_IN_YEAR)


def _is_mature(book: Book, deals: Int64s, window: Window) -> Bools:
    """Return which deals are old enough that what usually follows has happened or will not."""
    is_mature: Bools = book.signed[deals] <= day_of(window.ends) - MATURE_DAYS
    return is_mature


def _resample(random: "np.random.Generator", own: Int64s, peers: Int64s, size: int) -> Int64s:
    """Return `size` random deals (size,), with replacement.

    With peers, own deals are chosen with probability own / MIN_DEALS, so that peers fill up what is missing.
    """
    if not peers.size:
        return own[random.integers(0, own.size, size)] if size else own[:0]
    peer_deals = peers[random.integers(0, peers.size, size)]
    if not own.size:
        return peer_deals
    is_own = random.integers(0, MIN_DEALS, size) < own.size
    return np.where(is_own, own[random.integers(0, own.size, size)], peer_deals)


def _year_and_month(deals_by_month: Int64s) -> tuple[Int32s, Int64s]:
    """Return the year and the month of year (0 to 11) of every deal (n,), given their numbers (years, 12).

    Deals are in order of year and month: year i comes sum(deals_by_month[i]) times, month m of it
    deals_by_month[i, m] times.
    """
    years = deals_by_month.shape[0]
    year = np.repeat(np.arange(years, dtype=np.int32), deals_by_month.sum(axis=1))
    month = np.repeat(np.tile(np.arange(MONTHS_IN_YEAR), years), deals_by_month.reshape(-1))
    return year, month


def _random_days(random: "np.random.Generator", window: Window, month: Int64s) -> Int32s:
    """Return a random day (n,) in each month (n,) of a window's first year, counted from 0."""
    months = range(window.first_month, window.first_month + MONTHS_IN_YEAR)
    month_starts = np.array([day_of(first_day(number)) for number in months], dtype=np.int32)
    return (month_starts[month] + random.integers(0, _MONTH_DAYS, month.size)).astype(np.int32)


def _by_year_and_day(year: Int32s, signed: Int32s) -> Int64s:
    """Return the indexes (n,) that sort deals by year and day, as a book is sorted."""
    order: Int64s = np.argsort((year.astype(np.int64) << 32) + signed, kind="stable")
    return order


def _move_to(sampled: Book, signed: Int32s) -> Book:
    """Move every deal to a new day, and all its events with it; results and personal terms repeat a year later."""
    shift = signed - sampled.signed

    def moved(days: Int32s) -> Int32s:
        return np.where(days == NEVER, NEVER, days + shift).astype(np.int32)

    def repeated(person: Person) -> Person:
        results = tuple(replace(result, month=result.month + MONTHS_IN_YEAR) for result in person.results)
        next_year = tuple(
            replace(
                adjustment,
                first_month=adjustment.first_month + MONTHS_IN_YEAR,
                last_month=adjustment.last_month + MONTHS_IN_YEAR,
            )
            for adjustment in person.adjustments
        )
        return replace(person, results=results, adjustments=(*next_year, *person.adjustments))  # stated ones go first

    return replace(
        sampled,
        signed=signed,
        aha=moved(sampled.aha),
        churned=moved(sampled.churned),
        paid=moved(sampled.paid),
        live=moved(sampled.live),
        starts=moved(sampled.starts),
        rated=moved(sampled.rated),
        persons=tuple(repeated(person) for person in sampled.persons),
        period_indexes={},
    )


def sample_year_of_everyone(book: Book, window: Window, count: int) -> SampledYears:
    """Sample `count` years after a window for every rep of a book, each from the rep's own deals.

    The sampled book has reps x count reps: year j of rep i is rep i x count + j. A deal of rep i is a random
    one of the `own[i]` deals from index `start[i]` on in `inside`, since a book's deals are sorted by rep.
    Paces and mature deals are as in `sample_years`.
    """
    index = period_index(book, window)
    inside = np.flatnonzero(index.inside)
    sold = np.bincount(book.rep[inside], minlength=book.reps)
    is_mature = _is_mature(book, inside, window)
    has_enough = np.bincount(book.rep[inside[is_mature]], minlength=book.reps) >= MIN_DEALS
    inside = inside[is_mature | ~has_enough[book.rep[inside]]]
    own = np.bincount(book.rep[inside], minlength=book.reps)
    start = np.concatenate([[0], own.cumsum()[:-1]])
    next_window = Window(window.last_month + 1, HORIZON)
    random = np.random.Generator(np.random.PCG64(seed_of("everybody", book)))
    worked = np.array([_months_worked(book, rep, window) for rep in range(book.reps)])
    deals_by_month = random.poisson((sold / worked)[:, None, None], (book.reps, count, MONTHS_IN_YEAR))
    year, month = _year_and_month(deals_by_month.reshape(-1, MONTHS_IN_YEAR))
    rep = year // count
    deals = inside[start[rep] + (random.random(rep.size) * own[rep]).astype(np.int64)]
    signed = _random_days(random, next_window, month)
    order = _by_year_and_day(year, signed)
    source_rep = np.repeat(np.arange(book.reps, dtype=np.int32), count)
    sampled = select(book, deals[order], year[order], book.reps * count, source_rep)
    return SampledYears(_move_to(sampled, signed[order]), next_window, int(inside.size), int(inside.size))


def pay_sampled_years(years: SampledYears, plans: Sequence[Plan]) -> list[PayDistribution]:
    """Return what each plan pays in every sampled year."""
    distributions = [_distribution(pay(years.book, plan, years.window), plan) for plan in plans]
    years.book.period_indexes.clear()  # a large book and its cached index refer to each other: free both at once
    return distributions


def _distribution(payout: Payout, plan: Plan) -> PayDistribution:
    """Return the pay of the first year, plus what its deals still pay in the second year.

    That is added to the last month. Base and draws of the second year do not count.
    """
    first_year = payout.amounts[:, :, :MONTHS_IN_YEAR]
    later_payouts = payout.amounts[_deal_elements(payout.elements, plan), :, MONTHS_IN_YEAR:]
    by_month = first_year.sum(axis=0)
    by_month[:, -1] += later_payouts.sum(axis=(0, 2))
    return PayDistribution(by_month.sum(axis=1), by_month)


def _deal_elements(elements: PayElements, plan: Plan) -> list[int]:
    """Return the pay elements of deals: payouts, multipliers of single deals and clawback."""
    deal_multipliers = [i for i, multiplier in enumerate(plan.multipliers) if not multiplier.is_periodic]
    return [
        *[elements.payout(index) for index in range(elements.payouts)],
        *[elements.multiplier(index) for index in deal_multipliers],
        elements.clawback,
    ]
