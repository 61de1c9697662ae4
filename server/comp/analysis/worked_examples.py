"""Worked examples inside a plan: a rep, some deals and what they must come to, checked whenever the plan is read."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import lcm
from typing import Any

from server.comp.calendar import MONTHS_IN_YEAR, Window, month_of
from server.comp.explain.context import RepContext
from server.comp.explain.rep import explain
from server.comp.history import Adjustment, Deal, History, LevelSince, Member, Person, Result, Split
from server.comp.language import units
from server.comp.language.declarations import (
    COUNT,
    DAY,
    FLAG,
    MONEY,
    MONTH,
    PERCENT,
    SHARE,
    Choices,
    ListOf,
    choice,
    declare,
    read,
    text,
)
from server.comp.language.diagnostics import Diagnostic, UnreadableError
from server.comp.language.fields import Fields
from server.comp.language.yaml_tree import Node
from server.comp.mechanics.conditions import NAME, QUANTITY
from server.comp.mechanics.eligibility import KINDS, ROLES
from server.comp.mechanics.measures import MEASURES
from server.comp.periods import PERIOD_AMOUNT, PeriodAmount
from server.comp.plan import Plan
from server.comp.statements import Statement
from server.messages import ListMessage, Message, Money, Percent, Value, message

MAX_CASES = 60
SIGNED_MONEY = replace(MONEY, read=units.signed_money)
MAX_DEALS = 60
MAX_WORK = 2_500
"""Deals and months times components and levels, over all cases: more would make a page slow to save."""
_COUNTED = frozenset({"arr", "deals", "logos"})
"""Measures that no deal states beside its ARR: it is one of them, or follows from it."""
_FAR = 120
"""Months before the plan year in which a case's deals may have been signed."""


@dataclass(frozen=True, slots=True)
class _Amounts:
    """The kind of the measures that a deal states for itself, each under its own name."""

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Take every measure that is stated, and MRR as a twelfth of ARR."""
        del key, default
        found = []
        for name, measure in MEASURES.items():
            if name in _COUNTED or not fields.has(name):
                continue
            value = fields.take(name, units.signed_money if measure.is_money else units.count, 0)
            found.append((name, value))
        return tuple(found)

    def properties(self) -> dict[str, Any]:
        """Describe the keys that stand beside the others."""
        return {name: (MONEY if m.is_money else COUNT).schema() for name, m in MEASURES.items() if name not in _COUNTED}

    def schema(self) -> dict[str, Any]:
        """Describe nothing of its own."""
        return {}

    def shown(self, value: Any, currency: str) -> Value:
        """Return the names and amounts."""
        return ListMessage(
            tuple(message("{name} {amount}", name=name, amount=MONEY.shown(v, currency)) for name, v in value)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDeal:
    """A deal of a case; what is not stated is as in most deals."""

    id: str = declare(text(60), "")
    signed: date = declare(DAY)
    arr: int = declare(SIGNED_MONEY, 0, doc="A negative amount is credited back: a return, a credit memo.")
    amounts: tuple[tuple[str, int], ...] = declare(_Amounts(), ())
    term_months: int = declare(COUNT, 12, key="term")
    kind: str = declare(choice(*KINDS), "new")
    product: str = declare(text(120), "")
    segment: str = declare(text(120), "")
    region: str = declare(text(120), "")
    customer: str = declare(text(120), "")
    role: str = declare(choice(*ROLES), "own")
    currency: str = declare(text(3), "")
    discount: Fraction | None = declare(PERCENT, None)
    prepaid: bool = declare(FLAG, default=False)
    shares: tuple[Fraction, ...] = declare(Choices(SHARE), (), doc="The shares of all who share it, this rep's first.")
    aha: date | None = declare(DAY, None)
    customer_paid: date | None = declare(DAY, None)
    go_live: date | None = declare(DAY, None, key="go-live")
    churned: date | None = declare(DAY, None)
    rating: str | None = declare(choice("1", "2", "3", "4", "5"), None, doc="Whole stars.")
    rated: date | None = declare(DAY, None)
    rep_average: Fraction | None = declare(QUANTITY, None)

    def check(self, fields: Fields) -> None:
        """Report shares that cannot be shares, and terms of a contract that no contract has."""
        if any(share == 0 for share in self.shares):
            fields.report("shares", message("A share is more than nothing."))
        if self.shares and sum(self.shares) != 1:
            whole = Percent(sum(self.shares, Fraction(0)))
            rule = message("The shares come to {share} instead of 100%.", share=whole)
            fields.report("shares", rule, message("State those of all who share the deal, this rep's first."))
        if self.term_months > 600:  # noqa: PLR2004 - fifty years
            fields.report("term", message("A term is at most 600 months."))
        if self.rep_average is not None and not 1 <= self.rep_average <= 5:  # noqa: PLR2004 - the survey's scale
            fields.report("rep average", message("An average lies between 1 and 5, with at most six decimals."))

    def deal(self, index: int) -> Deal:
        """Return the deal for the engine."""
        arr = self.arr
        if not arr:
            arr = dict(self.amounts).get("mrr", 0) * 12
        split = None
        if self.shares:
            scale = lcm(*(share.denominator for share in self.shares))
            split = Split(tuple(int(share * scale) for share in self.shares), 0)
        return Deal(
            id=self.id or f"deal {index + 1:02d}",
            signed=self.signed,
            arr=arr,
            term=self.term_months,
            kind=self.kind,
            product=self.product,
            customer=self.customer,
            aha=self.aha,
            churned=self.churned,
            rating=int(self.rating) if self.rating else None,
            rated=self.rated,
            rep_average=self.rep_average,
            segment=self.segment,
            region=self.region,
            role=self.role,
            currency=self.currency,
            discount=self.discount,
            prepaid=self.prepaid,
            paid=self.customer_paid,
            live=self.go_live,
            split=split,
            amounts=self.amounts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """A result known at a month's end."""

    of: str = declare(NAME)
    month: int = declare(MONTH)
    value: Fraction = declare(QUANTITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMember:
    """Somebody on the team whose quotas add up."""

    quota: PeriodAmount = declare(PERIOD_AMOUNT)
    started: date | None = declare(DAY, None)
    left: date | None = declare(DAY, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAdjustment:
    """Terms of one person for some months, with the reason."""

    start: int = declare(MONTH, key="from")
    until: int = declare(MONTH)
    reason: str = declare(text(200))
    component: str = declare(text(60), "")
    base: int | None = declare(MONEY, None)
    variable: int | None = declare(MONEY, None)
    quota: PeriodAmount | None = declare(PERIOD_AMOUNT, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLevel:
    """A level held from a month on."""

    level: str = declare(text(60))
    start: int = declare(MONTH, key="from")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A worked example."""

    name: str = declare(text(120))
    rep: str = declare(text(60), "", doc="The level held; the first unless stated.")
    levels: tuple[CaseLevel, ...] = declare(ListOf(CaseLevel, 12), (), doc="Levels held one after the other.")
    started: date | None = declare(DAY, None)
    left: date | None = declare(DAY, None)
    results: tuple[CaseResult, ...] = declare(ListOf(CaseResult, 60), ())
    adjustments: tuple[CaseAdjustment, ...] = declare(ListOf(CaseAdjustment, 12), ())
    team: tuple[CaseMember, ...] = declare(ListOf(CaseMember, 40), ())
    opening_balance: int = declare(MONEY, 0)
    deals: tuple[CaseDeal, ...] = declare(ListOf(CaseDeal, MAX_DEALS), ())

    def history(self, plan: Plan) -> History:
        """Return what happened, for the engine."""
        is_money = plan.components[0].measure.is_money

        def yearly(stated: PeriodAmount) -> int:
            return int(stated.yearly(is_money=is_money))

        person = Person(
            started=self.started,
            left=self.left,
            results=tuple(Result(found.of, found.month, found.value) for found in self.results),
            adjustments=tuple(
                Adjustment(
                    a.start,
                    a.until,
                    a.reason,
                    a.base,
                    a.variable,
                    yearly(a.quota) if a.quota else None,
                    a.component,
                )
                for a in self.adjustments
            ),
            team=tuple(Member(yearly(member.quota), member.started, member.left) for member in self.team),
            opening=self.opening_balance,
        )
        spells = tuple(LevelSince(spell.start, spell.level) for spell in self.levels)
        spells = spells or (LevelSince(plan.year, self.rep or plan.levels[0].name),)
        return History("case", tuple(deal.deal(index) for index, deal in enumerate(self.deals)), spells, person)


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """The figures a case may expect: cents, or shares and numbers."""

    plan: Plan
    history: History
    statement: Statement

    def amounts(self) -> dict[str, int]:
        """Return every sum in cents by its name."""
        statement, heads = self.statement, self.statement.elements
        by_head = [0] * len(heads.labels)
        by_month = [0] * statement.window.months
        for line in statement.lines():
            by_head[line.element] += line.cents
            if line.element != heads.base:
                by_month[month_of(line.day) - statement.window.first_month] += line.cents
        periods = sum(by_head[heads.component(index)] for index in heads.periods)
        found = {
            "commission": sum(deal.commission for deal in statement.deals) + periods,
            "base": by_head[heads.base],
            "extras": sum(by_head[heads.multiplier(index)] for index in range(heads.multipliers)),
            "clawback": by_head[heads.clawback],
            "variable": statement.total - by_head[heads.base],
            "total": statement.total,
            "waiting": statement.waiting,
            "paid ahead": by_head[heads.ahead] if heads.ahead is not None else 0,
            "recovered": -by_head[heads.recovered] if heads.recovered is not None else 0,
            "balance": statement.owed[-1] if statement.owed else 0,
        }
        found |= {f"month {place + 1}": cents for place, cents in enumerate(by_month)}
        found |= {f"balance month {place + 1}": cents for place, cents in enumerate(statement.owed)}
        return found | self._by_name(by_head)

    def _by_name(self, by_head: list[int]) -> dict[str, int]:
        """Return the sums of components and multipliers by their own names."""
        heads, found = self.statement.elements, {}
        for index, component in enumerate(self.plan.components):
            if component.is_periodic:
                found[component.name] = by_head[heads.component(index)]
            else:
                found[component.name] = sum(deal.by_component[index] for deal in self.statement.deals)
        for index, multiplier in enumerate(self.plan.multipliers):
            found.setdefault(multiplier.name, by_head[heads.multiplier(index)])
        return found

    def shares(self) -> dict[str, Fraction]:
        """Return attainment of the first component in its last period, and what 1x pays, as exact shares."""
        world = RepContext(self.history, self.plan, self.statement.window)
        component, span = self.plan.components[0], self._span()
        level = world.level_at(span[0] + span[1] - 1)
        terms = world.terms(0, level, span)
        credit = world.credit_in(0, span)
        found = {"rate": component.own_rate(terms, 0)}
        if terms.quota:
            found["attainment"] = Fraction(credit, terms.quota)
        commission, credited = self.amounts()["commission"], sum(amount for _, amount in world.credited(0))
        if credited:
            found["effective rate"] = Fraction(commission, credited)
        return found

    def _span(self) -> tuple[int, int]:
        """Return the period of the first component that the newest deal or result lies in, else its first."""
        window, component = self.statement.window, self.plan.components[0]
        months = [month_of(deal.signed) for deal in self.history.deals]
        months += [result.month for result in self.history.person.results]
        inside = [month for month in months if window.index(month) is not None]
        newest = max(inside, default=window.first_month)
        started = self.history.person.started
        if not inside and started and window.index(month_of(started)) is not None:
            newest = month_of(started)
        place = window.period(newest, component.months)
        return window.first_month + place * component.months, component.months

    def terms(self) -> dict[str, int]:
        """Return quota and target of the first component in its period: cents, or units for measures that count."""
        world = RepContext(self.history, self.plan, self.statement.window)
        span = self._span()
        found = world.terms(0, world.level_at(span[0] + span[1] - 1), span)
        return {"quota": found.quota, "target": found.target, "credited": world.credit_in(0, span)}


def outcome_of(plan: Plan, history: History) -> CaseOutcome:
    """Work a history over the plan's own year."""
    return CaseOutcome(plan, history, explain(history, plan, Window(plan.year)))


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """A case and what is wrong with it: nothing when it comes out."""

    name: str
    line: int
    problems: tuple[Diagnostic, ...]


def run_examples(plan: Plan, fields: Fields) -> list[ExampleResult]:
    """Work every case of a plan; what is unreadable or does not come to the expected sums is a problem of its case."""
    worked = []
    work = 0
    for entry in fields.each("cases", MAX_CASES):
        problems: list[Diagnostic] = []
        entry.problems = problems
        expected = entry.inner("expect")
        case = read(Case, entry, also=("expect",))
        known = [level.name.casefold() for level in plan.levels]
        if case.rep and case.rep.casefold() not in known:
            names = ListMessage(tuple(level.name for level in plan.levels))
            entry.report("rep", message("This is not one of: {choices}.", choices=names))
        work += _work(plan, case, entry) if not problems else 0
        if work > MAX_WORK and not problems:
            hint = message("State fewer cases, or fewer deals in each.")
            entry.report("deals", message("These cases take too long to work out."), hint)
        if not problems and expected is not None:
            _check(plan, outcome_of(plan, case.history(plan)), expected, problems)
        worked.append(ExampleResult(case.name, entry.line, tuple(problems)))
    return worked


def _work(plan: Plan, case: Case, entry: Fields) -> int:
    """Estimate what a case costs; one that begins long before the plan year is a problem of its own."""
    first = min([plan.year, *(month_of(deal.signed) for deal in case.deals)])
    if plan.year - first > _FAR:
        entry.report("deals", message("A deal of a case is signed in the ten years before the plan year, or in it."))
    paths = len(plan.levels) if plan.rate_when_paid != "of the level at signing" else 1
    parts = len(plan.release) if plan.quota_credit != "at signing" else 1
    asks = sum(bool(c.gate) + len(c.rate_by) for c in plan.components)
    months = plan.year + MONTHS_IN_YEAR - first
    return (len(case.deals) * parts * paths + months) * (len(plan.components) + 2 * asks) * (1 + len(plan.levels) // 4)


def check_examples(plan: Plan, fields: Fields) -> list[Diagnostic]:
    """Return all that is wrong with a plan's cases."""
    problems: list[Diagnostic] = []
    fields.problems = problems
    return [problem for case in run_examples(plan, fields) for problem in case.problems] + problems


def _check(plan: Plan, outcome: CaseOutcome, expected: Fields, problems: list[Diagnostic]) -> None:
    for name, found in outcome.amounts().items():
        node = expected.node(name)
        if node is not None:
            _compare(node, Money(found, plan.currency), found, problems)
    is_money = plan.components[0].measure.is_money
    for name, found in outcome.terms().items():
        node = expected.node(name)
        if node is not None:
            shown: Value = Money(found, plan.currency) if is_money or name == "target" else found
            _compare(node, shown, found if is_money or name == "target" else found * 100, problems)
    for name, share in outcome.shares().items():
        node = expected.node(name)
        if node is not None:
            _compare_share(node, share, problems)
    _check_deals(plan, outcome, expected, problems)
    expected.finish()


def _check_deals(plan: Plan, outcome: CaseOutcome, expected: Fields, problems: list[Diagnostic]) -> None:
    node = expected.node("deals")
    if node is None:
        return
    commissions = [deal.commission for deal in outcome.statement.deals]
    items = node.items or []
    if len(items) != len(commissions):
        rule = message("This case has {number} deals.", number=len(commissions))
        problems.append(Diagnostic(node.line, "", rule))
    for item, found in zip(items, commissions, strict=False):
        _compare(item, Money(found, plan.currency), found, problems)


def _compare(node: Node, shown: Value, found: int, problems: list[Diagnostic]) -> None:
    stated = (node.text or "").strip()
    try:
        wanted = units.money(stated.removeprefix("-"))
    except UnreadableError as error:
        problems.append(Diagnostic(node.line, stated[:60], error.rule))
        return
    if found != (-wanted if stated.startswith("-") else wanted):
        problems.append(Diagnostic(node.line, stated, message("This case pays {found}.", found=shown), _CORRECT))


def _compare_share(node: Node, found: Fraction, problems: list[Diagnostic]) -> None:
    stated = (node.text or "").strip()
    try:
        wanted = units.share(stated)
    except UnreadableError as error:
        problems.append(Diagnostic(node.line, stated[:60], error.rule))
        return
    decimals = len(stated.partition(".")[2].removesuffix("%")) if "%" in stated else 0
    close = abs(found - wanted) <= Fraction(1, 200 * 10**decimals) if "%" in stated else found == wanted
    if not close:
        problems.append(
            Diagnostic(node.line, stated, message("This case comes to {found}.", found=Percent(found)), _CORRECT)
        )


_CORRECT: Message = message("Correct the plan, or what the case expects.")
