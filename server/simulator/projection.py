"""What plans pay one rep: totals, months, differences and the statement behind them; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from server.books.offers import Offer
from server.comp.analysis.payout_curve import at_attainment
from server.comp.calendar import Window
from server.comp.explain.rep import explain
from server.comp.history import Book, History, book_of
from server.comp.plan import Plan
from server.comp.rounding import to_cents
from server.comp.statements import Statement
from server.comp.vectorized.pay import Payout, credited_and_level, pay
from server.messages import Message, Money, message


class UnexplainedError(Exception):
    """The two implementations disagree; such a figure is never shown."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What an offer pays one rep over the window, in cents."""

    offer: Offer
    total: int
    by_month: tuple[int, ...]
    by_element: tuple[tuple[Message, int], ...]
    attained: Fraction | None
    level: str
    quota: int = 0
    difference: int = 0
    levels: tuple[int, ...] = ()
    """The index of the level held in each month."""
    by_attainment: tuple[int, ...] = ()
    """The same year's pay at the attainments that were asked for."""

    @property
    def currency(self) -> str:
        """The plan's currency."""
        return self.offer.plan.currency

    @property
    def share(self) -> Fraction:
        """The difference as a share of today's pay."""
        today = self.total - self.difference
        return Fraction(self.difference, today) if today else Fraction(0)

    def in_words(self) -> Message:
        """Say the difference."""
        amount = Money(abs(self.difference), self.currency)
        if self.difference > 0:
            return message("{amount} more than today", amount=amount)
        return (
            message("{amount} less than today", amount=amount) if self.difference < 0 else message("the same as today")
        )


def attainment(history: History, book: Book, plan: Plan, window: Window) -> Fraction | None:
    """Return what share of the yearly quota a rep has signed in the window; None without a quota."""
    credited, level = credited_and_level(book, plan, window)
    quota = own_quota(history, plan.levels[int(level[0])].quota, window, plan.components[0].months)
    return Fraction(int(credited[0]), quota) if quota else None


def project(
    history: History,
    offers: Sequence[Offer],
    window: Window,
    book: Book | None = None,
    at: Mapping[str, tuple[Fraction, ...]] | None = None,
) -> list[Projection]:
    """Pay one rep under every offer; the first is today's plan, and the others are compared with it.

    `book` is the history laid out as arrays, where it has been already. `at` are attainments of today's quota, by the
    offers' keys: the year is paid there too, with every amount scaled alike, unless nothing was attained.
    """
    book = book_of([history]) if book is None else book
    swept = _Swept(book, attainment(history, book, offers[0].plan, window) if at else None)
    found: list[Projection] = []
    for offer in offers:
        payout = _paid(swept.at(at.get(offer.key, ()) if at else ()), offer.plan, window)
        level = offer.plan.levels[int(payout.levels[0, -1])]
        total = int(payout.totals[0])
        quota = own_quota(history, level.quota, window, offer.plan.components[0].months)
        found.append(
            Projection(
                offer=offer,
                total=total,
                by_month=tuple(payout.by_month[0].tolist()),
                by_element=tuple(
                    (label, cents)
                    for label, cents in zip(
                        payout.elements.labels, payout.amounts[:, 0].sum(axis=1).tolist(), strict=True
                    )
                ),
                attained=Fraction(int(payout.credited[0]), quota) if quota else None,
                level=level.name,
                quota=quota,
                difference=total - (found[0].total if found else total),
                levels=tuple(payout.levels[0].tolist()),
                by_attainment=tuple(payout.totals[1:].tolist()),
            )
        )
    return found


class _Swept:
    """A book with copies of its rep behind it, one for each attainment, so that a plan pays all of them at once."""

    def __init__(self, book: Book, attained: Fraction | None) -> None:
        self._attained = attained
        self._book = book
        self._made: list[tuple[tuple[Fraction, ...], Book]] = []

    def at(self, shares: tuple[Fraction, ...]) -> Book:
        """Return the rep, and copies that attain those shares of today's quota."""
        if not shares or not self._attained:
            return self._book
        made = next((book for wanted, book in self._made if wanted is shares), None)
        if made is None:
            made = at_attainment(self._book, self._attained, shares)
            self._made.append((shares, made))
        return made


def own_quota(history: History, quota: int, window: Window, period: int) -> int:
    """Return the yearly quota in cents: the level's, or a person's own one in the periods that it holds for.

    A period of so many months is judged by its last, as the terms are that it is paid on.
    """
    own = [change for change in history.person.adjustments if change.quota is not None and not change.component]
    if not own:
        return quota
    ends = range(window.first_month + period - 1, window.first_month + window.months, period)
    yearly = [next((c.quota for c in reversed(own) if c.covers(month)), None) for month in ends]
    return to_cents(Fraction(sum(quota if one is None else one for one in yearly), len(yearly)))


def _paid(book: Book, plan: Plan, window: Window) -> Payout:
    try:
        return pay(book, plan, window)
    except (OverflowError, ValueError) as error:  # figures past 64 bits, or days past the calendar
        raise UnexplainedError from error


def explain_projection(history: History, projection: Projection, window: Window, *, trace: bool = True) -> Statement:
    """Return the statement behind a projection; raises UnexplainedError unless it adds up to the same cents."""
    try:
        statement = explain(history, projection.offer.plan, window, trace=trace)
    except (OverflowError, ValueError) as error:
        raise UnexplainedError from error
    months = [0] * window.months
    for (_, month), cents in statement.amounts().items():
        months[month] += cents
    if sum(months) != projection.total or tuple(months) != projection.by_month:
        raise UnexplainedError
    return statement
