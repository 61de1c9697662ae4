"""What plans pay one rep: totals, months, differences and the statement that explains them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from server.books.offers import TODAY, Offer
from server.comp import Book, History, Payout, Plan, Statement, Window, book_of, explain, pay
from server.comp.analysis.missing_inputs import (
    ALL_DEAL_DATA,
    best_case,
    currencies_without_rate,
    input_label,
    is_event,
    missing_inputs,
)
from server.comp.analysis.payout_curve import at_attainment
from server.comp.mechanics.levels import Level, unmatched
from server.comp.mechanics.quotas import AS_STATED, team_quota
from server.comp.rounding import to_cents
from server.comp.vectorized.pay import credited_and_level
from server.messages import ListMessage, Message, Money, message, plural_message


class UnexplainedError(Exception):
    """The two engines disagree, or pay cannot be computed; such a figure is never shown."""


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
    difference: int | None = None
    """The difference from the baseline's pay in cents; None if nothing is compared, as without a plan of today."""
    levels: tuple[int, ...] = ()
    """The index of the level held in each month."""
    by_attainment: tuple[int, ...] = ()
    """Pay in cents for the same year at each of the requested attainments."""
    missing: tuple[str, ...] = ()
    """What the plan pays on and the company has not recorded."""
    total_if_reached: int = 0
    """The total in cents if every event that is missing had happened to every deal."""
    currencies_without_rate: tuple[str, ...] = ()
    """The currencies of deals that the plan cannot convert, so that it does not credit them."""
    unmatched_level: str = ""
    """The level that the rep holds and the plan does not name."""
    own_quota_factor: Fraction | None = Fraction(1)
    """By what the rep's own quota is multiplied, None if it does not count."""
    has_own_quota: bool = False
    unknown_quotas: int = 0
    """The people in the rep's team whose quota is not known, where the plan's quota is the team's."""

    @property
    def currency(self) -> str:
        """The plan's currency."""
        return self.offer.plan.currency

    @property
    def share(self) -> Fraction:
        """The difference as a share of today's pay."""
        if self.difference is None or self.total == self.difference:
            return Fraction(0)
        return Fraction(self.difference, self.total - self.difference)

    def notes(self) -> list[Message]:
        """Return the notes that every figure of this projection needs."""
        notes = []
        inputs = ListMessage(tuple(input_label(name) for name in self.missing))
        if not all(is_event(name) for name in self.missing):
            notes.append(
                message(
                    "{amount} does not include pay that depends on {inputs}, because no data on it is recorded for"
                    " you.",
                    amount=Money(self.total, self.currency),
                    inputs=inputs,
                )
            )
        elif self.missing:
            notes.append(
                message(
                    "{none} if none happens, {all} if all do: your company has not recorded {inputs}.",
                    none=Money(self.total, self.currency),
                    all=Money(self.total_if_reached, self.currency),
                    inputs=inputs,
                )
            )
        if self.currencies_without_rate:
            codes = ListMessage(self.currencies_without_rate)
            notes.append(message("This plan has no rate for {codes}, so deals in it are not credited.", codes=codes))
        if self.unmatched_level:
            notes.append(
                message(
                    "This plan has no level “{held}”. You are shown as “{level}”.",
                    held=self.unmatched_level,
                    level=self.level,
                )
            )
        if self.unknown_quotas:
            notes.append(
                plural_message(
                    "The quota of {count} person in your team is not known, so your team's quota lacks it.",
                    "The quotas of {count} people in your team are not known, so your team's quota lacks them.",
                    self.unknown_quotas,
                )
            )
        if self.has_own_quota:
            notes.append(self.quota_note())
        return notes

    def quota_note(self) -> Message:
        """Return which quota counts for a rep who has their own."""
        quota = Money(self.quota, self.currency)
        if self.own_quota_factor is None:
            return message(
                "Quota {quota}, the plan's: your own quota does not count under the candidates.", quota=quota
            )
        if self.offer.is_today or self.own_quota_factor == 1:
            return message("Quota {quota}, your own.", quota=quota)
        return message("Quota {quota}: your own, changed as this plan changes the quota of your level.", quota=quota)

    def in_words(self) -> Message:
        """Return the difference from today's pay as a phrase."""
        if self.difference is None:
            return message("not compared with today")
        amount = Money(abs(self.difference), self.currency)
        if self.difference > 0:
            return message("{amount} more than today", amount=amount)
        if self.difference < 0:
            return message("{amount} less than today", amount=amount)
        return message("the same as today")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What other offers are compared with: the key of the first offer, and what the company records about deals.

    Attainment is measured against the quota of `measured`, the first offer unless stated.

    Nothing is compared without that offer, nor where a plan pays in another currency or on data that is not
    recorded, cannot convert a currency, or does not name the rep's level.
    """

    baseline: str = TODAY
    recorded: frozenset[str] = ALL_DEAL_DATA
    measured: Offer | None = None


WITH_TODAY = Comparison()


def attainment(history: History, book: Book, plan: Plan, window: Window) -> Fraction | None:
    """Return the share of the yearly quota that a rep was credited in the window; None without a quota."""
    credited, level = credited_and_level(book, plan, window)
    quota = own_quota(history, plan.levels[int(level[0])], window)
    return Fraction(int(credited[0]), quota) if quota else None


def project(
    history: History,
    offers: Sequence[Offer],
    window: Window,
    book: Book | None = None,
    attainments: Mapping[str, tuple[Fraction, ...]] | None = None,
    comparison: Comparison = WITH_TODAY,
) -> list[Projection]:
    """Pay one rep under every offer, and compare them with the first where the comparison allows it.

    `book` is the history as arrays, if it has been converted already. `attainments` holds shares of the quota by
    offer key: the year is also paid with all amounts scaled to each, unless nothing was attained.
    """
    book = book_of([history]) if book is None else book
    attained = attainment(history, book, (comparison.measured or offers[0]).plan, window) if attainments else None
    scaled_books = _ScaledBooks(book, attained, window)
    projections: list[Projection] = []
    for offer in offers:
        shares = attainments.get(offer.key, ()) if attainments else ()
        payout = _pay(scaled_books.at(shares), offer.plan, window)
        projection = _projection(history, offer, window, payout, comparison.recorded)
        first = projections[0] if projections else projection
        if _may_compare(first, projection, comparison):
            projection = replace(projection, difference=projection.total - first.total)
        projections.append(projection)
    return projections


def _projection(history: History, offer: Offer, window: Window, payout: Payout, recorded: frozenset[str]) -> Projection:
    """Return what an offer pays, with what its figures need to be noted with, compared with nothing."""
    plan = offer.plan
    level = plan.levels[int(payout.levels[0, -1])]
    total, quota = int(payout.totals[0]), own_quota(history, level, window)
    missing = missing_inputs(plan, history, recorded, window)
    held = unmatched(plan.levels, history.levels, window, is_in_force=offer.is_today)
    element_totals = payout.amounts[:, 0].sum(axis=1).tolist()
    return Projection(
        offer=offer,
        total=total,
        by_month=tuple(payout.by_month[0].tolist()),
        by_element=tuple(zip(payout.elements.labels, element_totals, strict=True)),
        attained=Fraction(int(payout.credited[0]), quota) if quota else None,
        level=level.name,
        quota=quota,
        levels=tuple(payout.levels[0].tolist()),
        by_attainment=tuple(payout.totals[1:].tolist()),
        missing=missing,
        total_if_reached=_total_if_reached(history, plan, window, missing) if missing else total,
        currencies_without_rate=currencies_without_rate(plan, history),
        unmatched_level=held.name if held else "",
        own_quota_factor=level.own_quota_factor,
        has_own_quota=any(stated is not None for stated in stated_quotas(history, window)),
        unknown_quotas=history.person.unknown_quotas if level.allowance.is_team else 0,
    )


def _may_compare(first: Projection, projection: Projection, comparison: Comparison) -> bool:
    """Return whether two figures may be compared: neither is uncertain, and both are in one currency."""
    is_certain = not any(
        shown.missing or shown.currencies_without_rate or shown.unmatched_level or shown.unknown_quotas
        for shown in (first, projection)
    )
    return is_certain and first.offer.key == comparison.baseline and first.currency == projection.currency


def _total_if_reached(history: History, plan: Plan, window: Window, missing: Sequence[str]) -> int:
    return int(_pay(book_of([best_case(history, missing)]), plan, window).totals[0])


class _ScaledBooks:
    """A rep's book with a copy of the rep for each attainment, so that a plan pays all of them at once."""

    def __init__(self, book: Book, attained: Fraction | None, window: Window) -> None:
        self._attained, self._window = attained, window
        self._book = book
        self._cache: list[tuple[tuple[Fraction, ...], Book]] = []

    def at(self, shares: tuple[Fraction, ...]) -> Book:
        """Return a book of the rep and of copies that attain those shares of the quota."""
        if not shares or not self._attained:
            return self._book
        cached = next((book for cached_shares, book in self._cache if cached_shares is shares), None)
        if cached is not None:
            return cached
        scaled = at_attainment(self._book, self._attained, shares, self._window)
        self._cache.append((shares, scaled))
        return scaled


def stated_quotas(history: History, window: Window) -> list[int | None]:
    """Return the rep's own yearly quota for all components in each month, None where they have none."""
    terms = [own for own in reversed(history.person.adjustments) if own.quota is not None and not own.component]
    months = range(window.first_month, window.first_month + window.months)
    return [next((own.quota for own in terms if own.covers(month)), None) for month in months]


def own_quota(history: History, level: Level, window: Window) -> int:
    """Return the yearly quota in cents: the level's, or the rep's own in the months in which they have one.

    A quota that is the team's sum is what the team had over the window.
    """
    if level.allowance.is_team:
        span = (window.first_month, window.months)
        return to_cents(team_quota(AS_STATED, history.person.team, span, window.first_month)[0])
    factor = level.own_quota_factor
    own_quotas = stated_quotas(history, window)
    yearly_quotas = [level.quota if own is None or factor is None else own * factor for own in own_quotas]
    return to_cents(Fraction(sum(yearly_quotas), len(yearly_quotas)))


def _pay(book: Book, plan: Plan, window: Window) -> Payout:
    try:
        return pay(book, plan, window)
    except (OverflowError, ValueError) as error:  # amounts over 64 bits, or dates beyond the calendar
        raise UnexplainedError from error


def explain_projection(
    history: History,
    projection: Projection,
    window: Window,
    *,
    trace: bool = True,
) -> Statement:
    """Return the statement of a projection; raises UnexplainedError unless it adds up to the same cents."""
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
