"""Next year: a thousand years resampled from past deals, the same ones for every plan."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from server.books.offers import Offer
from server.comp import History, Window, book_of
from server.comp.analysis.bootstrap import DOT_COUNT, pay_sampled_years, sample_years
from server.comp.calendar import MONTHS_IN_YEAR
from server.messages import Message, Money, message, plural_message
from server.simulator.projection import UnexplainedError


@dataclass(frozen=True, slots=True)
class YearForecast:
    """What one offer could pay next year.

    `quantiles` are cents at each of QUANTILES, `dots` the cents of twenty equally likely years, `fan` the
    quantiles at each month's end. `wins` and `losses` are of twenty years, compared with today's plan;
    None if no plan of today has been entered.
    """

    offer: Offer
    quantiles: tuple[int, ...]
    dots: tuple[int, ...]
    fan: tuple[tuple[int, ...], ...]
    wins: int | None = None
    losses: int | None = None

    def sentence(self) -> Message | None:
        """Return how often it pays more or less than today's plan, if there is one."""
        if self.wins is None or self.losses is None:
            return None
        if self.wins == 0 and self.losses == 0:
            return message(
                "In each of {all} equally likely years, {letter} pays you the same as today.",
                letter=self.offer.letter,
                all=DOT_COUNT,
            )
        same = DOT_COUNT - self.wins - self.losses
        comparison = message(
            "In {wins} of {all} equally likely years, {letter} pays you more than today, and less in {losses}",
            wins=self.wins,
            all=DOT_COUNT,
            letter=self.offer.letter,
            losses=self.losses,
        )
        if same:
            return message("{comparison}; in {same} it pays the same.", comparison=comparison, same=same)
        return message("{comparison}.", comparison=comparison)

    def middle(self) -> Message:
        """Return the range of the middle half of the years."""
        low, high = (Money(self.quantiles[index], self.offer.plan.currency) for index in (1, 3))
        return message("Half of the years pay between {low} and {high}.", low=low, high=high)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The next year under every offer, and what it is based on.

    `own_deal_count` of the `deal_count` deals are the rep's own. `months_worked` is the number of months, of
    the last twelve, over which the rep's pace is measured.
    """

    futures: tuple[YearForecast, ...]
    window: Window
    own_deal_count: int
    deal_count: int
    months_worked: int = 12
    is_reference: bool = False

    def of(self, key: str) -> YearForecast:
        """Return what one offer could pay."""
        return next(future for future in self.futures if future.offer.key == key)

    def pace(self) -> Message | None:
        """Return the months over which the pace is measured, or None if they are a whole year."""
        if self.months_worked == MONTHS_IN_YEAR or self.is_reference:
            return None
        return plural_message(
            "You worked in {count} of the last twelve months; your pace is measured over that month.",
            "You worked in {count} of the last twelve months; your pace is measured over those months.",
            self.months_worked,
        )

    def sentence(self) -> Message:
        """Return what the forecast is based on."""
        if self.is_reference:
            return message("Based on the reference year, because you have no deals yet.")
        if self.own_deal_count == self.deal_count:
            return plural_message(
                "Based on {count} of your deals from the last twelve months, at the pace you closed it. Deals"
                " too recent to show what happens after a sale are left out.",
                "Based on {count} of your deals from the last twelve months, at the pace you closed them. Deals"
                " too recent to show what happens after a sale are left out.",
                self.own_deal_count,
            )
        own = plural_message(
            "You have {count} deal from the last twelve months, too few for a forecast.",
            "You have {count} deals from the last twelve months, too few for a forecast.",
            self.own_deal_count,
        )
        peers = plural_message(
            "The forecast also uses {count} deal of your peers, with an averaged amount.",
            "The forecast also uses {count} deals of your peers, with averaged amounts.",
            self.deal_count - self.own_deal_count,
        )
        return message("{own} {peers}", own=own, peers=peers)


def forecast(
    history: History,
    peers: Sequence[History],
    offers: Sequence[Offer],
    window: Window,
    *,
    is_reference: bool = False,
) -> Forecast | None:
    """Sample the year after a window and pay it under every offer; None without deals to sample from."""
    book = book_of([history, *peers])
    try:
        years = sample_years(book, window, history.rep)
        if not years.pool:
            return None
        # A sampled year starts a plan year of its own, whatever month the plan year starts in.
        prospects = pay_sampled_years(years, [offer.plan for offer in offers])
    except (OverflowError, ValueError) as error:
        raise UnexplainedError from error
    today = prospects[0] if offers[0].is_today else None
    futures = tuple(
        YearForecast(
            offer,
            prospect.quantiles(),
            prospect.dots(),
            prospect.fan(),
            *(prospect.against(today) if today else (None, None)),
        )
        for offer, prospect in zip(offers, prospects, strict=True)
    )
    next_year = replace(years.window, months=MONTHS_IN_YEAR)
    return Forecast(futures, next_year, years.own, years.pool, years.worked, is_reference)
