"""Lint: what a proposal's page says about a plan without being asked, with the amounts."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from server.comp.analysis.reference_year import reference_year
from server.comp.calendar import Window
from server.comp.explain.rep import explain
from server.comp.history import NO_DISCOUNT, Book, never_happened
from server.comp.language.declarations import NEEDED, declarations_of
from server.comp.language.ranges import SCALE
from server.comp.mechanics.components import Component
from server.comp.mechanics.quotas import Terms
from server.comp.period_index import period_index
from server.comp.plan import Plan
from server.comp.vectorized.pay import pay
from server.messages import Message, Money, Percent, Value, message

WarningKind = Literal["target", "cliff", "plateau", "cap", "level", "idle", "rules", "timing"]
MANY_RULES = 40
_DOLLAR = 100
_MIN_EXAMPLES = 5
"""Shares of people are not said for fewer than these."""


@dataclass(frozen=True, slots=True)
class LintWarning:
    """Something worth knowing: what kind it is, a sentence, the amounts in it (cents), and whether it is a warning."""

    kind: WarningKind
    sentence: Message
    amounts: tuple[int, ...] = ()
    warns: bool = True


MAX_PARTS = 600
"""Levels times tiers, points and rules."""


def lint(plan: Plan, book: Book | None = None, window: Window | None = None) -> list[LintWarning]:
    """Return every finding about a plan; with last year's book also what the data says of it.

    A plan larger than any that people could follow is only told so: looking at all its edges would take seconds.
    """
    parts = sum(len(c.entries_with_threshold) + len(c.rate_by) + 1 for c in plan.components)
    if len(plan.levels) * parts > MAX_PARTS:
        return [_rules(plan)]
    found = [*_target(plan), *_edges(plan), *_levels(plan), *_timing(plan), _rules(plan)]
    if book is not None and window is not None:
        found += [*_idle(plan, book), *_capped(plan, book, window)]
    return found


def _target(plan: Plan) -> Iterator[LintWarning]:
    """Say what exactly 100 % of quota pays against the stated target."""
    for index, level in enumerate(plan.levels):
        statement = explain(reference_year(plan, index, Fraction(1)), plan, Window(plan.year), trace=False)
        periods = sum(found.line.cents for found in statement.periods)
        pays = sum(deal.commission for deal in statement.deals) + periods
        amount, target = Money(pays, plan.currency), Money(level.variable, plan.currency)
        if not level.variable:
            continue
        if pays == level.variable:
            said = message("{name} at exactly 100% earns {amount}, the stated target.", name=level.name, amount=amount)
            yield LintWarning("target", said, (pays, level.variable), warns=False)
        else:
            said = message(
                "{name} at exactly 100% earns {amount}; the stated target is {target}.",
                name=level.name,
                amount=amount,
                target=target,
            )
            yield LintWarning("target", said, (pays, level.variable))


def _terms(plan: Plan, component: Component, level: int) -> Terms:
    return component.terms(plan.quotas, plan.levels[level], None, (plan.year, component.months), plan.year)


def _edges(plan: Plan) -> Iterator[LintWarning]:
    """Find cliffs and plateaus of every component at every level."""
    for component in plan.components:
        if component.objectives or component.matrix or component.every or component.pays_on:
            continue
        seen = set()
        for level in range(len(plan.levels)):
            for finding in _edges_of(plan, component, _terms(plan, component, level)):
                if str(finding.sentence) not in seen:
                    seen.add(str(finding.sentence))
                    yield finding


def _edges_of(plan: Plan, component: Component, terms: Terms) -> Iterator[LintWarning]:
    scheduled = component.scheduled(terms)
    pieces = scheduled.row().pieces[1:]
    for place, piece in enumerate(pieces):
        below, there = scheduled.owed(piece.threshold - 1), scheduled.owed(piece.threshold)
        jump = there - below
        if piece.threshold > 0 and abs(jump) > _DOLLAR and abs(jump) > abs(int(piece.slope)) + 1:
            said = message(
                "{name} jumps at {edge}: {below} just before, {there} there.",
                name=component.name,
                edge=_place(plan, component, piece.threshold),
                below=Money(below, plan.currency),
                there=Money(there, plan.currency),
            )
            yield LintWarning("cliff", said, (below, there))
        flat = piece.slope == 0 and there > 0 and bool(component.tiers)
        if flat:
            edge = _place(plan, component, piece.threshold)
            upto = _place(plan, component, pieces[place + 1].threshold) if place + 1 < len(pieces) else None
            amount = Money(there, plan.currency)
            said = (
                message(
                    "{name} stays at {amount} from {edge} to {upto}.",
                    name=component.name,
                    amount=amount,
                    edge=edge,
                    upto=upto,
                )
                if upto is not None
                else message("{name} stays at {amount} from {edge} on.", name=component.name, amount=amount, edge=edge)
            )
            yield LintWarning("plateau", said, (there,))


def _place(plan: Plan, component: Component, total: int) -> Value:
    if component.reads:
        value = Fraction(total, SCALE)
        shares = any(
            edge.share is not None
            for found in component.entries_with_threshold
            for edge in (found.start, found.above)
            if edge
        )
        return Percent(value) if shares else f"{float(value):g}"
    return Money(total, plan.currency) if component.measure.is_money else total


def _levels(plan: Plan) -> Iterator[LintWarning]:
    """Find a higher level that pays less for the same sales."""
    for index in range(1, len(plan.levels)):
        lower, higher = plan.levels[index - 1], plan.levels[index]
        sold = reference_year(plan, index - 1, Fraction(1))
        pays = []
        for level in (index - 1, index):
            history = reference_year(plan, level, Fraction(0))
            history = type(history)(history.rep, sold.deals, history.levels, sold.person)
            statement = explain(history, plan.without_promotions(), Window(plan.year), trace=False)
            commission = sum(deal.commission for deal in statement.deals)
            pays.append(plan.levels[level].base + commission + sum(found.line.cents for found in statement.periods))
        if pays[1] < pays[0]:
            said = message(
                "{higher} pays less than {lower} for the same sales: {less} instead of {more} for a year at the"
                " quota of {lower}.",
                higher=higher.name,
                lower=lower.name,
                less=Money(pays[1], plan.currency),
                more=Money(pays[0], plan.currency),
            )
            yield LintWarning("level", said, (pays[1], pays[0]))


def _timing(plan: Plan) -> Iterator[LintWarning]:
    """Say what closing a deal before a period ends is worth against closing it in the next one."""
    for component in plan.components:
        if component.is_periodic or component.accumulates == "deal" or component.rate_by or component.pays_on:
            continue
        terms = _terms(plan, component, 0)
        deal = terms.quota // component.months
        if component.measure.is_money:
            deal -= deal % _DOLLAR
        if deal <= 0:
            continue
        now = component.owed(terms.quota + deal, terms) - component.owed(terms.quota, terms)
        later = component.owed(deal, terms) - component.owed(0, terms)
        if now != later:
            amounts = {"now": Money(now, plan.currency), "later": Money(later, plan.currency)}
            size = _place(plan, component, deal)
            said = message(
                "{name}: at full quota a deal of {size} pays {now} before the period ends and {later} as the first of"
                " the next.",
                name=component.name,
                size=size,
                **amounts,
            )
            yield LintWarning("timing", said, (now, later))


def _rules(plan: Plan) -> LintWarning:
    """Count the rules: every stated term of every part."""
    number = _count(plan)
    said = message("The plan has {number} rules.", number=number)
    return LintWarning("rules", said, (), warns=number > MANY_RULES)


def _count(noun: Any) -> int:
    number = 0
    for found in declarations_of(type(noun)):
        value = getattr(noun, found.name)
        if found.default is not NEEDED and value == found.default:
            continue
        if isinstance(value, tuple) and value and is_dataclass(value[0]) and _declared(value[0]):
            number += sum(_count(entry) for entry in value)
        elif is_dataclass(value) and _declared(value):
            number += _count(value)
        elif found.key not in {"name", "summary", "goals", "currency", "year"}:
            number += 1
    return number


def _declared(value: Any) -> bool:
    return any("kind" in one.metadata for one in fields(value))


def _idle(plan: Plan, book: Book) -> Iterator[LintWarning]:
    """Find terms that nothing in the data can trigger."""
    for component in plan.components:
        for attribute in ("kind", "product", "segment", "region"):
            wanted = getattr(component.where, attribute)
            missing = [word for word in wanted if book.words[attribute].of(word) < 0]
            if missing:
                said = message(
                    "{name}: no deal in the data has the {attribute} {words}.",
                    name=component.name,
                    attribute=attribute,
                    words=", ".join(missing),
                )
                yield LintWarning("idle", said)
        if not (component.reads or component.objectives) and not component.measure.of_book(book).any():
            yield LintWarning(
                "idle",
                message("{name}: the data has no {measure}.", name=component.name, measure=component.measure.label),
            )
        if any(rule.when.discount for rule in component.rate_by) and bool((book.discount == NO_DISCOUNT).all()):
            yield LintWarning("idle", message("{name}: the data has no discounts.", name=component.name))
    yield from _idle_events(plan, book)


def _idle_events(plan: Plan, book: Book) -> Iterator[LintWarning]:
    days = {"aha": book.aha, "paid": book.paid, "live": book.live}
    for instalment in plan.release:
        if instalment.on.kind in days and never_happened(days[instalment.on.kind]):
            yield LintWarning(
                "idle", message("The data has no day for what is paid {event}.", event=instalment.on.phrase)
            )
    if plan.clawback and never_happened(book.churned):
        yield LintWarning("idle", message("The data has no customers who left, so nothing is taken back."))
    if any(multiplier.when for multiplier in plan.multipliers) and not book.rating.any():
        yield LintWarning("idle", message("The data has no buyers' ratings."))
    known = {result.of.lower() for person in book.persons for result in person.results}
    wanted = [component.reads for component in plan.components if component.reads]
    wanted += [one.result for component in plan.components for one in component.objectives]
    for name in dict.fromkeys(wanted):
        if name not in known:
            yield LintWarning("idle", message("The data has no result called {name}.", name=name))


def _capped(plan: Plan, book: Book, window: Window) -> Iterator[LintWarning]:
    """Say which share of last year's people a cap would have stopped; never for a few."""
    if not plan.caps or book.reps < _MIN_EXAMPLES:
        return
    without = replace(plan, stated_caps=())
    stopped = pay(book, plan, window).totals < pay(book, without, window).totals
    inside = period_index(book, window).inside
    active = np.unique(book.rep[inside]).size
    hit = int(stopped.sum())
    if (
        active >= _MIN_EXAMPLES
        and (hit == 0 or hit >= _MIN_EXAMPLES)
        and (active - hit == 0 or active - hit >= _MIN_EXAMPLES)
    ):
        share = Percent(Fraction(round(100 * hit / active), 100))
        yield LintWarning(
            "cap",
            message("The cap would have stopped {share} of last year's people.", share=share),
            (),
            hit > 0,
        )
    else:
        yield LintWarning("cap", message("The cap would have stopped a few of last year's people."), (), warns=True)
