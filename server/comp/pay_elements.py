"""The heads of pay: what the columns of a payout and the lines of a statement are filed under."""

from dataclasses import dataclass
from functools import lru_cache

from server.comp.plan import Plan
from server.messages import Message, message


@dataclass(frozen=True, slots=True)
class PayElements:
    """Base first, then the instalments, the multipliers, the components that pay for periods, and what settles pay.

    `periods` holds the places of those components among the plan's; the last heads are there only when a plan has
    what they are for.
    """

    labels: tuple[Message, ...]
    instalments: int
    multipliers: int
    periods: tuple[int, ...]
    held_back: int | None
    clawback: int
    ahead: int | None
    recovered: int | None

    @property
    def base(self) -> int:
        """Index of base pay."""
        return 0

    def instalment(self, index: int) -> int:
        """Index of an instalment of the release."""
        return 1 + index

    def multiplier(self, index: int) -> int:
        """Index of a multiplier's extra."""
        return 1 + self.instalments + index

    def component(self, index: int) -> int:
        """Index of a component that pays for periods, by its place among the plan's components."""
        return 1 + self.instalments + self.multipliers + self.periods.index(index)


@lru_cache(maxsize=512)
def pay_elements(plan: Plan) -> PayElements:
    """Return the heads of a plan."""
    labels = [message("Base pay")]
    labels += [instalment.label for instalment in plan.release]
    labels += [message("{name}", name=multiplier.name) for multiplier in plan.multipliers]
    periods = tuple(index for index, component in enumerate(plan.components) if component.is_periodic)
    labels += [message("{name}", name=plan.components[index].name) for index in periods]
    held_back = ahead = recovered = None
    if any(component.advances for component in plan.components):
        held_back = len(labels)
        labels.append(message("Held back until the period's end"))
    clawback = len(labels)
    labels.append(message("Clawback"))
    if plan.settles:
        ahead, recovered = len(labels), len(labels) + 1
        labels += [message("Paid ahead"), message("Recovered")]
    return PayElements(
        tuple(labels), len(plan.release), len(plan.multipliers), periods, held_back, clawback, ahead, recovered
    )
