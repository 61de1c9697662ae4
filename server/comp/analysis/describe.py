"""A plan in words: the sentences that are its document, and the table of its terms."""

from server.comp.mechanics import caps
from server.comp.mechanics.components import Component
from server.comp.mechanics.levels import Level
from server.comp.mechanics.multipliers import PRODUCT, Multiplier, format_stars
from server.comp.mechanics.release import PayoutRule
from server.comp.mechanics.thresholds import describe_start, threshold_of
from server.comp.plan import Plan
from server.messages import Message, Money, Multiple, Percent, message


def describe(plan: Plan) -> list[Message]:
    """Say the whole plan, one plain sentence for each choice; together they are the plan document."""
    said: list[Message] = []
    for level in plan.levels:
        said += _level_sentences(level, plan.currency)
    if len(plan.levels) > 1:
        said.append(
            message("A deal keeps the rate of the level it was signed under.")
            if plan.rate_when_paid == "of the level at signing"
            else message("Each instalment is paid at the rate of the level held when it is paid.")
        )
    if plan.in_force:
        said.append(plan.in_force.sentence())
    said += plan.quotas.sentences()
    said += [exchange.sentence(plan.currency) for exchange in plan.exchange]
    for component in plan.components:
        said += component.sentences(plan.currency)
    said += [instalment.sentence() for instalment in plan.release]
    if plan.quota_credit == "as released":
        said.append(message("A deal counts towards quota as its shares are released."))
    said += plan.clawback.sentences() if plan.clawback else [message("Nothing is taken back when a customer leaves.")]
    for multiplier in plan.multipliers:
        said += multiplier.sentences()
    if len([m for m in plan.multipliers if not m.is_periodic]) > 1:
        said.append(
            message("The multipliers of a deal are multiplied with each other.")
            if plan.combine == PRODUCT
            else message("What the multipliers of a deal add is summed.")
        )
    if plan.multipliers_at_most is not None:
        said.append(message("Together they reach {factor} at most.", factor=Multiple(plan.multipliers_at_most)))
    said += caps.sentence(plan.caps, plan.currency)
    for draw in plan.draws:
        said += draw.sentences(plan.currency)
    said += [plan.windfall.sentence(plan.currency)] if plan.windfall else []
    said += [served.sentence() for served in plan.goals]
    said.append(message("Every named step is rounded once to the cent, half away from zero."))
    return said


def _level_sentences(level: Level, currency: str) -> list[Message]:
    said = [
        message(
            "{name}: base {base}, variable {variable} at a quota of {quota}.",
            name=level.name,
            base=Money(level.base, currency),
            variable=Money(level.variable, currency),
            quota=_quota_label(level, currency),
        )
    ]
    said += [
        message("Its quota for {component} is {quota}.", component=own.component, quota=own.quota.shown(currency))
        for own in level.quotas
    ]
    if level.reached_at:
        said.append(
            message(
                "{name} is reached at the end of a month with {milestones}; it holds from the next month.",
                name=level.name,
                milestones=level.reached_at.sentence(currency),
            )
        )
    return said


def _quota_label(level: Level, currency: str) -> Message:
    shown = level.allowance.shown(currency)
    return message("{quota} a year", quota=shown) if level.allowance.months == 12 else message("{quota}", quota=shown)  # noqa: PLR2004


def terms_table(plan: Plan) -> list[tuple[Message, Message]]:
    """Return the table of terms: label and value, in reading order."""
    rows = [row for level in plan.levels for row in _level_terms(plan, level)]
    rows += [
        (message("{name} pays", name=part.name), describe_component(part, plan.currency)) for part in plan.components
    ]
    rows.append(
        (
            message("Paid"),
            join_messages([message("{share} {when}", share=Percent(i.share), when=_when(i)) for i in plan.release]),
        )
    )
    if plan.clawback:
        rows.append(
            (
                message("Clawback"),
                message("{takes}, within {window}", takes=_clawback_share(plan), window=plan.clawback.window),
            )
        )
    rows += [
        (message("{name}", name=multiplier.name), _multiplier_effect(multiplier)) for multiplier in plan.multipliers
    ]
    if plan.caps:
        rows.append(
            (message("Cap"), join_messages([message("{limit}", limit=cap.shown(plan.currency)) for cap in plan.caps]))
        )
    rows += [(message("Draw"), draw.sentences(plan.currency)[0]) for draw in plan.draws]
    return rows


def _clawback_share(plan: Plan) -> Message:
    assert plan.clawback  # noqa: S101 - asked by the caller
    if plan.clawback.steps:
        return join_messages([message("{share} of it", share=Percent(step.takes)) for step in plan.clawback.steps])
    return {"all": message("all that was paid"), "pro rata by day": message("pro rata by day")}.get(
        plan.clawback.takes, message("pro rata by whole month")
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
        "{base} / {variable}", base=Money(level.base, plan.currency), variable=Money(level.variable, plan.currency)
    )
    stated = _quota_label(level, plan.currency)
    quota = message("{quota}, {rate}", quota=stated, rate=Percent(level.own_rate)) if level.own_rate else stated
    if len(plan.levels) == 1:
        return [(label, pay), (message("Quota"), quota)]
    rows = [(label, message("{pay} · quota {quota}", pay=pay, quota=level.allowance.shown(plan.currency)))]
    if level.reached_at:
        rows.append((message("{name} from", name=level.name), level.reached_at.sentence(plan.currency)))
    return rows


def describe_component(component: Component, currency: str) -> Message:
    """Say in a line how a component pays."""
    if component.tiers:
        return join_messages([_tier(component, index, currency) for index in range(len(component.tiers))])
    if component.curve:
        said = [
            message("{share} {start}", share=Percent(p.pays), start=describe_start(p, currency))
            for p in component.curve
        ]
        return message("{points} of the target", points=join_messages(said))
    if component.bonuses:
        said = [
            message("{amount} {start}", amount=b.pays.shown(currency), start=describe_start(b, currency))
            for b in component.bonuses
        ]
        return join_messages(said)
    if component.every:
        return component.every.sentence(currency)
    if component.objectives:
        return join_messages(
            [message("{name} {weight}", name=o.name, weight=Percent(o.weight)) for o in component.objectives]
        )
    return message("a share of the target by two measures")


def _tier(component: Component, index: int, currency: str) -> Message:
    tier = component.tiers[index]
    rate, edge = tier.pays.shown(currency), threshold_of(tier)
    start = describe_start(tier, currency)
    if edge.is_zero:
        return message("{rate} of {measure}", rate=rate, measure=component.measure.label)
    if (tier.method or component.method) == "retroactive":
        return message("{rate} of everything {start}", rate=rate, start=start)
    return message("{rate} {start}", rate=rate, start=start)


def _when(instalment: PayoutRule) -> Message:
    if instalment.within:
        return message("{event} within {limit}", event=instalment.on.phrase, limit=instalment.within)
    return instalment.on.phrase


def join_messages(said: list[Message]) -> Message:
    """Say several things one after the other, with commas."""
    whole = said[0]
    for following in said[1:]:
        whole = message("{first}, {second}", first=whole, second=following)
    return whole
