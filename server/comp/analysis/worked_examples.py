"""Worked examples of a plan: deals of a rep and the expected figures, checked whenever the plan is read."""

from dataclasses import dataclass
from fractions import Fraction

from server.comp.analysis.cases import Case
from server.comp.analysis.pay_ratios import pay_ratios
from server.comp.calendar import Window, month_of
from server.comp.explain.context import RepContext
from server.comp.explain.rep import explain
from server.comp.explain.work import TooMuchWorkError, Work
from server.comp.history import History
from server.comp.language import units
from server.comp.language.declarations import read
from server.comp.language.diagnostics import Diagnostic, UnreadableError
from server.comp.language.fields import Fields
from server.comp.language.yaml_tree import Node
from server.comp.plan import Plan
from server.comp.statements import Statement
from server.messages import ListMessage, Message, Money, Percent, Value, message, plural_message

MAX_CASES = 60
MAX_WORK = 60_000
"""The most steps that all cases of a plan may take: more would make a page slow to save."""
_SHARES = ("attainment", "pay mix", "cost of sales", "roi", "effective rate")
"""The shares that are not defined for every case."""
_MAX_MONTHS_BEFORE = 120
"""How long before the plan year the deals of a case may be signed, in months."""


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """The figures that a case may expect."""

    plan: Plan
    history: History
    statement: Statement

    def amounts(self) -> dict[str, int]:
        """Return every total in cents by name."""
        statement, elements = self.statement, self.statement.elements
        by_element = [0] * len(elements.labels)
        by_month = [0] * statement.window.months
        for line in statement.lines():
            by_element[line.element] += line.cents
            if line.element != elements.base:
                by_month[statement.window.calendar.month_of(line.day) - statement.window.first_month] += line.cents
        periods = sum(by_element[elements.component(index)] for index in elements.periods)
        amounts = {
            "commission": sum(deal.commission for deal in statement.deals) + periods,
            "base": by_element[elements.base],
            "extras": sum(by_element[elements.multiplier(index)] for index in range(elements.multipliers)),
            "clawback": by_element[elements.clawback],
            "corrections": by_element[elements.corrections],
            "variable": statement.total - by_element[elements.base],
            "total": statement.total,
            "waiting": statement.pending,
            "paid ahead": by_element[elements.advanced] if elements.advanced is not None else 0,
            "recovered": -by_element[elements.recovered] if elements.recovered is not None else 0,
            "balance": statement.owed[-1] if statement.owed else 0,
        }
        amounts |= {f"month {number}": cents for number, cents in enumerate(by_month, 1)}
        amounts |= {f"balance month {number}": cents for number, cents in enumerate(statement.owed, 1)}
        first = [tier for tier in statement.tiers if tier.component == 0]
        amounts |= {f"tier {number}": 0 for number in range(1, len(self.plan.components[0].tiers) + 1)}
        amounts |= {f"tier {tier.tier + 1}": tier.cents for tier in first}
        return amounts | self._amounts_by_name(by_element)

    def _amounts_by_name(self, by_element: list[int]) -> dict[str, int]:
        """Return the totals of components and multipliers by their own names; components win equal names."""
        elements, amounts = self.statement.elements, {}
        for index, component in enumerate(self.plan.components):
            if component.is_periodic:
                amounts[component.name] = by_element[elements.component(index)]
            else:
                amounts[component.name] = sum(deal.by_component[index] for deal in self.statement.deals)
        for index, multiplier in enumerate(self.plan.multipliers):
            amounts.setdefault(multiplier.name, by_element[elements.multiplier(index)])
        return amounts

    def shares(self) -> dict[str, Fraction]:
        """Return exact shares by name: rate and attainment of the first component, and ratios of pay to sales."""
        context = RepContext(self.history, self.plan, self.statement.window)
        component, span = self.plan.components[0], self._span()
        level = context.level_at(span[0] + span[1] - 1)
        terms = context.terms(0, level, span)
        credit = context.credit_in(0, span)
        shares = {"rate": component.own_rate(terms, 0)}
        if terms.quota:
            shares["attainment"] = Fraction(credit, terms.quota)
        shares |= pay_ratios(self.statement, self.plan.currency).by_name()
        commission, credited = self.amounts()["commission"], sum(amount for _, amount in context.credited(0))
        if credited:
            shares["effective rate"] = Fraction(commission, credited)
        return shares

    def _span(self) -> tuple[int, int]:
        """Return the first component's period with the newest deal or result, else its first period."""
        window, component = self.statement.window, self.plan.components[0]
        months = [window.calendar.month_of(deal.signed) for deal in self.history.deals]
        months += [result.month for result in self.history.person.results]
        inside = [month for month in months if window.index(month) is not None]
        newest = max(inside, default=window.first_month)
        started = self.history.person.started
        if not inside and started and window.index_of(started) is not None:
            newest = window.calendar.month_of(started)
        period = window.period(newest, component.months)
        return window.first_month + period * component.months, component.months

    def terms(self) -> dict[str, int]:
        """Return quota, target and credit of the first component in its period, in cents or units."""
        context = RepContext(self.history, self.plan, self.statement.window)
        span = self._span()
        terms = context.terms(0, context.level_at(span[0] + span[1] - 1), span)
        return {"quota": terms.quota, "target": terms.target, "credited": context.credit_in(0, span)}


def outcome_of(plan: Plan, history: History, work: Work | None = None) -> CaseOutcome:
    """Return the outcome of a history over the plan's own year; raises TooMuchWorkError beyond the work allowed."""
    return CaseOutcome(plan, history, explain(history, plan, Window(plan.year), work=work))


@dataclass(frozen=True, slots=True)
class ExampleFigure:
    """An expected figure of a case: its name, the text that is expected, what is computed, whether they are equal."""

    name: str
    expected: str
    computed: Value
    is_equal: bool


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """A case with its expected figures and its problems; none if it pays what is expected."""

    name: str
    line: int
    problems: tuple[Diagnostic, ...]
    figures: tuple[ExampleFigure, ...] = ()


def run_examples(plan: Plan, fields: Fields) -> list[ExampleResult]:
    """Check every case of a plan; unreadable terms and unexpected figures are problems of their case."""
    results = []
    work = Work(MAX_WORK)
    for entry in fields.each("cases", MAX_CASES):
        problems: list[Diagnostic] = []
        figures: tuple[ExampleFigure, ...] = ()
        entry.problems = problems
        expected = entry.inner("expect")
        case = read(Case, entry, also=("expect",))
        known = [level.name.casefold() for level in plan.levels]
        if case.rep and case.rep.casefold() not in known:
            names = ListMessage(tuple(level.name for level in plan.levels))
            entry.report("rep", message("This is not one of: {choices}.", choices=names))
        _check_days(plan, case, entry)
        if not problems and expected is not None:
            try:
                outcome = outcome_of(plan, case.history(plan), work)
                figures = _Check(plan, outcome, problems).figures_of(expected)
            except TooMuchWorkError:
                hint = message("State fewer cases, or fewer deals in each.")
                entry.report("deals", message("These cases take too long to calculate."), hint)
        results.append(ExampleResult(case.name, entry.line, tuple(problems), figures))
    return results


def _check_days(plan: Plan, case: Case, entry: Fields) -> None:
    """Report deals signed too long before the plan year: every month since then is calculated."""
    first = min([plan.year, *(month_of(deal.signed) for deal in case.deals)])
    if plan.year - first > _MAX_MONTHS_BEFORE:
        rule = message("Deals of a case must be signed in the plan year or in the ten years before it.")
        entry.report("deals", rule)


def check_examples(plan: Plan, fields: Fields) -> list[Diagnostic]:
    """Return every problem of a plan's cases."""
    problems: list[Diagnostic] = []
    fields.problems = problems
    return [problem for case in run_examples(plan, fields) for problem in case.problems] + problems


class _Check:
    """Compares the expected figures of a case with its outcome, and reports those that differ."""

    def __init__(self, plan: Plan, outcome: CaseOutcome, problems: list[Diagnostic]) -> None:
        self._plan, self._outcome, self._problems = plan, outcome, problems
        self._figures: list[ExampleFigure] = []

    def figures_of(self, expected: Fields) -> tuple[ExampleFigure, ...]:
        """Return every expected figure with what is computed."""
        for name, cents in self._outcome.amounts().items():
            node = expected.node(name)
            if node is not None:
                self._compare(name, node, Money(cents, self._plan.currency), cents)
        for name, amount in self._outcome.terms().items():
            node = expected.node(name)
            if node is not None:
                is_money = name == "target" or self._plan.components[0].measure.is_money
                shown: Value = Money(amount, self._plan.currency) if is_money else amount
                self._compare(name, node, shown, amount if is_money else amount * 100)
        for name, share in self._outcome.shares().items():
            node = expected.node(name)
            if node is not None:
                self._compare_share(name, node, share)
        for name in _SHARES:
            node = expected.node(name)
            if node is not None and name not in self._outcome.shares():
                rule = message("This case has no {name}: what it is a share of is 0.", name=name)
                self._problems.append(Diagnostic(node.line, (node.text or "")[:60], rule))
        self._compare_deals(expected)
        expected.finish()
        return tuple(self._figures)

    def _compare_deals(self, expected: Fields) -> None:
        node = expected.node("deals")
        if node is None:
            return
        commissions = [deal.commission for deal in self._outcome.statement.deals]
        items = node.items or []
        if len(items) != len(commissions):
            rule = plural_message("This case has {count} deal.", "This case has {count} deals.", len(commissions))
            self._problems.append(Diagnostic(node.line, "", rule))
        for number, (item, commission) in enumerate(zip(items, commissions, strict=False), start=1):
            self._compare(f"deal {number}", item, Money(commission, self._plan.currency), commission)

    def _compare(self, name: str, node: Node, shown: Value, cents: int) -> None:
        """Compare an expected amount with `cents`; counts are compared in hundredths."""
        stated = (node.text or "").strip()
        try:
            expected = units.money(stated.removeprefix("-"))
        except UnreadableError as error:
            self._problems.append(Diagnostic(node.line, stated[:60], error.rule))
            return
        is_equal = cents == (-expected if stated.startswith("-") else expected)
        self._record(
            name,
            node,
            stated,
            shown,
            message("This case pays {amount} for “{name}”.", name=name, amount=shown),
            is_equal=is_equal,
        )

    def _compare_share(self, name: str, node: Node, share: Fraction) -> None:
        """Compare an expected share with `share`, rounded to the decimals of a stated percentage."""
        stated = (node.text or "").strip()
        try:
            expected = units.share(stated)
        except UnreadableError as error:
            self._problems.append(Diagnostic(node.line, stated[:60], error.rule))
            return
        if "%" in stated:
            decimals = len(stated.partition(".")[2].removesuffix("%"))
            is_equal = abs(share - expected) <= Fraction(1, 200 * 10**decimals)
        else:
            is_equal = share == expected
        rule = message("This case results in {share}.", share=Percent(share))
        self._record(name, node, stated, Percent(share), rule, is_equal=is_equal)

    def _record(self, name: str, node: Node, stated: str, shown: Value, rule: Message, *, is_equal: bool) -> None:
        self._figures.append(ExampleFigure(name, stated, shown, is_equal))
        if not is_equal:
            self._problems.append(Diagnostic(node.line, stated, rule, _HINT))


_HINT: Message = message("Correct the plan, or what the case expects.")
