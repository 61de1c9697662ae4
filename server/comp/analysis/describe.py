"""A plan in words: the sentences that are its document, and the table of its terms."""

from server.comp.mechanics import caps
from server.comp.mechanics.components import Component
from server.comp.mechanics.levels import Level
from server.comp.mechanics.multipliers import PRODUCT, Multiplier, stars_shown
from server.comp.mechanics.release import Instalment
from server.comp.mechanics.thresholds import said_start, where
from server.comp.plan import Plan
from server.messages import Money, Multiple, Percent, Sentence, say


def sentences_of(plan: Plan) -> list[Sentence]:
    """Say the whole plan, one plain sentence for each choice; together they are the plan document."""
    said: list[Sentence] = []
    for level in plan.levels:
        said += _level_sentences(level, plan.currency)
    if len(plan.levels) > 1:
        said.append(
            say("A deal keeps the rate of the level it was signed under.")
            if plan.rate_when_paid == "of the level at signing"
            else say("Each instalment is paid at the rate of the level held when it is paid.")
        )
    if plan.in_force:
        said.append(plan.in_force.sentence())
    said += plan.quotas.sentences()
    said += [exchange.sentence(plan.currency) for exchange in plan.exchange]
    for component in plan.components:
        said += component.sentences(plan.currency)
    said += [instalment.sentence() for instalment in plan.release]
    if plan.quota_credit == "as released":
        said.append(say("A deal counts towards quota as its shares are released."))
    said += plan.clawback.sentences() if plan.clawback else [say("Nothing is taken back when a customer leaves.")]
    for multiplier in plan.multipliers:
        said += multiplier.sentences()
    if len([m for m in plan.multipliers if not m.is_periodic]) > 1:
        said.append(
            say("The multipliers of a deal are multiplied with each other.")
            if plan.combine == PRODUCT
            else say("What the multipliers of a deal add is summed.")
        )
    if plan.multipliers_at_most is not None:
        said.append(say("Together they reach {factor} at most.", factor=Multiple(plan.multipliers_at_most)))
    said += caps.sentence(plan.caps, plan.currency)
    for draw in plan.draws:
        said += draw.sentences(plan.currency)
    said += [plan.windfall.sentence(plan.currency)] if plan.windfall else []
    said += [served.sentence() for served in plan.goals]
    said.append(say("Every named step is rounded once to the cent, half away from zero."))
    return said


def _level_sentences(level: Level, currency: str) -> list[Sentence]:
    said = [
        say(
            "{name}: base {base}, variable {variable} at a quota of {quota}.",
            name=level.name,
            base=Money(level.base, currency),
            variable=Money(level.variable, currency),
            quota=_yearly(level, currency),
        )
    ]
    said += [
        say("Its quota for {component} is {quota}.", component=own.component, quota=own.quota.shown(currency))
        for own in level.quotas
    ]
    if level.reached_at:
        said.append(
            say(
                "{name} is reached at the end of a month with {milestones}; it holds from the next month.",
                name=level.name,
                milestones=level.reached_at.sentence(currency),
            )
        )
    return said


def _yearly(level: Level, currency: str) -> Sentence:
    shown = level.allowance.shown(currency)
    return say("{quota} a year", quota=shown) if level.allowance.months == 12 else say("{quota}", quota=shown)  # noqa: PLR2004


def table_of(plan: Plan) -> list[tuple[Sentence, Sentence]]:
    """Return the table of terms: label and value, in reading order."""
    rows = [row for level in plan.levels for row in _level_terms(plan, level)]
    rows += [(say("{name} pays", name=part.name), pays(part, plan.currency)) for part in plan.components]
    rows.append(
        (say("Paid"), joined([say("{share} {when}", share=Percent(i.share), when=_when(i)) for i in plan.release]))
    )
    if plan.clawback:
        rows.append((say("Clawback"), say("{takes}, within {window}", takes=_takes(plan), window=plan.clawback.window)))
    rows += [(say("{name}", name=multiplier.name), _multiplies(multiplier)) for multiplier in plan.multipliers]
    if plan.caps:
        rows.append((say("Cap"), joined([say("{limit}", limit=cap.shown(plan.currency)) for cap in plan.caps])))
    rows += [(say("Draw"), draw.sentences(plan.currency)[0]) for draw in plan.draws]
    return rows


def _takes(plan: Plan) -> Sentence:
    assert plan.clawback  # noqa: S101 - asked by the caller
    if plan.clawback.steps:
        return joined([say("{share} of it", share=Percent(step.takes)) for step in plan.clawback.steps])
    return {"all": say("all that was paid"), "pro rata by day": say("pro rata by day")}.get(
        plan.clawback.takes, say("pro rata by whole month")
    )


def _multiplies(multiplier: Multiplier) -> Sentence:
    if multiplier.by:
        return joined([say("{factor}", factor=Multiple(step.times)) for step in multiplier.steps])
    effect: Sentence = (
        say("+{share}", share=Percent(multiplier.adds))
        if multiplier.adds is not None
        else say("{factor}", factor=Multiple(multiplier.factor))
    )
    if multiplier.when:
        return say(
            "{effect} for a deal of {stars} stars, average {average} or better",
            effect=effect,
            stars=stars_shown(multiplier.when.deal_rating),
            average=stars_shown(multiplier.when.rep_average_at_least),
        )
    if multiplier.where:
        return say("{effect}. {where}", effect=effect, where=multiplier.where.sentence(""))
    return say("{effect} with {condition}", effect=effect, condition=multiplier.needs[0].sentence())


def _level_terms(plan: Plan, level: Level) -> list[tuple[Sentence, Sentence]]:
    label = say("{name}", name=level.name) if len(plan.levels) > 1 else say("Base / variable")
    pay = say(
        "{base} / {variable}", base=Money(level.base, plan.currency), variable=Money(level.variable, plan.currency)
    )
    stated = _yearly(level, plan.currency)
    quota = say("{quota}, {rate}", quota=stated, rate=Percent(level.own_rate)) if level.own_rate else stated
    if len(plan.levels) == 1:
        return [(label, pay), (say("Quota"), quota)]
    rows = [(label, say("{pay} · quota {quota}", pay=pay, quota=level.allowance.shown(plan.currency)))]
    if level.reached_at:
        rows.append((say("{name} from", name=level.name), level.reached_at.sentence(plan.currency)))
    return rows


def pays(component: Component, currency: str) -> Sentence:
    """Say in a line how a component pays."""
    if component.tiers:
        return joined([_tier(component, index, currency) for index in range(len(component.tiers))])
    if component.curve:
        said = [say("{share} {start}", share=Percent(p.pays), start=said_start(p, currency)) for p in component.curve]
        return say("{points} of the target", points=joined(said))
    if component.bonuses:
        said = [
            say("{amount} {start}", amount=b.pays.shown(currency), start=said_start(b, currency))
            for b in component.bonuses
        ]
        return joined(said)
    if component.every:
        return component.every.sentence(currency)
    if component.objectives:
        return joined([say("{name} {weight}", name=o.name, weight=Percent(o.weight)) for o in component.objectives])
    return say("a share of the target by two measures")


def _tier(component: Component, index: int, currency: str) -> Sentence:
    tier = component.tiers[index]
    rate, edge = tier.pays.shown(currency), where(tier)
    start = said_start(tier, currency)
    if edge.is_zero:
        return say("{rate} of {measure}", rate=rate, measure=component.measure.label)
    if (tier.method or component.method) == "retroactive":
        return say("{rate} of everything {start}", rate=rate, start=start)
    return say("{rate} {start}", rate=rate, start=start)


def _when(instalment: Instalment) -> Sentence:
    if instalment.within:
        return say("{event} within {limit}", event=instalment.on.said, limit=instalment.within)
    return instalment.on.said


def joined(said: list[Sentence]) -> Sentence:
    """Say several things one after the other, with commas."""
    whole = said[0]
    for following in said[1:]:
        whole = say("{first}, {second}", first=whole, second=following)
    return whole
