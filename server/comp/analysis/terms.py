"""The table of a plan's terms: each row with its path, its label, its value, and where its figures are in the text.

A term is identified by its path, such as `components/New business/pays`. Paths are what comments and links store, so a
label can be reworded or translated without touching them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from server.comp.language.declarations import summarize
from server.comp.mechanics.clawback import PAID, Clawback
from server.comp.mechanics.components import Component
from server.comp.mechanics.leaving import IN_FULL
from server.comp.mechanics.levels import Level
from server.comp.mechanics.multipliers import Multiplier, format_stars
from server.comp.mechanics.release import PayoutRule
from server.comp.mechanics.thresholds import HasThreshold, describe_start, threshold_of
from server.comp.mechanics.tiers import BeyondPay
from server.comp.periods import quota_label
from server.comp.plan import Plan
from server.messages import ListMessage, Message, Money, Multiple, Percent, Value, is_figure, leaves, message


@dataclass(frozen=True, slots=True)
class PlanTerm:
    """A row of the table of terms.

    `sources` says for every leaf of the value, in reading order, the path of the value of the plan's text that it shows
    (as `plan_text.edit` names them), or None if it shows none or follows from others.
    """

    path: str
    value: Message
    sources: tuple[str | None, ...]

    @property
    def label(self) -> Message:
        """The label of the row."""
        return term_label(self.path)


def term_label(path: str) -> Message:
    """Return the label of a term; the path itself for one that no plan has."""
    fixed = {
        "level/pay": message("Base / variable"),
        "level/quota": message("Quota"),
        "release": message("Paid"),
        "clawback": message("Clawback"),
        "leaving": message("Leaving"),
        "cap": message("Cap"),
    }
    if path in fixed:
        return fixed[path]
    section, _, rest = path.partition("/")
    if section == "draws":
        return message("Draw")
    if section == "components":
        return message("{name} pays", name=rest.removesuffix("/pays"))
    if section == "levels" and rest.endswith("/reached at"):
        return message("{name} from", name=rest.removesuffix("/reached at"))
    if section == "levels" and rest.endswith("/also for"):
        return message("{name} also for", name=rest.removesuffix("/also for"))
    return message("{name}", name=rest or path)


def terms_table(plan: Plan, *, names_levels: bool = False) -> list[PlanTerm]:
    """Return the table of terms in reading order; `names_levels` gives a single level a row by its name too."""
    return list(_terms(plan, names_levels=names_levels or len(plan.levels) > 1))


def _terms(plan: Plan, *, names_levels: bool) -> Iterator[PlanTerm]:
    for index, level in enumerate(plan.levels):
        yield from _level_terms(plan, level, f"levels/{index}", names_levels=names_levels)
    for index, component in enumerate(plan.components):
        part = _component(component, plan.currency, f"components/{index}")
        yield _row(f"components/{component.name}/pays", part)
    yield _row("release", _joined([_payout(rule, f"release/{n}") for n, rule in enumerate(plan.release)]))
    if plan.clawback:
        yield _row("clawback", _clawback(plan.clawback, "clawback"))
    for index, rule in enumerate(plan.clawbacks):
        yield _row(f"clawbacks/{index}", _clawback(rule, f"clawbacks/{index}"))
    if plan.leaving != IN_FULL:
        yield _row("leaving", _compose("{terms}", terms=_at(summarize(plan.leaving, plan.currency))))
    for index, multiplier in enumerate(plan.multipliers):
        yield _row(f"multipliers/{multiplier.name}", _multiplier(multiplier, f"multipliers/{index}"))
    if plan.caps:
        limits = [message("{limit}", limit=cap.shown(plan.currency)) for cap in plan.caps]
        paths = [f"cap/{n}" for n in range(len(limits))] if len(limits) > 1 else ["cap"]
        yield _row("cap", _joined([_at(limit, path) for limit, path in zip(limits, paths, strict=True)]))
    for index, draw in enumerate(plan.draws):
        yield _row(f"draws/{index}", _at(draw.sentences(plan.currency)[0], f"draws/{index}/amount"))


Part = tuple[Message, tuple[str | None, ...]]
"""A message, and the source of each of its leaves in reading order."""


def _row(path: str, part: Part) -> PlanTerm:
    value, sources = part
    return PlanTerm(path, value, sources)


def _at(value: Value, *paths: str) -> Part:
    """Return a value whose figures come from these paths, in reading order; further figures have no source."""
    shown = value if isinstance(value, Message) else message("{value}", value=value)
    remaining = list(paths)
    sources = [remaining.pop(0) if remaining and is_figure(leaf) else None for leaf in leaves(shown)]
    return shown, tuple(sources)


def _compose(msgid: str, /, **parts: Part) -> Part:
    """Return a message of parts, which must appear in it in the order given."""
    shown = message(msgid, **{name: part[0] for name, part in parts.items()})
    return shown, tuple(source for part in parts.values() for source in part[1])


def _joined(parts: list[Part]) -> Part:
    joined = parts[0]
    for part in parts[1:]:
        joined = _compose("{first}, {second}", first=joined, second=part)
    return joined


def _start(entry: HasThreshold, currency: str, path: str) -> Part:
    return _at(describe_start(entry, currency), f"{path}/above" if entry.above is not None else f"{path}/from")


def _level_terms(plan: Plan, level: Level, path: str, *, names_levels: bool) -> Iterator[PlanTerm]:
    base, variable = Money(level.base, plan.currency), Money(level.variable, plan.currency)
    pay = _at(message("{base} / {variable}", base=base, variable=variable), f"{path}/base", f"{path}/variable")
    if names_levels:
        quota = _at(level.allowance.shown(plan.currency), f"{path}/quota")
        yield _row(f"levels/{level.name}", _compose("{pay} · quota {quota}", pay=pay, quota=quota))
        if level.reached_at:
            yield _row(f"levels/{level.name}/reached at", _at(level.reached_at.sentence(plan.currency)))
        if level.also_for:
            others = message("{levels}", levels=ListMessage(level.also_for))
            yield _row(f"levels/{level.name}/also for", _at(others, f"{path}/also for"))
        return
    yield _row("level/pay", pay)
    quota = _at(quota_label(level.allowance, plan.currency), f"{path}/quota")
    if level.own_rate:
        rate = _at(Percent(level.own_rate))  # follows from variable and quota
        quota = _compose("{quota}, {rate}", quota=quota, rate=rate)
    yield _row("level/quota", quota)


def _beyond_pay(beyond: BeyondPay, currency: str, path: str) -> Part:
    return _compose(
        "{rate} once {amount} is paid",
        rate=_at(beyond.pays.shown(currency), f"{path}/pays"),
        amount=_at(Money(beyond.start, currency), f"{path}/from"),
    )


def _component(component: Component, currency: str, path: str) -> Part:
    if component.tiers:
        tiers = [_tier(component, n, currency, f"{path}/tiers/{n}") for n in range(len(component.tiers))]
        if component.beyond_pay:
            tiers.append(_beyond_pay(component.beyond_pay, currency, f"{path}/beyond pay"))
        return _joined(tiers)
    if component.curve:
        points = [
            _compose(
                "{share} {start}",
                share=_at(Percent(point.pays), f"{path}/curve/{n}/pays"),
                start=_start(point, currency, f"{path}/curve/{n}"),
            )
            for n, point in enumerate(component.curve)
        ]
        return _compose("{points} of the target", points=_joined(points))
    if component.bonuses:
        bonuses = [
            _compose(
                "{amount} {start}",
                amount=_at(bonus.pays.shown(currency), f"{path}/bonuses/{n}/pays"),
                start=_start(bonus, currency, f"{path}/bonuses/{n}"),
            )
            for n, bonus in enumerate(component.bonuses)
        ]
        return _joined(bonuses)
    if component.every:
        return _at(component.every.sentence(currency))
    return _on_results(component, currency, path)


def _on_results(component: Component, currency: str, path: str) -> Part:
    """Return the terms of a component that pays on results, a matrix or a pool."""
    if component.objectives:
        objectives = [
            _at(
                message("{name} {weight}", name=objective.name, weight=Percent(objective.weight)),
                f"{path}/objectives/{n}/weight",
            )
            for n, objective in enumerate(component.objectives)
        ]
        return _joined(objectives)
    if component.pool:
        return _at(ListMessage(tuple(component.pool.sentences(currency))))
    return _at(message("a share of the target by two measures"))


def _tier(component: Component, index: int, currency: str, path: str) -> Part:
    tier = component.tiers[index]
    rate = _at(tier.pays.shown(currency), f"{path}/pays")
    if threshold_of(tier).is_zero:
        return _compose("{rate} of {measure}", rate=rate, measure=_at(component.measure.label))
    start = _start(tier, currency, path)
    if (tier.method or component.method) == "retroactive":
        return _compose("{rate} of everything {start}", rate=rate, start=start)
    return _compose("{rate} {start}", rate=rate, start=start)


def _payout(rule: PayoutRule, path: str) -> Part:
    share = _at(Percent(rule.share), f"{path}/share")
    event = _at(rule.on.phrase)
    if not rule.within:
        return _compose("{share} {when}", share=share, when=event)
    when = _compose("{event} within {limit}", event=event, limit=_at(rule.within, f"{path}/within"))
    return _compose("{share} {when}", share=share, when=when)


def _clawback(clawback: Clawback, path: str) -> Part:
    if clawback.steps:
        steps = [
            _at(message("{share} of it", share=Percent(step.takes)), f"{path}/steps/{n}/takes")
            for n, step in enumerate(clawback.steps)
        ]
        return _for_deals(
            clawback, _compose("{takes}, within {window}", takes=_joined(steps), window=_window(clawback))
        )
    if isinstance(clawback.takes, Fraction):
        takes = _at(message("{share} of it", share=Percent(clawback.takes)), f"{path}/takes")
    else:
        whole = message("all that was paid") if clawback.of == PAID else message("all that was earned")
        words = {"all": whole, "pro rata by day": message("pro rata by day")}
        takes = _at(words.get(clawback.takes, message("pro rata by whole month")))
    window = _window(clawback, f"{path}/within")
    return _for_deals(clawback, _compose("{takes}, within {window}", takes=takes, window=window))


def _window(clawback: Clawback, path: str = "") -> Part:
    """Return the window of a rule with the day it is counted from."""
    window = clawback.window_in_words(clawback.window)
    return _at(window, path) if path else _at(window)


def _for_deals(clawback: Clawback, part: Part) -> Part:
    """Return a rule with the deals it applies to."""
    conditions = clawback.where.conditions("")
    return part if conditions is None else _compose("{rule} ({deals})", rule=part, deals=_at(conditions))


def _multiplier(multiplier: Multiplier, path: str) -> Part:
    if multiplier.by:
        steps = [
            _at(message("{factor}", factor=Multiple(step.times)), f"{path}/steps/{n}/times")
            for n, step in enumerate(multiplier.steps)
        ]
        return _joined(steps)
    effect = (
        _at(message("+{share}", share=Percent(multiplier.adds)), f"{path}/adds")
        if multiplier.adds is not None
        else _at(message("{factor}", factor=Multiple(multiplier.factor)), f"{path}/times")
    )
    if multiplier.when:
        stars = format_stars(multiplier.when.deal_rating)
        average = format_stars(multiplier.when.rep_average_at_least)
        return _compose(
            "{effect} for a deal of {stars} stars, average {average} or better",
            effect=effect,
            stars=_at(stars, f"{path}/when/deal rating"),
            average=_at(average, f"{path}/when/rep average at least"),
        )
    if multiplier.where:
        return _compose("{effect}. {where}", effect=effect, where=_at(multiplier.where.sentence("")))
    return _compose("{effect} with {condition}", effect=effect, condition=_at(multiplier.needs[0].sentence()))
