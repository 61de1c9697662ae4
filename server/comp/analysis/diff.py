"""What changed from one plan to another: typed changes in reading order, each with a label and a sentence."""

from collections.abc import Iterator
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
    """One term that differs: where it stands, its label, the old and the new value as shown (None: not there).

    `path` names the place for programs, such as components/New business/tiers/from 100%/pays.
    """

    path: str
    label: Message
    old: Value | None
    new: Value | None
    unit: str
    material: bool = True

    @property
    def sentence(self) -> Message:
        """Say the change."""
        if self.old is None:
            return message("{label}: new, {new}", label=self.label, new=_or_empty(self.new))
        if self.new is None:
            return message("{label}: gone, it was {old}", label=self.label, old=_or_empty(self.old))
        old, new = _distinguished(_or_empty(self.old), _or_empty(self.new))
        return message("{label}: {old} to {new}", label=self.label, old=old, new=new)


def diff(old: Plan, new: Plan) -> list[Change]:
    """Return every change from one plan to another; names and summaries change words, not pay."""
    changes = _compare(old, new, _Location("", None, old.currency, new.currency))
    return [replace(one, material=False) if one.path.startswith("goals") else one for one in changes]


def _distinguished(old: Value, new: Value) -> tuple[Value, Value]:
    """Return both values as shown, or exactly where they would look alike: a third and 33.333333%."""
    if isinstance(old, Percent) and isinstance(new, Percent) and str(old) == str(new):
        return str(old.share), str(new.share)
    if isinstance(old, Multiple) and isinstance(new, Multiple) and str(old) == str(new):
        return str(old.factor), str(new.factor)
    return old, new


def _or_empty(value: Value | None) -> Value:
    return "" if value is None else value


@dataclass(frozen=True, slots=True)
class _Location:
    """Where two nouns stand: a path for programs, a label for people, and the currency of each side."""

    path: str
    label: Message | None
    before: str
    after: str

    def inside(self, part: str, label: Message) -> "_Location":
        whole = label if self.label is None else message("{outer}: {inner}", outer=self.label, inner=label)
        return _Location(f"{self.path}/{part}" if self.path else part, whole, self.before, self.after)


def _compare(old: Any, new: Any, place: _Location) -> Iterator[Change]:
    for found in declarations_of(type(new)):
        before, after = getattr(old, found.name), getattr(new, found.name)
        if before == after:
            continue
        inner = place.inside(found.key, found.label)
        if isinstance(found.type, ListOf):
            yield from _compare_lists(before, after, replace(place, path=inner.path), found)
        elif isinstance(found.type, Nested) and before is not None and after is not None:
            yield from _compare(before, after, inner)
        else:
            yield _change(found, before, after, inner, place)


def _change(found: Declaration, before: Any, after: Any, inner: _Location, outer: _Location) -> Change:
    shown_before = None if _missing(before) else found.type.shown(before, outer.before)
    shown_after = None if _missing(after) else found.type.shown(after, outer.after)
    words = found.key in _WORDING and "/" not in inner.path
    return Change(
        inner.path,
        inner.label or found.label,
        shown_before,
        shown_after,
        _unit(shown_after or shown_before),
        material=not words,
    )


def _missing(value: Any) -> bool:
    return value is None or value == ()


def _unit(value: Value | None) -> str:
    return "money" if isinstance(value, Money) else type(value).__name__.lower()


def _entry_name(entry: Any, currency: str) -> Message:
    """Name an entry of a list: by its name, or by what tells it from the others."""
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
    before: tuple[Any, ...], after: tuple[Any, ...], place: _Location, found: Declaration
) -> Iterator[Change]:
    """Pair entries by their names, then those that are left by their order, and compare each pair.

    Where several share a name, equal ones are paired first, whatever moved around them.
    """
    if _shares_names(before, place.before) or _shares_names(after, place.after):
        yield from _compare_aligned(before, after, place, found)
        return
    old, new = _by_name(before, place.before), _by_name(after, place.after)
    gone = [name for name in old if name not in new]
    fresh = [name for name in new if name not in old]
    paired = dict(zip(fresh, gone, strict=False)) if len(gone) == len(fresh) else {}
    for name, entry in new.items():
        inner = place.inside(name, _entry_name(entry, place.after))
        if name in old:
            yield from _compare(old[name], entry, inner)
        elif name in paired:
            yield from _compare_renamed(old[paired[name]], entry, inner, place)
        else:
            yield Change(inner.path, inner.label or found.label, None, _entry_summary(entry, place.after), "entry")
    for name in gone:
        if name not in paired.values():
            inner = place.inside(name, _entry_name(old[name], place.before))
            yield Change(inner.path, inner.label or found.label, _entry_summary(old[name], place.before), None, "entry")
    common = [name for name in new if name in old]
    if common != [name for name in old if name in new]:
        label = place.inside("order", message("Order")).label or message("Order")
        yield Change(f"{place.path}/order", label, ", ".join(old), ", ".join(new), "order")


def _shares_names(entries: tuple[Any, ...], currency: str) -> bool:
    names = [str(_entry_name(entry, currency)) for entry in entries]
    return len(set(names)) < len(names)


def _compare_aligned(
    before: tuple[Any, ...], after: tuple[Any, ...], place: _Location, found: Declaration
) -> Iterator[Change]:
    """Compare lists whose entries are told apart by all they say."""
    was, now = list(_by_name(before, place.before)), list(_by_name(after, place.after))
    if sorted(map(repr, before)) == sorted(map(repr, after)):
        label = place.inside("order", message("Order")).label or message("Order")
        yield Change(f"{place.path}/order", label, ", ".join(was), ", ".join(now), "order")
        return
    old, new = [repr(entry) for entry in before], [repr(entry) for entry in after]
    for kind, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        pairs = min(last - first, end - start)
        for index in range(pairs):
            entry = after[start + index]
            inner = place.inside(now[start + index], _entry_name(entry, place.after))
            yield from _compare(before[first + index], entry, inner)
        for index in range(start + pairs, end):
            inner = place.inside(now[index], _entry_name(after[index], place.after))
            yield Change(
                inner.path, inner.label or found.label, None, _entry_summary(after[index], place.after), "entry"
            )
        for index in range(first + pairs, last):
            inner = place.inside(was[index], _entry_name(before[index], place.before))
            yield Change(
                inner.path, inner.label or found.label, _entry_summary(before[index], place.before), None, "entry"
            )


def _compare_renamed(old: Any, new: Any, inner: _Location, place: _Location) -> Iterator[Change]:
    """Compare an entry that was moved to another edge, or got another name."""
    was, now = _entry_name(old, place.before), _entry_name(new, place.after)
    if hasattr(new, "name"):
        label = (
            message("{outer}: {inner}", outer=place.label, inner=message("Name")) if place.label else message("Name")
        )
        yield Change(inner.path, label, was, now, "name", material=False)
        yield from (change for change in _compare(old, new, inner) if not change.path.endswith("/name"))
    else:
        yield from _compare(old, new, inner)


def _by_name(entries: tuple[Any, ...], currency: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in entries:
        name = base = str(_entry_name(entry, currency))
        number = 2
        while name in found:
            name, number = f"{base} ({number})", number + 1
        found[name] = entry
    return found


def _entry_summary(entry: Any, currency: str) -> Value:
    if isinstance(entry, GoalClaim):
        return entry.sentence()
    return summarize(entry, currency) if is_dataclass(entry) else str(entry)
