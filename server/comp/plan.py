"""The plan: everything that decides pay, parsed from text and identified by a digest."""

import hashlib
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from server.comp.calendar import CALENDAR_MONTHS, MONTHS_IN_YEAR, FiscalCalendar, Window
from server.comp.history import OWN
from server.comp.language.declarations import (
    MONTH,
    MULTIPLE,
    Choices,
    ListOf,
    Nested,
    choice,
    declare,
    read,
    text,
    unique_names,
)
from server.comp.language.diagnostics import Diagnostic
from server.comp.language.fields import Fields, stop_on
from server.comp.language.yaml_tree import compose
from server.comp.mechanics.clawback import ADDED, MAX_RULES, NEXT, Clawback
from server.comp.mechanics.components import MAX_COMPONENTS, Component
from server.comp.mechanics.conditions import Condition
from server.comp.mechanics.crediting import CODE, COMMISSION, CREDIT, CreditRule, CreditWindow, Exchange
from server.comp.mechanics.draws import MAX_DRAWS, Draw
from server.comp.mechanics.goals import MAX_GOALS, GoalClaim
from server.comp.mechanics.leaving import IN_FULL, Leaving
from server.comp.mechanics.levels import MAX_LEVELS, Level
from server.comp.mechanics.milestones import check_rising
from server.comp.mechanics.multipliers import MAX_MULTIPLIERS, PRODUCT, SUM, Multiplier
from server.comp.mechanics.quotas import AS_STATED, Quotas, Terms
from server.comp.mechanics.release import AT_SIGNING, MAX_PAYOUTS, PayoutRule, check_shares
from server.comp.mechanics.week_calendars import WeekCalendar
from server.comp.mechanics.windfalls import Windfall
from server.comp.periods import PERIOD_LIMIT, WEEKS, PeriodLimit, share_of_months
from server.messages import Percent, message

MOST_RATE = Fraction(10)
NO_QUOTA = Terms(0, 0, Fraction(0))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that decides pay. `year` is the month number of the plan year's first month."""

    name: str = declare(text(80))
    summary: str = declare(text(300), "")
    goals: tuple[GoalClaim, ...] = declare(
        ListOf(GoalClaim, MAX_GOALS),
        (),
        doc="How the plan serves the proposal's goals.",
    )
    currency: str = declare(CODE, "USD")
    year: int = declare(
        MONTH,
        684,
        doc="The plan year's first month: 2027-02 is a fiscal year from February.",
    )
    calendar: WeekCalendar | None = declare(
        Nested(WeekCalendar), None, doc="Months of whole weeks; calendar months unless stated."
    )
    in_force: CreditWindow | None = declare(
        Nested(CreditWindow),
        None,
        doc="Only deals signed between these days are credited.",
    )
    levels: tuple[Level, ...] = declare(ListOf(Level, MAX_LEVELS), ())
    quotas: Quotas = declare(Nested(Quotas), AS_STATED)
    exchange: tuple[Exchange, ...] = declare(
        ListOf(Exchange, 24),
        (),
        doc="Fixed rates for deals in other currencies.",
    )
    components: tuple[Component, ...] = declare(ListOf(Component, MAX_COMPONENTS), ())
    stated_release: tuple[PayoutRule, ...] = declare(ListOf(PayoutRule, MAX_PAYOUTS), (), key="release")
    rate_when_paid: str = declare(
        choice("of the level at signing", "of the level when it is paid"),
        "of the level at signing",
    )
    quota_credit: str = declare(choice("at signing", "as released"), "at signing")
    clawback: Clawback | None = declare(Nested(Clawback), None)
    clawbacks: tuple[Clawback, ...] = declare(
        ListOf(Clawback, MAX_RULES),
        (),
        doc="Several rules; the first that covers a deal applies to it.",
    )
    multipliers: tuple[Multiplier, ...] = declare(ListOf(Multiplier, MAX_MULTIPLIERS), ())
    combine: str = declare(choice(PRODUCT, SUM), PRODUCT, doc="How multipliers of single deals combine.")
    multipliers_at_most: Fraction | None = declare(MULTIPLE, None)
    stated_caps: tuple[PeriodLimit | None, ...] = declare(Choices(PERIOD_LIMIT, 4), (), key="cap")
    draws: tuple[Draw, ...] = declare(ListOf(Draw, MAX_DRAWS), ())
    leaving: Leaving = declare(Nested(Leaving), IN_FULL, doc="What happens to pay and deals when a rep leaves.")
    windfall: Windfall | None = declare(Nested(Windfall), None)

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def period_quotas(self) -> Quotas:
        """The rules for quotas, with the plan's calendar and the days on which it is in force."""
        in_force = (self.in_force.start, self.in_force.until) if self.in_force else (None, None)
        return replace(self.quotas, in_force=in_force, calendar=self.fiscal_calendar)

    @cached_property
    def fiscal_calendar(self) -> FiscalCalendar:
        """The days of the plan's months."""
        return self.calendar.fiscal_calendar(self.year) if self.calendar else CALENDAR_MONTHS

    def part_of_year(self, component: Component, span: tuple[int, int]) -> Fraction:
        """Return which part of a year a period of a component is, as far as the plan is in force in it.

        `span` is its first month and its number of months. Weeks count whole, as they may lie in two months.
        """
        if component.accumulates in WEEKS:
            return share_of_months(component.accumulates) / MONTHS_IN_YEAR
        months = range(span[0], span[0] + span[1])
        in_force = sum((self.period_quotas.in_force_share(month) for month in months), Fraction(0))
        return in_force / MONTHS_IN_YEAR

    def fiscal(self, window: Window) -> Window:
        """Return a window with the same months in the plan's calendar."""
        return replace(window, calendar=self.fiscal_calendar) if self.calendar else window

    @property
    def release(self) -> tuple[PayoutRule, ...]:
        """The payout rules; if the plan states none, everything is paid at signing."""
        return self.stated_release or AT_SIGNING

    @property
    def caps(self) -> tuple[PeriodLimit, ...]:
        """The caps on all commission, shortest period first; caps on a single deal come before all others."""
        stated = [limit for limit in self.stated_caps if limit is not None]
        return tuple(sorted(stated, key=lambda limit: limit.months))

    @property
    def settles(self) -> bool:
        """Return whether months are settled last: by draws, or by clawback from later payments."""
        return bool(self.draws) or self.carries

    @property
    def carries(self) -> bool:
        """Return whether clawback is taken from later payments, so that no month ends below zero."""
        return any(rule.recovered_from == NEXT for rule in self.clawback_rules)

    @property
    def links_refunds(self) -> bool:
        """Return whether a credit memo takes back what its own deal was paid.

        Where pay follows the level or the quota at payment, a memo is paid as a deal with a negative amount.
        """
        follows_level = self.rate_when_paid == "of the level when it is paid" and len(self.levels) > 1
        return not follows_level and self.quota_credit == "at signing"

    @property
    def claws_back_added_pay(self) -> bool:
        """Return whether clawback takes back what a period pays less without a deal."""
        return any(rule.of == ADDED for rule in self.clawback_rules)

    @property
    def clawback_rules(self) -> tuple[Clawback, ...]:
        """The rules of clawback in order; the first whose deals include a deal applies to it."""
        return self.clawbacks or ((self.clawback,) if self.clawback else ())

    @cached_property
    def digest(self) -> str:
        """The hash of everything that decides pay; name, summary, goals and text layout do not.

        It is stored, so it depends on the terms that a plan states, by their keys in the language. Another
        spelling of a default, and a term that a later release adds, leave it as it is.
        """
        pay_terms = replace(self, name="", summary="", goals=())
        return hashlib.sha256(repr(_stated_terms(pay_terms)).encode()).hexdigest()

    @cached_property
    def crediting(self) -> tuple[CreditRule, ...]:
        """What each component credits; deals of one that retires no quota do not count in the others."""
        rules = [self._credit_rule(component) for component in self.components]
        separate = [index for index, component in enumerate(self.components) if not component.retires_quota]
        excludes = tuple(rules[index] for index in separate)
        shared = [replace(rule, excludes=excludes) for rule in rules]
        return tuple(rules[i] if i in separate else shared[i] for i in range(len(rules)))

    @cached_property
    def credited_roles(self) -> frozenset[str]:
        """The roles in which deals count for some component."""
        return frozenset(role for component in self.components for role in component.where.role or (OWN,))

    @cached_property
    def crediting_before(self) -> tuple[CreditRule, ...]:
        """What each component would credit if the plan had been in force before: for baselines of the year before."""
        return replace(self, in_force=None).crediting if self.in_force else self.crediting

    @cached_property
    def paying(self) -> tuple[CreditRule, ...]:
        """What each component's rates apply to: its credit, unless it pays on another measure."""
        return tuple(
            replace(rule, measure=component.payable)
            for rule, component in zip(self.crediting, self.components, strict=True)
        )

    def _credit_rule(self, component: Component) -> CreditRule:
        windows = tuple(window for window in (self.in_force, component.window) if window)
        split = COMMISSION if component.split == COMMISSION else CREDIT
        return CreditRule(
            component.measure,
            component.where,
            component.counts,
            windows,
            split,
            self.currency,
            self.exchange,
        )

    def without_promotions(self) -> "Plan":
        """Return the plan without promotions, so that one level can be looked at alone."""
        return replace(self, levels=tuple(replace(level, reached_at=None) for level in self.levels))

    def component(self, name: str) -> int:
        """Return the index of a component by name, ignoring case; -1 if there is none."""
        folded = [component.name.casefold() for component in self.components]
        return folded.index(name.casefold()) if name.casefold() in folded else -1

    def check(self, fields: Fields) -> None:
        """Report terms that contradict each other across parts of the plan."""
        if not self.levels:
            rule = message("A plan needs at least one level.")
            fields.report("", rule, message("Add “levels:” with name, base, variable and quota."))
        if not self.components:
            fields.report(
                "",
                message("A plan needs at least one component."),
                message("Add “components:” with a name and tiers."),
            )
        unique_names(
            fields,
            "levels",
            [name for level in self.levels for name in level.names],
            message("Two levels have this name."),
        )
        if self.calendar:
            self.calendar.check_start(fields, self.fiscal_calendar.year_starts(self.year // MONTHS_IN_YEAR))
        names = [component.name for component in self.components]
        unique_names(fields, "components", names, message("Two components have this name."))
        unique_names(
            fields,
            "multipliers",
            [m.name for m in self.multipliers],
            message("Two multipliers have this name."),
        )
        if self.clawback and self.clawbacks:
            rule = message("Use either “clawback” or “clawbacks”.")
            fields.report("clawbacks", rule, message("Move the single rule into the list."))
        check_shares(self.stated_release, fields)
        check_rising(fields, [level.reached_at for level in self.levels])
        if not fields.problems:  # a quota that cannot be read is not a quota of 0
            self._check_rates(fields)
        self._check_names(fields)
        if self.quota_credit == "as released" and any(rule.on.kind == "payments" for rule in self.release):
            rule = message("“each payment” needs “quota credit: at signing”.")
            fields.report("quota credit", rule, message("Release on “customer paid”, or count deals at signing."))
        if self.claws_back_added_pay and not self.links_refunds:
            rule = message("Taking back what a deal added to its period needs rates and credit at signing.")
            fields.report("clawback", rule, message("Write “what was earned”, or pay at the level at signing."))
        if any(limit.months == 0 and limit.share is not None for limit in self.caps):
            fields.report("cap", message("A cap for each deal is an amount."))

    def _check_rates(self, fields: Fields) -> None:
        """Report rates that are undefined or implausible; they are typing errors."""
        for level in self.levels:
            for component in self.components:
                yearly = component.yearly(level)
                if yearly.is_team:
                    continue
                lacks_rate = _uses_own_rate(component) and level.rate is None
                if yearly.quota == 0 and (component.is_undefined(NO_QUOTA) or lacks_rate):
                    rule = message(
                        "{name} has a quota of 0, so its rate and attainment are undefined.",
                        name=level.name,
                    )
                    fields.problems.append(
                        Diagnostic(
                            fields.line_of("levels"),
                            "",
                            rule,
                            message("State a quota, or pay a percentage."),
                        )
                    )
                    break
                if component.measure.is_money and yearly.rate > MOST_RATE and _uses_own_rate(component):
                    rule = message(
                        "{name} would be paid more than {most} of sales.",
                        name=level.name,
                        most=Percent(MOST_RATE),
                    )
                    fields.problems.append(
                        Diagnostic(
                            fields.line_of("levels"),
                            "",
                            rule,
                            message("Check the variable pay and the quota."),
                        )
                    )
                    break

    @property
    def conditions(self) -> list[Condition]:
        """Every condition on a rep that some pay depends on."""
        conditions = [c for m in self.multipliers for test, _ in m.tests() for c in test]
        for component in self.components:
            conditions += component.gate.needs if component.gate else ()
            conditions += [c for rule in component.rate_by for c in rule.needs]
            if component.matrix and component.matrix.rows and component.matrix.columns:
                conditions += [*component.matrix.rows.conditions(), *component.matrix.columns.conditions()]
        return conditions

    @property
    def results(self) -> tuple[str, ...]:
        """The names of the results that some pay depends on, in lower case."""
        names = [condition.subject[1] for condition in self.conditions if condition.subject[0] == "result"]
        for component in self.components:
            names += [component.reads] if component.reads else []
            names += component.pool.results if component.pool else ()
            names += [objective.result for objective in component.objectives]
        return tuple(dict.fromkeys(name.lower() for name in names))

    def _check_names(self, fields: Fields) -> None:
        """Report names of components that do not exist."""
        names = [name for multiplier in self.multipliers for name in multiplier.to]
        names += [quota.component for level in self.levels for quota in level.quotas]
        names += [condition.subject[1] for condition in self.conditions if condition.subject[0] == "attainment"]
        known = [component.name for component in self.components]
        for name in dict.fromkeys(name for name in names if name and self.component(name) < 0):
            rule = message("There is no component called “{name}”.", name=name)
            fields.report("components", rule, message("The components are: {known}.", known=", ".join(known)))


def _uses_own_rate(component: Component) -> bool:
    """Return whether a component pays a multiple of the level's own rate."""
    has_multiple = any(tier.pays.multiple is not None for tier in component.tiers)
    if component.rate_by:
        return has_multiple and any(rule.pays.multiple is not None for rule in component.rate_by)
    return has_multiple


def parse(text_: str) -> tuple[Plan, Fields]:
    """Parse a plan and return it with its fields, from which the worked cases can be read later.

    Raises PlanError with every problem found.
    """
    problems: list[Diagnostic] = []
    fields = Fields(compose(text_), problems)
    plan = read(Plan, fields, also=("cases",))
    stop_on(problems)
    return plan, fields


def _stated_terms(value: Any) -> Any:
    """Return a value with every dataclass in it as the tuple of its terms that differ from the default."""
    if not is_dataclass(value):
        return tuple(_stated_terms(entry) for entry in value) if isinstance(value, tuple) else value
    return tuple(
        (field.metadata.get("key") or field.name.replace("_", " "), _stated_terms(getattr(value, field.name)))
        for field in fields(value)
        if getattr(value, field.name) != field.default
    )
