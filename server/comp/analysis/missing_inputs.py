"""What a plan pays on that a company has not recorded, and the best that could have happened.

Pay that waits for an event is not lost where the event is merely not recorded: it lies between what is paid
if none of it happened and what is paid if all of it did. Pay on a measure or a result that is not recorded is not
known at all. Inputs are named like the deal's attribute or the measure, and results begin with RESULT.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction

from server.comp.history import Deal, History
from server.comp.mechanics.measures import MEASURES
from server.comp.plan import Plan
from server.messages import Message, message

BEST_RATING = 5
RESULT = "result "


class Input(StrEnum):
    """A kind of data about deals, named like the deal's attribute that holds it."""

    aha = "aha"
    payment = "paid"
    go_live = "live"
    rating = "rating"


_LABELS: dict[str, Message] = {
    Input.aha: message("aha moments"),
    Input.payment: message("customers' payments"),
    Input.go_live: message("go-live dates"),
    Input.rating: message("buyer ratings"),
}
_BY_EVENT = {"aha": Input.aha, "paid": Input.payment, "payments": Input.payment, "live": Input.go_live}
ALL_DEAL_DATA: frozenset[str] = frozenset(
    {*Input, *(name for name, measure in MEASURES.items() if measure.must_be_stated)}
)


def input_label(name: str) -> Message:
    """Return what an input is called."""
    if name.startswith(RESULT):
        return message("the result “{name}”", name=name.removeprefix(RESULT))
    return _LABELS.get(name) or MEASURES[name].label


def is_event(name: str) -> bool:
    """Return whether an input is something that happens to deals, so that the best case is known."""
    return name in _LABELS


def needed_inputs(plan: Plan) -> tuple[str, ...]:
    """Return the kinds of data that some of the plan's pay depends on."""
    released_on = {_BY_EVENT[rule.on.kind] for rule in plan.release if rule.on.kind in _BY_EVENT}
    rated = any(multiplier.when is not None for multiplier in plan.multipliers)
    events = (kind for kind in Input if kind in released_on or (kind is Input.rating and rated))
    return tuple(dict.fromkeys([*events, *_measures(plan), *(f"{RESULT}{name}" for name in plan.results)]))


def _measures(plan: Plan) -> Iterator[str]:
    for component in plan.components:
        if component.measure.must_be_stated and not (component.reads or component.objectives or component.pool):
            yield component.measure.name


def missing_inputs(plan: Plan, history: History, recorded: Collection[str]) -> tuple[str, ...]:
    """Return what the plan needs that is recorded neither in the company nor in this history.

    A result must be recorded for the person, as that of others says nothing about them.
    """
    return tuple(name for name in needed_inputs(plan) if name not in recorded and not _is_known(name, history))


def _is_known(name: str, history: History) -> bool:
    if name.startswith(RESULT):
        return any(result.of.lower() == name.removeprefix(RESULT) for result in history.person.results)
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
        live=deal.signed if Input.go_live in inputs else deal.live,
    )
