"""A component of the variable pay: what it credits or reads, over which period, and how it pays."""

from dataclasses import dataclass
from fractions import Fraction

from server.comp.history import Adjustment, Person
from server.comp.language.declarations import FLAG, MONEY, SHARE, Choices, ListOf, Nested, choice, declare, text
from server.comp.language.fields import Fields
from server.comp.language.ranges import SCALE
from server.comp.mechanics import bonuses, curves, tiers
from server.comp.mechanics.bonuses import Bonus, StepBonus
from server.comp.mechanics.conditions import NAME
from server.comp.mechanics.crediting import COMMISSION, CREDIT, CreditWindow, PartialCredit
from server.comp.mechanics.curves import FLAT, GOES_ON, LINEAR, STEPPED, Axis, Curve, Point
from server.comp.mechanics.eligibility import EVERY, Eligibility
from server.comp.mechanics.gates import Gate
from server.comp.mechanics.levels import Level
from server.comp.mechanics.matrices import Matrix
from server.comp.mechanics.measures import MEASURES, Measure
from server.comp.mechanics.objectives import Objective
from server.comp.mechanics.quotas import Quotas, Terms, Yearly, adjusted, terms_for
from server.comp.mechanics.rates import MAX_CLASSES, RateRule
from server.comp.mechanics.thresholds import HasThreshold, check_rising, lines_of, threshold_of
from server.comp.mechanics.tiers import Tier, TierSchedule
from server.comp.periods import PERIOD_AMOUNT, PERIOD_LIMIT, PERIODS, PeriodAmount, PeriodLimit, months_in
from server.comp.piecewise import HasPayout, PiecewiseLinear
from server.messages import Message, Money, Percent, message

MAX_COMPONENTS = 20
YEAR_TO_DATE = "year to date"
AS_IT_COMES, AT_THE_END = "as it comes", "at the period's end"
EXACT, ROUNDED = "exact", "rounded to the percent"
_EVERY_MONTHS = {"every month": 1, "every quarter": 3, "every half": 6}
_MECHANICS = ("tiers", "bonuses", "every", "curve", "objectives", "matrix")


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One way to earn; exactly one of tiers, bonuses, every, curve, objectives and matrix says how it pays."""

    name: str = declare(text(60))
    credits: str = declare(choice(*MEASURES), "arr", doc="The measure that deals add up.")
    pays_on: str = declare(
        choice("", *MEASURES), "", doc="The measure that rates are of, where it is another than what is credited."
    )
    reads: str = declare(NAME, "", doc="A result that is looked at instead of deals: nrr, csat, …")
    where: Eligibility = declare(Nested(Eligibility), EVERY)
    counts: tuple[PartialCredit, ...] = declare(ListOf(PartialCredit, 12), (), doc="Partial credit for some deals.")
    window: CreditWindow | None = declare(
        Nested(CreditWindow), None, doc="Only deals signed in these days count: a SPIFF."
    )
    retires_quota: bool = declare(FLAG, default=True, doc="“no” keeps its deals out of every other component.")
    split: str = declare(choice(CREDIT, COMMISSION), CREDIT, doc="What of a shared deal is shared.")
    accumulates: str = declare(choice(*PERIODS, YEAR_TO_DATE), "year")
    allowance: PeriodAmount | None = declare(PERIOD_AMOUNT, None, key="quota", doc="The level's quota unless stated.")
    target: PeriodAmount | None = declare(
        PERIOD_AMOUNT, None, doc="The level's variable times the weight unless stated."
    )
    weight: Fraction = declare(SHARE, Fraction(1), doc="Share of the level's variable.")
    rate_by: tuple[RateRule, ...] = declare(ListOf(RateRule, MAX_CLASSES), (), doc="What 1x means, by deal.")
    method: str = declare(choice("marginal", "retroactive"), "marginal", doc="For tiers that state none.")
    attainment: str = declare(
        choice(EXACT, ROUNDED), EXACT, doc="Whether it is rounded to the whole percent before an edge is looked at."
    )
    straddling: str = declare(
        choice("split", "rate before", "rate after"), "split", doc="How a deal that crosses an edge is paid."
    )
    tiers: tuple[Tier, ...] = declare(ListOf(Tier, tiers.MAX_TIERS), ())
    bonuses: tuple[Bonus, ...] = declare(ListOf(Bonus, bonuses.MAX_BONUSES), ())
    bonuses_pay: str = declare(choice("the highest", "each"), "the highest")
    every: StepBonus | None = declare(Nested(StepBonus), None)
    curve: tuple[Point, ...] = declare(ListOf(Point, curves.MAX_POINTS), ())
    between: str = declare(choice(STEPPED, LINEAR), STEPPED, doc="How a curve goes between its points.")
    beyond: str = declare(choice(FLAT, GOES_ON), FLAT, doc="How a linear curve goes on after its last point.")
    objectives: tuple[Objective, ...] = declare(ListOf(Objective, 24), ())
    matrix: Matrix | None = declare(Nested(Matrix), None)
    gate: Gate | None = declare(Nested(Gate), None)
    minimum: int = declare(MONEY, 0, doc="The least a deal that counts pays.")
    cap: PeriodLimit | None = declare(PERIOD_LIMIT, None)
    paid: str = declare(choice(AS_IT_COMES, AT_THE_END, *_EVERY_MONTHS), AS_IT_COMES)
    advances: tuple[Fraction, ...] = declare(
        Choices(SHARE), (), doc="The most that is paid by each month's end, as shares of the period's target."
    )

    @property
    def measure(self) -> Measure:
        """What is credited."""
        return MEASURES[self.credits]

    @property
    def payable(self) -> Measure:
        """What the rates of its tiers are of."""
        return MEASURES[self.pays_on or self.credits]

    @property
    def pays_whole(self) -> str:
        """By which tier a deal is paid whole: that of the credit before it, or with it; empty when it is split."""
        if self.pays_on and (self.is_retroactive or self.accumulates == "deal"):
            return "rate after"
        if self.straddling == "split":
            return "rate before" if self.pays_on else ""
        return self.straddling

    @property
    def is_periodic(self) -> bool:
        """Whether it pays for a period as a whole instead of for each deal."""
        return bool(self.reads or self.curve or self.objectives or self.matrix or self.accumulates == YEAR_TO_DATE)

    @property
    def months(self) -> int:
        """The months of its period."""
        return 12 if self.accumulates == YEAR_TO_DATE else months_in(self.accumulates)

    @property
    def measured(self) -> int:
        """How often, in months, a component that pays for periods is worked out."""
        if self.paid in _EVERY_MONTHS:
            return min(_EVERY_MONTHS[self.paid], self.months)
        return 3 if self.accumulates == YEAR_TO_DATE else self.months

    @property
    def waits(self) -> int:
        """How many months a deal's commission waits at most for its period's end; 0 when it does not."""
        if self.paid == AS_IT_COMES and self.gate is None:
            return 0
        return _EVERY_MONTHS.get(self.paid, self.months) if self.gate is None else self.months

    @property
    def classes(self) -> int:
        """How many different rates deals can have at one level."""
        return len(self.rate_by) + 1 if self.rate_by else 1

    @property
    def is_retroactive(self) -> bool:
        """Whether reaching a tier pays what came before anew."""
        return any((tier.method or self.method) == "retroactive" for tier in self.tiers)

    @property
    def _is_all_anew(self) -> bool:
        return all((tier.method or self.method) == "retroactive" for tier in self.tiers)

    def yearly(self, level: Level, change: Adjustment | None = None) -> Yearly:
        """Return a level's year for this component, with what holds for one person instead."""
        is_money = self.measure.is_money
        own = next((q.quota for q in level.quotas if q.component.casefold() == self.name.casefold()), None)
        stated = self.allowance or own or level.allowance
        quota = stated.yearly(is_money=is_money)
        variable = level.variable
        if change is not None:
            quota = Fraction(change.quota) if change.quota is not None else quota
            variable = change.variable if change.variable is not None else variable
        target = self.target.yearly(is_money=True) if self.target else variable * self.weight
        return Yearly(quota, target, is_team=stated.is_team, stated=level.rate)

    def terms(
        self, quotas: Quotas, level: Level, person: Person | None, span: tuple[int, int], year_start: int
    ) -> Terms:
        """Work a period out for a level and a person: quota, target and what 1x pays."""
        change = adjusted(person, self.name, span[0] + span[1] - 1) if person else None
        return terms_for(quotas, self.yearly(level, change), person, span, year_start)

    def own_rate(self, terms: Terms, class_: int) -> Fraction:
        """Return what 1x pays deals of a class; the class after the last pays nothing."""
        if not self.rate_by:
            return terms.rate
        return self.rate_by[class_].pays.at(terms.rate) if class_ < len(self.rate_by) else Fraction(0)

    def is_undefined(self, terms: Terms) -> bool:
        """Say whether there is no attainment to pay by: edges are shares of a quota that is 0."""
        if self.reads or terms.quota:
            return False
        edges = [edge for found in self.entries_with_threshold for edge in (found.start, found.above)]
        edges += [self.every.step, self.every.start] if self.every else []
        if any(edge is not None and edge.share for edge in edges):
            return True
        return any(threshold_of(knot).share is not None for knot in self.curve)

    @property
    def entries_with_threshold(self) -> tuple[HasThreshold, ...]:
        """Everything that starts at an edge."""
        return (*self.tiers, *self.bonuses, *self.curve)

    def schedule(self, terms: Terms, class_: int = 0, *, closed: bool = False) -> TierSchedule:
        """Work the tiers out; with the gate shut (`closed`) only the first."""
        own = self.own_rate(terms, class_)
        made = tiers.tier_schedule(
            self.tiers[:1] if closed else self.tiers,
            terms,
            own,
            is_money=self.measure.is_money,
            method=self.method,
            is_rounded=self.attainment == ROUNDED,
        )
        return made.paying_nothing() if self.is_undefined(terms) else made

    def axis(self, terms: Terms) -> Axis:
        """Return the axis of the curve or the bonuses: credit against quota, or a result."""
        return Axis(scale=SCALE) if self.reads else Axis(terms.quota, is_money=self.measure.is_money)

    def curve_at(self, terms: Terms) -> Curve:
        """Work the curve out."""
        return curves.curve(self.curve, self.axis(terms), terms.target, self.between, self.beyond)

    def scheduled(self, terms: Terms, class_: int = 0, *, closed: bool = False) -> HasPayout:
        """Work out whatever says how it pays."""
        if self.tiers:
            return self.schedule(terms, class_, closed=closed)
        if self.is_undefined(terms):
            return bonuses.NO_STEPS if self.every else bonuses.TieredBonus((), (), adds_up=False)
        if self.curve:
            return self.curve_at(terms)
        if self.every:
            return bonuses.steps(self.every, terms, is_money=self.measure.is_money)
        adds_up = self.bonuses_pay == "each"
        if self.reads:
            return bonuses.on_result(self.bonuses, terms, adds_up=adds_up)
        is_rounded = self.attainment == ROUNDED
        return bonuses.tiered_bonus(
            self.bonuses, terms, is_money=self.measure.is_money, adds_up=adds_up, is_rounded=is_rounded
        )

    def owed(self, total: int, terms: Terms, class_: int = 0, *, closed: bool = False) -> int:
        """Return what is owed in cents on a total, or on a result times SCALE."""
        return self.scheduled(terms, class_, closed=closed).owed(total)

    def row(self, terms: Terms, class_: int = 0, *, closed: bool = False) -> PiecewiseLinear:
        """Work it out as pieces for the fast path."""
        return self.scheduled(terms, class_, closed=closed).row()

    def check(self, fields: Fields) -> None:
        """Report what does not go together."""
        stated = [name for name in _MECHANICS if getattr(self, name)]
        if not stated:
            rule = message("A component needs at least one tier.")
            fields.report("", rule, message("Add a first tier from 0% that pays 1x; or a curve, bonuses, objectives."))
        elif len(stated) > 1:
            fields.report(stated[1], message("One component pays in one way."), message("Make it two components."))
        for name in ("tiers", "bonuses", "curve"):
            if len(getattr(self, name)) > 1:
                check_rising(fields, name, getattr(self, name), lines_of(fields, name))
        self._check_units(fields)
        if self.pays_on:
            self._check_payable(fields)
        self._check_periods(fields)

    def _check_units(self, fields: Fields) -> None:
        is_money = self.payable.is_money
        rates = [*[t.pays for t in self.tiers], *[rule.pays for rule in self.rate_by]]
        if is_money and any(rate.per_unit is not None for rate in rates):
            hint = message("Write a percentage, or credit something that is counted.")
            fields.report("tiers", message("An amount for each unit needs a measure that counts."), hint)
        if not is_money and any(rate.share for rate in rates):
            hint = message("Write an amount for each, like $250.")
            fields.report("tiers", message("A percentage needs a measure of money."), hint)
        edges = [edge for found in self.entries_with_threshold for edge in (found.start, found.above) if edge]
        if not self.measure.is_money and not self.reads and any(edge.cents is not None for edge in edges):
            fields.report("tiers", message("A number is expected here, since the measure counts."))
        if self.objectives and sum((one.weight for one in self.objectives), Fraction(0)) > 1:
            fields.report("objectives", message("The weights come to more than 100%."))
        if self.reads and not (self.curve or self.bonuses):
            fields.report("reads", message("A result is paid by a curve or by bonuses."))

    def _check_payable(self, fields: Fields) -> None:
        """Report rates that are of another measure, where that has no meaning."""
        if not self.tiers or self.is_periodic:
            fields.report("pays on", message("Only tiers that pay for deals can pay on another measure."))
        elif len({tier.method or self.method for tier in self.tiers}) > 1:
            rule = message("With “pays on” the tiers are all marginal or all retroactive.")
            fields.report("pays on", rule, message("State the method once, on the component."))
        rates = [rule.pays for rule in self.rate_by] or [tier.pays for tier in self.tiers]
        if any(rate.multiple for rate in rates):
            rule = message("1x is of what is credited, and this pays on something else.")
            fields.report("pays on", rule, message("Write a percentage or an amount."))

    def _check_periods(self, fields: Fields) -> None:
        if self.is_periodic and self.accumulates == "deal":
            fields.report("accumulates", message("This pays for a period: a month, a quarter, half a year or a year."))
        if self.advances and (self.is_periodic or self.accumulates == "deal"):
            fields.report("advances", message("Advances go with tiers or bonuses that add up over a period."))
        elif len(self.advances) >= self.months > 0 and self.advances:
            fields.report("advances", message("The last month of the period pays the rest, so it needs no share."))
        if self.straddling != "split" and (not self.tiers or self.is_retroactive or self.is_periodic):
            fields.report("straddling", message("Only marginal tiers can be straddled."))
        if self.gate and self.gate.otherwise.first_tier and (not self.tiers or self.is_periodic):
            fields.report("gate", message("Only a component with tiers has a first tier."))
        if not self.curve and (self.between != STEPPED or self.beyond != FLAT):
            fields.report("between", message("“between” and “beyond” go with a curve."))
        if self.attainment == ROUNDED and (self.reads or not (self.bonuses or (self.tiers and self._is_all_anew))):
            rule = message("Rounded attainment goes with bonuses, and with tiers that are all retroactive.")
            fields.report("attainment", rule)
        if self.minimum and self.is_periodic:
            fields.report("minimum", message("A minimum is for deals."))
        if self.cap and self.cap.months == 0 and self.is_periodic:
            fields.report("cap", message("A cap for each deal is for deals."))

    def sentences(self, currency: str) -> list[Message]:
        """Say how this component pays, one sentence for each choice."""
        if self.reads:
            said = [message("{name} looks at {result}.", name=self.name, result=self.reads)]
        elif self.objectives:
            said = [message("{name} pays for objectives.", name=self.name)]
        else:
            said = [
                message("{name} credits {measure}.", name=self.name, measure=self.measure.label),
                self._who(currency),
            ]
            said += [rule.sentence(currency) for rule in self.counts]
            said += [self.window.sentence()] if self.window else []
            if not self.retires_quota:
                said.append(message("Its deals count for no other component: they retire no quota."))
            if self.split == COMMISSION:
                said.append(
                    message("Of a shared deal, everybody is credited the whole and paid a share of the commission.")
                )
        said.append(_PERIOD_WORDS[self.accumulates])
        if self.allowance:
            said.append(message("Its quota is {quota}.", quota=self.allowance.shown(currency)))
        said += [rule.sentence(currency) for rule in self.rate_by]
        said += self._ways(currency)
        if self.weight != 1:
            said.append(message("It carries {share} of the variable pay.", share=Percent(self.weight)))
        if self.target:
            said.append(message("Its target is {target}.", target=self.target.shown(currency)))
        return said + self._limits(currency)

    def _who(self, currency: str) -> Message:
        """Say which deals count."""
        if self.where == EVERY:
            return message("Every deal of your own counts.")
        said = self.where.sentence(currency)
        return said if self.where.role else message("{said} Only your own do.", said=said)

    def _ways(self, currency: str) -> list[Message]:
        said = [tier.sentence(currency, tier.method or self.method) for tier in self.tiers]
        if self.pays_on:
            said.append(message("Rates are of the deal's {measure}.", measure=self.payable.label))
        if self.pays_whole and not self.is_retroactive:
            said.append(
                message("A deal that crosses an edge is paid whole at the rate before it.")
                if self.pays_whole == "rate before"
                else message("A deal that crosses an edge is paid whole at the rate after it.")
            )
        if self.attainment == ROUNDED:
            said.append(message("Attainment is rounded to the whole percent before it is held against an edge."))
        said += [bonus.sentence(currency) for bonus in self.bonuses]
        if len(self.bonuses) > 1:
            said.append(
                message("Every bonus reached is paid.")
                if self.bonuses_pay == "each"
                else message("Only the highest bonus reached is paid.")
            )
        said += [self.every.sentence(currency)] if self.every else []
        said += [point.sentence(currency) for point in self.curve]
        if self.curve and self.between == LINEAR:
            said.append(message("Between the points it goes in straight lines."))
            if self.beyond == GOES_ON:
                said.append(message("After the last point it goes on as before."))
        elif self.curve:
            said.append(message("Between the points it stays as it is at the lower one."))
        said += [one.sentence() for one in self.objectives]
        return said + (self.matrix.sentences() if self.matrix else [])

    def _limits(self, currency: str) -> list[Message]:
        said = [self.gate.sentence(currency)] if self.gate else []
        if self.minimum:
            said.append(message("A deal that counts pays at least {amount}.", amount=Money(self.minimum, currency)))
        if self.cap:
            said.append(message("It stops at {limit}.", limit=self.cap.shown(currency)))
        if self.is_periodic:
            said.append(_MEASURED[self.measured])
        elif self.waits:
            said.append(message("It is paid at the end of the period, on what is known then."))
        for index, share in enumerate(self.advances, start=1):
            said.append(
                message(
                    "By the end of month {month} of the period at most {share} of its target is paid.",
                    month=index,
                    share=Percent(share),
                )
            )
        return said


_PERIOD_WORDS = {
    "deal": message("Every deal is looked at on its own."),
    "month": message("Credit adds up within a month and starts anew in the next."),
    "quarter": message("Credit adds up within a quarter and starts anew in the next."),
    "half": message("Credit adds up within half a year and starts anew in the next."),
    "year": message("Credit adds up over the plan year."),
    YEAR_TO_DATE: message("It looks at the year to date, against the quota to date, less what was paid before."),
}
_MEASURED = {
    1: message("It is paid at the end of each month."),
    3: message("It is paid at the end of each quarter."),
    6: message("It is paid at the end of each half year."),
    12: message("It is paid at the end of the plan year."),
}
