"""Lines up the terms of several plans: levels by name or rank, components by name or by what they credit."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from server.comp import Plan
from server.comp.analysis.terms import PlanTerm, terms_table
from server.comp.mechanics.components import Component
from server.messages import message

T = TypeVar("T")


def aligned_terms(plans: Sequence[Plan]) -> list[list[PlanTerm]]:
    """Return the terms of each plan, with the paths of the plan that has each level or component first.

    A level or component of another name shows its own name before its value.
    """
    names_levels = any(len(plan.levels) > 1 for plan in plans)
    levels = _aligned([[(level.name, rank) for rank, level in enumerate(plan.levels)] for plan in plans], str.casefold)
    components = _aligned(
        [[(component.name, _credited(component)) for component in plan.components] for plan in plans], str.casefold
    )
    return [
        [
            _renamed(term, {"levels": levels[index], "components": components[index]})
            for term in terms_table(plan, names_levels=names_levels)
        ]
        for index, plan in enumerate(plans)
    ]


def _credited(component: Component) -> object:
    """Return what a component credits and from which deals, by which components of other names correspond."""
    return component.credits, component.where, component.reads


def _aligned(named: Sequence[Sequence[tuple[str, T]]], fold: Callable[[str], str]) -> list[dict[str, str]]:
    """Return for each plan the name under which each of its entries is shown.

    `named` are the names of the entries of each plan, with what else identifies them. Entries of one name correspond,
    then those that are alike otherwise; further entries keep their name.
    """
    shown: list[tuple[str, T]] = []
    aligned = []
    for entries in named:
        names: dict[str, str] = {}
        for name, _ in entries:
            same = next((known for known, _ in shown if fold(known) == fold(name)), None)
            if same is not None:
                names[name] = same
        for name, likeness in entries:
            if name not in names:
                taken = {fold(other) for other in names.values()}
                alike = (known for known, other in shown if other == likeness and fold(known) not in taken)
                names[name] = next(alike, name)
        shown += [
            (name, likeness) for name, likeness in entries if names[name] == name and (name, likeness) not in shown
        ]
        aligned.append(names)
    return aligned


def _renamed(term: PlanTerm, names: dict[str, dict[str, str]]) -> PlanTerm:
    """Return a term under the name of the entry it corresponds to."""
    section, _, rest = term.path.partition("/")
    own = next((name for name in names.get(section, {}) if rest == name or rest.startswith(f"{name}/")), None)
    if own is None or names[section][own] == own:
        return term
    path = f"{section}/{names[section][own]}{rest.removeprefix(own)}"
    return PlanTerm(path, message("{name}: {value}", name=own, value=term.value), ())
