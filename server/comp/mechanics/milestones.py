"""What a rep must have reached to rise a level: sales, productivity and customers who stay; never tenure."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from server.comp.calendar import last_day, month_of
from server.comp.history import History
from server.comp.language.declarations import COUNT, DURATION, MONEY, PERCENT, Nested, declare
from server.comp.language.diagnostics import Diagnostic
from server.comp.language.fields import Fields
from server.comp.period_index import PeriodIndex
from server.comp.rounding import Bools, Int64s
from server.messages import Duration, Message, Money, Percent, message

YEAR = 12
_MOST_MONTHS = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Productivity:
    """Cents of ARR a month on average over some months."""

    arr: int = declare(MONEY)
    months: int = declare(COUNT, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones:
    """All that are stated must be met at a month's end.

    Sales count the cents credited in the last months, churn the share of the ARR signed in the last twelve months
    that has left again. A customer's lifetime value is the year's average ARR of a customer over the yearly churn.
    """

    sales: int | None = declare(MONEY, None)
    over: Duration = declare(DURATION, Duration(YEAR, "months"), label="Sales over")
    averaged: Productivity | None = declare(Nested(Productivity), None, key="productivity")
    churn_below: Fraction | None = declare(PERCENT, None)
    lifetime_value: int | None = declare(MONEY, None, doc="Average yearly ARR of a customer over the yearly churn.")

    @property
    def sales_months(self) -> int:
        """How many months of sales count."""
        return self.over.count

    @property
    def productivity(self) -> int | None:
        """Cents a month on average."""
        return self.averaged.arr if self.averaged else None

    @property
    def productivity_months(self) -> int:
        """How many months the average is taken over."""
        return self.averaged.months if self.averaged else 3

    def check(self, fields: Fields) -> None:
        """Report a milestone that looks back too far, or states nothing."""
        if not (1 <= self.productivity_months <= _MOST_MONTHS and 1 <= self.sales_months <= _MOST_MONTHS):
            fields.report("", message("A milestone looks back 1 to {most} months.", most=_MOST_MONTHS))
        if self.over.unit != "months":
            fields.report("over", message("A milestone looks back whole months."), message("Write it like 12 months."))
        if self.sales is None and self.averaged is None and self.churn_below is None and self.lifetime_value is None:
            fields.report("", message("“{name}” is missing here.", name="sales"))

    def met(self, history: History, month: int) -> bool:
        """Say whether a rep has reached them at the end of a month."""
        end = last_day(month)
        if self.sales is not None and _credited(history, month, self.sales_months) < self.sales:
            return False
        if self.productivity is not None:
            credited = _credited(history, month, self.productivity_months)
            if credited < self.productivity * self.productivity_months:
                return False
        if self.churn_below is not None and _churn(history, month, end) >= self.churn_below:
            return False
        return self.lifetime_value is None or _lifetime_value(history, month, end, self.lifetime_value)

    def met_by(self, standing: "MilestoneStanding") -> Bools:
        """Say for each rep and month (reps, months) whether they have reached them at its end."""
        met = np.ones(standing.running.shape, dtype=np.bool_)
        if self.sales is not None:
            met &= standing.sum_of_last(self.sales_months) >= self.sales
        if self.averaged is not None:
            met &= standing.sum_of_last(self.averaged.months) >= self.averaged.arr * self.averaged.months
        if self.churn_below is not None:
            met &= self._churn_below(standing, self.churn_below)
        if self.lifetime_value is not None:
            signed = standing.sum_of_last(YEAR).astype(object)
            lost = standing.customers_of_last(YEAR).astype(object) * standing.lost * self.lifetime_value
            met &= (signed * signed >= lost).astype(np.bool_) & (signed > 0).astype(np.bool_)
        return met

    def _churn_below(self, standing: "MilestoneStanding", share: Fraction) -> Bools:
        signed = standing.sum_of_last(YEAR)
        less = _exactly(standing.lost, share.denominator) < _exactly(signed, share.numerator)
        return np.where(signed > 0, less, share > 0).astype(np.bool_)

    def sentence(self, currency: str) -> Message:
        """Say what must be reached."""
        parts: list[Message] = []
        if self.sales is not None:
            parts.append(
                message(
                    "{amount} of sales in {time}",
                    amount=Money(self.sales, currency),
                    time=Duration(self.sales_months, "months"),
                )
            )
        if self.productivity is not None:
            parts.append(
                message(
                    "{amount} a month on average over {time}",
                    amount=Money(self.productivity, currency),
                    time=Duration(self.productivity_months, "months"),
                )
            )
        if self.churn_below is not None:
            parts.append(message("less than {share} of the year's ARR lost again", share=Percent(self.churn_below)))
        if self.lifetime_value is not None:
            parts.append(message("a customer lifetime value of {amount}", amount=Money(self.lifetime_value, currency)))
        joined = parts[0]
        for part in parts[1:]:
            joined = message("{first}; {second}", first=joined, second=part)
        return joined


@dataclass(frozen=True, slots=True)
class MilestoneStanding:
    """Running cents credited, running number of deals, and cents lost again of the last year, each (reps, months)."""

    running: Int64s
    customers: Int64s
    lost: Int64s

    def sum_of_last(self, months: int) -> Int64s:
        """Sum the credit of the months up to and with each."""
        return _last(self.running, months)

    def customers_of_last(self, months: int) -> Int64s:
        """Count the deals of the months up to and with each."""
        return _last(self.customers, months)


def _last(running: Int64s, months: int) -> Int64s:
    if running.shape[1] <= months:
        return running
    summed = running.copy()
    summed[:, months:] -= running[:, :-months]
    return summed


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


def _lifetime_value(history: History, month: int, end: date, wanted: int) -> bool:
    deals = [deal for deal in history.deals if month - YEAR < month_of(deal.signed) <= month]
    signed = sum(deal.arr for deal in deals)
    lost = sum(deal.arr for deal in deals if deal.churned and deal.churned <= end)
    return signed > 0 and signed * signed >= wanted * len(deals) * lost


def milestone_standing(frame: PeriodIndex) -> MilestoneStanding:
    """Sum a book by rep and month from the first month there is to the window's last."""
    book, months, column = frame.book, frame.columns, frame.month - frame.first
    inside = frame.known
    place = book.rep.astype(np.int64) * months + column
    size = book.reps * months
    credited = np.zeros(size, dtype=np.int64)
    customers = np.zeros(size, dtype=np.int64)
    np.add.at(credited, place[inside], book.arr[inside])
    np.add.at(customers, place[inside], 1)

    left = np.maximum(np.minimum(frame.churn_month - frame.first, months), column)
    stop = np.minimum(column + YEAR, months)
    gone = np.flatnonzero(inside & (left < stop))
    change = np.zeros((book.reps, months + 1), dtype=np.int64)
    np.add.at(change, (book.rep[gone], left[gone]), book.arr[gone])
    np.add.at(change, (book.rep[gone], stop[gone]), -book.arr[gone])

    def shaped(flat: Int64s) -> Int64s:
        return flat.reshape(book.reps, months).cumsum(axis=1)

    return MilestoneStanding(shaped(credited), shaped(customers), change.cumsum(axis=1)[:, :months])


def check_rising(fields: Fields, path: list[Milestones | None]) -> None:
    """Report a level that is easier to reach than the one below it."""
    lowest = 0
    for stated in path:
        if stated and stated.sales is not None:
            if stated.sales < lowest:
                rule = message("A milestone is lower than that of the level before.")
                fields.problems.append(
                    Diagnostic(fields.line_of("levels"), "", rule, message("Put the levels in rising order."))
                )
            lowest = max(lowest, stated.sales)
