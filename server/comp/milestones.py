"""What a rep must have reached to rise a level: sales, productivity and customers who stay; never tenure."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from server.comp import quantities
from server.comp.calendar import NEVER, Duration, last_day, month_of, months_of
from server.comp.history import Book, History
from server.comp.problems import Problem
from server.comp.reading import Fields
from server.comp.rounding import Int64s
from server.comp.wording import Money, Percent, Sentence, say

YEAR = 12
_MOST_MONTHS = 36


@dataclass(frozen=True, slots=True)
class Milestones:
    """All that are stated must be met at a month's end.

    sales: cents credited in the last `sales_months`; productivity: cents a month on average over the last
    `productivity_months`; churn_below: share of the ARR signed in the last twelve months that has left again.
    """

    sales: int | None = None
    sales_months: int = YEAR
    productivity: int | None = None
    productivity_months: int = 3
    churn_below: Fraction | None = None

    def met(self, history: History, month: int) -> bool:
        """Say whether a rep has reached them at the end of a month."""
        end = last_day(month)
        if self.sales is not None and _credited(history, month, self.sales_months) < self.sales:
            return False
        if self.productivity is not None:
            credited = _credited(history, month, self.productivity_months)
            if credited < self.productivity * self.productivity_months:
                return False
        return self.churn_below is None or _churn(history, month, end) < self.churn_below

    def met_by(self, standing: "Standing", column: int) -> npt.NDArray[np.bool_]:
        """Say for each rep (reps,) whether they have reached them at the end of the month in a column."""
        met = np.ones(standing.credited.shape[0], dtype=np.bool_)
        if self.sales is not None:
            met &= standing.sum_of_last(column, self.sales_months) >= self.sales
        if self.productivity is not None:
            wanted = self.productivity * self.productivity_months
            met &= standing.sum_of_last(column, self.productivity_months) >= wanted
        if self.churn_below is not None:
            signed = standing.sum_of_last(column, YEAR)
            lost = standing.lost[:, column]
            share = self.churn_below
            met &= np.where(
                signed > 0,
                _exactly(lost, share.denominator) < _exactly(signed, share.numerator),
                share > 0,
            ).astype(np.bool_)
        return met

    def sentence(self, currency: str) -> Sentence:
        """Say what must be reached."""
        parts: list[Sentence] = []
        if self.sales is not None:
            parts.append(
                say(
                    "{amount} of sales in {time}",
                    amount=Money(self.sales, currency),
                    time=Duration(self.sales_months, "months"),
                )
            )
        if self.productivity is not None:
            parts.append(
                say(
                    "{amount} a month on average over {time}",
                    amount=Money(self.productivity, currency),
                    time=Duration(self.productivity_months, "months"),
                )
            )
        if self.churn_below is not None:
            parts.append(say("less than {share} of the year's ARR lost again", share=Percent(self.churn_below)))
        joined = parts[0]
        for part in parts[1:]:
            joined = say("{first}; {second}", first=joined, second=part)
        return joined


@dataclass(frozen=True, slots=True)
class Standing:
    """Cents credited and lost again by rep and month, each (reps, months)."""

    credited: Int64s
    running: Int64s
    lost: Int64s

    def sum_of_last(self, column: int, months: int) -> Int64s:
        """Sum the months up to and with a column."""
        before = column - months
        return self.running[:, column] - (self.running[:, before] if before >= 0 else 0)


def _exactly(amounts: Int64s, factor: int) -> npt.NDArray[np.object_] | Int64s:
    """Multiply without overflow: 64 bits when they suffice, else Python's integers."""
    largest = int(np.abs(amounts).max()) if amounts.size else 0
    return amounts * factor if largest * factor < 2**62 else amounts.astype(object) * factor


def _credited(history: History, month: int, months: int) -> int:
    return sum(deal.arr for deal in history.deals if month - months < month_of(deal.signed) <= month)


def _churn(history: History, month: int, end: date) -> Fraction:
    deals = [deal for deal in history.deals if month - YEAR < month_of(deal.signed) <= month]
    signed = sum(deal.arr for deal in deals)
    lost = sum(deal.arr for deal in deals if deal.churned and deal.churned <= end)
    return Fraction(lost, signed) if signed > 0 else Fraction(0)


def standing_of(book: Book, first: int, last: int) -> Standing:
    """Sum a book by rep and month from month `first` to `last`."""
    months = last - first + 1
    column = months_of(book.signed) - first
    inside = (column >= 0) & (column < months)
    credited = np.zeros((book.reps, months), dtype=np.int64)
    np.add.at(credited, (book.rep[inside], column[inside]), book.arr[inside])

    left = months_of(book.churned)
    start = np.maximum(np.where(left == NEVER, NEVER, left - first), column)
    stop = column + YEAR
    counts = inside & (left != NEVER) & (start < np.minimum(stop, months))
    change = np.zeros((book.reps, months + 1), dtype=np.int64)
    np.add.at(change, (book.rep[counts], start[counts]), book.arr[counts])
    np.add.at(change, (book.rep[counts], np.minimum(stop, months)[counts]), -book.arr[counts])
    return Standing(credited, credited.cumsum(axis=1), change.cumsum(axis=1)[:, :months])


def read(fields: Fields | None) -> Milestones | None:
    """Read `reached at: {sales, over, productivity: {arr, months}, churn below}`."""
    if fields is None:
        return None
    productivity = fields.inner("productivity")
    per_month, months = None, 3
    if productivity:
        per_month = productivity.need("arr", quantities.money, 0)
        months = productivity.take("months", quantities.count, 3)
        productivity.finish()
    stated = Milestones(
        sales=fields.take("sales", quantities.money, None),
        sales_months=fields.take("over", quantities.duration, Duration(YEAR, "months")).count,
        productivity=per_month,
        productivity_months=months,
        churn_below=fields.take("churn below", quantities.percent, None),
    )
    fields.finish()
    if not (1 <= stated.productivity_months <= _MOST_MONTHS and 1 <= stated.sales_months <= _MOST_MONTHS):
        fields.problems.append(
            Problem(fields.line, "", say("A milestone looks back 1 to {most} months.", most=_MOST_MONTHS))
        )
    if stated.sales is None and stated.productivity is None and stated.churn_below is None:
        fields.problems.append(Problem(fields.line, "", say("“{name}” is missing here.", name="sales")))
        return None
    return stated


def check_rising(fields: Fields, path: list[Milestones | None]) -> None:
    """Report a level that is easier to reach than the one below it."""
    lowest = 0
    for stated in path:
        if stated and stated.sales is not None:
            if stated.sales < lowest:
                rule = say("A milestone is lower than that of the level before.")
                fields.problems.append(
                    Problem(fields.line_of("levels"), "", rule, say("Put the levels in rising order."))
                )
            lowest = max(lowest, stated.sales)
