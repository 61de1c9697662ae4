"""The buyer rating accelerator: a deal with enough stars, of a rep with a good enough average, pays more."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from server.comp import quantities
from server.comp.calendar import NEVER, Duration, Int32s, Window, later, later_days
from server.comp.history import NO_AVERAGE, STAR_SCALE, Book, Deal, History
from server.comp.reading import Fields, one_of, words
from server.comp.rounding import Int64s
from server.comp.wording import Percent, Sentence, say

MOST_MULTIPLIERS = 10
_YEAR: Duration | None = Duration(12, "months")


@dataclass(frozen=True, slots=True)
class Multiplier:
    """Adds a share of a deal's commission on the day the buyer's rating arrives.

    The average counts the rep's ratings of `over` up to that day, compared exactly; no rating means no extra.
    """

    name: str
    adds: Fraction
    stars: Fraction
    average: Fraction
    over: Duration | None
    at_least: int
    counts_itself: bool

    def earned(self, deal: Deal, history: History, window: Window) -> tuple[bool, Sentence]:
        """Say whether a deal earns the extra, and why or why not."""
        if deal.rating is None or deal.rated is None or deal.rated > window.ends:
            return False, say("the buyer has not rated the deal")
        if deal.rating < self.stars:
            return False, say(
                "rated {stars} stars, {wanted} are needed", stars=deal.rating, wanted=stars_shown(self.stars)
            )
        if deal.churned and deal.churned <= deal.rated:
            return False, say("the customer left on {day}, before it was due", day=deal.churned)
        total, number = self._standing(deal, deal.rated, history)
        if deal.rep_average is None and number < max(self.at_least, 1):
            return False, say("{number} ratings so far, {wanted} are needed", number=number, wanted=self.at_least)
        average = Fraction(total, number) if deal.rep_average is None else deal.rep_average
        if average < self.average:
            return False, say(
                "the average is {average}, {wanted} is needed",
                average=stars_shown(average),
                wanted=stars_shown(self.average),
            )
        return True, say("{stars} stars, average {average}", stars=deal.rating, average=stars_shown(average))

    def _standing(self, deal: Deal, on: date, history: History) -> tuple[int, int]:
        after = later(on, Duration(-self.over.count, self.over.unit)) if self.over else date.min
        counted = [
            other.rating
            for other in history.deals
            if other.rating and other.rated and after < other.rated <= on and (self.counts_itself or other != deal)
        ]
        return sum(counted), len(counted)

    def days(self, book: Book) -> Int32s:
        """Return the day each deal (n,) earns the extra, or NEVER."""
        enough = (book.rating * self.stars.denominator >= self.stars.numerator) & (book.rating > 0)
        enough &= (book.rated != NEVER) & (book.churned > book.rated)
        total, number = self._standings(book)
        good = total * self.average.denominator >= number * self.average.numerator
        good &= number >= max(self.at_least, 1)
        stated = book.rep_average * self.average.denominator >= STAR_SCALE * self.average.numerator
        good = np.where(book.rep_average == NO_AVERAGE, good, stated)
        return np.where(enough & good, book.rated, NEVER).astype(np.int32)

    def _standings(self, book: Book) -> tuple[Int64s, Int64s]:
        """Return the sum and number of ratings (n,) that count for each deal on the day it was rated."""
        rated = np.flatnonzero(book.rated != NEVER)
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
        total, number = np.zeros(book.arr.shape, np.int64), np.zeros(book.arr.shape, np.int64)
        total[rated], number[rated] = sums[high] - sums[low], high - low
        if not self.counts_itself:
            total[rated] -= book.rating[rated]
            number[rated] -= 1
        return total, number

    def sentences(self) -> list[Sentence]:
        """Say it in words, one sentence for each choice."""
        said = [
            say(
                "{name}: a deal rated {stars} stars, of a rep whose average is {average} or better, adds {share} of"
                " its commission.",
                name=self.name,
                stars=stars_shown(self.stars),
                average=stars_shown(self.average),
                share=Percent(self.adds),
            ),
            say("The average counts the ratings of the last {time}, compared exactly.", time=self.over)
            if self.over
            else say("The average counts every rating so far, compared exactly."),
            say("The deal's own rating counts.")
            if self.counts_itself
            else say("The deal's own rating does not count."),
            say("It is paid when the rating arrives; no rating means no extra."),
        ]
        if self.at_least > 1:
            said.append(say("At least {number} ratings are needed.", number=self.at_least))
        return said


def stars_shown(value: Fraction) -> str:
    """Show stars with at most two decimals; an ellipsis says that there are more."""
    scaled = int(value * 100)
    exact = (value * 100).denominator == 1
    return f"{scaled // 100}.{scaled % 100:02d}".rstrip("0").rstrip(".") + ("" if exact else "…")


def read(fields: Fields) -> tuple[Multiplier, ...]:
    """Read `multipliers`: `{name, when: {deal rating, rep average at least, over, ratings at least}, adds, paid}`."""
    found = []
    for entry in fields.each("multipliers", MOST_MULTIPLIERS):
        name = entry.need("name", words(60), "")
        adds = entry.need("adds", lambda text: quantities.percent(text, most=500), Fraction(0))
        entry.take("paid", one_of("when rated"), "when rated")
        when = entry.inner("when")
        if when is None:
            entry.need("when", words(), "")
            continue
        found.append(
            Multiplier(
                name,
                adds,
                stars=when.need("deal rating", quantities.rating, Fraction(5)),
                average=when.take("rep average at least", quantities.rating, Fraction(1)),
                over=when.take("over", _span, _YEAR),
                at_least=when.take("ratings at least", quantities.count, 1),
                counts_itself=when.take("counts this deal", one_of("yes", "no"), "yes") == "yes",
            )
        )
        when.finish()
        entry.finish()
    return tuple(found)


def _span(text: str) -> Duration | None:
    return None if text.strip() == "all time" else quantities.duration(text)
