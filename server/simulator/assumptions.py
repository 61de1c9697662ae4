"""What-if assumptions, and how they change a history; the same assumptions always give the same history."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import Protocol

from server.comp import Deal, History, LevelSince, Window
from server.comp.calendar import first_day, later, month_of
from server.comp.history import Payment
from server.comp.rounding import to_cents
from server.messages import Duration, Message, Percent, message, plural_message

AHA_AFTER = Duration(30, "days")
CHURN_AFTER = Duration(6, "months")
RATED_AFTER = Duration(90, "days")
MAX_STARS, MIN_STARS = 5, 1

MeasureAttainment = Callable[[History], Fraction | None]
"""Returns the attainment of a history, or None if it has none."""


class Adjustment(Protocol):
    """Adds an event or a property to a deal, or removes it."""

    def __call__(self, deal: Deal, *, present: bool) -> Deal:
        """Return the deal with or without it."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Changes to a history. Shares are exact; None changes nothing.

    `deals` and `size` are factors, `aha_days` whole days, `start` the first month worked, `expansion` a share
    of deals.
    """

    attainment: Fraction | None = None
    deals: Fraction | None = None
    size: Fraction | None = None
    expansion: Fraction | None = None
    aha: Fraction | None = None
    aha_days: int | None = None
    churn: Fraction | None = None
    rating: Fraction | None = None
    level: tuple[str, int] | None = None
    start: int | None = None

    @property
    def any(self) -> bool:
        """Return whether anything is assumed."""
        return self != Assumptions()

    def sentences(self) -> list[Message]:
        """Return one phrase for each assumption."""
        shares = (
            (self.deals, "{share} of the deals"),
            (self.size, "deals at {share} of their size"),
            (self.attainment, "attainment {share}"),
            (self.expansion, "{share} of the deals are expansions"),
            (self.aha, "aha moment reached by {share} of customers"),
        )
        phrases = [message(text, share=Percent(share)) for share, text in shares if share is not None]
        if self.aha_days is not None:
            days = self.aha_days
            phrases.append(plural_message("aha moment after {count} day", "aha moment after {count} days", days))
        if self.churn is not None:
            share = Percent(self.churn)
            phrases.append(message("{share} of customers leave after {time}", share=share, time=CHURN_AFTER))
        if self.rating is not None:
            phrases.append(message("average rating {stars}", stars=f"{float(self.rating):g}"))
        if self.level is not None:
            phrases.append(message("level {name}", name=self.level[0]))
        if self.start is not None:
            phrases.append(message("first day of work: {day}", day=first_day(self.start)))
        return phrases


def apply_assumptions(
    history: History, window: Window, measure_attainment: MeasureAttainment, assumptions: Assumptions
) -> History:
    """Return the history under the assumptions.

    An assumed attainment is reached last, by scaling the amounts of all deals equally.
    """
    if not assumptions.any:
        return history
    deals = history.in_order()
    person, levels = history.person, history.levels
    if assumptions.start is not None:
        deals = [deal for deal in deals if month_of(deal.signed) >= assumptions.start]
        person = replace(person, started=first_day(assumptions.start))
    deals = _adjust_outcomes(_adjust_sales(deals, assumptions), assumptions, window)
    if assumptions.level is not None:
        first_month = min([window.first_month, *(month_of(deal.signed) for deal in deals)])
        levels = (LevelSince(first_month, *assumptions.level),)
    adjusted = replace(history, deals=tuple(deals), levels=levels, person=person)
    if assumptions.attainment is not None and (attained := measure_attainment(adjusted)):
        factor = assumptions.attainment / attained
        adjusted = replace(adjusted, deals=tuple(_scale(deal, factor) for deal in deals))
    return adjusted


def _adjust_sales(deals: list[Deal], assumptions: Assumptions) -> list[Deal]:
    """Change what is sold: how many deals, how large, and how many of them are expansions."""
    if assumptions.deals is not None:
        deals = _adjust_count(deals, assumptions.deals)
    if assumptions.size is not None:
        deals = [_scale(deal, assumptions.size) for deal in deals]
    if assumptions.expansion is not None:
        share = assumptions.expansion
        deals = _adjust_share(deals, share, _set_expansion, lambda deal: deal.kind == "expansion")
    return deals


def _adjust_outcomes(deals: list[Deal], assumptions: Assumptions, window: Window) -> list[Deal]:
    """Change what follows a sale: churn, aha moments and their dates, and ratings."""
    if assumptions.churn is not None:
        deals = _adjust_share(deals, assumptions.churn, _set_churn, lambda deal: deal.churned is not None)
    if assumptions.aha is not None:
        deals = _adjust_share(deals, assumptions.aha, _set_aha, lambda deal: deal.aha is not None)
    if assumptions.aha_days is not None:
        after = Duration(assumptions.aha_days, "days")
        deals = [replace(deal, aha=later(deal.signed, after)) if deal.aha else deal for deal in deals]
    if assumptions.rating is not None:
        deals = _rate(deals, assumptions.rating, window.ends)
    return deals


def _scale(deal: Deal, factor: Fraction) -> Deal:
    """Return the deal with every amount multiplied by a factor."""
    amounts = tuple((name, to_cents(amount * factor)) for name, amount in deal.amounts)
    sums = [to_cents(paid * factor) for paid in accumulate((payment.cents for payment in deal.payments), initial=0)]
    payments = tuple(
        Payment(payment.day, after - before)
        for payment, (before, after) in zip(deal.payments, pairwise(sums), strict=True)
        if after > before
    )
    return replace(deal, arr=to_cents(deal.arr * factor), amounts=amounts, payments=payments)


def _adjust_count(deals: list[Deal], factor: Fraction) -> list[Deal]:
    """Drop deals, or repeat them on their own days, in a fixed random order."""
    count = round(len(deals) * factor)
    shuffled = sorted(deals, key=_shuffle_key)
    rounds = range(1, 1 + (-(-count // len(shuffled)) if shuffled else 0))
    copies = [deal if number == 1 else _repeat(deal, number) for number in rounds for deal in shuffled]
    return sorted(copies[:count], key=lambda deal: (deal.signed, deal.id))


def _repeat(deal: Deal, number: int) -> Deal:
    return replace(deal, id=f"{deal.id} ×{number}")


def _adjust_share(
    deals: list[Deal], share: Fraction, adjust: Adjustment, has_property: Callable[[Deal], bool]
) -> list[Deal]:
    """Give a property to a share of the deals: first to those that have it, then in a fixed random order."""
    ranked = sorted(deals, key=lambda deal: (not has_property(deal), _shuffle_key(deal)))
    selected = {deal.id for deal in ranked[: round(len(deals) * share)]}
    return [adjust(deal, present=deal.id in selected) for deal in deals]


def _shuffle_key(deal: Deal) -> str:
    return sha256(deal.id.encode()).hexdigest()


def _set_aha(deal: Deal, *, present: bool) -> Deal:
    if not present:
        return replace(deal, aha=None) if deal.aha else deal
    return deal if deal.aha else replace(deal, aha=later(deal.signed, AHA_AFTER))


def _set_churn(deal: Deal, *, present: bool) -> Deal:
    if not present:
        return replace(deal, churned=None) if deal.churned else deal
    return deal if deal.churned else replace(deal, churned=later(deal.signed, CHURN_AFTER))


def _set_expansion(deal: Deal, *, present: bool) -> Deal:
    if present:
        return deal if deal.kind == "expansion" else replace(deal, kind="expansion")
    return replace(deal, kind="new") if deal.kind == "expansion" else deal


def _rate(deals: list[Deal], average: Fraction, known_until: date) -> list[Deal]:
    """Give every deal a whole number of stars so that the running average stays close to `average`."""
    rated_deals, owed = [], Fraction(0)
    for deal in deals:
        owed += average
        stars = min(max(int(owed), MIN_STARS), MAX_STARS)
        owed -= stars
        rated_on = deal.rated or later(deal.signed, RATED_AFTER)
        if rated_on <= known_until:
            rated_deals.append(replace(deal, rating=stars, rated=rated_on))
        else:
            rated_deals.append(replace(deal, rating=None))
    return rated_deals
