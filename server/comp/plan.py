"""A plan: read from text, identified by its canonical form, said in sentences and in a table of terms."""

import hashlib
from dataclasses import dataclass, replace
from fractions import Fraction

from server.comp import caps, clawback, components, levels, multipliers, quantities, release
from server.comp.caps import Cap
from server.comp.clawback import Clawback
from server.comp.components import Component
from server.comp.document import compose
from server.comp.levels import Level
from server.comp.multipliers import Multiplier
from server.comp.problems import Problem, UnreadableError
from server.comp.reading import Fields, stop_on, words
from server.comp.release import Instalment
from server.comp.wording import Money, Percent, Sentence, Value, say

_CURRENCY = 3
MOST_RATE = Fraction(10)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that decides pay. `year` is the month number of the plan year's first month."""

    name: str
    summary: str
    currency: str
    year: int
    levels: tuple[Level, ...]
    components: tuple[Component, ...]
    release: tuple[Instalment, ...]
    clawback: Clawback | None
    multipliers: tuple[Multiplier, ...]
    cap: Cap | None

    @property
    def digest(self) -> str:
        """The hash of what decides pay: name, summary and layout of the text do not matter."""
        decisive = replace(self, name="", summary="")
        return hashlib.sha256(repr(decisive).encode()).hexdigest()

    def sentences(self) -> list[Sentence]:
        """Say the whole plan, one plain sentence for each choice; together they are the plan document."""
        said: list[Sentence] = []
        for level in self.levels:
            said.append(
                say(
                    "{name}: base {base}, variable {variable} at a yearly quota of {quota}.",
                    name=level.name,
                    base=Money(level.base, self.currency),
                    variable=Money(level.variable, self.currency),
                    quota=Money(level.quota, self.currency),
                )
            )
            if level.reached_at:
                said.append(
                    say(
                        "{name} is reached at the end of a month with {milestones}; it holds from the next month.",
                        name=level.name,
                        milestones=level.reached_at.sentence(self.currency),
                    )
                )
        if len(self.levels) > 1:
            said.append(say("A deal keeps the rate of the level it was signed under."))
        for component in self.components:
            said += component.sentences(self.currency)
        said += [instalment.sentence() for instalment in self.release]
        said.append(self.clawback.sentence() if self.clawback else say("Nothing is taken back when a customer leaves."))
        for multiplier in self.multipliers:
            said += multiplier.sentences()
        said.append(caps.sentence(self.cap, self.currency))
        said.append(say("Every named step is rounded once to the cent, half away from zero."))
        return said

    def terms(self) -> list[tuple[Sentence, Sentence]]:
        """Return the table of terms: label and value, in reading order."""
        rows = [row for level in self.levels for row in self._level_terms(level)]
        rows += [(say("{name} pays", name=part.name), self._pays(part)) for part in self.components]
        rows.append(
            (say("Paid"), _joined([say("{share} {when}", share=Percent(i.share), when=_when(i)) for i in self.release]))
        )
        if self.clawback:
            takes = say("pro rata by whole month") if self.clawback.pro_rata else say("all that was paid")
            rows.append((say("Clawback"), say("{takes}, within {window}", takes=takes, window=self.clawback.within)))
        rows += [
            (
                say("{name}", name=multiplier.name),
                say(
                    "+{share} for a deal of {stars} stars, average {average} or better",
                    share=Percent(multiplier.adds),
                    stars=multipliers.stars_shown(multiplier.stars),
                    average=multipliers.stars_shown(multiplier.average),
                ),
            )
            for multiplier in self.multipliers
        ]
        if self.cap:
            rows.append((say("Cap"), say("{amount} a year", amount=Money(self.cap.amount, self.currency))))
        return rows

    def _level_terms(self, level: Level) -> list[tuple[Sentence, Sentence]]:
        label = say("{name}", name=level.name) if len(self.levels) > 1 else say("Base / variable")
        pay = say(
            "{base} / {variable}", base=Money(level.base, self.currency), variable=Money(level.variable, self.currency)
        )
        quota = say("{quota} a year, {rate}", quota=Money(level.quota, self.currency), rate=Percent(level.own_rate))
        if len(self.levels) == 1:
            return [(label, pay), (say("Quota"), quota)]
        rows = [(label, say("{pay} · quota {quota}", pay=pay, quota=quota))]
        if level.reached_at:
            rows.append((say("{name} from", name=level.name), level.reached_at.sentence(self.currency)))
        return rows

    def _pays(self, component: Component) -> Sentence:
        said = []
        for tier in component.tiers:
            rate = tier.rate.shown(self.currency)
            edge: Value = (
                Percent(tier.start.share)
                if tier.start.share is not None
                else Money(tier.start.amount or 0, self.currency)
            )
            if not component.measure.is_money:
                edge = tier.start.amount or 0
            if tier.retroactive:
                said.append(say("{rate} of everything from {edge}", rate=rate, edge=edge))
            elif tier.start.at(100):
                said.append(say("{rate} from {edge}", rate=rate, edge=edge))
            else:
                said.append(say("{rate} of {measure}", rate=rate, measure=component.measure.label))
        return _joined(said)


def _when(instalment: Instalment) -> Sentence:
    if instalment.on.kind == "signing":
        return say("at signing")
    if instalment.on.kind == "month":
        return say("in month {month}", month=instalment.on.month)
    if instalment.within:
        return say("at the aha moment within {limit}", limit=instalment.within)
    return say("at the aha moment")


def _joined(said: list[Sentence]) -> Sentence:
    joined = said[0]
    for following in said[1:]:
        joined = say("{first}, {second}", first=joined, second=following)
    return joined


def _currency(text: str) -> str:
    if len(text) != _CURRENCY or not text.isascii() or not text.isupper():
        raise UnreadableError(say("A currency is three capital letters."), say("Write it like USD."))
    return text


def parse(text: str) -> tuple[Plan, Fields]:
    """Read a plan without its worked cases; return it with the fields, so that the cases can be read after it.

    Raises PlanError with every problem found.
    """
    problems: list[Problem] = []
    fields = Fields(compose(text), problems)
    plan = Plan(
        name=fields.need("name", words(80), ""),
        summary=fields.take("summary", words(300), ""),
        currency=fields.take("currency", _currency, "USD"),
        year=fields.take("year", quantities.month, 684),
        levels=levels.read(fields),
        components=components.read(fields),
        release=release.read(fields),
        clawback=clawback.read(fields.inner("clawback")),
        multipliers=multipliers.read(fields),
        cap=caps.read(fields),
    )
    if not plan.levels:
        rule = say("A plan needs at least one level.")
        problems.append(Problem(fields.line, "", rule, say("Add “levels:” with name, base, variable and quota.")))
    _check_quotas(plan, fields)
    _check_rates(plan, fields)
    fields.node("cases")
    fields.finish()
    stop_on(problems)
    return plan, fields


def _check_rates(plan: Plan, fields: Fields) -> None:
    """Refuse a level whose own rate is absurd: it is a slip of the pen, and its figures would know no end."""
    for level in plan.levels:
        if level.own_rate > MOST_RATE:
            rule = say(
                "{name} would be paid more than {most} of what is sold.", name=level.name, most=Percent(MOST_RATE)
            )
            fields.problems.append(
                Problem(fields.line_of("levels"), "", rule, say("Check its variable and its quota."))
            )
    names = [level.name.casefold() for level in plan.levels]
    for name in sorted({name for name in names if names.count(name) > 1}):
        fields.problems.append(
            Problem(fields.line_of("levels"), name, say("Two levels have this name."), say("Rename one of them."))
        )


def _check_quotas(plan: Plan, fields: Fields) -> None:
    """Refuse the level's own rate and shares of quota where there is no quota: they would be undefined."""
    uses_quota = any(
        tier.rate.multiple is not None or tier.start.share for part in plan.components for tier in part.tiers
    )
    for level in plan.levels:
        if uses_quota and level.quota == 0:
            rule = say("{name} has a quota of 0, so its rate and attainment are undefined.", name=level.name)
            fields.problems.append(
                Problem(fields.line_of("levels"), "", rule, say("State a quota, or pay a percentage."))
            )
