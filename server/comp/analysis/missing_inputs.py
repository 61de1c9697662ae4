"""What a plan pays on that a company has not recorded, and the best that could have happened.

Pay that waits for an event is not lost where the event is merely not recorded: it lies between what is paid
if none of it happened and what is paid if all of it did.
"""

from collections.abc import Collection
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction

from server.comp.history import Deal, History
from server.comp.plan import Plan
from server.messages import Message, message

BEST_RATING = 5


class Input(StrEnum):
    """A kind of data about deals, named like the deal's attribute that holds it."""

    aha = "aha"
    payment = "paid"
    go_live = "live"
    rating = "rating"


LABELS: dict[Input, Message] = {
    Input.aha: message("aha moments"),
    Input.payment: message("customers' payments"),
    Input.go_live: message("go-live dates"),
    Input.rating: message("buyer ratings"),
}
_BY_EVENT = {"aha": Input.aha, "paid": Input.payment, "payments": Input.payment, "live": Input.go_live}
ALL = frozenset(Input)


def needed_inputs(plan: Plan) -> tuple[Input, ...]:
    """Return the kinds of data that some of the plan's pay for deals depends on."""
    events = {_BY_EVENT[rule.on.kind] for rule in plan.release if rule.on.kind in _BY_EVENT}
    rated = any(multiplier.when is not None for multiplier in plan.multipliers)
    return tuple(kind for kind in Input if kind in events or (kind is Input.rating and rated))


def missing_inputs(plan: Plan, history: History, recorded: Collection[Input]) -> tuple[Input, ...]:
    """Return what the plan needs that is recorded neither in the company nor in this history."""
    return tuple(
        kind
        for kind in needed_inputs(plan)
        if kind not in recorded and not any(getattr(deal, kind.value) is not None for deal in history.deals)
    )


def currencies_without_rate(plan: Plan, history: History) -> tuple[str, ...]:
    """Return the currencies of deals that the plan cannot convert, and therefore does not credit."""
    if not any(component.measure.is_money for component in plan.components):
        return ()
    known = {"", plan.currency, *(exchange.code for exchange in plan.exchange)}
    return tuple(sorted({deal.currency for deal in history.deals} - known))


def best_case(history: History, inputs: Collection[Input]) -> History:
    """Return a history in which every event happens at signing, when every buyer also gives the best rating."""
    return replace(history, deals=tuple(_best_case(deal, inputs) for deal in history.deals))


def _best_case(deal: Deal, inputs: Collection[Input]) -> Deal:
    if Input.rating in inputs:
        deal = replace(deal, rating=BEST_RATING, rated=deal.signed, rep_average=Fraction(BEST_RATING))
    return replace(
        deal,
        aha=deal.signed if Input.aha in inputs else deal.aha,
        paid=deal.signed if Input.payment in inputs else deal.paid,
        live=deal.signed if Input.go_live in inputs else deal.live,
    )
