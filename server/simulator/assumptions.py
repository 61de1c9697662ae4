"""What if: a history changed by a few assumptions, in a way that is the same every time it is asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Protocol

from server.comp.calendar import Window, first_day, later, month_of
from server.comp.history import Deal, History, LevelSince
from server.comp.rounding import to_cents
from server.messages import Duration, Message, Percent, message

AHA_AFTER = Duration(30, "days")
CHURN_AFTER = Duration(6, "months")
RATED_AFTER = Duration(90, "days")
MAX_STARS, MIN_STARS = 5, 1

Attained = Callable[[History], Fraction | None]
"""The attainment of a history, None where there is none."""


class Adjustment(Protocol):
    """Gives a deal something or takes it away."""

    def __call__(self, deal: Deal, *, wanted: bool) -> Deal:
        """Return the deal with or without it."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Shares are exact; None leaves things as they were.

    `deals` and `size` are factors, `aha_days` whole days, `start` the first month worked, `expansion` a share of deals.
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
        """Whether anything is assumed."""
        return self != Assumptions()

    def sentences(self) -> list[Message]:
        """Say what is assumed."""
        shares = (
            (self.deals, "{share} of the deals"),
            (self.size, "every deal at {share} of its size"),
            (self.attainment, "attainment {share}"),
            (self.expansion, "{share} of the deals are expansions"),
            (self.aha, "aha moment reached by {share} of customers"),
        )
        said = [message(text, share=Percent(share)) for share, text in shares if share is not None]
        if self.aha_days is not None:
            said.append(message("aha moment after {days} days", days=self.aha_days))
        if self.churn is not None:
            said.append(message("{share} of customers leave after {time}", share=Percent(self.churn), time=CHURN_AFTER))
        if self.rating is not None:
            said.append(message("average rating {stars}", stars=f"{float(self.rating):g}"))
        if self.level is not None:
            said.append(message("level {name}", name=self.level[0]))
        if self.start is not None:
            said.append(message("first day of work on {day}", day=first_day(self.start)))
        return said


def apply_assumptions(history: History, window: Window, attained: Attained, assumed: Assumptions) -> History:
    """Return the history under the assumptions; attainment is brought about last, by scaling every amount alike."""
    if not assumed.any:
        return history
    deals = history.in_order()
    person, levels = history.person, history.levels
    if assumed.start is not None:
        deals = [deal for deal in deals if month_of(deal.signed) >= assumed.start]
        person = replace(person, started=first_day(assumed.start))
    deals = _followed(_sold(deals, assumed), assumed, window)
    if assumed.level is not None:
        first = min([window.first_month, *(month_of(deal.signed) for deal in deals)])
        levels = (LevelSince(first, *assumed.level),)
    found = replace(history, deals=tuple(deals), levels=levels, person=person)
    if assumed.attainment is not None and (now := attained(found)):
        factor = assumed.attainment / now
        found = replace(found, deals=tuple(_sized(deal, factor) for deal in deals))
    return found


def _sold(deals: list[Deal], assumed: Assumptions) -> list[Deal]:
    """Change what is sold: how many deals, how large, and how many of them are expansions."""
    if assumed.deals is not None:
        deals = _number(deals, assumed.deals)
    if assumed.size is not None:
        deals = [_sized(deal, assumed.size) for deal in deals]
    if assumed.expansion is not None:
        deals = _share(deals, assumed.expansion, _expansion, lambda deal: deal.kind == "expansion")
    return deals


def _followed(deals: list[Deal], assumed: Assumptions, window: Window) -> list[Deal]:
    """Change what follows a sale: who leaves, who reaches the aha moment and when, and what buyers say."""
    if assumed.churn is not None:
        deals = _share(deals, assumed.churn, _churned, lambda deal: deal.churned is not None)
    if assumed.aha is not None:
        deals = _share(deals, assumed.aha, _reached, lambda deal: deal.aha is not None)
    if assumed.aha_days is not None:
        after = Duration(assumed.aha_days, "days")
        deals = [replace(deal, aha=later(deal.signed, after)) if deal.aha else deal for deal in deals]
    if assumed.rating is not None:
        deals = _rated(deals, assumed.rating, window.ends)
    return deals


def _sized(deal: Deal, factor: Fraction) -> Deal:
    """Return a deal with every amount times a factor."""
    amounts = tuple((name, to_cents(amount * factor)) for name, amount in deal.amounts)
    return replace(deal, arr=to_cents(deal.arr * factor), amounts=amounts)


def _number(deals: list[Deal], factor: Fraction) -> list[Deal]:
    """Leave deals out by a fixed lot, or let them happen again on their days."""
    wanted = round(len(deals) * factor)
    by_lot = sorted(deals, key=_lot)
    rounds = range(-(-wanted // len(by_lot)) if by_lot else 0)
    every = [replace(deal, id=f"{deal.id} ×{turn + 1}") if turn else deal for turn in rounds for deal in by_lot]
    return sorted(every[:wanted], key=lambda deal: (deal.signed, deal.id))


def _share(deals: list[Deal], share: Fraction, change: Adjustment, has: Callable[[Deal], bool]) -> list[Deal]:
    """Let the stated share of deals have something: those that have it first, then by a fixed lot."""
    wanted = sorted(deals, key=lambda deal: (not has(deal), _lot(deal)))[: round(len(deals) * share)]
    ids = {deal.id for deal in wanted}
    return [change(deal, wanted=deal.id in ids) for deal in deals]


def _lot(deal: Deal) -> str:
    return sha256(deal.id.encode()).hexdigest()


def _reached(deal: Deal, *, wanted: bool) -> Deal:
    if not wanted:
        return replace(deal, aha=None) if deal.aha else deal
    return deal if deal.aha else replace(deal, aha=later(deal.signed, AHA_AFTER))


def _churned(deal: Deal, *, wanted: bool) -> Deal:
    if not wanted:
        return replace(deal, churned=None) if deal.churned else deal
    return deal if deal.churned else replace(deal, churned=later(deal.signed, CHURN_AFTER))


def _expansion(deal: Deal, *, wanted: bool) -> Deal:
    if wanted:
        return deal if deal.kind == "expansion" else replace(deal, kind="expansion")
    return replace(deal, kind="new") if deal.kind == "expansion" else deal


def _rated(deals: list[Deal], average: Fraction, known_until: date) -> list[Deal]:
    """Give every deal a whole number of stars so that the running average stays as close as it can."""
    rated, owed = [], Fraction(0)
    for deal in deals:
        owed += average
        stars = min(max(int(owed), MIN_STARS), MAX_STARS)
        owed -= stars
        on = deal.rated or later(deal.signed, RATED_AFTER)
        rated.append(replace(deal, rating=stars, rated=on) if on <= known_until else replace(deal, rating=None))
    return rated
