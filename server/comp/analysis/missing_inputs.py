"""What a plan pays on that a company has not recorded, and the best that could have happened.

Pay that waits for an event is not lost where the event is merely not recorded: it lies between what is paid
if none of it happened and what is paid if all of it did. Pay on a measure or a result that is not recorded is not
known at all. Inputs are named like the deal's attribute or the measure, and results begin with RESULT.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction

from server.comp.calendar import Window
from server.comp.history import Deal, History
from server.comp.mechanics.measures import MEASURES
from server.comp.plan import Plan
from server.messages import Message, message

BEST_RATING = 5
RESULT = "result "


class Input(StrEnum):
    """A kind of data, named like the attribute of the deal or the person that holds it."""

    aha = "aha"
    payment = "paid"
    go_live = "live"
    rating = "rating"
    started = "started"


_LABELS: dict[str, Message] = {
    Input.aha: message("aha moments"),
    Input.payment: message("customers' payments"),
    Input.go_live: message("go-live dates"),
    Input.rating: message("buyer ratings"),
    Input.started: message("the first day of work"),
}
_CLAWBACK_FROM = {"go-live": Input.go_live, "payment": Input.payment}
_BY_EVENT = {"aha": Input.aha, "paid": Input.payment, "payments": Input.payment, "live": Input.go_live}
ALL_DEAL_DATA: frozenset[str] = frozenset(
    {
        Input.aha,
        Input.payment,
        Input.go_live,
        Input.rating,
        *(name for name, measure in MEASURES.items() if measure.must_be_stated),
    }
)


def input_label(name: str) -> Message:
    """Return what an input is called."""
    if name.startswith(RESULT):
        return message("the result “{name}”", name=name.removeprefix(RESULT))
    return _LABELS.get(name) or MEASURES[name].label


def is_event(name: str) -> bool:
    """Return whether an input is something that happens to deals, so that the best case is known."""
    return name in _LABELS and name != Input.started


def needed_inputs(plan: Plan) -> tuple[str, ...]:
    """Return the kinds of data that some of the plan's pay depends on."""
    needed = {_BY_EVENT[rule.on.kind] for rule in plan.release if rule.on.kind in _BY_EVENT}
    needed |= {_CLAWBACK_FROM[rule.counted_from] for rule in plan.clawback_rules if rule.counted_from in _CLAWBACK_FROM}
    subjects = {condition.subject[0] for condition in plan.conditions}
    if "rating" in subjects or any(multiplier.when is not None for multiplier in plan.multipliers):
        needed.add(Input.rating)
    if "tenure" in subjects:
        needed.add(Input.started)
    kinds = (kind for kind in Input if kind in needed)
    return tuple(dict.fromkeys([*kinds, *_measures(plan), *(f"{RESULT}{name}" for name in plan.results)]))


def _measures(plan: Plan) -> Iterator[str]:
    for component in plan.components:
        measures = [component.measure, *([MEASURES[component.pays_on]] if component.pays_on else [])]
        if not (component.reads or component.objectives or component.pool):
            yield from (measure.name for measure in measures if measure.must_be_stated)
        if any(where.margin for where in (component.where, *(rule.when for rule in component.rate_by))):
            yield "margin"
    if any(multiplier.where and multiplier.where.margin for multiplier in plan.multipliers):
        yield "margin"


def missing_inputs(
    plan: Plan, history: History, recorded: Collection[str], window: Window | None = None
) -> tuple[str, ...]:
    """Return what the plan needs that is recorded neither in the company nor in this history.

    A result and the first day of work must be recorded for the person, as those of others say nothing about them; a
    result in the window, if there is one.
    """
    return tuple(name for name in needed_inputs(plan) if name not in recorded and not _is_known(name, history, window))


def _is_known(name: str, history: History, window: Window | None) -> bool:
    if name.startswith(RESULT):
        results = (result for result in history.person.results if result.of.lower() == name.removeprefix(RESULT))
        return any(window is None or window.first_month <= result.month <= window.last_month for result in results)
    if name == Input.started:
        return history.person.started is not None
    if name == Input.payment and any(deal.payments for deal in history.deals):
        return True
    if is_event(name):
        return any(getattr(deal, name) is not None for deal in history.deals)
    return any(deal.amount(name) is not None for deal in history.deals)


def currencies_without_rate(plan: Plan, history: History) -> tuple[str, ...]:
    """Return the currencies of deals that the plan cannot convert, and therefore does not credit."""
    if not any(component.measure.is_money for component in plan.components):
        return ()
    known = {"", plan.currency, *(exchange.code for exchange in plan.exchange)}
    return tuple(sorted({deal.currency for deal in history.deals} - known))


def best_case(history: History, inputs: Collection[str]) -> History:
    """Return a history in which every event happens at signing, when every buyer also gives the best rating."""
    return replace(history, deals=tuple(_best_case(deal, inputs) for deal in history.deals))


def _best_case(deal: Deal, inputs: Collection[str]) -> Deal:
    if Input.rating in inputs:
        deal = replace(deal, rating=BEST_RATING, rated=deal.signed, rep_average=Fraction(BEST_RATING))
    return replace(
        deal,
        aha=deal.signed if Input.aha in inputs else deal.aha,
        paid=deal.signed if Input.payment in inputs else deal.paid,
        payments=() if Input.payment in inputs else deal.payments,
        live=deal.signed if Input.go_live in inputs else deal.live,
    )
