"""Next year: a thousand years drawn from past deals, the same for every plan; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from server.books.offers import Offer
from server.comp.analysis.bootstrap import DOT_COUNT, pay_sampled_years, sample_years
from server.comp.calendar import MONTHS_IN_YEAR, Window
from server.comp.history import History, book_of
from server.messages import Message, Money, message
from server.simulator.projection import UnexplainedError


@dataclass(frozen=True, slots=True)
class YearForecast:
    """What one offer could pay: cents at each of QUANTILES, twenty dots, the fan, and wins against today of twenty."""

    offer: Offer
    quantiles: tuple[int, ...]
    dots: tuple[int, ...]
    fan: tuple[tuple[int, ...], ...]
    wins: int
    losses: int

    def sentence(self) -> Message:
        """Say how often it pays more than today's plan."""
        if self.wins == 0 and self.losses == 0:
            return message(
                "{letter} pays you as today does, in each of {all} equally likely years.",
                letter=self.offer.letter,
                all=DOT_COUNT,
            )
        same = DOT_COUNT - self.wins - self.losses
        said = message(
            "In {wins} of {all} equally likely years {letter} pays you more than today, in {losses} less",
            wins=self.wins,
            all=DOT_COUNT,
            letter=self.offer.letter,
            losses=self.losses,
        )
        return message("{said}, in {same} the same.", said=said, same=same) if same else message("{said}.", said=said)

    def middle(self) -> Message:
        """Say where the middle half of the years lies."""
        low, high = (Money(self.quantiles[place], self.offer.plan.currency) for place in (1, 3))
        return message("Half of the years lie between {low} and {high}.", low=low, high=high)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The next year under every offer, and what it was drawn from: `own` of `pool` deals are the rep's own.

    `worked` are the months of the last twelve that the pace is that of.
    """

    futures: tuple[YearForecast, ...]
    window: Window
    own: int
    pool: int
    worked: int = 12
    is_reference: bool = False

    def of(self, key: str) -> YearForecast:
        """Return what one offer could pay."""
        return next(future for future in self.futures if future.offer.key == key)

    def pace(self) -> Message | None:
        """Say whose months the pace is, when it is not that of a whole year."""
        if self.worked == MONTHS_IN_YEAR or self.is_reference:
            return None
        return message(
            "You have worked in {months} of the twelve months; the pace is that of these.", months=self.worked
        )

    def sentence(self) -> Message:
        """Say what it rests on."""
        if self.is_reference:
            return message("Drawn from the reference year, as you have no deals yet.")
        if self.own == self.pool:
            return message(
                "Drawn from {own} of your own deals of the last twelve months, those old enough for what follows a"
                " sale, month by month as often as you closed them.",
                own=self.own,
            )
        return message(
            "You have {own} deals in the last twelve months, too few to draw from alone; {peers} deals of your peers,"
            " their amounts evened out, fill them up.",
            own=self.own,
            peers=self.pool - self.own,
        )


def forecast(
    history: History, peers: Sequence[History], offers: Sequence[Offer], window: Window, *, is_reference: bool = False
) -> Forecast | None:
    """Draw the year after a window and pay it under every offer; None when there is nothing to draw from."""
    book = book_of([history, *peers])
    try:
        years = sample_years(book, window, history.rep)
        if not years.pool:
            return None
        # The drawn years begin a plan year of their own, whatever month the plan says.
        found = pay_sampled_years(years, [offer.plan for offer in offers])
    except (OverflowError, ValueError) as error:
        raise UnexplainedError from error
    today = found[0]
    futures = tuple(
        YearForecast(offer, prospect.quantiles(), prospect.dots(), prospect.fan(), *prospect.against(today))
        for offer, prospect in zip(offers, found, strict=True)
    )
    coming = replace(years.window, months=MONTHS_IN_YEAR)
    return Forecast(futures, coming, years.own, years.pool, years.worked, is_reference)
