"""What if: a history changed by a few assumptions, in a way that is the same every time it is asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Protocol

from server.comp.calendar import Duration, Window, later, month_of
from server.comp.history import Deal, History, Spell
from server.comp.rounding import to_cents
from server.comp.wording import Percent, Sentence, say

AHA_AFTER = Duration(30, "days")
CHURN_AFTER = Duration(6, "months")
RATED_AFTER = Duration(90, "days")
BEST, WORST = 5, 1


class Change(Protocol):
    """Gives a deal something or takes it away."""

    def __call__(self, deal: Deal, *, wanted: bool) -> Deal:
        """Return the deal with or without it."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Shares are exact; None leaves things as they were."""

    attainment: Fraction | None = None
    aha: Fraction | None = None
    churn: Fraction | None = None
    rating: Fraction | None = None
    level: tuple[str, int] | None = None

    @property
    def any(self) -> bool:
        """Whether anything is assumed."""
        return self != Assumptions()

    def sentences(self) -> list[Sentence]:
        """Say what is assumed."""
        said = []
        if self.attainment is not None:
            said.append(say("attainment {share}", share=Percent(self.attainment)))
        if self.aha is not None:
            said.append(say("aha moment reached by {share} of customers", share=Percent(self.aha)))
        if self.churn is not None:
            said.append(say("{share} of customers leave after {time}", share=Percent(self.churn), time=CHURN_AFTER))
        if self.rating is not None:
            said.append(say("average rating {stars}", stars=f"{float(self.rating):g}"))
        if self.level is not None:
            said.append(say("level {name}", name=self.level[0]))
        return said


def suppose(history: History, window: Window, attained: Fraction | None, assumed: Assumptions) -> History:
    """Return the history under the assumptions; `attained` is the attainment it has, None when there is none."""
    deals = history.in_order()
    if assumed.attainment is not None and attained:
        factor = assumed.attainment / attained
        deals = [replace(deal, arr=to_cents(deal.arr * factor)) for deal in deals]
    if assumed.churn is not None:
        deals = _share(deals, assumed.churn, _churned, lambda deal: deal.churned is not None)
    if assumed.aha is not None:
        deals = _share(deals, assumed.aha, _reached, lambda deal: deal.aha is not None)
    if assumed.rating is not None:
        deals = _rated(deals, assumed.rating, window.ends)
    levels = history.levels
    if assumed.level is not None:
        first = min([window.first_month, *(month_of(deal.signed) for deal in deals)])
        levels = (Spell(first, *assumed.level),)
    return replace(history, deals=tuple(deals), levels=levels)


def _share(deals: list[Deal], share: Fraction, change: Change, has: Callable[[Deal], bool]) -> list[Deal]:
    """Let the stated share of deals have something: those that have it first, then by a fixed lot."""
    chosen = sorted(deals, key=lambda deal: (not has(deal), _lot(deal)))[: round(len(deals) * share)]
    ids = {deal.id for deal in chosen}
    return [change(deal, wanted=deal.id in ids) for deal in deals]


def _lot(deal: Deal) -> str:
    return sha256(deal.id.encode()).hexdigest()


def _reached(deal: Deal, *, wanted: bool) -> Deal:
    if not wanted:
        return replace(deal, aha=None)
    return deal if deal.aha else replace(deal, aha=later(deal.signed, AHA_AFTER))


def _churned(deal: Deal, *, wanted: bool) -> Deal:
    if not wanted:
        return replace(deal, churned=None)
    return deal if deal.churned else replace(deal, churned=later(deal.signed, CHURN_AFTER))


def _rated(deals: list[Deal], average: Fraction, known_until: date) -> list[Deal]:
    """Give every deal a whole number of stars so that the running average stays as close as it can."""
    rated, owed = [], Fraction(0)
    for deal in deals:
        owed += average
        stars = min(max(int(owed), WORST), BEST)
        owed -= stars
        on = deal.rated or later(deal.signed, RATED_AFTER)
        rated.append(replace(deal, rating=stars, rated=on) if on <= known_until else replace(deal, rating=None))
    return rated
