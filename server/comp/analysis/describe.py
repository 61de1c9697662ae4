"""A plan in words: the sentences of its document, and the table of its terms."""

from server.comp.calendar import MONTHS_IN_YEAR
from server.comp.mechanics import caps
from server.comp.mechanics.components import Component
from server.comp.mechanics.levels import Level
from server.comp.mechanics.multipliers import PRODUCT, Multiplier, format_stars
from server.comp.mechanics.release import PayoutRule
from server.comp.mechanics.thresholds import describe_start, threshold_of
from server.comp.plan import Plan
from server.messages import Message, Money, Multiple, Percent, message


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
    if plan.in_force:
        sentences.append(plan.in_force.sentence())
    sentences += plan.quotas.sentences()
    sentences += [exchange.sentence(plan.currency) for exchange in plan.exchange]
    for component in plan.components:
        sentences += component.sentences(plan.currency)
    sentences += [payout_rule.sentence() for payout_rule in plan.release]
    if plan.quota_credit == "as released":
        sentences.append(message("A deal counts towards quota as its payouts are released."))
    if plan.clawback:
        sentences += plan.clawback.sentences()
    else:
        sentences.append(message("Nothing is taken back when a customer leaves."))
    sentences += _multiplier_sentences(plan)
    sentences += caps.sentence(plan.caps, plan.currency)
    for draw in plan.draws:
        sentences += draw.sentences(plan.currency)
    sentences += [plan.windfall.sentence(plan.currency)] if plan.windfall else []
    sentences += [claim.sentence() for claim in plan.goals]
    sentences.append(message("Each step is rounded once to the cent, half away from zero."))
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
            quota=_quota_label(level, currency),
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
    if level.reached_at:
        sentences.append(
            message(
                "{name} is reached at the end of a month with {milestones} and applies from the next month.",
                name=level.name,
                milestones=level.reached_at.sentence(currency),
            )
        )
    return sentences


def _quota_label(level: Level, currency: str) -> Message:
    quota = level.allowance.shown(currency)
    if level.allowance.months == MONTHS_IN_YEAR:
        return message("{quota} a year", quota=quota)
    return message("{quota}", quota=quota)


def terms_table(plan: Plan) -> list[tuple[Message, Message]]:
    """Return the table of terms as labels and values, in reading order."""
    rows = [row for level in plan.levels for row in _level_terms(plan, level)]
    rows += [
        (message("{name} pays", name=component.name), describe_component(component, plan.currency))
        for component in plan.components
    ]
    rows.append(
        (
            message("Paid"),
            join_messages([_payout_term(payout_rule) for payout_rule in plan.release]),
        )
    )
    if plan.clawback:
        rows.append(
            (
                message("Clawback"),
                message("{takes}, within {window}", takes=_clawback_share(plan), window=plan.clawback.window),
            )
        )
    rows += [(message("{name}", name=m.name), _multiplier_effect(m)) for m in plan.multipliers]
    if plan.caps:
        rows.append(
            (
                message("Cap"),
                join_messages([message("{limit}", limit=cap.shown(plan.currency)) for cap in plan.caps]),
            )
        )
    rows += [(message("Draw"), draw.sentences(plan.currency)[0]) for draw in plan.draws]
    return rows


def _clawback_share(plan: Plan) -> Message:
    """Return how much clawback takes back."""
    assert plan.clawback  # noqa: S101 - checked by the caller
    if plan.clawback.steps:
        return join_messages(
            [message("{share} of it", share=Percent(step.takes)) for step in plan.clawback.steps],
        )
    return {"all": message("all that was paid"), "pro rata by day": message("pro rata by day")}.get(
        plan.clawback.takes,
        message("pro rata by whole month"),
    )


def _multiplier_effect(multiplier: Multiplier) -> Message:
    if multiplier.by:
        return join_messages([message("{factor}", factor=Multiple(step.times)) for step in multiplier.steps])
    effect: Message = (
        message("+{share}", share=Percent(multiplier.adds))
        if multiplier.adds is not None
        else message("{factor}", factor=Multiple(multiplier.factor))
    )
    if multiplier.when:
        return message(
            "{effect} for a deal of {stars} stars, average {average} or better",
            effect=effect,
            stars=format_stars(multiplier.when.deal_rating),
            average=format_stars(multiplier.when.rep_average_at_least),
        )
    if multiplier.where:
        return message("{effect}. {where}", effect=effect, where=multiplier.where.sentence(""))
    return message("{effect} with {condition}", effect=effect, condition=multiplier.needs[0].sentence())


def _level_terms(plan: Plan, level: Level) -> list[tuple[Message, Message]]:
    label = message("{name}", name=level.name) if len(plan.levels) > 1 else message("Base / variable")
    pay = message(
        "{base} / {variable}",
        base=Money(level.base, plan.currency),
        variable=Money(level.variable, plan.currency),
    )
    stated = _quota_label(level, plan.currency)
    quota = stated
    if level.own_rate:
        quota = message("{quota}, {rate}", quota=stated, rate=Percent(level.own_rate))
    if len(plan.levels) == 1:
        return [(label, pay), (message("Quota"), quota)]
    rows = [(label, message("{pay} · quota {quota}", pay=pay, quota=level.allowance.shown(plan.currency)))]
    if level.reached_at:
        rows.append((message("{name} from", name=level.name), level.reached_at.sentence(plan.currency)))
    return rows


def describe_component(component: Component, currency: str) -> Message:
    """Return in one line how a component pays."""
    if component.tiers:
        return join_messages([_tier(component, index, currency) for index in range(len(component.tiers))])
    if component.curve:
        points = [
            message("{share} {start}", share=Percent(point.pays), start=describe_start(point, currency))
            for point in component.curve
        ]
        return message("{points} of the target", points=join_messages(points))
    if component.bonuses:
        bonuses = [
            message(
                "{amount} {start}",
                amount=bonus.pays.shown(currency),
                start=describe_start(bonus, currency),
            )
            for bonus in component.bonuses
        ]
        return join_messages(bonuses)
    if component.every:
        return component.every.sentence(currency)
    if component.objectives:
        objectives = [
            message("{name} {weight}", name=objective.name, weight=Percent(objective.weight))
            for objective in component.objectives
        ]
        return join_messages(objectives)
    return message("a share of the target by two measures")


def _tier(component: Component, index: int, currency: str) -> Message:
    tier = component.tiers[index]
    rate, start = tier.pays.shown(currency), describe_start(tier, currency)
    if threshold_of(tier).is_zero:
        return message("{rate} of {measure}", rate=rate, measure=component.measure.label)
    if (tier.method or component.method) == "retroactive":
        return message("{rate} of everything {start}", rate=rate, start=start)
    return message("{rate} {start}", rate=rate, start=start)


def _payout_term(payout_rule: PayoutRule) -> Message:
    when = payout_rule.on.phrase
    if payout_rule.within:
        when = message("{event} within {limit}", event=when, limit=payout_rule.within)
    return message("{share} {when}", share=Percent(payout_rule.share), when=when)


def join_messages(parts: list[Message]) -> Message:
    """Return messages joined with commas; there is at least one."""
    joined = parts[0]
    for part in parts[1:]:
        joined = message("{first}, {second}", first=joined, second=part)
    return joined
