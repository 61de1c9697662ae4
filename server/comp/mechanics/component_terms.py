"""The terms of a component: its declarations, what follows from them, and the checks on them."""

from dataclasses import dataclass
from fractions import Fraction

from server.comp.language.declarations import (
    FLAG,
    MONEY,
    SHARE,
    Choices,
    ListOf,
    Nested,
    choice,
    declare,
    text,
)
from server.comp.language.fields import Fields
from server.comp.mechanics import bonuses, curves, tiers
from server.comp.mechanics.baselines import BASELINE, Baseline
from server.comp.mechanics.bonuses import Bonus, StepBonus
from server.comp.mechanics.conditions import NAME
from server.comp.mechanics.crediting import COMMISSION, CREDIT, CreditWindow, PartialCredit
from server.comp.mechanics.curves import FLAT, GOES_ON, LINEAR, STEPPED, Point
from server.comp.mechanics.eligibility import EVERY, Eligibility
from server.comp.mechanics.gates import Gate
from server.comp.mechanics.matrices import Matrix
from server.comp.mechanics.measures import MEASURES, Measure
from server.comp.mechanics.objectives import Objective
from server.comp.mechanics.paydays import Paydays
from server.comp.mechanics.pools import Pool
from server.comp.mechanics.rates import MAX_CLASSES, RateRule
from server.comp.mechanics.thresholds import HasThreshold, Threshold, check_rising, lines_of
from server.comp.mechanics.tiers import BeyondPay, Tier
from server.comp.periods import PERIOD_AMOUNT, PERIOD_LIMIT, PERIODS, WEEKS, PeriodAmount, PeriodLimit, months_in
from server.messages import message

YEAR_TO_DATE = "year to date"
AS_IT_COMES, AT_THE_END = "as it comes", "at the period's end"
EXACT, ROUNDED = "exact", "rounded to the percent"
_MONTHS_OF = {"every month": 1, "every quarter": 3, "every half": 6}
_MECHANICS = ("tiers", "bonuses", "every", "curve", "objectives", "matrix", "pool")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentTerms:
    """The terms of one way to earn; exactly one of the seven mechanics is stated."""

    name: str = declare(text(60))
    credits: str = declare(choice(*MEASURES), "arr", doc="The measure that is credited.")
    pays_on: str = declare(
        choice("", *MEASURES), "", doc="The measure to which rates apply, unless it is the credited one."
    )
    reads: str = declare(NAME, "", doc="A result to pay on instead of deals: nrr, csat, …")
    where: Eligibility = declare(Nested(Eligibility), EVERY)
    counts: tuple[PartialCredit, ...] = declare(ListOf(PartialCredit, 12), (), doc="Partial credit by deal.")
    window: CreditWindow | None = declare(
        Nested(CreditWindow), None, doc="Only deals signed in this window count, as in a SPIFF."
    )
    retires_quota: bool = declare(FLAG, default=True, doc="“no” keeps its deals out of all other components.")
    split: str = declare(choice(CREDIT, COMMISSION), CREDIT, doc="What is split when a deal is shared.")
    accumulates: str = declare(choice(*PERIODS, *WEEKS, YEAR_TO_DATE), "year")
    allowance: PeriodAmount | None = declare(
        PERIOD_AMOUNT, None, key="quota", doc="The quota of the level unless stated."
    )
    target: PeriodAmount | None = declare(
        PERIOD_AMOUNT, None, doc="The variable pay of the level times the weight unless stated."
    )
    weight: Fraction = declare(SHARE, Fraction(1), doc="Share of the level's variable pay.")
    rate_by: tuple[RateRule, ...] = declare(ListOf(RateRule, MAX_CLASSES), (), doc="What 1x pays, by deal.")
    method: str = declare(
        choice("marginal", "retroactive"),
        "marginal",
        doc="The method of tiers that state none.",
    )
    attainment: str = declare(
        choice(EXACT, ROUNDED), EXACT, doc="Whether it is rounded before it is compared with a threshold."
    )
    straddling: str = declare(
        choice("split", "rate before", "rate after"),
        "split",
        doc="How a deal that crosses a threshold is paid.",
    )
    tiers: tuple[Tier, ...] = declare(ListOf(Tier, tiers.MAX_TIERS), ())
    beyond_pay: BeyondPay | None = declare(
        Nested(BeyondPay), None, doc="The rate of credit once the tiers have paid an amount."
    )
    bonuses: tuple[Bonus, ...] = declare(ListOf(Bonus, bonuses.MAX_BONUSES), ())
    bonuses_pay: str = declare(choice("the highest", "each"), "the highest")
    every: StepBonus | None = declare(Nested(StepBonus), None)
    curve: tuple[Point, ...] = declare(ListOf(Point, curves.MAX_POINTS), ())
    between: str = declare(choice(STEPPED, LINEAR), STEPPED, doc="How a curve pays between its points.")
    beyond: str = declare(choice(FLAT, GOES_ON), FLAT, doc="How a linear curve pays after its last point.")
    objectives: tuple[Objective, ...] = declare(ListOf(Objective, 24), ())
    matrix: Matrix | None = declare(Nested(Matrix), None)
    pool: Pool | None = declare(Nested(Pool), None)
    baseline: Baseline | None = declare(BASELINE, None, doc="Credit of a period up to it does not count for tiers.")
    gate: Gate | None = declare(Nested(Gate), None)
    minimum: int = declare(MONEY, 0, doc="The least that an eligible deal pays.")
    cap: PeriodLimit | None = declare(PERIOD_LIMIT, None)
    paid: str = declare(choice(AS_IT_COMES, AT_THE_END, *_MONTHS_OF), AS_IT_COMES)
    advances: tuple[Fraction, ...] = declare(
        Choices(SHARE), (), doc="The most that is paid by the end of each month, as shares of the target."
    )

    @property
    def measure(self) -> Measure:
        """Return the measure that is credited."""
        return MEASURES[self.credits]

    @property
    def counts_to_level_quota(self) -> bool:
        """Whether its credit counts toward the quota of the levels: money, and no quota of its own."""
        is_paid_on_deals = not (self.reads or self.objectives or self.pool)
        return is_paid_on_deals and self.measure.is_money and self.retires_quota and self.allowance is None

    @property
    def payable(self) -> Measure:
        """Return the measure to which the rates of its tiers apply."""
        return MEASURES[self.pays_on or self.credits]

    @property
    def pays_whole(self) -> str:
        """Return which tier pays a whole deal: “rate before” or “rate after” its own credit.

        Empty if a deal is split at the thresholds.
        """
        if self.pays_on and (self.is_retroactive or self.accumulates == "deal"):
            return "rate after"
        if self.straddling == "split":
            return "rate before" if self.pays_on else ""
        return self.straddling

    @property
    def is_periodic(self) -> bool:
        """Return whether it pays for a period as a whole instead of for each deal."""
        if self.accumulates == YEAR_TO_DATE:
            return True
        return bool(self.reads or self.curve or self.objectives or self.matrix or self.pool)

    @property
    def months(self) -> int:
        """Return the number of months in its period."""
        return 12 if self.accumulates == YEAR_TO_DATE else months_in(self.accumulates)

    @property
    def measured(self) -> int:
        """Return how often, in months, a component that pays for periods is computed."""
        if self.paid in _MONTHS_OF:
            return min(_MONTHS_OF[self.paid], self.months)
        return 3 if self.accumulates == YEAR_TO_DATE else self.months

    @property
    def paydays(self) -> Paydays:
        """Return when what its deals release is paid."""
        payday = 0 if self.paid == AS_IT_COMES else _MONTHS_OF.get(self.paid, self.months)
        return Paydays(self.months if self.gate else payday, payday)

    @property
    def classes(self) -> int:
        """Return the number of different rates that deals can have at one level."""
        return len(self.rate_by) + 1 if self.rate_by else 1

    @property
    def is_retroactive(self) -> bool:
        """Return whether reaching a tier changes what earlier deals of the period are paid."""
        return any((tier.method or self.method) == "retroactive" for tier in self.tiers)

    @property
    def entries_with_threshold(self) -> tuple[HasThreshold, ...]:
        """Return every entry that starts at a threshold."""
        return (*self.tiers, *self.bonuses, *self.curve)

    @property
    def thresholds(self) -> list[Threshold]:
        """Return every threshold that is stated."""
        entries = self.entries_with_threshold
        stated = [threshold for entry in entries for threshold in (entry.start, entry.above)]
        return [threshold for threshold in stated if threshold is not None]

    def check(self, fields: Fields) -> None:
        """Report terms that do not go together."""
        stated = [name for name in _MECHANICS if getattr(self, name)]
        if not stated:
            rule = message("A component needs at least one tier.")
            hint = message("Add a tier from 0% that pays 1x, or use a curve, bonuses or objectives.")
            fields.report("", rule, hint)
        elif len(stated) > 1:
            rule = message("A component can pay in only one way.")
            fields.report(stated[1], rule, message("Split it into two components."))
        for name in ("tiers", "bonuses", "curve"):
            if len(getattr(self, name)) > 1:
                check_rising(fields, name, getattr(self, name), lines_of(fields, name))
        self._check_units(fields)
        if self.pays_on:
            self._check_payable(fields)
        if self.beyond_pay and (not self.tiers or self.is_periodic or self.is_retroactive or self.pays_whole):
            fields.report("beyond pay", message("“beyond pay” needs marginal tiers that pay for each deal."))
        self._check_periods(fields)
        if self.baseline:
            self._check_baseline(fields)
        if self.accumulates in WEEKS and (self.is_periodic or self.gate or self.advances or self.paid == AT_THE_END):
            rule = message("Weeks are for tiers and bonuses that are paid as they come.")
            fields.report("accumulates", rule, message("Write month, quarter, half or year."))

    def _check_baseline(self, fields: Fields) -> None:
        """Report a baseline where there is no credit of a period to compare it with."""
        if self.is_periodic or self.accumulates == "deal" or self.pays_on:
            rule = message("“baseline” needs tiers or bonuses on the credit of a period.")
            fields.report("baseline", rule)
        elif self.accumulates in WEEKS and self.baseline and self.baseline.amount is None:
            rule = message("Weeks have no year before to compare with.")
            fields.report("baseline", rule, message("State an amount, like $5,000 a week."))

    def _check_units(self, fields: Fields) -> None:
        is_money = self.payable.is_money
        rates = [*[tier.pays for tier in self.tiers], *[rule.pays for rule in self.rate_by]]
        if is_money and any(rate.per_unit is not None for rate in rates):
            hint = message("Write a percentage, or credit a measure that counts, such as deals.")
            fields.report("tiers", message("An amount per unit needs a measure that counts."), hint)
        if not is_money and any(rate.share for rate in rates):
            hint = message("Write an amount per unit, like $250.")
            fields.report("tiers", message("A percentage needs a measure in money."), hint)
        counts_units = not self.measure.is_money and not self.reads
        if counts_units and any(threshold.cents is not None for threshold in self.thresholds):
            fields.report("tiers", message("A number is expected here, since the measure counts."))
        if self.objectives and sum((objective.weight for objective in self.objectives), Fraction(0)) > 1:
            fields.report("objectives", message("The weights add up to more than 100%."))
        if self.reads and not (self.curve or self.bonuses):
            fields.report("reads", message("A component that reads a result needs a curve or bonuses."))

    def _check_payable(self, fields: Fields) -> None:
        """Report rates on another measure where they have no meaning."""
        if not self.tiers or self.is_periodic:
            fields.report("pays on", message("“pays on” needs tiers that pay for each deal."))
        elif len({tier.method or self.method for tier in self.tiers}) > 1:
            rule = message("With “pays on”, the tiers must be all marginal or all retroactive.")
            fields.report("pays on", rule, message("State the method once, on the component."))
        rates = [rule.pays for rule in self.rate_by] or [tier.pays for tier in self.tiers]
        if any(rate.multiple for rate in rates):
            rule = message("1x is a rate on the credited measure, but this pays on another one.")
            fields.report("pays on", rule, message("Write a percentage or an amount."))

    def _check_periods(self, fields: Fields) -> None:
        if self.is_periodic and self.accumulates == "deal":
            rule = message("This component pays for a period, so it cannot accumulate by deal.")
            fields.report("accumulates", rule, message("Write month, quarter, half or year."))
        if self.advances and (self.is_periodic or self.accumulates == "deal"):
            fields.report("advances", message("Advances need tiers or bonuses that add up over a period."))
        elif len(self.advances) >= self.months > 0 and self.advances:
            rule = message("The last month of the period pays the remainder, so it needs no share.")
            fields.report("advances", rule)
        if self.straddling != "split" and (not self.tiers or self.is_retroactive or self.is_periodic):
            fields.report("straddling", message("“straddling” needs marginal tiers."))
        if self.gate and self.gate.otherwise.first_tier and (not self.tiers or self.is_periodic):
            fields.report("gate", message("Only a component with tiers has a first tier."))
        if not self.curve and (self.between != STEPPED or self.beyond != FLAT):
            fields.report("between", message("“between” and “beyond” need a curve."))
        is_retroactive = all((tier.method or self.method) == "retroactive" for tier in self.tiers)
        jumps = self.bonuses or (self.tiers and is_retroactive)
        if self.attainment == ROUNDED and (self.reads or not jumps):
            rule = message("Rounded attainment needs bonuses, or tiers that are all retroactive.")
            fields.report("attainment", rule)
        if self.minimum and self.is_periodic:
            fields.report("minimum", message("“minimum” needs a component that pays for each deal."))
        if self.cap and self.cap.months == 0 and self.is_periodic:
            fields.report("cap", message("A cap per deal needs a component that pays for each deal."))
