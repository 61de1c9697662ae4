"""The sheet of deals: a row each, from credit and running totals to the parts paid and the days they are paid on."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from server.comp.calendar import last_day, month_of
from server.comp.explain.context import RepContext
from server.comp.explain.deals import groups_of
from server.comp.mechanics.clawback import ALL, BY_MONTH, PAID, Clawback
from server.comp.mechanics.components import Component
from server.comp.mechanics.multipliers import PRODUCT, Multiplier
from server.comp.mechanics.release import PayoutRule
from server.comp.periods import PERIODS
from server.comp.plan import Plan
from server.comp.statements import DealStatement, Statement
from server.messages import Duration
from server.statements.csv import escape_formula
from server.statements.workbook.schedules import SchedulesSheet

_FACTS = (
    ("id", "Deal"),
    ("customer", "Customer"),
    ("signed", "Signed"),
    ("aha", "Aha moment"),
    ("paid", "Customer paid"),
    ("live", "Go-live"),
    ("churned", "Left"),
)


@dataclass(frozen=True, slots=True)
class PaidColumns:
    """A pair of columns that the summary adds up by month: amounts in cents, and their days; with its head of pay."""

    head: int
    amounts: str
    days: str


class DealsSheet:
    """Writes the deals of one statement."""

    def __init__(
        self, book: xlsxwriter.Workbook, schedules: SchedulesSheet, statement: Statement, plan: Plan, world: RepContext
    ) -> None:
        self.sheet = book.add_worksheet("Deals")
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.bold = book.add_format({"bold": True})
        self.schedules, self.statement, self.plan, self.world = schedules, statement, plan, world
        self.heads = statement.elements
        self.columns: dict[str, int] = {}
        self.running: dict[tuple[int, int], tuple[int, int]] = {}
        self.begun: set[tuple[int, int]] = set()
        """Components and periods of which a deal that counts has been written."""
        self.paid: list[PaidColumns] = []

    def write(self) -> None:
        """Write every row."""
        for name, head in _FACTS:
            self._column(name, head)
        for row, found in enumerate(self.statement.deals, start=2):
            self._facts(row, found)
            self._commission(row, found)
            self._release(row, found)
            self._extras(row, found)
            if self.plan.clawback:
                self._clawback(row, self.plan.clawback)
        self.sheet.freeze_panes(1, 1)
        self.sheet.set_column(0, len(self.columns), 14)

    def _column(self, name: str, head: str) -> None:
        """Give a column its place, and write its head."""
        if name not in self.columns:
            self.columns[name] = len(self.columns)
            self.sheet.write_string(0, self.columns[name], escape_formula(head), self.bold)

    def _cell(self, name: str, row: int) -> str:
        return f"{xl_col_to_name(self.columns[name])}{row}"

    def _whole(self, name: str) -> str:
        column = xl_col_to_name(self.columns[name])
        return f"Deals!${column}$2:${column}${max(len(self.statement.deals), 1) + 1}"

    def _formula(self, row: int, name: str, formula: str, value: Any = 0, *, is_day: bool = False) -> None:
        self.sheet.write_formula(row - 1, self.columns[name], formula, self.day if is_day else None, value)

    def _day(self, row: int, name: str, day: date | None) -> None:
        """Write a day that is known; what happens after the window's end is not."""
        if day is not None and day <= self.statement.window.ends:
            moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a cell's date has no zone
            self.sheet.write_datetime(row - 1, self.columns[name], moment, self.day)

    def _facts(self, row: int, found: DealStatement) -> None:
        deal = found.deal
        self.sheet.write_string(row - 1, self.columns["id"], escape_formula(deal.id))
        self.sheet.write_string(row - 1, self.columns["customer"], escape_formula(deal.customer))
        for name, day in (
            ("signed", deal.signed),
            ("aha", deal.aha),
            ("paid", deal.paid),
            ("live", deal.live),
            ("churned", deal.churned),
        ):
            self._day(row, name, day)

    def _commission(self, row: int, found: DealStatement) -> None:
        """Write each component's credit and earning, then what no formula says, then the commission."""
        cells, explained = [], 0
        for index, component in enumerate(self.plan.components):
            if component.is_periodic or self._is_beyond(component):
                continue
            explained += self._component(row, index, component, found)
            cells.append(self._cell(f"earned {index}", row))
        self._column("other", "What no formula says, cents")
        self.sheet.write_number(row - 1, self.columns["other"], found.commission - explained)
        self._column("commission", "Commission, cents")
        self._formula(row, "commission", "=" + "+".join([*cells, self._cell("other", row)]), found.commission)

    def _is_beyond(self, component: Component) -> bool:
        """Say whether a deal's price depends on more than the component's schedule and the running total."""
        several = component.is_retroactive and (len(self.plan.levels) > 1 or bool(component.rate_by))
        follows = self.plan.rate_when_paid != "of the level at signing" or self.plan.quota_credit != "at signing"
        return bool(component.pays_whole) or several or follows or component.gate is not None

    def _component(self, row: int, index: int, component: Component, found: DealStatement) -> int:
        """Write a component's columns and return what its formula comes to."""
        deal, crediting = found.deal, self.plan.crediting[index]
        month = month_of(deal.signed)
        period = self.world.period(month, component.months)
        terms = self.world.terms(index, self.world.level_at(month), period)
        class_ = self.world.rate_class(index, deal, period)
        for part, head in (("credit", "credit"), ("total", "running total"), ("earned", "earned, cents")):
            self._column(f"{part} {index}", f"{component.name}: {head}")
        credit = crediting.of(deal)
        self.sheet.write_number(row - 1, self.columns[f"credit {index}"], credit)
        credit_cell, total_cell = self._cell(f"credit {index}", row), self._cell(f"total {index}", row)
        key = (index, period[0] if PERIODS[component.accumulates] else -row)
        earlier, before = self.running.get(key, (0, 0))
        formula = f"={credit_cell}" + (f"+{self._cell(f'total {index}', earlier)}" if earlier else "")
        self._formula(row, f"total {index}", formula, before + credit)
        self.running[key] = (row, before + credit)
        if not crediting.admits(deal):
            self.sheet.write_number(row - 1, self.columns[f"earned {index}"], 0)
            return 0
        block = self.schedules.block(component.row(terms, class_))
        earned, formula = component.owed(before + credit, terms, class_), f"={block.owed(total_cell)}"
        if key in self.begun:
            earned -= component.owed(before, terms, class_)
            formula += f"-{block.owed(f'({total_cell}-{credit_cell})')}"
        self.begun.add(key)
        self._formula(row, f"earned {index}", formula, earned)
        return earned

    def _release(self, row: int, found: DealStatement) -> None:
        """Write the parts of the commission and the days they are paid on."""
        simple = groups_of(self.plan.components) == (0,) and self.plan.quota_credit == "at signing"
        simple = simple and self.plan.rate_when_paid == "of the level at signing"
        lines = [line for line in found.lines if 1 <= line.element <= self.heads.instalments]
        if not simple:
            self._values(row, lines)
            return
        total, before = self._cell("commission", row), "0"
        upto = Fraction(0)
        for index, instalment in enumerate(self.plan.release):
            name = f"part {index}"
            self._column(name, f"{instalment.label}: cents")
            self._column(f"{name} day", f"{instalment.label}: paid on")
            upto = upto + instalment.share
            reached = f"ROUND({total}*{upto.numerator}/{upto.denominator},0)"
            self._formula(row, name, f"={reached}-{before}", lines[index].cents)
            before = reached
            known = lines[index].day if lines[index].state == "paid" else ""
            self._formula(row, f"{name} day", f"={self._due(instalment, row)}", str(known), is_day=True)
            self._pays(self.heads.instalment(index), name)

    def _values(self, row: int, lines: list[Any]) -> None:
        """Write parts as values where a formula would have to know the level or the period's end."""
        for place, line in enumerate(lines):
            name = f"line {place}"
            self._column(name, "Part, cents (a value)")
            self._column(f"{name} day", "Paid on (a value)")
            self.sheet.write_number(row - 1, self.columns[name], line.cents)
            self._day(row, f"{name} day", line.day if line.state == "paid" else None)
            self._pays(-1, name)

    def _pays(self, head: int, name: str) -> None:
        """Let the summary add a pair of columns up."""
        if name not in {found.amounts for found in self.paid}:
            self.paid.append(PaidColumns(head, name, f"{name} day"))

    def _due(self, instalment: PayoutRule, row: int) -> str:
        """Return the formula of the day a part is paid on, empty when it is not."""
        signed, churned = self._cell("signed", row), self._cell("churned", row)
        kind = instalment.on.kind
        if kind == "signing":
            return signed
        day = f"EDATE({signed},{instalment.on.month})" if kind == "month" else self._cell(kind, row)
        in_time = f'{day}<>""'
        if instalment.within and not instalment.pays_late:
            begin = self._cell("live", row) if instalment.counted_from == "go-live" else signed
            in_time = f'AND({day}<>"",OR({begin}="",{day}<={_later(begin, instalment.within)}))'
        left = f"{churned}<={day}"
        if instalment.leaving_that_month == "keeps it":
            left = f"EOMONTH({churned},0)<EOMONTH({day},0)"
        return f'IF({in_time},IF(AND({churned}<>"",{left}),"",{day}),"")'

    def _extras(self, row: int, found: DealStatement) -> None:
        """Write the multipliers of single deals: the day each fires is a value, what it gives a formula."""
        single = [(place, m) for place, m in enumerate(self.plan.multipliers) if not m.is_periodic]
        reached, commission = Fraction(1), self._cell("commission", row)
        before = commission
        for place, multiplier in single:
            name, head = f"extra {place}", self.heads.multiplier(place)
            self._column(name, f"{multiplier.name}: cents")
            self._column(f"{name} day", f"{multiplier.name}: paid on")
            lines = [line for line in found.lines if line.element == head]
            line = lines[0]
            if len(lines) > 1 or (multiplier.when is None and self.plan.stated_release):
                self._extra_values(row, place, multiplier, lines)
                continue
            if line.state == "paid":
                self._day(row, f"{name} day", line.day)
                factor = multiplier.factor
                reached = reached * factor if self.plan.combine == PRODUCT else reached + factor - 1
                most = self.plan.multipliers_at_most
                fits = reached if most is None else min(reached, most)
                # One division of whole numbers, so that a half cent is a half cent in a spreadsheet too.
                after = f"ROUND({commission}*{fits.numerator}/{fits.denominator},0)"
                self._formula(row, name, f"={after}-{before}", line.cents)
                before = after
            else:
                self.sheet.write_number(row - 1, self.columns[name], 0)
            self._pays(head, name)

    def _extra_values(self, row: int, place: int, multiplier: Multiplier, lines: list[Any]) -> None:
        """Write what follows the instalments as values: each part on the day its instalment is paid."""
        for index, line in enumerate(lines):
            name = f"extra {place} {index}"
            self._column(name, f"{multiplier.name}, part {index + 1}: cents (a value)")
            self._column(f"{name} day", f"{multiplier.name}, part {index + 1}: paid on")
            self.sheet.write_number(row - 1, self.columns[name], line.cents)
            self._day(row, f"{name} day", line.day if line.state == "paid" else None)
            self._pays(self.heads.multiplier(place), name)

    def _clawback(self, row: int, rule: Clawback) -> None:
        """Write what is taken back when the customer has left, of what had been paid by then."""
        for name, head in (
            ("paid before", "Paid before leaving, cents"),
            ("clawback", "Clawback: cents"),
            ("clawback day", "Clawback: on"),
        ):
            self._column(name, head)
        signed, churned = self._cell("signed", row), self._cell("churned", row)
        parts = [self._by(pair, row, churned) for pair in self.paid if pair.head != self.heads.clawback]
        self._formula(row, "paid before", "=" + ("+".join(parts) or "0"))
        paid = self._cell("paid before", row)
        base = paid if rule.of == PAID else self._cell("commission", row)
        taken = _taken(rule, base, signed, churned)
        taken = f"MAX(MIN({taken},MAX({paid},0)),MIN({paid},0))"
        inside = f'AND({churned}<>"",{churned}>={signed},{churned}<{_later(signed, rule.window)})'
        self._formula(row, "clawback", f"=IF({inside},-({taken}),0)")
        self._formula(row, "clawback day", f'=IF({churned}<>"",{churned},"")', "", is_day=True)
        self._pays(self.heads.clawback, "clawback")

    def _by(self, pair: PaidColumns, row: int, day: str) -> str:
        """Return the formula of what a pair of columns had paid by a day."""
        paid_on, amount = self._cell(pair.days, row), self._cell(pair.amounts, row)
        return f'IF(AND({paid_on}<>"",{paid_on}<={day}),{amount},0)'

    def pays_in(self, first: str, last: str) -> dict[int, str]:
        """Return for each head the formula of what its columns pay between two days, both included."""
        found: dict[int, list[str]] = {}
        for pair in self.paid:
            amounts, days = self._whole(pair.amounts), self._whole(pair.days)
            found.setdefault(pair.head, []).append(f'SUMIFS({amounts},{days},">="&{first},{days},"<="&{last})')
        return {head: "+".join(parts) for head, parts in found.items()}

    @property
    def by_value(self) -> bool:
        """Whether parts are values: the summary then adds all instalments up in one line."""
        return any(pair.head == -1 for pair in self.paid)


def _later(day: str, duration: Duration) -> str:
    return f"({day}+{duration.count})" if duration.unit == "days" else f"EDATE({day},{duration.count})"


def _taken(rule: Clawback, base: str, signed: str, churned: str) -> str:
    if rule.steps:
        formula = "0"
        for step in reversed(rule.steps):
            share = f"ROUND({base}*{step.takes.numerator}/{step.takes.denominator},0)"
            formula = f"IF({churned}<{_later(signed, step.within)},{share},{formula})"
        return formula
    if rule.takes == ALL:
        return base
    if rule.takes == BY_MONTH:
        window = rule.window.count
        return f'ROUND({base}*({window}-DATEDIF({signed},{churned},"m"))/{window},0)'
    length = f"({_later(signed, rule.window)}-{signed})"
    return f"ROUND({base}*({length}-({churned}-{signed}))/{length},0)"


def month_ends(statement: Statement) -> list[tuple[date, date]]:
    """Return the first and the last day of every month of a statement."""
    first = statement.window.first_month
    return [
        (last_day(month).replace(day=1), last_day(month)) for month in range(first, first + statement.window.months)
    ]
