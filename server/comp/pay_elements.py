"""The pay elements of a plan: the rows of a payout's arrays and the categories of a statement's lines."""

from dataclasses import dataclass
from functools import lru_cache

from server.comp.plan import Plan
from server.messages import Message, message


@dataclass(frozen=True, slots=True)
class PayElements:
    """The indexes of the elements: base, payouts, multipliers, periodic components, clawback, corrections, settlement.

    `payouts` and `multipliers` are counts; `periods` are the indexes of the periodic components in the
    plan. The optional elements are None in plans that do not need them.
    """

    labels: tuple[Message, ...]
    payouts: int
    multipliers: int
    periods: tuple[int, ...]
    retained: int | None
    clawback: int
    corrections: int
    advanced: int | None
    recovered: int | None

    @property
    def base(self) -> int:
        """The index of base pay."""
        return 0

    def payout(self, index: int) -> int:
        """Return the element of a payout rule of the release."""
        return 1 + index

    def multiplier(self, index: int) -> int:
        """Return the element of what a multiplier adds."""
        return 1 + self.payouts + index

    def component(self, index: int) -> int:
        """Return the element of a periodic component, by its index in the plan."""
        return 1 + self.payouts + self.multipliers + self.periods.index(index)


@lru_cache(maxsize=512)
def pay_elements(plan: Plan) -> PayElements:
    """Return the pay elements of a plan."""
    labels = [message("Base pay")]
    labels += [payout_rule.label for payout_rule in plan.release]
    labels += [message("{name}", name=multiplier.name) for multiplier in plan.multipliers]
    periods = tuple(index for index, component in enumerate(plan.components) if component.is_periodic)
    labels += [message("{name}", name=plan.components[index].name) for index in periods]
    retained = advanced = recovered = None
    if any(component.advances for component in plan.components):
        retained = len(labels)
        labels.append(message("Held back until the period's end"))
    clawback = len(labels)
    corrections = clawback + 1
    labels += [message("Clawback"), message("Corrections")]
    if plan.settles:
        advanced, recovered = len(labels), len(labels) + 1
        labels += [message("Paid ahead"), message("Recovered")]
    return PayElements(
        tuple(labels),
        len(plan.release),
        len(plan.multipliers),
        periods,
        retained,
        clawback,
        corrections,
        advanced,
        recovered,
    )
