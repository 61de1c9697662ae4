"""The differences between two plans: typed changes in reading order, each with a label and a sentence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, is_dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from server.comp.language.declarations import Declaration, ListOf, Nested, declarations_of, summarize
from server.comp.mechanics.goals import GoalClaim
from server.comp.mechanics.release import PayoutRule
from server.comp.mechanics.thresholds import describe_start
from server.comp.plan import Plan
from server.messages import Message, Money, Multiple, Percent, Value, message

_WORDING = {"name", "summary", "goals"}


@dataclass(frozen=True, slots=True)
class Change:
    """A term that differs: its path and label, and the old and the new value as shown (None: not there).

    `path` identifies the term, such as components/New business/tiers/from 100%/pays. `material` changes
    affect pay.
    """

    path: str
    label: Message
    old: Value | None
    new: Value | None
    unit: str
    material: bool = True

    @property
    def sentence(self) -> Message:
        """The change as a sentence."""
        if self.old is None:
            return message("{label}: added, {new}", label=self.label, new=_or_empty(self.new))
        if self.new is None:
            return message("{label}: removed, was {old}", label=self.label, old=_or_empty(self.old))
        old, new = _distinguished(_or_empty(self.old), _or_empty(self.new))
        return message("{label}: {old} to {new}", label=self.label, old=old, new=new)


def diff(old: Plan, new: Plan) -> list[Change]:
    """Return every change from one plan to another; names, summaries and goals are not material."""
    changes = _compare(old, new, _Location("", None, old.currency, new.currency))
    # Goals are not paid.
    return [replace(c, material=c.material and not c.path.startswith("goals")) for c in changes]


def _distinguished(old: Value, new: Value) -> tuple[Value, Value]:
    """Return both values as shown, or as exact fractions where they look alike: 1/3 and 33.333333%."""
    if isinstance(old, Percent) and isinstance(new, Percent) and str(old) == str(new):
        return str(old.share), str(new.share)
    if isinstance(old, Multiple) and isinstance(new, Multiple) and str(old) == str(new):
        return str(old.factor), str(new.factor)
    return old, new


def _or_empty(value: Value | None) -> Value:
    return "" if value is None else value


@dataclass(frozen=True, slots=True)
class _Location:
    """The location of two values being compared: path, label, and the currency of each side."""

    path: str
    label: Message | None
    before: str
    after: str

    def inside(self, part: str, label: Message) -> "_Location":
        """Return the location of a part, with its label appended."""
        if self.label is not None:
            label = message("{outer}: {inner}", outer=self.label, inner=label)
        return _Location(f"{self.path}/{part}" if self.path else part, label, self.before, self.after)


def _compare(old: Any, new: Any, location: _Location) -> Iterator[Change]:
    """Yield the changes between two declared objects of one type."""
    for declaration in declarations_of(type(new)):
        before, after = getattr(old, declaration.name), getattr(new, declaration.name)
        if before == after:
            continue
        inner = location.inside(declaration.key, declaration.label)
        if isinstance(declaration.type, ListOf):
            yield from _compare_lists(before, after, replace(location, path=inner.path), declaration)
        elif isinstance(declaration.type, Nested) and before is not None and after is not None:
            yield from _compare(before, after, inner)
        else:
            yield _value_change(declaration, before, after, inner)


def _value_change(declaration: Declaration, before: Any, after: Any, location: _Location) -> Change:
    shown_before = None if _is_missing(before) else declaration.type.shown(before, location.before)
    shown_after = None if _is_missing(after) else declaration.type.shown(after, location.after)
    is_wording = declaration.key in _WORDING and "/" not in location.path
    return Change(
        location.path,
        location.label or declaration.label,
        shown_before,
        shown_after,
        _unit(shown_after or shown_before),
        material=not is_wording,
    )


def _added(entry: Any, location: _Location, declaration: Declaration) -> Change:
    summary = _entry_summary(entry, location.after)
    return Change(location.path, location.label or declaration.label, None, summary, "entry")


def _removed(entry: Any, location: _Location, declaration: Declaration) -> Change:
    summary = _entry_summary(entry, location.before)
    return Change(location.path, location.label or declaration.label, summary, None, "entry")


def _reordered(location: _Location, old_names: Iterable[str], new_names: Iterable[str]) -> Change:
    label = location.inside("order", message("Order")).label or message("Order")
    return Change(f"{location.path}/order", label, ", ".join(old_names), ", ".join(new_names), "order")


def _is_missing(value: Any) -> bool:
    return value is None or value == ()


def _unit(value: Value | None) -> str:
    return "money" if isinstance(value, Money) else type(value).__name__.lower()


def _entry_name(entry: Any, currency: str) -> Message:
    """Return the name of a list's entry, or else what distinguishes it from the others."""
    if hasattr(entry, "name"):
        return message("{name}", name=entry.name)
    if hasattr(entry, "start") and hasattr(entry, "above"):
        return describe_start(entry, currency)
    if isinstance(entry, GoalClaim):
        return message("Goal {number}", number=entry.goal)
    if isinstance(entry, PayoutRule):
        return message("paid {event}", event=entry.on.phrase)
    first = declarations_of(type(entry))[0]
    return message("{value}", value=first.type.shown(getattr(entry, first.name), currency))


def _compare_lists(
    before: tuple[Any, ...],
    after: tuple[Any, ...],
    location: _Location,
    declaration: Declaration,
) -> Iterator[Change]:
    """Yield the changes between two lists, with entries paired by name.

    If equally many have no pair on both sides, these are paired in order. Where entries share a name, the
    lists are aligned by their equal entries instead.
    """
    if _has_duplicate_names(before, location.before) or _has_duplicate_names(after, location.after):
        yield from _compare_aligned(before, after, location, declaration)
        return
    old, new = _by_name(before, location.before), _by_name(after, location.after)
    old_only = [name for name in old if name not in new]
    new_only = [name for name in new if name not in old]
    renamed = dict(zip(new_only, old_only, strict=False)) if len(old_only) == len(new_only) else {}
    for name, entry in new.items():
        inner = location.inside(name, _entry_name(entry, location.after))
        if name in old:
            yield from _compare(old[name], entry, inner)
        elif name in renamed:
            yield from _compare_renamed(old[renamed[name]], entry, inner, location)
        else:
            yield _added(entry, inner, declaration)
    for name in old_only:
        if name not in renamed.values():
            inner = location.inside(name, _entry_name(old[name], location.before))
            yield _removed(old[name], inner, declaration)
    if [name for name in new if name in old] != [name for name in old if name in new]:
        yield _reordered(location, old, new)


def _has_duplicate_names(entries: tuple[Any, ...], currency: str) -> bool:
    names = [str(_entry_name(entry, currency)) for entry in entries]
    return len(set(names)) < len(names)


def _compare_aligned(
    before: tuple[Any, ...],
    after: tuple[Any, ...],
    location: _Location,
    declaration: Declaration,
) -> Iterator[Change]:
    """Yield the changes between two lists aligned by their equal entries; the others are paired in order."""
    old_names, new_names = list(_by_name(before, location.before)), list(_by_name(after, location.after))
    if sorted(map(repr, before)) == sorted(map(repr, after)):
        yield _reordered(location, old_names, new_names)
        return
    old, new = [repr(entry) for entry in before], [repr(entry) for entry in after]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        pairs = min(old_end - old_start, new_end - new_start)
        for offset in range(pairs):
            entry = after[new_start + offset]
            inner = location.inside(new_names[new_start + offset], _entry_name(entry, location.after))
            yield from _compare(before[old_start + offset], entry, inner)
        for index in range(new_start + pairs, new_end):
            inner = location.inside(new_names[index], _entry_name(after[index], location.after))
            yield _added(after[index], inner, declaration)
        for index in range(old_start + pairs, old_end):
            inner = location.inside(old_names[index], _entry_name(before[index], location.before))
            yield _removed(before[index], inner, declaration)


def _compare_renamed(old: Any, new: Any, inner: _Location, outer: _Location) -> Iterator[Change]:
    """Yield the changes of an entry with another name or threshold."""
    old_name, new_name = _entry_name(old, outer.before), _entry_name(new, outer.after)
    if hasattr(new, "name"):
        label = outer.inside("name", message("Name")).label or message("Name")
        # People, results, quotas and own terms are matched by these names, so they decide pay.
        yield Change(inner.path, label, old_name, new_name, "name")
        yield from (change for change in _compare(old, new, inner) if not change.path.endswith("/name"))
    else:
        yield from _compare(old, new, inner)


def _by_name(entries: tuple[Any, ...], currency: str) -> dict[str, Any]:
    """Return the entries by name; of equal names the later ones get a number."""
    by_name: dict[str, Any] = {}
    for entry in entries:
        name = base = str(_entry_name(entry, currency))
        number = 2
        while name in by_name:
            name, number = f"{base} ({number})", number + 1
        by_name[name] = entry
    return by_name


def _entry_summary(entry: Any, currency: str) -> Value:
    if isinstance(entry, GoalClaim):
        return entry.sentence()
    return summarize(entry, currency) if is_dataclass(entry) else str(entry)
