"""Records of the exact engine: what a deal is paid on by a component, and what it earned."""

from dataclasses import dataclass

from server.comp.mechanics.components import Component
from server.comp.mechanics.conditions import Span
from server.comp.mechanics.crediting import CreditRule
from server.comp.mechanics.paydays import Paydays
from server.comp.periods import PERIODS, WEEKS
from server.comp.plan import Plan
from server.comp.statements import Step
from server.messages import Message, message


@dataclass(frozen=True, slots=True)
class EarnedCommission:
    """The commission of a deal in cents, by payout group and by component, and the steps that led to it."""

    by_group: tuple[int, ...]
    by_component: tuple[int, ...]
    steps: tuple[Step, ...]

    @property
    def commission(self) -> int:
        """The total in cents."""
        return sum(self.by_group)


@dataclass(frozen=True, slots=True)
class DealComponent:
    """A component, and the terms that are the same for every deal.

    `group` is the index of its payout group, None for a component that pays for periods. Credit `adds_up`
    over `months`. The commission is recalculated with every deal (`is_recalculated`), or the whole deal is
    paid at one rate (`whole_deal_rate`: "rate before" or "rate after" it), or else the deal is split at the
    tiers.
    """

    index: int
    component: Component
    group: int | None
    rule: Message
    crediting: CreditRule
    months: int
    adds_up: bool
    is_recalculated: bool
    whole_deal_rate: str


def deal_component_of(plan: Plan, index: int, groups: tuple[Paydays, ...]) -> DealComponent:
    """Return a component of a plan with the terms that are the same for every deal."""
    component = plan.components[index]
    return DealComponent(
        index=index,
        component=component,
        group=None if component.is_periodic else groups.index(component.paydays),
        rule=message("{name}", name=component.name),
        crediting=plan.crediting[index],
        months=component.months,
        adds_up=component.accumulates in WEEKS or PERIODS.get(component.accumulates, 0) != 0,
        is_recalculated=component.is_retroactive and component.accumulates != "deal",
        whole_deal_rate=component.pays_whole,
    )


@dataclass(frozen=True, slots=True)
class DealTerms:
    """The terms a deal is paid on: component, level, period, rate class, and whether a gate limits tiers.

    `known` is the month since which the terms of the period are known as they are when the deal is signed. Credit
    adds up in the `bucket`: the first month of the period, or the number of its weeks.
    """

    deal_component: DealComponent
    level: int
    period: Span
    bucket: int
    known: int
    rate_class: int
    gate_closed: bool

    @property
    def component(self) -> Component:
        """The component."""
        return self.deal_component.component

    @property
    def index(self) -> int:
        """The index of the component in the plan."""
        return self.deal_component.index


@dataclass(frozen=True, slots=True)
class OwnPay:
    """The terms a deal was paid on by a component, its price in cents, and what it earned before the cap."""

    terms: DealTerms
    price: int
    cents: int
