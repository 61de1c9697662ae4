"""Milestones of a promotion: sales, productivity and customers who stay; never tenure."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from server.comp.calendar import CALENDAR_MONTHS, FiscalCalendar
from server.comp.history import History
from server.comp.language.declarations import COUNT, DURATION, MONEY, PERCENT, Nested, declare
from server.comp.language.diagnostics import Diagnostic
from server.comp.language.fields import Fields
from server.comp.period_index import PeriodIndex
from server.comp.rounding import Bools, Int64s
from server.messages import Duration, Message, Money, Percent, message

YEAR = 12
_MAX_MONTHS = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Productivity:
    """Cents of ARR a month, on average over some months."""

    arr: int = declare(MONEY)
    months: int = declare(COUNT, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones:
    """The milestones of a level; all that are stated must be met at the end of a month.

    Sales are the cents credited in the last months. Churn is the share of the ARR signed in the last twelve
    months that has churned. The lifetime value of a customer is the average ARR of the year's customers
    divided by that churn.
    """

    sales: int | None = declare(MONEY, None)
    over: Duration = declare(DURATION, Duration(YEAR, "months"), label="Sales over")
    averaged: Productivity | None = declare(Nested(Productivity), None, key="productivity")
    churn_below: Fraction | None = declare(PERCENT, None)
    lifetime_value: int | None = declare(
        MONEY,
        None,
        doc="Average yearly ARR of a customer divided by the yearly churn.",
    )

    @property
    def sales_months(self) -> int:
        """Return the number of months over which sales count."""
        return self.over.count

    @property
    def productivity(self) -> int | None:
        """Return the required average in cents a month, if any."""
        return self.averaged.arr if self.averaged else None

    @property
    def productivity_months(self) -> int:
        """Return the number of months of the average."""
        return self.averaged.months if self.averaged else 3

    def check(self, fields: Fields) -> None:
        """Report a milestone that looks back too far, or that states nothing."""
        if not (1 <= self.productivity_months <= _MAX_MONTHS and 1 <= self.sales_months <= _MAX_MONTHS):
            fields.report("", message("A milestone can look back 1 to {most} months.", most=_MAX_MONTHS))
        if self.over.unit != "months":
            rule = message("A milestone must look back whole months.")
            fields.report("over", rule, message("Write it like 12 months."))
        stated = (self.sales, self.averaged, self.churn_below, self.lifetime_value)
        if all(milestone is None for milestone in stated):
            fields.report("", message("“{name}” is missing.", name="sales"))

    def met(self, history: History, month: int, calendar: FiscalCalendar = CALENDAR_MONTHS) -> bool:
        """Return whether a rep has met all milestones at the end of a month."""
        end = calendar.last_day(month)
        if self.sales is not None and _credited(history, month, self.sales_months, calendar) < self.sales:
            return False
        if self.productivity is not None:
            credited = _credited(history, month, self.productivity_months, calendar)
            if credited < self.productivity * self.productivity_months:
                return False
        if self.churn_below is not None and _churn(history, month, end, calendar) >= self.churn_below:
            return False
        return self.lifetime_value is None or _has_lifetime_value(history, month, end, self.lifetime_value, calendar)

    def met_by(self, standing: "MilestoneStanding") -> Bools:
        """Return for each rep and month (reps, months) whether all milestones are met at its end."""
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
        is_below = _multiply(standing.lost, share.denominator) < _multiply(signed, share.numerator)
        return np.where(signed > 0, is_below, share > 0).astype(np.bool_)

    def sentence(self, currency: str) -> Message:
        """Describe what must be reached."""
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
            share = Percent(self.churn_below)
            parts.append(message("less than {share} of the year's ARR churned", share=share))
        if self.lifetime_value is not None:
            amount = Money(self.lifetime_value, currency)
            parts.append(message("a customer lifetime value of {amount}", amount=amount))
        joined = parts[0]
        for part in parts[1:]:
            joined = message("{first}; {second}", first=joined, second=part)
        return joined


@dataclass(frozen=True, slots=True)
class MilestoneStanding:
    """Totals that milestones are tested on, each (reps, months).

    `running` is the running total of cents credited, `customers` the running number of deals, `lost` the
    cents signed in the last year that have churned.
    """

    running: Int64s
    customers: Int64s
    lost: Int64s

    def sum_of_last(self, months: int) -> Int64s:
        """Return the credit of the last months up to each month, that month included."""
        return _sum_of_last(self.running, months)

    def customers_of_last(self, months: int) -> Int64s:
        """Return the deals of the last months up to each month, that month included."""
        return _sum_of_last(self.customers, months)


def _sum_of_last(running: Int64s, months: int) -> Int64s:
    if running.shape[1] <= months:
        return running
    summed = running.copy()
    summed[:, months:] -= running[:, :-months]
    return summed


def _multiply(amounts: Int64s, factor: int) -> npt.NDArray[np.object_] | Int64s:
    """Multiply without overflow: in 64 bits if that is enough, else with Python integers."""
    largest = int(np.abs(amounts).max()) if amounts.size else 0
    return amounts * factor if largest * factor < 2**62 else amounts.astype(object) * factor


def _credited(history: History, month: int, months: int, calendar: FiscalCalendar) -> int:
    return sum(deal.own_arr for deal in history.deals if month - months < calendar.month_of(deal.signed) <= month)


def _churn(history: History, month: int, end: date, calendar: FiscalCalendar) -> Fraction:
    deals = [deal for deal in history.deals if month - YEAR < calendar.month_of(deal.signed) <= month]
    signed = sum(deal.own_arr for deal in deals)
    lost = sum(deal.own_arr for deal in deals if deal.churned and deal.churned <= end)
    return Fraction(lost, signed) if signed > 0 else Fraction(0)


def _has_lifetime_value(history: History, month: int, end: date, required: int, calendar: FiscalCalendar) -> bool:
    deals = [deal for deal in history.deals if month - YEAR < calendar.month_of(deal.signed) <= month]
    signed = sum(deal.own_arr for deal in deals)
    lost = sum(deal.own_arr for deal in deals if deal.churned and deal.churned <= end)
    return signed > 0 and signed * signed >= required * len(deals) * lost


def milestone_standing(index: PeriodIndex) -> MilestoneStanding:
    """Return the totals of a book by rep and month, from its first month to the last of the window."""
    book, months, column = index.book, index.columns, index.month - index.first
    known = index.known
    cell = book.rep.astype(np.int64) * months + column
    size = book.reps * months
    credited = np.zeros(size, dtype=np.int64)
    customers = np.zeros(size, dtype=np.int64)
    np.add.at(credited, cell[known], book.own_arr[known])
    np.add.at(customers, cell[known], 1)

    churn_column = np.maximum(np.minimum(index.churn_month - index.first, months), column)
    end_column = np.minimum(column + YEAR, months)
    churned = np.flatnonzero(known & (churn_column < end_column))
    change = np.zeros((book.reps, months + 1), dtype=np.int64)
    np.add.at(change, (book.rep[churned], churn_column[churned]), book.own_arr[churned])
    np.add.at(change, (book.rep[churned], end_column[churned]), -book.own_arr[churned])

    def by_rep(values: Int64s) -> Int64s:
        return values.reshape(book.reps, months).cumsum(axis=1)

    return MilestoneStanding(by_rep(credited), by_rep(customers), change.cumsum(axis=1)[:, :months])


def check_rising(fields: Fields, path: list[Milestones | None]) -> None:
    """Report a level that needs fewer sales than a level below it."""
    highest = 0
    for milestones in path:
        if milestones and milestones.sales is not None:
            if milestones.sales < highest:
                rule = message("This milestone is lower than that of the level before.")
                fields.problems.append(
                    Diagnostic(fields.line_of("levels"), "", rule, message("Put the levels in rising order."))
                )
            highest = max(highest, milestones.sales)
