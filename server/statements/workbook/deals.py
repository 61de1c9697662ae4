"""The sheet of deals, a row each: credit, running totals, commission, and each part paid with its day."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from server.comp import DealStatement, Line, Plan, Statement
from server.comp.explain.context import RepContext
from server.comp.mechanics.clawback import ADDED, PAID, Clawback, rule_for
from server.comp.mechanics.components import Component, payout_groups
from server.comp.mechanics.multipliers import PRODUCT, Multiplier
from server.comp.mechanics.paydays import AS_RELEASED
from server.comp.mechanics.release import PayoutRule
from server.statements.csv import escape_formula
from server.statements.workbook.formats import Formats, as_money, in_cents
from server.statements.workbook.formulas import clawback_amount, later
from server.statements.workbook.schedules import CENTS, SchedulesSheet

_FACTS = (
    ("id", "Deal"),
    ("customer", "Customer"),
    ("signed", "Signed"),
    ("aha", "Aha moment"),
    ("paid", "Customer paid"),
    ("live", "Go-live"),
    ("starts", "Service starts"),
    ("churned", "Customer left"),
    ("rate", "Exchange rate"),
)


@dataclass(frozen=True, slots=True)
class PaidColumns:
    """The names of a column of money and of the column of its days, with the pay element it belongs to."""

    element: int
    amounts: str
    days: str


class DealsSheet:
    """Writes the deals of one statement; columns have internal names, rows count from 1 as in formulas."""

    def __init__(
        self,
        book: xlsxwriter.Workbook,
        formats: Formats,
        schedules: SchedulesSheet,
        statement: Statement,
        plan: Plan,
        rep: RepContext,
    ) -> None:
        self._sheet = book.add_worksheet("Deals")
        self._formats = formats
        self._schedules, self._statement, self._plan, self._rep = schedules, statement, plan, rep
        self._elements = statement.elements
        self._columns: dict[str, int] = {}
        self._running: dict[tuple[int, int], tuple[int, int]] = {}
        """The last row, and the running total in it, by component and period."""
        self._started: set[tuple[int, int]] = set()
        """Components and periods for which a deal that earns has been written."""
        self._paid: list[PaidColumns] = []

    def write(self) -> None:
        """Write every row."""
        for name, heading in _FACTS:
            self._column(name, heading)
        for row, entry in enumerate(self._statement.deals, start=2):
            self._write_facts(row, entry)
            self._write_commission(row, entry)
            self._write_release(row, entry)
            self._write_multipliers(row, entry)
            if self._is_refund(entry) or self._claws_back_added_pay(entry):
                self._write_clawback_value(row, entry)
            elif rule := rule_for(self._plan.clawback_rules, entry.deal):
                self._write_clawback(row, rule)
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_column(0, len(self._columns), 14)

    def pays_in(self, first: str, last: str) -> dict[int, str]:
        """Return for each pay element the formula of the money paid between two days, both included."""
        parts: dict[int, list[str]] = {}
        for pair in self._paid:
            amounts, days = self._whole_column(pair.amounts), self._whole_column(pair.days)
            formula = f'SUMIFS({amounts},{days},">="&{first},{days},"<="&{last})'
            parts.setdefault(pair.element, []).append(formula)
        return {element: "+".join(formulas) for element, formulas in parts.items()}

    def _column(self, name: str, heading: str) -> None:
        """Add a column with its heading, unless it exists."""
        if name not in self._columns:
            self._columns[name] = len(self._columns)
            self._sheet.write_string(0, self._columns[name], escape_formula(heading), self._formats.heading)

    def _paid_columns(self, name: str, amount_heading: str, day_heading: str) -> None:
        """Add a column of money and the column of its days."""
        self._column(name, amount_heading)
        self._column(f"{name} day", day_heading)

    def _sum_up(self, element: int, name: str) -> None:
        """Make the summary add up a column of money by the months of its days."""
        if name not in {pair.amounts for pair in self._paid}:
            self._paid.append(PaidColumns(element, name, f"{name} day"))

    def _cell(self, name: str, row: int) -> str:
        return f"{xl_col_to_name(self._columns[name])}{row}"

    def _whole_column(self, name: str) -> str:
        letters = xl_col_to_name(self._columns[name])
        return f"Deals!${letters}$2:${letters}${max(len(self._statement.deals), 1) + 1}"

    def _cents(self, name: str, row: int) -> str:
        """Return the formula of the whole cents in a cell of money."""
        return in_cents(self._cell(name, row))

    def _write_money(self, row: int, name: str, cents: int) -> None:
        self._sheet.write_number(row - 1, self._columns[name], cents / CENTS, self._formats.money)

    def _write_units(self, row: int, name: str, units: int) -> None:
        self._sheet.write_number(row - 1, self._columns[name], units, self._formats.units)

    def _write_text(self, row: int, name: str, text: str) -> None:
        self._sheet.write_string(row - 1, self._columns[name], escape_formula(text))

    def _write_cents(self, row: int, name: str, formula: str, cents: int = 0) -> None:
        """Write a formula of whole cents as money, and the value to show until the spreadsheet calculates it."""
        cell = (row - 1, self._columns[name])
        self._sheet.write_formula(*cell, f"={as_money(formula)}", self._formats.money, cents / CENTS)

    def _write_units_formula(self, row: int, name: str, formula: str, units: int) -> None:
        self._sheet.write_formula(row - 1, self._columns[name], f"={formula}", self._formats.units, units)

    def _write_day_formula(self, row: int, name: str, formula: str, value: str = "") -> None:
        self._sheet.write_formula(row - 1, self._columns[name], f"={formula}", self._formats.day, value)

    def _write_day(self, row: int, name: str, day: date | None) -> None:
        """Write a day unless it is after the window's end."""
        if day is not None and day <= self._statement.window.ends:
            self._sheet.write_datetime(row - 1, self._columns[name], day, self._formats.day)

    def _write_facts(self, row: int, entry: DealStatement) -> None:
        deal = entry.deal
        self._write_text(row, "id", deal.id)
        self._write_text(row, "customer", deal.customer)
        for name, day in (
            ("signed", deal.signed),
            ("aha", deal.aha),
            ("paid", deal.paid),
            ("live", deal.live),
            ("starts", deal.starts),
            ("churned", deal.churned),
        ):
            self._write_day(row, name, day)
        if conversion := entry.conversion:
            self._write_text(row, "rate", str(conversion))

    def _write_commission(self, row: int, entry: DealStatement) -> None:
        """Write credit and earnings of each component, the cents without a formula, and the commission."""
        cells, in_formulas = [], 0
        for index, component in enumerate(self._plan.components):
            if component.is_periodic or not self._has_formula(component):
                continue
            in_formulas += self._write_component(row, index, component, entry)
            cells.append(self._cents(f"earned {index}", row))
        self._column("other", "Not in formulas")
        self._write_money(row, "other", entry.commission - in_formulas)
        self._column("commission", "Commission")
        formula = "+".join([*cells, self._cents("other", row)])
        self._write_cents(row, "commission", formula, entry.commission)

    def _is_refund(self, entry: DealStatement) -> bool:
        """Return whether a deal is a credit memo, or one that a memo takes back; both are written as values."""
        refunds = self._rep.refunds
        return entry.deal.id in refunds or any(refund.deal.id == entry.deal.id for refund in refunds.values())

    def _claws_back_added_pay(self, entry: DealStatement) -> bool:
        """Return whether what is taken back of a deal depends on the other deals of its period."""
        rule = rule_for(self._plan.clawback_rules, entry.deal)
        return rule is not None and rule.of == ADDED

    def _has_formula(self, component: Component) -> bool:
        """Return whether a deal's earnings depend only on the component's schedule and the running total."""
        has_one_level = len(set(self._rep.held.values())) == 1
        has_one_schedule = has_one_level and not component.rate_by and not self._rep.has_own_terms
        adds_parts = bool(component.tiers) and not component.is_retroactive
        return (
            self._is_settled_at_signing
            and (has_one_schedule or adds_parts)
            and not component.pays_whole
            and component.gate is None
            and component.baseline is None
        )

    @property
    def _is_settled_at_signing(self) -> bool:
        """Return whether the level and the credit of a deal are those at signing."""
        plan = self._plan
        return plan.rate_when_paid == "of the level at signing" and plan.quota_credit == "at signing"

    def _write_component(self, row: int, index: int, component: Component, entry: DealStatement) -> int:
        """Write a component's credit, running total and earnings, and return the earnings."""
        deal, crediting = entry.deal, self._plan.crediting[index]
        for part, heading in (("credit", "credit"), ("total", "running total"), ("earned", "earned")):
            self._column(f"{part} {index}", f"{component.name}: {heading}")
        month = self._rep.month_of(deal.signed)
        period = self._rep.period(month, component.months)
        terms = self._rep.terms(index, self._rep.level_at(month), period, month)
        class_ = self._rep.rate_class(index, deal, period)
        is_counted = crediting.admits(deal) and self._rep.was_employed(deal)
        credit = crediting.of(deal) if is_counted else 0
        is_money = component.measure.is_money
        credit_cell, total_cell = (
            self._cents(f"{part} {index}", row) if is_money else self._cell(f"{part} {index}", row)
            for part in ("credit", "total")
        )
        key = (index, -row if component.accumulates == "deal" else self._rep.bucket(component, deal.signed))
        previous_row, before = self._running.get(key, (0, 0))
        previous_cell = self._cell(f"total {index}", previous_row)
        previous = f"+{in_cents(previous_cell) if is_money else previous_cell}" if previous_row else ""
        if is_money:
            self._write_money(row, f"credit {index}", credit)
            self._write_cents(row, f"total {index}", f"{credit_cell}{previous}", before + credit)
        else:
            self._write_units(row, f"credit {index}", credit)
            self._write_units_formula(row, f"total {index}", f"{credit_cell}{previous}", before + credit)
        self._running[key] = (row, before + credit)
        if not is_counted:
            self._write_money(row, f"earned {index}", 0)
            return 0
        if deal.id in self._rep.refunds:
            self._write_money(row, f"earned {index}", entry.by_component[index])
            self._started.add(key)
            return entry.by_component[index]
        block = self._schedules.block(component.row(terms, class_), is_money=is_money)
        earned, formula = component.owed(before + credit, terms, class_), block.owed(total_cell)
        if key in self._started:
            earned -= component.owed(before, terms, class_)
            formula += f"-{block.owed(f'({total_cell}-{credit_cell})')}"
        self._started.add(key)
        self._write_cents(row, f"earned {index}", formula, earned)
        return earned

    def _write_release(self, row: int, entry: DealStatement) -> None:
        """Write the payouts of the commission and the days they are paid on."""
        lines = [line for line in entry.lines if 1 <= line.element <= self._elements.payouts]
        is_as_released = payout_groups(self._plan.components) == (AS_RELEASED,)
        is_as_released &= not any(payout_rule.on.kind == "payments" for payout_rule in self._plan.release)
        if not (is_as_released and self._is_settled_at_signing) or self._rep.paid_until or self._is_refund(entry):
            self._write_payout_values(row, lines)
            return
        commission, before = self._cents("commission", row), "0"
        cumulative = Fraction(0)
        for index, payout_rule in enumerate(self._plan.release):
            name, line = f"part {index}", lines[index]
            self._paid_columns(name, f"{payout_rule.label}: amount", f"{payout_rule.label}: paid on")
            cumulative += payout_rule.share
            released = f"ROUND({commission}*{cumulative.numerator}/{cumulative.denominator},0)"
            self._write_cents(row, name, f"{released}-{before}", line.cents)
            before = released
            paid_on = str(line.day) if line.state == "paid" else ""
            self._write_day_formula(row, f"{name} day", self._paid_on(payout_rule, row), paid_on)
            self._sum_up(self._elements.payout(index), name)

    def _write_payout_values(self, row: int, lines: Sequence[Line]) -> None:
        """Write payouts as values, where a formula would need to know the level or the period's end."""
        parts: Counter[int] = Counter()
        for line in lines:
            label, part = self._elements.labels[line.element], parts[line.element]
            parts[line.element] += 1
            name = f"value {line.element} {part}"
            self._paid_columns(name, f"{label}: amount (value)", f"{label}: paid on (value)")
            self._write_paid(row, name, line)
            self._sum_up(line.element, name)

    def _write_paid(self, row: int, name: str, line: Line) -> None:
        """Write a line's cents, and its day if it is paid, as values."""
        self._write_money(row, name, line.cents)
        self._write_day(row, f"{name} day", line.day if line.state == "paid" else None)

    def _paid_on(self, payout_rule: PayoutRule, row: int) -> str:
        """Return the formula of the day a payout is paid on, empty if it is not paid."""
        signed, churned = self._cell("signed", row), self._cell("churned", row)
        kind = payout_rule.on.kind
        if kind == "signing":
            return signed
        happened = f"EDATE({signed},{payout_rule.on.month})" if kind == "month" else self._cell(kind, row)
        day = f"MAX({happened},{signed})"  # what came before signing counts at signing
        in_time = f'{happened}<>""'
        if payout_rule.within and not payout_rule.pays_late:
            start = self._cell("live", row) if payout_rule.counted_from == "go-live" else signed
            in_time = f'AND({happened}<>"",OR({start}="",{day}<={later(start, payout_rule.within)}))'
        has_left = f"{churned}<={day}"
        if payout_rule.leaving_that_month == "keeps it":
            has_left = f"EOMONTH({churned},0)<EOMONTH({day},0)"
        return f'IF({in_time},IF(AND({churned}<>"",{has_left}),"",{day}),"")'

    def _write_multipliers(self, row: int, entry: DealStatement) -> None:
        """Write the multipliers of single deals: the day each applies as a value, its cents as a formula."""
        product, commission = Fraction(1), self._cents("commission", row)
        before = commission
        for index, multiplier in enumerate(self._plan.multipliers):
            if multiplier.is_periodic:
                continue
            name, element = f"extra {index}", self._elements.multiplier(index)
            self._paid_columns(name, f"{multiplier.name}: amount", f"{multiplier.name}: paid on")
            lines = [line for line in entry.lines if line.element == element]
            if not lines:
                continue
            line = lines[0]
            if len(lines) > 1 or self._is_refund(entry) or (multiplier.when is None and self._plan.stated_release):
                self._write_multiplier_values(row, index, multiplier, lines)
                continue
            if line.state == "paid":
                self._write_day(row, f"{name} day", line.day)
                factor = multiplier.factor
                product = product * factor if self._plan.combine == PRODUCT else product + factor - 1
                limit = self._plan.multipliers_at_most
                limited = product if limit is None else min(product, limit)
                # One division of whole numbers, so that a half cent is exact in a spreadsheet too.
                after = f"ROUND({commission}*{limited.numerator}/{limited.denominator},0)"
                self._write_cents(row, name, f"{after}-{before}", line.cents)
                before = after
            else:
                self._write_money(row, name, 0)
            self._sum_up(element, name)

    def _write_multiplier_values(
        self,
        row: int,
        index: int,
        multiplier: Multiplier,
        lines: Sequence[Line],
    ) -> None:
        """Write a multiplier that is paid with the payouts as values, a part for each payout."""
        for part, line in enumerate(lines):
            name = f"extra {index} {part}"
            label = f"{multiplier.name}, part {part + 1}"
            self._paid_columns(name, f"{label}: amount (value)", f"{label}: paid on")
            self._write_paid(row, name, line)
            self._sum_up(self._elements.multiplier(index), name)

    def _write_clawback(self, row: int, rule: Clawback) -> None:
        """Write the cents taken back when the customer leaves, at most the cents paid by then."""
        self._column("paid before", "Paid before leaving")
        self._paid_columns("clawback", "Clawback: amount", "Clawback: on")
        signed, churned = self._cell("signed", row), self._cell("churned", row)
        payments = [pair for pair in self._paid if pair.element != self._elements.clawback]
        formula = "+".join(self._paid_by(pair, row, churned) for pair in payments) or "0"
        self._write_cents(row, "paid before", formula)
        paid = self._cents("paid before", row)
        base = paid if rule.of == PAID else self._cents("commission", row)
        start = self._clawback_start(rule, row)
        amount = clawback_amount(rule, base, start, churned)
        amount = f"MAX(MIN({amount},MAX({paid},0)),MIN({paid},0))"
        in_window = f'AND({churned}<>"",{churned}>={signed},{churned}<{later(start, rule.window)})'
        self._write_cents(row, "clawback", f"IF({in_window},-({amount}),0)")
        self._write_day_formula(row, "clawback day", f'IF({churned}<>"",{churned},"")')
        self._sum_up(self._elements.clawback, "clawback")

    def _write_clawback_value(self, row: int, entry: DealStatement) -> None:
        """Write what is taken back of a deal as a value."""
        for line in entry.lines:
            if line.element == self._elements.clawback:
                self._paid_columns("taken back", "Clawback (value)", "Clawback: day (value)")
                self._write_paid(row, "taken back", line)
                self._sum_up(self._elements.clawback, "taken back")

    def _clawback_start(self, rule: Clawback, row: int) -> str:
        """Return the formula of the day that the window of a rule is counted from."""
        signed, churned = self._cell("signed", row), self._cell("churned", row)
        if rule.counted_from == "signing":
            return signed
        names = {"start of service": "starts", "go-live": "live", "payment": "paid"}
        start = self._cell(names[rule.counted_from], row)
        missing = signed if rule.counted_from == "start of service" else churned
        return f'MIN(IF({start}="",{missing},{start}),MAX({churned},{signed}))'

    def _paid_by(self, pair: PaidColumns, row: int, day: str) -> str:
        """Return the formula of the cents that a pair of columns paid by a day."""
        paid_on, amount = self._cell(pair.days, row), self._cents(pair.amounts, row)
        return f'IF(AND({paid_on}<>"",{paid_on}<={day}),{amount},0)'
