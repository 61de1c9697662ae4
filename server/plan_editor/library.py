"""Ready-made plans that a candidate can start from, and the terms that can be added to a plan."""

from dataclasses import dataclass
from functools import lru_cache

from server.comp import Plan, read_plan
from server.comp.language.declarations import declarations_of
from server.comp.language.yaml_tree import compose
from server.comp.plan_text.edit import without_section
from server.messages import Message
from server.web.paths import data_folder

_EXCLUDED = {"today"}
"""Sample plans that are not offered."""


@dataclass(frozen=True, slots=True)
class LibraryPlan:
    """A ready-made plan: its key, name and summary, and its text without the worked examples."""

    key: str
    name: str
    summary: str
    text: str


@lru_cache(maxsize=1)
def library_plans() -> list[LibraryPlan]:
    """Return the ready-made plans, ordered by name."""
    plans = []
    for path in sorted((data_folder("seed") / "plans").glob("*.yaml")):
        if path.stem not in _EXCLUDED:
            text = path.read_text(encoding="utf-8")
            plan = read_plan(text)
            plans.append(LibraryPlan(path.stem, plan.name, plan.summary, without_section(text, "cases")))
    return sorted(plans, key=lambda library_plan: library_plan.name)


_EXTRA_SNIPPETS = (
    ("cap", "cap: $250,000"),
    ("windfall", "windfall: {quota share above: 50%}"),
    ("in force", "in force: {from: 2027-01-01, until: 2027-12-31}"),
    ("rate when paid", "rate when paid: of the level when it is paid"),
    ("quota credit", "quota credit: as released"),
    ("combine", "combine: sum"),
    ("multipliers at most", "multipliers at most: 1.3x"),
)
"""Terms that no ready-made plan uses, each with a value to start from."""
_NOT_ADDABLE = frozenset({"name", "summary", "goals", "cases", "currency", "year", "levels", "components"})
"""Terms that every plan has, or that only make sense in a particular plan."""


@lru_cache(maxsize=1)
def snippets() -> list[tuple[str, Message, str]]:
    """Return key, label and sample lines of the terms that can be added to a plan, ordered by label."""
    labels = {declaration.key: declaration.label for declaration in declarations_of(Plan)}
    texts: dict[str, str] = dict(_EXTRA_SNIPPETS)
    for plan in library_plans():
        entries = compose(plan.text).entries or []
        lines = plan.text.splitlines()
        for index, (key, _) in enumerate(entries):
            last = entries[index + 1][0].line - 1 if index + 1 < len(entries) else len(lines)
            if key.text in labels and key.text not in _NOT_ADDABLE:
                texts.setdefault(key.text or "", "\n".join(lines[key.line - 1 : last]))
    items = ((key, labels[key], text) for key, text in texts.items())
    return sorted(items, key=lambda snippet: str(snippet[1]))
