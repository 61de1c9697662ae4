"""The sentences that describe a component to the people it pays."""

from server.comp.mechanics.component_terms import ROUNDED, YEAR_TO_DATE, ComponentTerms
from server.comp.mechanics.crediting import COMMISSION
from server.comp.mechanics.curves import GOES_ON, LINEAR
from server.comp.mechanics.eligibility import EVERY
from server.comp.mechanics.paydays import Paydays
from server.messages import Message, Money, Percent, message

_PERIOD_SENTENCES = {
    "deal": message("Each deal is paid on its own."),
    "month": message("Credit adds up within a month and restarts in the next."),
    "quarter": message("Credit adds up within a quarter and restarts in the next."),
    "half": message("Credit adds up within half a year and restarts in the next."),
    "week": message("Credit adds up over each week, from Monday. Its quota is a 52nd of the year's."),
    "two weeks": message("Credit adds up over every two weeks, from Monday. Its quota is a 26th of the year's."),
    "year": message("Credit adds up over the plan year."),
    YEAR_TO_DATE: message("It pays on the year to date against the quota to date, less earlier payments."),
}
_PAYDAY_SENTENCES = {
    1: message("It is paid at the end of each month."),
    3: message("It is paid at the end of each quarter."),
    6: message("It is paid at the end of each half year."),
    12: message("It is paid at the end of the plan year."),
}


def component_sentences(component: ComponentTerms, currency: str) -> list[Message]:
    """Describe how a component pays, one sentence for each choice."""
    if component.reads:
        sentences = [message("{name} pays on {result}.", name=component.name, result=component.reads)]
    elif component.pool:
        sentences = [message("{name} pays a share of a pool.", name=component.name)]
    elif component.objectives:
        sentences = [message("{name} pays for objectives.", name=component.name)]
    else:
        sentences = [
            message("{name} credits {measure}.", name=component.name, measure=component.measure.label),
            _eligibility_sentence(component, currency),
        ]
        sentences += [rule.sentence(currency) for rule in component.counts]
        sentences += [component.window.sentence()] if component.window else []
        if not component.retires_quota:
            sentences.append(message("Its deals do not count for other components: they retire no quota."))
        if component.split == COMMISSION:
            rule = message("On a shared deal, each rep gets full credit and a share of the commission.")
            sentences.append(rule)
    sentences.append(_PERIOD_SENTENCES[component.accumulates])
    sentences += [component.baseline.sentence(currency)] if component.baseline else []
    if component.allowance:
        sentences.append(message("Its quota is {quota}.", quota=component.allowance.shown(currency)))
    sentences += [rule.sentence(currency) for rule in component.rate_by]
    sentences += _payout_sentences(component, currency)
    if component.weight != 1:
        share = Percent(component.weight)
        sentences.append(message("Its weight is {share} of the variable pay.", share=share))
    if component.target:
        sentences.append(message("Its target is {target}.", target=component.target.shown(currency)))
    return sentences + _limit_sentences(component, currency)


def _eligibility_sentence(component: ComponentTerms, currency: str) -> Message:
    """Describe which deals count."""
    if component.where == EVERY:
        return message("All your own deals count.")
    sentence = component.where.sentence(currency)
    if component.where.role:
        return sentence
    return message("{sentence} Only your own deals count.", sentence=sentence)


def _payout_sentences(component: ComponentTerms, currency: str) -> list[Message]:
    sentences = [tier.sentence(currency, tier.method or component.method) for tier in component.tiers]
    sentences += [component.beyond_pay.sentence(currency)] if component.beyond_pay else []
    if component.pays_on:
        sentences.append(message("Rates apply to the deal's {measure}.", measure=component.payable.label))
    if component.pays_whole and not component.is_retroactive:
        sentences.append(
            message("A deal that crosses a threshold is paid in full at the lower tier's rate.")
            if component.pays_whole == "rate before"
            else message("A deal that crosses a threshold is paid in full at the higher tier's rate.")
        )
    if component.attainment == ROUNDED:
        rule = message("Attainment is rounded to a whole percent before it is compared with a threshold.")
        sentences.append(rule)
    sentences += [bonus.sentence(currency) for bonus in component.bonuses]
    if len(component.bonuses) > 1:
        sentences.append(
            message("Every bonus reached is paid.")
            if component.bonuses_pay == "each"
            else message("Only the highest bonus reached is paid.")
        )
    sentences += [component.every.sentence(currency)] if component.every else []
    sentences += [point.sentence(currency) for point in component.curve]
    if component.curve and component.between == LINEAR:
        sentences.append(message("Between the points, pay follows a straight line."))
        if component.beyond == GOES_ON:
            sentences.append(message("After the last point, pay rises at the same slope."))
    elif component.curve:
        sentences.append(message("Between the points, pay stays at the lower point."))
    sentences += [objective.sentence() for objective in component.objectives]
    sentences += component.pool.sentences(currency) if component.pool else []
    return sentences + (component.matrix.sentences() if component.matrix else [])


def _limit_sentences(component: ComponentTerms, currency: str) -> list[Message]:
    sentences = [component.gate.sentence(currency)] if component.gate else []
    if component.minimum:
        amount = Money(component.minimum, currency)
        sentences.append(message("Each eligible deal pays at least {amount}.", amount=amount))
    if component.cap:
        sentences.append(message("It is capped at {limit}.", limit=component.cap.shown(currency)))
    if component.is_periodic:
        sentences.append(_PAYDAY_SENTENCES[component.measured])
    elif not component.paydays.is_as_released:
        sentences.append(_payday_sentence(component.paydays))
    for index, share in enumerate(component.advances, start=1):
        sentences.append(
            message(
                "By the end of month {month} of the period, at most {share} of its target is paid.",
                month=index,
                share=Percent(share),
            )
        )
    return sentences


def _payday_sentence(paydays: Paydays) -> Message:
    if not paydays.every:
        return message("It is paid at the end of the period, based on what is known then.")
    return {
        1: message("Amounts that come due during a month are paid when the month ends."),
        3: message("Amounts that come due during a quarter are paid when the quarter ends."),
        6: message("Amounts that come due during a half-year are paid when the half-year ends."),
        12: message("Amounts that come due during a year are paid when the year ends."),
    }[paydays.every]
