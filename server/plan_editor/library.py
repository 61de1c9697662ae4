"""Ready plans that a candidate can start from."""

from dataclasses import dataclass
from functools import lru_cache

from server.comp.language.declarations import declarations_of
from server.comp.language.yaml_tree import compose
from server.comp.load import read_plan
from server.comp.plan import Plan
from server.comp.plan_text.edit import without_section
from server.messages import Message
from server.web.paths import data_folder

_LEFT_OUT = {"starter", "today"}


@dataclass(frozen=True, slots=True)
class LibraryPlan:
    """A ready plan: the key it is chosen by, its name and summary, and its text without the worked examples."""

    key: str
    name: str
    summary: str
    text: str


@lru_cache(maxsize=1)
def library_plans() -> list[LibraryPlan]:
    """Return the ready plans, by name."""
    found = []
    for path in sorted((data_folder("seed") / "plans").glob("*.yaml")):
        if path.stem not in _LEFT_OUT:
            text = path.read_text(encoding="utf-8")
            plan = read_plan(text)
            found.append(LibraryPlan(path.stem, plan.name, plan.summary, without_section(text, "cases")))
    return sorted(found, key=lambda ready: ready.name)


_PLAIN = (
    ("cap", "cap: $250,000"),
    ("windfall", "windfall: {quota share above: 50%}"),
    ("in force", "in force: {from: 2027-01-01, until: 2027-12-31}"),
    ("rate when paid", "rate when paid: of the level when it is paid"),
    ("quota credit", "quota credit: as released"),
    ("combine", "combine: sum"),
    ("multipliers at most", "multipliers at most: 1.3x"),
)
"""Terms that no ready plan needs, with a value to begin from."""
_OWN = frozenset({"name", "summary", "goals", "cases", "currency", "year", "levels", "components"})
"""Terms that every plan has, or that only make sense for one."""


@lru_cache(maxsize=1)
def snippets() -> list[tuple[str, Message, str]]:
    """Return the terms that can be added to a plan: key, label, and how a ready plan says it, by label."""
    labels = {found.key: found.label for found in declarations_of(Plan)}
    found: dict[str, str] = dict(_PLAIN)
    for ready in library_plans():
        entries = compose(ready.text).entries or []
        lines = ready.text.splitlines()
        for place, (key, _) in enumerate(entries):
            last = entries[place + 1][0].line - 1 if place + 1 < len(entries) else len(lines)
            if key.text in labels and key.text not in _OWN:
                found.setdefault(key.text or "", "\n".join(lines[key.line - 1 : last]))
    return sorted(((key, labels[key], text) for key, text in found.items()), key=lambda one: str(one[1]))
