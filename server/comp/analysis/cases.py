"""The terms of a worked example: the person, the levels and the deals of a case."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import lcm
from typing import Any

from server.comp.history import (
    Adjustment,
    Correction,
    Deal,
    History,
    LevelSince,
    Member,
    Payment,
    Person,
    Result,
    Split,
)
from server.comp.language import units
from server.comp.language.declarations import (
    COUNT,
    DAY,
    FLAG,
    MONEY,
    MONTH,
    PERCENT,
    SHARE,
    Choices,
    ListOf,
    choice,
    declare,
    text,
)
from server.comp.language.fields import Fields
from server.comp.mechanics.conditions import NAME, QUANTITY
from server.comp.mechanics.eligibility import KINDS, ROLES
from server.comp.mechanics.installments import MAX_PAYMENTS, with_payments
from server.comp.mechanics.measures import MEASURES, stated_arr
from server.comp.periods import PERIOD_AMOUNT, YEARLY_AMOUNT, PeriodAmount
from server.comp.plan import Plan
from server.messages import ListMessage, Percent, Value, message

SIGNED_MONEY = replace(MONEY, read=units.signed_money)
DISCOUNT = replace(PERCENT, read=units.decimal_percent)
MAX_DEALS = 60
_DERIVED = frozenset({"arr", "deals", "logos"})
"""Measures that a deal does not state: ARR has its own term, the others follow from it."""


@dataclass(frozen=True, slots=True)
class _Amounts:
    """The type of the measures that a deal states, each under its own name."""

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Return the stated measures as names and amounts in cents or units."""
        del key, default
        amounts = []
        for name, measure in MEASURES.items():
            if name in _DERIVED or not fields.has(name):
                continue
            amount = fields.take(name, units.signed_money if measure.is_money else units.count, 0)
            amounts.append((name, amount))
        return tuple(amounts)

    def properties(self) -> dict[str, Any]:
        """Return the JSON Schema of each measure, as properties of the deal itself."""
        stated = {name: measure for name, measure in MEASURES.items() if name not in _DERIVED}
        return {name: (MONEY if measure.is_money else COUNT).schema() for name, measure in stated.items()}

    def schema(self) -> dict[str, Any]:
        """Return an empty schema: the measures are properties of the deal."""
        return {}

    def shown(self, value: Any, currency: str) -> Value:
        """Return the names and amounts as they are shown."""
        shown = [(name, MONEY.shown(amount, currency)) for name, amount in value]
        return ListMessage(tuple(message("{name} {amount}", name=n, amount=amount) for n, amount in shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePayment:
    """What a customer paid on a day."""

    day: date = declare(DAY, key="on")
    amount: int = declare(MONEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDeal:
    """A deal of a case."""

    id: str = declare(text(60), "")
    signed: date = declare(DAY)
    arr: int = declare(SIGNED_MONEY, 0, doc="A negative amount is a return or a credit memo.")
    amounts: tuple[tuple[str, int], ...] = declare(_Amounts(), ())
    term_months: int = declare(COUNT, 12, key="term")
    kind: str = declare(choice(*KINDS), "new")
    product: str = declare(text(120), "")
    segment: str = declare(text(120), "")
    region: str = declare(text(120), "")
    customer: str = declare(text(120), "")
    role: str = declare(choice(*ROLES), "own")
    currency: str = declare(text(3), "")
    discount: Fraction | None = declare(DISCOUNT, None)
    prepaid: bool = declare(FLAG, default=False)
    shares: tuple[Fraction, ...] = declare(
        Choices(SHARE),
        (),
        doc="The shares of everyone who shares the deal, this rep's first.",
    )
    aha: date | None = declare(DAY, None)
    customer_paid: date | None = declare(DAY, None)
    payments: tuple[CasePayment, ...] = declare(
        ListOf(CasePayment, MAX_PAYMENTS), (), doc="The customer's payments, where they are known one by one."
    )
    go_live: date | None = declare(DAY, None, key="go-live")
    refund_of: str = declare(text(60), "", doc="The id of the deal that a negative amount takes back.")
    service_starts: date | None = declare(DAY, None, doc="The day of signing unless stated.")
    churned: date | None = declare(DAY, None)
    rating: str | None = declare(choice("1", "2", "3", "4", "5"), None, doc="Whole stars.")
    rated: date | None = declare(DAY, None)
    rep_average: Fraction | None = declare(QUANTITY, None)

    def check(self, fields: Fields) -> None:
        """Report shares, contract terms and averages that are out of range."""
        if any(share == 0 for share in self.shares):
            fields.report("shares", message("A share must be more than 0."))
        if self.shares and sum(self.shares) != 1:
            total = Percent(sum(self.shares, Fraction(0)))
            rule = message("The shares add up to {share} instead of 100%.", share=total)
            hint = message("State the shares of everyone who shares the deal, this rep's first.")
            fields.report("shares", rule, hint)
        if self.term_months > 600:  # noqa: PLR2004 - fifty years
            fields.report("term", message("A term can be at most 600 months."))
        if self.rep_average is not None and not 1 <= self.rep_average <= 5:  # noqa: PLR2004 - stars
            fields.report(
                "rep average",
                message("An average must be between 1 and 5, with at most six decimals."),
            )

    def deal(self, index: int) -> Deal:
        """Return the engine's deal; `index` numbers unnamed deals."""
        split = None
        if self.shares:
            scale = lcm(*(share.denominator for share in self.shares))
            split = Split(tuple(int(share * scale) for share in self.shares), 0)
        deal = Deal(
            id=self.id or f"deal {index + 1:02d}",
            signed=self.signed,
            arr=stated_arr(self.arr, dict(self.amounts)),
            term=self.term_months,
            kind=self.kind,
            product=self.product,
            customer=self.customer,
            aha=self.aha,
            churned=self.churned,
            rating=int(self.rating) if self.rating else None,
            rated=self.rated,
            rep_average=self.rep_average,
            segment=self.segment,
            region=self.region,
            role=self.role,
            currency=self.currency,
            discount=self.discount,
            prepaid=self.prepaid,
            paid=self.customer_paid,
            live=self.go_live,
            starts=self.service_starts,
            split=split,
            amounts=tuple(sorted(self.amounts)),
            refund_of=self.refund_of,
        )
        return with_payments(deal, (Payment(payment.day, payment.amount) for payment in self.payments))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCorrection:
    """An amount added to a person's variable pay by hand, or taken from it, with a reason."""

    day: date = declare(DAY, key="on")
    amount: int = declare(SIGNED_MONEY)
    reason: str = declare(text(200))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """A result known at a month's end."""

    of: str = declare(NAME)
    month: int = declare(MONTH)
    value: Fraction = declare(QUANTITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMember:
    """A member of the team whose quotas add up."""

    quota: PeriodAmount = declare(PERIOD_AMOUNT)
    started: date | None = declare(DAY, None)
    left: date | None = declare(DAY, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAdjustment:
    """Terms of one person for some months, with a reason."""

    start: int = declare(MONTH, key="from")
    until: int = declare(MONTH)
    reason: str = declare(text(200))
    component: str = declare(text(60), "")
    base: int | None = declare(YEARLY_AMOUNT, None)
    variable: int | None = declare(YEARLY_AMOUNT, None)
    quota: PeriodAmount | None = declare(PERIOD_AMOUNT, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLevel:
    """A level held from a month on."""

    level: str = declare(text(60))
    start: int = declare(MONTH, key="from")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A worked example."""

    name: str = declare(text(120))
    rep: str = declare(text(60), "", doc="The level held; the first one unless stated.")
    levels: tuple[CaseLevel, ...] = declare(ListOf(CaseLevel, 12), (), doc="Levels held one after the other.")
    started: date | None = declare(DAY, None)
    left: date | None = declare(DAY, None)
    results: tuple[CaseResult, ...] = declare(ListOf(CaseResult, 60), ())
    adjustments: tuple[CaseAdjustment, ...] = declare(ListOf(CaseAdjustment, 12), ())
    team: tuple[CaseMember, ...] = declare(ListOf(CaseMember, 40), ())
    opening_balance: int = declare(MONEY, 0)
    corrections: tuple[CaseCorrection, ...] = declare(ListOf(CaseCorrection, 40), ())
    deals: tuple[CaseDeal, ...] = declare(ListOf(CaseDeal, MAX_DEALS), ())

    def check(self, fields: Fields) -> None:
        """Report two deals of one id: a credit memo would not know which it refunds."""
        ids = [deal.id for deal in self.deals if deal.id]
        if len(set(ids)) < len(ids):
            fields.report("deals", message("Two deals have the same id."), message("Give each deal its own id."))

    def history(self, plan: Plan) -> History:
        """Return the engine's history of the case."""
        is_money = plan.components[0].measure.is_money

        def yearly(stated: PeriodAmount) -> int:
            return int(stated.yearly(is_money=is_money))

        person = Person(
            started=self.started,
            left=self.left,
            results=tuple(Result(result.of, result.month, result.value) for result in self.results),
            adjustments=tuple(
                Adjustment(
                    first_month=adjustment.start,
                    last_month=adjustment.until,
                    reason=adjustment.reason,
                    base=adjustment.base,
                    variable=adjustment.variable,
                    quota=int(adjustment.quota.yearly(is_money=True)) if adjustment.quota else None,
                    component=adjustment.component,
                )
                for adjustment in self.adjustments
            ),
            team=tuple(Member(yearly(member.quota), member.started, member.left) for member in self.team),
            opening=self.opening_balance,
            corrections=tuple(
                Correction(correction.day, correction.amount, correction.reason) for correction in self.corrections
            ),
        )
        levels = tuple(LevelSince(level.start, level.level) for level in self.levels)
        levels = levels or (LevelSince(plan.year, self.rep or plan.levels[0].name),)
        return History(
            "case",
            tuple(deal.deal(index) for index, deal in enumerate(self.deals)),
            levels,
            person,
        )
