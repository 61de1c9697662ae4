"""A plan in words: the sentences of its document."""

from server.comp.mechanics import caps
from server.comp.mechanics.levels import Level
from server.comp.mechanics.multipliers import PRODUCT
from server.comp.periods import quota_label
from server.comp.plan import Plan
from server.messages import ListMessage, Message, Money, Multiple, message


def describe(plan: Plan) -> list[Message]:
    """Return the whole plan as plain sentences, one for each choice; together they are the plan document."""
    sentences: list[Message] = []
    for level in plan.levels:
        sentences += _level_sentences(level, plan.currency)
    if len(plan.levels) > 1:
        sentences.append(
            message("A deal keeps the rate of the level it was signed under.")
            if plan.rate_when_paid == "of the level at signing"
            else message("Each payout uses the rate of the level held when it is paid.")
        )
    if plan.calendar:
        sentences += plan.calendar.sentences()
    if plan.in_force:
        sentences.append(plan.in_force.sentence())
        sentences.append(message("Base pay, quotas and targets are for the days on which the plan is in force."))
    sentences += plan.quotas.sentences()
    sentences += [exchange.sentence(plan.currency) for exchange in plan.exchange]
    for component in plan.components:
        sentences += component.sentences(plan.currency)
    sentences += [payout_rule.sentence() for payout_rule in plan.release]
    if plan.quota_credit == "as released":
        sentences.append(message("A deal counts towards quota as its payouts are released."))
    for rule in plan.clawback_rules:
        sentences += rule.sentences()
    if not plan.clawback_rules:
        sentences.append(message("Nothing is taken back when a customer leaves."))
    sentences += _multiplier_sentences(plan)
    sentences += caps.sentence(plan.caps, plan.currency)
    sentences += plan.leaving.sentences()
    for draw in plan.draws:
        sentences += draw.sentences(plan.currency)
    sentences += [plan.windfall.sentence(plan.currency)] if plan.windfall else []
    sentences += [claim.sentence() for claim in plan.goals]
    sentences.append(message("Each amount is rounded once, to the nearest cent."))
    return sentences


def _multiplier_sentences(plan: Plan) -> list[Message]:
    sentences = [sentence for multiplier in plan.multipliers for sentence in multiplier.sentences()]
    if len([m for m in plan.multipliers if not m.is_periodic]) > 1:
        sentences.append(
            message("The multipliers of a deal are multiplied together.")
            if plan.combine == PRODUCT
            else message("The multipliers of a deal are added up.")
        )
    if plan.multipliers_at_most is not None:
        limit = Multiple(plan.multipliers_at_most)
        sentences.append(message("Together, the multipliers are at most {factor}.", factor=limit))
    return sentences


def _level_sentences(level: Level, currency: str) -> list[Message]:
    sentences = [
        message(
            "{name}: base {base}, variable {variable} at a quota of {quota}.",
            name=level.name,
            base=Money(level.base, currency),
            variable=Money(level.variable, currency),
            quota=quota_label(level.allowance, currency),
        )
    ]
    sentences += [
        message(
            "Its quota for {component} is {quota}.",
            component=component_quota.component,
            quota=component_quota.quota.shown(currency),
        )
        for component_quota in level.quotas
    ]
    if level.also_for:
        sentences.append(
            message("{name} also pays people at level {levels}.", name=level.name, levels=ListMessage(level.also_for))
        )
    if level.reached_at:
        sentences.append(
            message(
                "{name} is reached at the end of a month with {milestones}. It applies from the next month.",
                name=level.name,
                milestones=level.reached_at.sentence(currency),
            )
        )
    return sentences
