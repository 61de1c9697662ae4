"""What the exact engine pays by month and not for deals: base pay, corrections by hand, and draws."""

from server.comp.calendar import MONTHS_IN_YEAR
from server.comp.explain.context import RepContext
from server.comp.history import Correction
from server.comp.mechanics import draws
from server.comp.mechanics.levels import monthly
from server.comp.mechanics.quotas import employed_share
from server.comp.pay_elements import PayElements
from server.comp.rounding import to_cents
from server.comp.statements import DealStatement, Line, PeriodStatement, Step
from server.messages import Message, Money, Percent, message


def base_line(context: RepContext, month: int) -> Line:
    """Return the base pay of a month."""
    level = context.plan.levels[context.held[month]]
    yearly, reason = level.base, None
    for adjustment in context.history.person.adjustments:
        if adjustment.covers(month) and adjustment.base is not None:
            yearly, reason = adjustment.base, adjustment.reason
    cents = monthly(yearly, (month - context.window.first_month) % MONTHS_IN_YEAR)
    employed = employed_share(context.history.person, month, context.window.calendar)
    in_force = context.plan.period_quotas.in_force_share(month)
    cents = to_cents(to_cents(cents * employed) * in_force)
    why = message(
        "a twelfth of {base} as {name}",
        base=Money(yearly, context.plan.currency),
        name=level.name,
    )
    if employed != 1:
        why = message("{why}; employed for {share} of the month", why=why, share=Percent(employed))
    if in_force != 1:
        why = message("{why}; the plan is in force for {share} of the month", why=why, share=Percent(in_force))
    if reason:
        why = message("{why}; {reason}", why=why, reason=reason)
    return Line(0, context.window.calendar.first_day(month), cents, "paid", Step(message("Base pay"), True, why, cents))


def corrections(context: RepContext, elements: PayElements, month: int) -> list[PeriodStatement]:
    """Return the corrections of a month, each with its reason."""
    element = elements.corrections
    statements = []
    for correction in context.history.person.corrections:
        if context.month_of(correction.day) == month:
            rule, why = elements.labels[element], _correction_reason(correction)
            step = Step(rule, correction.cents != 0, why, correction.cents)
            line = Line(element, correction.day, correction.cents, "paid", step)
            statements.append(PeriodStatement(line, (step,)))
    return statements


def _correction_reason(correction: Correction) -> Message:
    """Return why pay was corrected, and who entered it when, as far as that is known."""
    reason, day = correction.reason, correction.entered_on
    if day is None:
        return message("{reason}", reason=reason)
    if not correction.entered_by:
        return message("{reason} (entered on {day})", reason=reason, day=day)
    return message("{reason} (entered by {name} on {day})", reason=reason, name=correction.entered_by, day=day)


def settle(
    context: RepContext, elements: PayElements, deals: list[DealStatement], periods: list[PeriodStatement]
) -> tuple[list[PeriodStatement], list[int]]:
    """Settle draws, and negative pay from clawback; return statements and the balance of each month."""
    if elements.advanced is None or elements.recovered is None:
        return [], []
    plan, window, person = context.plan, context.window, context.history.person
    guarantees = draws.guarantees(
        plan.draws, plan.period_quotas, person, window.first_month, window.months, carries=plan.carries
    )
    settlements = draws.settle(_variable_pay(context, deals, periods), guarantees, person.opening)
    statements = []
    for month, settlement in enumerate(settlements, start=window.first_month):
        owed = Money(settlement.owed, plan.currency)
        advance = message("pay is below the minimum; {owed} is owed now", owed=owed)
        recovery = message("pay that was advanced is recovered; {owed} is still owed", owed=owed)
        for element, cents, why in (
            (elements.advanced, settlement.advanced, advance),
            (elements.recovered, -settlement.recovered, recovery),
        ):
            if cents:
                step = Step(elements.labels[element], True, why, cents)
                line = Line(element, window.calendar.last_day(month), cents, "paid", step)
                statements.append(PeriodStatement(line, (step,)))
    return statements, [settlement.owed for settlement in settlements]


def _variable_pay(context: RepContext, deals: list[DealStatement], periods: list[PeriodStatement]) -> list[int]:
    """Return the variable pay of each month of the window in cents, before draws."""
    pay = [0] * context.window.months
    deal_lines = [line for deal in deals for line in deal.lines if line.state == "paid"]
    for line in [*deal_lines, *(period.line for period in periods)]:
        index = context.window.index_of(line.day)
        if index is not None:
            pay[index] += line.cents
    return pay
