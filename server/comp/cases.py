"""Worked examples inside a plan: a rep, some deals and what they must come to, checked whenever the plan is read."""

from dataclasses import dataclass

from server.comp import quantities
from server.comp.calendar import Window
from server.comp.document import Node
from server.comp.eligibility import KINDS
from server.comp.explain import Statement, explain
from server.comp.history import Deal, History, Spell
from server.comp.plan import Plan
from server.comp.problems import Problem
from server.comp.reading import Fields, one_of, words
from server.comp.wording import Money, say

MOST_CASES = 40
MOST_DEALS = 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """The sums a case may expect, in cents."""

    statement: Statement

    def amounts(self) -> dict[str, int]:
        """Return every sum by its name."""
        heads = self.statement.heads
        by_head: dict[int, int] = {}
        for line in self.statement.lines():
            by_head[line.head] = by_head.get(line.head, 0) + line.cents
        extras = sum(by_head.get(heads.multiplier(index), 0) for index in range(heads.multipliers))
        return {
            "commission": sum(deal.commission for deal in self.statement.deals),
            "base": by_head.get(heads.base, 0),
            "extras": extras,
            "clawback": by_head.get(heads.clawback, 0),
            "variable": self.statement.total - by_head.get(heads.base, 0),
            "total": self.statement.total,
            "waiting": self.statement.waiting,
        }


def check_cases(plan: Plan, fields: Fields) -> list[Problem]:
    """Work every case of a plan and return what is unreadable or does not come to the expected sums."""
    problems: list[Problem] = []
    fields.problems = problems
    for entry in fields.each("cases", MOST_CASES):
        entry.need("name", words(120), "")
        level = entry.take("rep", one_of(*(level.name.lower() for level in plan.levels)), plan.levels[0].name)
        deals = tuple(_deal(found, index) for index, found in enumerate(entry.each("deals", MOST_DEALS)))
        expected = entry.inner("expect")
        entry.finish()
        if problems or expected is None:
            continue
        history = History("case", deals, (Spell(plan.year, level),))
        outcome = Outcome(explain(history, plan, Window(plan.year))).amounts()
        for name, found in outcome.items():
            node = expected.node(name)
            if node is not None:
                _compare(plan, node, found, problems)
        expected.finish()
    return problems


def _compare(plan: Plan, node: Node, found: int, problems: list[Problem]) -> None:
    text = (node.text or "").strip()
    negative = text.startswith("-")
    try:
        wanted = quantities.money(text.removeprefix("-"))
    except ValueError as error:
        problems.append(Problem(node.line, text, getattr(error, "rule", say("This is not an amount of money."))))
        return
    if found != (-wanted if negative else wanted):
        rule = say("This case pays {found}.", found=Money(found, plan.currency))
        problems.append(Problem(node.line, text, rule, say("Correct the plan, or what the case expects.")))


def _deal(entry: Fields, index: int) -> Deal:
    deal = Deal(
        id=entry.take("id", words(60), f"deal {index + 1:02d}"),
        signed=entry.need("signed", quantities.day, quantities.day("2000-01-01")),
        arr=entry.need("arr", quantities.money, 0),
        term=entry.take("term", quantities.count, 12),
        kind=entry.take("kind", one_of(*KINDS), "new"),
        product=entry.take("product", words(120), ""),
        aha=entry.take("aha", quantities.day, None),
        churned=entry.take("churned", quantities.day, None),
        rating=entry.take("rating", lambda text: int(quantities.rating(text)), None),
        rated=entry.take("rated", quantities.day, None),
        rep_average=entry.take("rep average", quantities.average, None),
    )
    entry.finish()
    return deal
