"""Lint: warnings and notes about a plan, with the amounts behind them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from server.comp.analysis.pay_ratios import pay_ratios, rounded
from server.comp.analysis.reference_year import has_team_quota, reference_year
from server.comp.book import NO_DISCOUNT, Book, never_happened
from server.comp.calendar import Window
from server.comp.explain.rep import explain
from server.comp.language.declarations import NEEDED, declarations_of
from server.comp.language.ranges import SCALE
from server.comp.mechanics.components import Component
from server.comp.mechanics.quotas import Terms
from server.comp.period_index import period_index
from server.comp.plan import Plan
from server.comp.statements import Statement
from server.comp.vectorized.pay import pay
from server.messages import Message, Money, Percent, Value, message, plural_message

WarningKind = Literal["target", "cliff", "plateau", "cap", "level", "idle", "ratios", "rules", "timing", "currency"]
MANY_RULES = 40
_DOLLAR = 100
_MIN_EXAMPLES = 5
"""Shares of people are not stated for fewer people than this."""


@dataclass(frozen=True, slots=True)
class LintWarning:
    """A note or a warning (`is_warning`) about a plan: its kind, a sentence, and the amounts in it in cents."""

    kind: WarningKind
    sentence: Message
    amounts: tuple[int, ...] = ()
    is_warning: bool = True


MAX_PARTS = 600
"""The limit for levels x (tiers, points and rules)."""


def lint(plan: Plan, book: Book | None = None, window: Window | None = None) -> list[LintWarning]:
    """Return every warning about a plan; with last year's book and window, also those based on the data.

    For a plan with more than MAX_PARTS parts only the number of rules is returned: checking it would take
    seconds.
    """
    rule_count = _rule_count(plan)
    plan = replace(plan, in_force=None)  # a year of it is compared with a year's target
    parts = sum(len(c.entries_with_threshold) + len(c.rate_by) + 1 for c in plan.components)
    if len(plan.levels) * parts > MAX_PARTS:
        return [rule_count]
    warnings = [
        *_target(plan),
        *_cliffs_and_plateaus(plan),
        *_level_order(plan),
        *_timing(plan),
        *_ratios(plan),
        rule_count,
    ]
    if book is not None and window is not None:
        codes = book.words["currency"]
        counts = Counter(codes.words[code] for code in codes.code.tolist())
        warnings += [
            *currency_warnings(plan, counts),
            *_idle_components(plan, book),
            *_idle_events(plan, book),
            *_capped(plan, book, window),
        ]
    return warnings


def currency_warnings(plan: Plan, currencies: Mapping[str, int]) -> list[LintWarning]:
    """Return a warning for each currency of won deals, with their number, that the plan has no rate for."""
    if not any(component.measure.is_money for component in plan.components):
        return []
    known = {"", plan.currency, *(exchange.code for exchange in plan.exchange)}
    return [
        LintWarning(
            "currency",
            plural_message(
                "{count} won deal is in {currency}, for which the plan has no rate. It is not credited.",
                "{count} won deals are in {currency}, for which the plan has no rate. They are not credited.",
                count,
                currency=currency,
            ),
        )
        for currency, count in sorted(currencies.items())
        if currency not in known
    ]


def _target(plan: Plan) -> Iterator[LintWarning]:
    """Compare what exactly 100 % of quota pays with the stated target."""
    for index, level in enumerate(plan.levels):
        statement = explain(reference_year(plan, index, Fraction(1)), plan, Window(plan.year), trace=False)
        earned = _variable_pay(statement)
        amount, target = Money(earned, plan.currency), Money(level.variable, plan.currency)
        if not level.variable:
            continue
        if earned == level.variable:
            sentence = message(
                "{name} at exactly 100% earns {amount}, the stated target.",
                name=level.name,
                amount=amount,
            )
            yield LintWarning("target", sentence, (earned, level.variable), is_warning=False)
        else:
            sentence = message(
                "{name} at exactly 100% earns {amount}; the stated target is {target}.",
                name=level.name,
                amount=amount,
                target=target,
            )
            yield LintWarning("target", sentence, (earned, level.variable))


def _variable_pay(statement: Statement) -> int:
    """Return commission and periodic pay in cents, whenever they are paid."""
    commission = sum(deal.commission for deal in statement.deals)
    return commission + sum(period.line.cents for period in statement.periods)


def _terms(plan: Plan, component: Component, level: int) -> Terms:
    return component.terms(plan.period_quotas, [plan.levels[level]], None, (plan.year, component.months), plan.year)


def _cliffs_and_plateaus(plan: Plan) -> Iterator[LintWarning]:
    """Yield the distinct cliffs and plateaus of every component at every level."""
    for component in plan.components:
        if component.objectives or component.matrix or component.pool or component.every or component.pays_on:
            continue
        by_level = [
            list(_curve_warnings(plan, component, _terms(plan, component, level))) for level in range(len(plan.levels))
        ]
        if all([str(w.sentence) for w in warnings] == [str(w.sentence) for w in by_level[0]] for warnings in by_level):
            yield from by_level[0]
            continue
        for level, warnings in zip(plan.levels, by_level, strict=True):
            for warning in warnings:
                sentence = message("{level}: {warning}", level=level.name, warning=warning.sentence)
                yield replace(warning, sentence=sentence)


def _curve_warnings(plan: Plan, component: Component, terms: Terms) -> Iterator[LintWarning]:
    """Yield a warning for each threshold of a component at which pay jumps or stops growing."""
    schedule = component.scheduled(terms)
    pieces = schedule.row().pieces[1:]
    for index, piece in enumerate(pieces):
        before, after = schedule.owed(piece.threshold - 1), schedule.owed(piece.threshold)
        jump = abs(after - before)
        start = _format_total(plan, component, piece.threshold)
        if piece.threshold > 0 and jump > _DOLLAR and jump > abs(int(piece.slope)) + 1:
            sentence = message(
                "{name} jumps from {before} to {after} at {threshold}.",
                name=component.name,
                before=Money(before, plan.currency),
                after=Money(after, plan.currency),
                threshold=start,
            )
            yield LintWarning("cliff", sentence, (before, after))
        is_flat = piece.slope == 0 and after > 0 and bool(component.tiers)
        if is_flat:
            is_last = index + 1 == len(pieces)
            end = None if is_last else _format_total(plan, component, pieces[index + 1].threshold)
            sentence = _plateau_sentence(component.name, Money(after, plan.currency), start, end)
            yield LintWarning("plateau", sentence, (after,))


def _plateau_sentence(name: str, amount: Money, start: Value, end: Value | None) -> Message:
    if end is None:
        return message("{name} stays at {amount} from {start} on.", name=name, amount=amount, start=start)
    return message(
        "{name} stays at {amount} from {start} to {end}.",
        name=name,
        amount=amount,
        start=start,
        end=end,
    )


def _format_total(plan: Plan, component: Component, total: int) -> Value:
    """Return a total that a component measures, as a page shows it."""
    if component.reads:
        value = Fraction(total, SCALE)
        is_share = any(
            threshold.share is not None
            for entry in component.entries_with_threshold
            for threshold in (entry.start, entry.above)
            if threshold
        )
        return Percent(value) if is_share else f"{float(value):g}"
    return Money(total, plan.currency) if component.measure.is_money else total


def _level_order(plan: Plan) -> Iterator[LintWarning]:
    """Yield a warning for each level that pays less than the one below for the same sales."""
    for index in range(1, len(plan.levels)):
        lower, higher = plan.levels[index - 1], plan.levels[index]
        sales = reference_year(plan, index - 1, Fraction(1))
        pays = []
        for level in (index - 1, index):
            levels = reference_year(plan, level, Fraction(0)).levels
            history = replace(sales, levels=levels)
            statement = explain(history, plan.without_promotions(), Window(plan.year), trace=False)
            pays.append(plan.levels[level].base + _variable_pay(statement))
        if pays[1] < pays[0]:
            sentence = message(
                "{higher} pays less than {lower} for the same sales: {less} instead of {more} for a year"
                " at the quota of {lower}.",
                higher=higher.name,
                lower=lower.name,
                less=Money(pays[1], plan.currency),
                more=Money(pays[0], plan.currency),
            )
            yield LintWarning("level", sentence, (pays[1], pays[0]))


def _timing(plan: Plan) -> Iterator[LintWarning]:
    """Compare a deal at full quota before a period ends with the same deal in the next period."""
    for component in plan.components:
        if component.is_periodic or component.accumulates == "deal" or component.rate_by or component.pays_on:
            continue
        terms = _terms(plan, component, 0)
        size = terms.quota // component.months
        if component.measure.is_money:
            size -= size % _DOLLAR
        if size <= 0:
            continue
        now = component.owed(terms.quota + size, terms) - component.owed(terms.quota, terms)
        later = component.owed(size, terms) - component.owed(0, terms)
        if now != later:
            yield LintWarning("timing", _timing_sentence(plan, component, size, now - later), (now, later))


def _timing_sentence(plan: Plan, component: Component, size: int, gain: int) -> Message:
    """Return what a deal at full quota pays more, or less, before the period ends than right after."""
    values: dict[str, Value] = {
        "name": component.name,
        "size": _format_total(plan, component, size),
        "difference": Money(abs(gain), plan.currency),
    }
    if gain > 0:
        return message(
            "{name}: once quota is reached, a deal of {size} pays {difference} more if it closes before the period"
            " ends than right after.",
            **values,
        )
    return message(
        "{name}: once quota is reached, a deal of {size} pays {difference} less if it closes before the period"
        " ends than right after.",
        **values,
    )


def _ratios(plan: Plan) -> Iterator[LintWarning]:
    """Say for every level what a year at quota costs, compared with its sales, and how much of it is variable."""
    for index, level in enumerate(plan.levels):
        if has_team_quota(plan, index):
            continue
        statement = explain(reference_year(plan, index, Fraction(1)), plan, Window(plan.year), trace=False)
        ratios = pay_ratios(statement, plan.currency)
        if ratios.sales is None or ratios.pay_mix is None or ratios.cost_of_sales is None or not ratios.sales:
            continue
        sentence = message(
            "A year of {name} at quota costs {total} for {sales} of ARR: {cost}. {mix} of the pay is variable.",
            name=level.name,
            total=Money(statement.total, plan.currency),
            sales=Money(ratios.sales, plan.currency),
            cost=rounded(ratios.cost_of_sales),
            mix=rounded(ratios.pay_mix),
        )
        yield LintWarning("ratios", sentence, (statement.total, ratios.sales), is_warning=False)


def _rule_count(plan: Plan) -> LintWarning:
    """Return the number of rules: every stated term of every part."""
    number = _stated_terms(plan)
    sentence = plural_message("The plan has {count} rule.", "The plan has {count} rules.", number)
    return LintWarning("rules", sentence, (), is_warning=number > MANY_RULES)


def _stated_terms(part: Any) -> int:
    """Return how many terms of a part and its own parts are stated, without names and other wording."""
    count = 0
    for declaration in declarations_of(type(part)):
        value = getattr(part, declaration.name)
        if declaration.default is not NEEDED and value == declaration.default:
            continue
        if isinstance(value, tuple) and value and is_dataclass(value[0]) and _is_declared(value[0]):
            count += sum(_stated_terms(entry) for entry in value)
        elif is_dataclass(value) and _is_declared(value):
            count += _stated_terms(value)
        elif declaration.key not in {"name", "summary", "goals", "currency", "year"}:
            count += 1
    return count


def _is_declared(value: Any) -> bool:
    """Return whether the fields of a dataclass instance are declared terms of the language."""
    return any("kind" in field.metadata for field in fields(value))


def _idle_components(plan: Plan, book: Book) -> Iterator[LintWarning]:
    """Yield a warning for each condition or measure of a component that nothing in the data can meet."""
    for component in plan.components:
        for attribute in ("kind", "product", "segment", "region"):
            words = getattr(component.where, attribute)
            missing = [word for word in words if book.words[attribute].of(word) < 0]
            if missing:
                sentence = message(
                    "{name}: no deal in the data has the {attribute} {words}.",
                    name=component.name,
                    attribute=attribute,
                    words=", ".join(missing),
                )
                yield LintWarning("idle", sentence)
        if (
            not (component.reads or component.objectives or component.pool)
            and not component.measure.of_book(book).any()
        ):
            yield LintWarning(
                "idle",
                message(
                    "{name}: the data has no {measure}.",
                    name=component.name,
                    measure=component.measure.label,
                ),
            )
        if any(rule.when.discount for rule in component.rate_by) and bool(
            (book.discount == NO_DISCOUNT).all(),
        ):
            yield LintWarning("idle", message("{name}: the data has no discounts.", name=component.name))


def _idle_events(plan: Plan, book: Book) -> Iterator[LintWarning]:
    """Yield a warning for each event or result that pay depends on and the data does not have."""
    days = {"aha": book.aha, "paid": book.paid, "payments": book.payments.first(book.paid), "live": book.live}
    for payout_rule in plan.release:
        if payout_rule.on.kind in days and never_happened(days[payout_rule.on.kind]):
            event = payout_rule.on.phrase
            yield LintWarning("idle", message("The data has no dates for what is paid {event}.", event=event))
    if plan.clawback_rules and never_happened(book.churned):
        yield LintWarning("idle", message("No customer in the data has left, so nothing is taken back."))
    if any(multiplier.when for multiplier in plan.multipliers) and not book.rating.any():
        yield LintWarning("idle", message("The data has no buyer ratings."))
    known = {result.of.lower() for person in book.persons for result in person.results}
    for name in plan.results:
        if name not in known:
            yield LintWarning("idle", message("The data has no result called {name}.", name=name))


def _capped(plan: Plan, book: Book, window: Window) -> Iterator[LintWarning]:
    """Yield which share of last year's reps a cap would have limited; a small number is not revealed."""
    if not plan.caps or book.reps < _MIN_EXAMPLES:
        return
    uncapped = replace(plan, stated_caps=())
    is_limited = pay(book, plan, window).totals < pay(book, uncapped, window).totals
    inside = period_index(book, window).inside
    active = np.unique(book.rep[inside]).size
    limited = int(is_limited.sum())
    can_show = active >= _MIN_EXAMPLES and all(
        count == 0 or count >= _MIN_EXAMPLES for count in (limited, active - limited)
    )
    if can_show:
        share = Percent(Fraction(round(100 * limited / active), 100))
        sentence = message("The cap would have limited the pay of {share} of last year's reps.", share=share)
        yield LintWarning("cap", sentence, (), limited > 0)
    else:
        yield LintWarning("cap", message("The cap would have limited the pay of a few of last year's reps."))
