"""Multipliers: commission raised or lowered by buyer ratings, attributes of a deal, or goals of a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from server.comp.book import NO_AVERAGE, Book
from server.comp.calendar import NEVER, Int32s, Window, later, later_days
from server.comp.history import STAR_SCALE, Deal, History
from server.comp.language import units
from server.comp.language.declarations import (
    COUNT,
    FLAG,
    MULTIPLE,
    STARS,
    Choices,
    ListOf,
    Nested,
    Scalar,
    choice,
    declare,
    text,
)
from server.comp.language.fields import Fields
from server.comp.language.ranges import Range
from server.comp.mechanics.conditions import NAME, QUANTITY, Condition, InlineRange
from server.comp.mechanics.eligibility import Eligibility
from server.comp.rounding import Bools, Int64s, to_cents
from server.messages import Duration, ListMessage, Message, Multiple, Percent, message, plural_message

MAX_MULTIPLIERS = 10
PRODUCT, SUM = "product", "sum"


def _parse_span(text: str) -> Duration | None:
    return None if text.strip() == "all time" else units.duration(text)


SPAN = Scalar(
    "a duration, or all time",
    _parse_span,
    blank=None,
    show=lambda span, _: span or message("all time"),
    example="12 months",
)


def _parse_adds(text: str) -> Fraction:
    bare = text.strip()
    return -units.percent(bare[1:]) if bare.startswith("-") else units.percent(bare, most=500)


ADDS = Scalar("a percentage", _parse_adds, Fraction(0), lambda value, _: Percent(value), "20%")


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingCondition:
    """A rating of the deal, and the rep's exact average on the day the rating arrives."""

    deal_rating: Fraction = declare(STARS, Fraction(1))
    rep_average_at_least: Fraction = declare(STARS, Fraction(1))
    over: Duration | None = declare(SPAN, Duration(12, "months"), doc="Which ratings are in the average.")
    ratings_at_least: int = declare(COUNT, 1)
    counts_this_deal: bool = declare(FLAG, default=True)
    average_rounded: str = declare(choice("exact", "one decimal", "two decimals"), "exact")
    missing_rating: str = declare(
        choice("counts as none", "counts as met"),
        "counts as none",
        doc="“counts as met” pays 90 days after signing if there is no rating.",
    )

    @property
    def scale(self) -> int:
        """Return what an average is rounded to: hundredths (100), tenths (10), or not at all (0)."""
        return {"exact": 0, "one decimal": 10, "two decimals": 100}[self.average_rounded]

    def earned(self, deal: Deal, history: History, window: Window) -> tuple[bool, date | None, Message]:
        """Return whether a deal meets the rating, on which day, and why or why not."""
        if deal.rating is None or deal.rated is None:
            return self._unrated(deal, window)
        if deal.rated > window.ends:
            return False, None, message("the buyer has not rated the deal")
        reason = self._why_not_met(deal, deal.rating, deal.rated, history)
        if reason is not None:
            return False, deal.rated, reason
        average = format_stars(self._average(deal, deal.rated, history)[0])
        reason = message("{stars} stars, average {average}", stars=deal.rating, average=average)
        return True, deal.rated, reason

    def _why_not_met(self, deal: Deal, stars: int, rated: date, history: History) -> Message | None:
        """Return why a rated deal does not meet the rating, or None if it does."""
        if stars < self.deal_rating:
            required = format_stars(self.deal_rating)
            return message("rated {stars} stars, {required} are needed", stars=stars, required=required)
        if deal.churned and deal.churned <= rated:
            return message("the customer left on {day}, before it was due", day=deal.churned)
        average, number = self._average(deal, rated, history)
        if deal.rep_average is None and number < max(self.ratings_at_least, 1):
            return plural_message(
                "{count} rating so far, {required} are needed",
                "{count} ratings so far, {required} are needed",
                number,
                required=self.ratings_at_least,
            )
        if average < self.rep_average_at_least:
            required = format_stars(self.rep_average_at_least)
            shown = format_stars(average)
            return message("the average is {average}, {required} is needed", average=shown, required=required)
        return None

    def _average(self, deal: Deal, rated: date, history: History) -> tuple[Fraction, int]:
        """Return the rep's average on a day, rounded as the plan says, and the number of ratings in it."""
        total, number = self._ratings_counted(deal, rated, history)
        average = deal.rep_average
        if average is None:
            average = Fraction(total, number) if number else Fraction(0)
        return (Fraction(to_cents(average * self.scale), self.scale) if self.scale else average), number

    def _unrated(self, deal: Deal, window: Window) -> tuple[bool, date | None, Message]:
        if self.missing_rating == "counts as none":
            return False, None, message("the buyer has not rated the deal")
        day = later(deal.signed, Duration(90, "days"))
        if deal.churned and deal.churned <= day:
            return False, day, message("the customer left on {day}, before it was due", day=deal.churned)
        if day > window.ends:
            return False, None, message("the buyer has not rated the deal")
        return True, day, message("no rating within 90 days, which counts as met")

    def _ratings_counted(self, deal: Deal, on: date, history: History) -> tuple[int, int]:
        after = later(on, Duration(-self.over.count, self.over.unit)) if self.over else date.min
        rated = [other for other in history.deals if other.rated and after < other.rated <= on]
        counted = [other for other in rated if self.counts_this_deal or other != deal]
        ratings = [other.rating for other in counted if other.rating]
        return sum(ratings), len(ratings)

    def days(self, book: Book) -> Int32s:
        """Return the day on which each deal (n,) meets the rating, or NEVER."""
        least = self.deal_rating
        is_rated = (book.rating * least.denominator >= least.numerator) & (book.rating > 0)
        is_rated &= (book.rated != NEVER) & (book.churned > book.rated)
        total, number = self._ratings_counted_by(book)
        is_average_met = (number >= max(self.ratings_at_least, 1)) & self._reaches_average(total, number)
        scale = np.full_like(book.rep_average, STAR_SCALE)
        is_stated_average_met = self._reaches_average(book.rep_average, scale)
        is_average_met = np.where(book.rep_average == NO_AVERAGE, is_average_met, is_stated_average_met)
        day = np.where(is_rated & is_average_met, book.rated, NEVER)
        if self.missing_rating == "counts as met":
            deadline = later_days(book.signed, Duration(90, "days"))
            unrated = (book.rating == 0) | (book.rated == NEVER)
            day = np.where(unrated & (book.churned > deadline), deadline, day)
        return day.astype(np.int32)

    def _reaches_average(self, total: Int64s, number: Int64s) -> Bools:
        required = self.rep_average_at_least
        if self.scale:
            # Rounded half up, as averages are positive.
            rounded = (2 * total * self.scale + number) // np.maximum(2 * number, 1)
            return rounded * required.denominator >= required.numerator * self.scale
        return total * required.denominator >= number * required.numerator

    def _ratings_counted_by(self, book: Book) -> tuple[Int64s, Int64s]:
        """Return the sum and number of ratings (n,) that count for each deal on the day it was rated."""
        total, number = np.zeros(book.arr.shape, np.int64), np.zeros(book.arr.shape, np.int64)
        rated = np.flatnonzero(book.rated != NEVER)
        if not rated.size:
            return total, number
        key = (book.rep[rated].astype(np.int64) << 32) + book.rated[rated]
        order = np.argsort(key, kind="stable")
        keys = key[order]
        sums = np.concatenate([[0], book.rating[rated][order].astype(np.int64).cumsum()])
        start_day = np.zeros(rated.shape, dtype=np.int64)
        if self.over:
            span = Duration(-self.over.count, self.over.unit)
            start_day = later_days(book.rated[rated], span).astype(np.int64) + 1
        else:
            start_day -= 2**30
        first = np.searchsorted(keys, (book.rep[rated].astype(np.int64) << 32) + start_day, side="left")
        last = np.searchsorted(keys, key, side="right")
        total[rated], number[rated] = sums[last] - sums[first], last - first
        if not self.counts_this_deal:
            total[rated] -= book.rating[rated]
            number[rated] -= 1
        return total, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A factor that applies while a result is in a range."""

    range: Range = declare(InlineRange(), Range(), label="range")
    times: Fraction = declare(MULTIPLE)

    def check(self, fields: Fields) -> None:
        """Report a step without a limit."""
        if self.range == Range():
            fields.report("", message("A condition needs “from”, “above”, “below” or “up to”."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiplier:
    """Adds a share of commission, or multiplies it, if everything that is stated holds.

    `when` is about ratings and pays when the rating arrives. `where` selects deals and pays with them.
    `needs` and `by` are tested at the end of a period and pay then, on what the components earned in it.
    """

    name: str = declare(text(60))
    adds: Fraction | None = declare(ADDS, None)
    times: Fraction | None = declare(MULTIPLE, None)
    when: RatingCondition | None = declare(Nested(RatingCondition), None)
    where: Eligibility | None = declare(Nested(Eligibility), None)
    needs: tuple[Condition, ...] = declare(ListOf(Condition, 8), ())
    by: str = declare(NAME, "", doc="The result or attainment that decides the step.")
    steps: tuple[Step, ...] = declare(ListOf(Step, 24), ())
    over: str = declare(choice("month", "quarter", "half", "year"), "year")
    to: tuple[str, ...] = declare(
        Choices(text(60)),
        (),
        doc="The components it applies to; all unless stated.",
    )
    paid: str = declare(choice("when rated", "at the period's end"), "when rated")

    @property
    def is_periodic(self) -> bool:
        """Return whether it is tested at the end of a period."""
        return bool(self.needs or self.by)

    @property
    def factor(self) -> Fraction:
        """Return the factor by which commission is multiplied."""
        if self.times is not None:
            return self.times
        return 1 + (self.adds or Fraction(0))

    def tests(self) -> list[tuple[tuple[Condition, ...], Fraction]]:
        """Return the conditions to test in order, each with its factor; the first that is met applies."""
        if not self.by:
            return [(self.needs, self.factor)]
        steps = [(Condition(of=self.by, range=step.range), step.times) for step in self.steps]
        return [((*self.needs, condition), factor) for condition, factor in steps]

    def check(self, fields: Fields) -> None:
        """Report terms that do not go together."""
        if self.by:
            if not self.steps:
                fields.report("by", message("“{name}” is missing.", name="steps"))
            if self.adds is not None or self.times is not None:
                fields.report("by", message("The steps give the factor, so remove “adds” and “times”."))
        elif (self.adds is None) == (self.times is None):
            rule = message("Use either “adds” (a share of the commission) or “times” (a factor).")
            fields.report("", rule)
        if self.is_periodic and (self.when or self.where):
            rule = message("A multiplier tested at the end of a period cannot have “when” or “where”.")
            fields.report("", rule)
        if not (self.is_periodic or self.when or self.where):
            fields.report("", message("“{name}” is missing.", name="when"))
        if self.to and not self.is_periodic:
            rule = message("“to” needs a multiplier that is tested at the end of a period.")
            fields.report("to", rule)

    def sentences(self) -> list[Message]:
        """Describe the multiplier, one sentence for each choice."""
        if self.by:
            sentences = [
                message(
                    "{name} multiplies the commission by {factor} with {of} {range}.",
                    name=self.name,
                    of=self.by,
                    factor=Multiple(step.times),
                    range=step.range.words(lambda limit: QUANTITY.shown(limit, "")),
                )
                for step in self.steps
            ]
            if len(self.steps) > 1:
                sentences.append(message("The first of these that fits applies."))
        elif self.adds is not None:
            share = Percent(self.adds)
            sentences = [message("{name} adds {share} of the commission.", name=self.name, share=share)]
        else:
            factor = Multiple(self.factor)
            sentence = message("{name} multiplies the commission by {factor}.", name=self.name, factor=factor)
            sentences = [sentence]
        needs = [condition.sentence() for condition in self.needs]
        sentences += [message("It needs {condition}.", condition=condition) for condition in needs]
        if self.where:
            sentences.append(self.where.sentence(""))
            if self.when is None:
                sentences.append(message("It is paid with the commission, in the same payouts."))
        sentences += self._rating_sentences(self.when) if self.when else []
        if self.is_periodic:
            sentences.append(message("It is tested and paid at the end of each {period}.", period=self.over))
            if self.to:
                sentences.append(message("It applies to {components}.", components=ListMessage(self.to)))
        return sentences

    def _rating_sentences(self, rating: RatingCondition) -> list[Message]:
        sentences = [
            message(
                "It needs a deal rated at least {stars} stars, and an average rating of at least {average}.",
                stars=format_stars(rating.deal_rating),
                average=format_stars(rating.rep_average_at_least),
            ),
            message("The average counts the ratings of the last {time}.", time=rating.over)
            if rating.over
            else message("The average counts every rating so far."),
            message("The average includes the deal's own rating.")
            if rating.counts_this_deal
            else message("The average excludes the deal's own rating."),
            message("The average is not rounded.")
            if not rating.scale
            else message("The average is rounded to {decimals} first.", decimals=rating.average_rounded),
            message("It is paid when the rating arrives; without a rating it is not paid.")
            if rating.missing_rating == "counts as none"
            else message("It is paid when the rating arrives, or 90 days after signing without a rating."),
        ]
        if rating.ratings_at_least > 1:
            sentences.append(message("At least {number} ratings are needed.", number=rating.ratings_at_least))
        return sentences


def format_stars(value: Fraction) -> str:
    """Return stars with at most two decimals; an ellipsis marks that there are more."""
    scaled = int(value * 100)
    exact = (value * 100).denominator == 1
    return f"{scaled // 100}.{scaled % 100:02d}".rstrip("0").rstrip(".") + ("" if exact else "…")


def combined(factors: list[Fraction], combine: str, most: Fraction | None) -> list[Fraction]:
    """Return the factor after each multiplier, combined as the plan says and capped at `most`."""
    current, factors_reached = Fraction(1), []
    for factor in factors:
        current = current * factor if combine == PRODUCT else current + factor - 1
        factors_reached.append(current if most is None else min(current, most))
    return factors_reached


def periodic_groups(multipliers: Sequence[Multiplier]) -> list[list[tuple[int, Multiplier]]]:
    """Return the multipliers tested at the end of a period, each with its index in the plan.

    Those with the same period and the same components are in one group.
    """
    groups: dict[tuple[str, tuple[str, ...]], list[tuple[int, Multiplier]]] = {}
    for index, multiplier in enumerate(multipliers):
        if multiplier.is_periodic:
            groups.setdefault((multiplier.over, multiplier.to), []).append((index, multiplier))
    return list(groups.values())
