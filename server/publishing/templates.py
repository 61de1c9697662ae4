"""Ready plans that a candidate can start from."""

from dataclasses import dataclass
from functools import lru_cache

from server.comp.editing import without
from server.comp.reader import read_plan
from server.web.places import folder

_LEFT_OUT = {"starter", "today"}


@dataclass(frozen=True, slots=True)
class Ready:
    """A ready plan: the key it is chosen by, its name and summary, and its text without the worked examples."""

    key: str
    name: str
    summary: str
    text: str


@lru_cache(maxsize=1)
def ready_plans() -> list[Ready]:
    """Return the ready plans, by name."""
    found = []
    for path in sorted((folder("seed") / "plans").glob("*.yaml")):
        if path.stem not in _LEFT_OUT:
            text = path.read_text(encoding="utf-8")
            plan = read_plan(text)
            found.append(Ready(path.stem, plan.name, plan.summary, without(text, "cases")))
    return sorted(found, key=lambda ready: ready.name)
