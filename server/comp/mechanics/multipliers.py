"""Multipliers: what raises or lowers commission: buyers' ratings, a deal's attributes, or goals met in a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from server.comp.calendar import NEVER, Int32s, Window, later, later_days
from server.comp.history import NO_AVERAGE, STAR_SCALE, Book, Deal, History
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
from server.comp.rounding import Int64s, to_cents
from server.messages import Duration, ListMessage, Message, Multiple, Percent, message

MAX_MULTIPLIERS = 10
PRODUCT, SUM = "product", "sum"


def _span(text: str) -> Duration | None:
    return None if text.strip() == "all time" else units.duration(text)


SPAN = Scalar("a stretch of time, or all time", _span, None, lambda v, _: v or message("all time"), "12 months")


def _adds(text: str) -> Fraction:
    bare = text.strip()
    return -units.percent(bare[1:]) if bare.startswith("-") else units.percent(bare, most=500)


ADDS = Scalar("a percentage", _adds, Fraction(0), lambda value, _: Percent(value), "20%")


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRange:
    """A buyer's rating of the deal, and the rep's average on the day it arrives, compared exactly."""

    deal_rating: Fraction = declare(STARS, Fraction(1))
    rep_average_at_least: Fraction = declare(STARS, Fraction(1))
    over: Duration | None = declare(SPAN, Duration(12, "months"), doc="Which ratings the average counts.")
    ratings_at_least: int = declare(COUNT, 1)
    counts_this_deal: bool = declare(FLAG, default=True)
    average_rounded: str = declare(choice("exact", "one decimal", "two decimals"), "exact")
    missing_rating: str = declare(
        choice("counts as none", "counts as met"),
        "counts as none",
        doc="“counts as met” pays the extra 90 days after signing when no rating has come.",
    )

    @property
    def scale(self) -> int:
        """What an average is rounded to: hundredths, tenths, or not at all (0)."""
        return {"exact": 0, "one decimal": 10, "two decimals": 100}[self.average_rounded]

    def earned(self, deal: Deal, history: History, window: Window) -> tuple[bool, date | None, Message]:
        """Say whether a deal meets it, on which day, and why or why not."""
        if deal.rating is None or deal.rated is None:
            return self._unrated(deal, window)
        if deal.rated > window.ends:
            return False, None, message("the buyer has not rated the deal")
        why = self._fails(deal, deal.rating, deal.rated, history)
        if why is not None:
            return False, deal.rated, why
        shown = format_stars(self._average(deal, deal.rated, history)[0])
        return True, deal.rated, message("{stars} stars, average {average}", stars=deal.rating, average=shown)

    def _fails(self, deal: Deal, stars: int, rated: date, history: History) -> Message | None:
        """Say why a rated deal does not meet it, or None when it does."""
        if stars < self.deal_rating:
            return message(
                "rated {stars} stars, {wanted} are needed", stars=stars, wanted=format_stars(self.deal_rating)
            )
        if deal.churned and deal.churned <= rated:
            return message("the customer left on {day}, before it was due", day=deal.churned)
        average, number = self._average(deal, rated, history)
        if deal.rep_average is None and number < max(self.ratings_at_least, 1):
            return message("{number} ratings so far, {wanted} are needed", number=number, wanted=self.ratings_at_least)
        if average < self.rep_average_at_least:
            wanted = format_stars(self.rep_average_at_least)
            return message("the average is {average}, {wanted} is needed", average=format_stars(average), wanted=wanted)
        return None

    def _average(self, deal: Deal, rated: date, history: History) -> tuple[Fraction, int]:
        """Return the rep's average on a day, rounded as the plan says, and how many ratings it counts."""
        total, number = self._standing(deal, rated, history)
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
        return True, day, message("no rating came in 90 days, which counts as met")

    def _standing(self, deal: Deal, on: date, history: History) -> tuple[int, int]:
        after = later(on, Duration(-self.over.count, self.over.unit)) if self.over else date.min
        counted = [
            other.rating
            for other in history.deals
            if other.rating and other.rated and after < other.rated <= on and (self.counts_this_deal or other != deal)
        ]
        return sum(counted), len(counted)

    def days(self, book: Book) -> Int32s:
        """Return the day each deal (n,) meets it, or NEVER."""
        enough = (book.rating * self.deal_rating.denominator >= self.deal_rating.numerator) & (book.rating > 0)
        enough &= (book.rated != NEVER) & (book.churned > book.rated)
        total, number = self._standings(book)
        good = (number >= max(self.ratings_at_least, 1)) & self._reaches(total, number)
        stated = self._reaches(book.rep_average, np.full_like(book.rep_average, STAR_SCALE))
        good = np.where(book.rep_average == NO_AVERAGE, good, stated)
        day = np.where(enough & good, book.rated, NEVER)
        if self.missing_rating == "counts as met":
            late = later_days(book.signed, Duration(90, "days"))
            unrated = (book.rating == 0) | (book.rated == NEVER)
            day = np.where(unrated & (book.churned > late), late, day)
        return day.astype(np.int32)

    def _reaches(self, total: Int64s, number: Int64s) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
        wanted = self.rep_average_at_least
        if self.scale:
            # Rounded half up, as averages are positive.
            rounded = (2 * total * self.scale + number) // np.maximum(2 * number, 1)
            return rounded * wanted.denominator >= wanted.numerator * self.scale
        return total * wanted.denominator >= number * wanted.numerator

    def _standings(self, book: Book) -> tuple[Int64s, Int64s]:
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
            start_day = later_days(book.rated[rated], Duration(-self.over.count, self.over.unit)).astype(np.int64) + 1
        else:
            start_day -= 2**30
        low = np.searchsorted(keys, (book.rep[rated].astype(np.int64) << 32) + start_day, side="left")
        high = np.searchsorted(keys, key, side="right")
        total[rated], number[rated] = sums[high] - sums[low], high - low
        if not self.counts_this_deal:
            total[rated] -= book.rating[rated]
            number[rated] -= 1
        return total, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A factor from a result on."""

    range: Range = declare(InlineRange(), Range(), label="range")
    times: Fraction = declare(MULTIPLE)

    def check(self, fields: Fields) -> None:
        """Report a step without an edge."""
        if self.range == Range():
            fields.report("", message("A condition needs “from”, “above”, “below” or “up to”."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiplier:
    """Adds a share of commission, or multiplies it, when all that is stated holds.

    `when` is about ratings and pays when the rating arrives; `where` picks deals and pays with them; `needs` and `by`
    are tested at the end of a period and pay then, on what the components earned in it.
    """

    name: str = declare(text(60))
    adds: Fraction | None = declare(ADDS, None)
    times: Fraction | None = declare(MULTIPLE, None)
    when: RatingRange | None = declare(Nested(RatingRange), None)
    where: Eligibility | None = declare(Nested(Eligibility), None)
    needs: tuple[Condition, ...] = declare(ListOf(Condition, 8), ())
    by: str = declare(NAME, "", doc="A result or attainment whose steps give the factor.")
    steps: tuple[Step, ...] = declare(ListOf(Step, 24), ())
    over: str = declare(choice("month", "quarter", "half", "year"), "year")
    to: tuple[str, ...] = declare(Choices(text(60)), (), doc="The components it is for; all unless stated.")
    paid: str = declare(choice("when rated", "at the period's end"), "when rated")

    @property
    def is_periodic(self) -> bool:
        """Whether it is tested at a period's end."""
        return bool(self.needs or self.by)

    @property
    def factor(self) -> Fraction:
        """What commission is multiplied with when it holds."""
        if self.times is not None:
            return self.times
        return 1 + (self.adds or Fraction(0))

    def tests(self) -> list[tuple[tuple[Condition, ...], Fraction]]:
        """Return what is tested in order, each with its factor; the first that holds decides."""
        if not self.by:
            return [(self.needs, self.factor)]
        return [((*self.needs, Condition(of=self.by, range=step.range)), step.times) for step in reversed(self.steps)]

    def check(self, fields: Fields) -> None:
        """Report what does not go together."""
        if self.by:
            if not self.steps:
                fields.report("by", message("“{name}” is missing here.", name="steps"))
            if self.adds is not None or self.times is not None:
                fields.report("by", message("The steps give the factor, so none is stated beside them."))
        elif (self.adds is None) == (self.times is None):
            fields.report("", message("State “adds” (a share of the commission) or “times” (a factor)."))
        if self.is_periodic and (self.when or self.where):
            fields.report(
                "", message("What is tested at a period's end is for the whole period, not for single deals.")
            )
        if not (self.is_periodic or self.when or self.where):
            fields.report("", message("“{name}” is missing here.", name="when"))
        if self.to and not self.is_periodic:
            fields.report("to", message("Only what is tested at a period's end is for single components."))

    def sentences(self) -> list[Message]:
        """Say it in words, one sentence for each choice."""
        if self.by:
            said = [
                message(
                    "{name}: commission is multiplied by {factor} with {of} {range}.",
                    name=self.name,
                    of=self.by,
                    factor=Multiple(step.times),
                    range=step.range.words(lambda edge: QUANTITY.shown(edge, "")),
                )
                for step in self.steps
            ]
        elif self.adds is not None:
            said = [message("{name} adds {share} of the commission.", name=self.name, share=Percent(self.adds))]
        else:
            said = [
                message("{name} multiplies the commission by {factor}.", name=self.name, factor=Multiple(self.factor))
            ]
        said += [message("It needs {condition}.", condition=condition.sentence()) for condition in self.needs]
        if self.where:
            said.append(self.where.sentence(""))
            if self.when is None:
                said.append(message("It is paid as the commission is, in the same instalments."))
        said += self._rating_sentences(self.when) if self.when else []
        if self.is_periodic:
            said.append(message("It is tested and paid at the end of each {period}.", period=self.over))
            if self.to:
                said.append(message("It is for {components}.", components=ListMessage(self.to)))
        return said

    def _rating_sentences(self, when: RatingRange) -> list[Message]:
        said = [
            message(
                "It needs a deal rated {stars} stars or better, of a rep whose average is {average} or better.",
                stars=format_stars(when.deal_rating),
                average=format_stars(when.rep_average_at_least),
            ),
            message("The average counts the ratings of the last {time}.", time=when.over)
            if when.over
            else message("The average counts every rating so far."),
            message("The deal's own rating counts.")
            if when.counts_this_deal
            else message("The deal's own rating does not count."),
            message("The average is compared exactly.")
            if not when.scale
            else message("The average is rounded to {decimals} first.", decimals=when.average_rounded),
            message("It is paid when the rating arrives; no rating means no extra.")
            if when.missing_rating == "counts as none"
            else message("It is paid when the rating arrives; without one in 90 days it is paid as well."),
        ]
        if when.ratings_at_least > 1:
            said.append(message("At least {number} ratings are needed.", number=when.ratings_at_least))
        return said


def format_stars(value: Fraction) -> str:
    """Show stars with at most two decimals; an ellipsis says that there are more."""
    scaled = int(value * 100)
    exact = (value * 100).denominator == 1
    return f"{scaled // 100}.{scaled % 100:02d}".rstrip("0").rstrip(".") + ("" if exact else "…")


def combined(factors: list[Fraction], how: str, most: Fraction | None) -> list[Fraction]:
    """Return the factor reached after each multiplier, combined as the plan says and never above its limit."""
    reached, found = Fraction(1), []
    for factor in factors:
        reached = reached * factor if how == PRODUCT else reached + factor - 1
        found.append(reached if most is None else min(reached, most))
    return found


def periodic_groups(multipliers: Sequence[Multiplier]) -> list[list[tuple[int, Multiplier]]]:
    """Return the multipliers tested at a period's end with their places; those of one period and target together."""
    groups: dict[tuple[str, tuple[str, ...]], list[tuple[int, Multiplier]]] = {}
    for place, multiplier in enumerate(multipliers):
        if multiplier.is_periodic:
            groups.setdefault((multiplier.over, multiplier.to), []).append((place, multiplier))
    return list(groups.values())
