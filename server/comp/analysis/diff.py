"""What changed from one plan to another: typed changes in reading order, each with a label and a sentence."""

from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from server.comp.language.declarations import Many, One, Term, said_whole, terms_of
from server.comp.mechanics.goals import Serves
from server.comp.mechanics.release import Instalment
from server.comp.mechanics.thresholds import said_start
from server.comp.plan import Plan
from server.messages import Money, Multiple, Percent, Sentence, Value, say

_WORDING = {"name", "summary", "goals"}


@dataclass(frozen=True, slots=True)
class Change:
    """One term that differs: where it stands, its label, the old and the new value as shown (None: not there).

    `path` names the place for programs, such as components/New business/tiers/from 100%/pays.
    """

    path: str
    label: Sentence
    old: Value | None
    new: Value | None
    unit: str
    material: bool = True

    @property
    def sentence(self) -> Sentence:
        """Say the change."""
        if self.old is None:
            return say("{label}: new, {new}", label=self.label, new=_text(self.new))
        if self.new is None:
            return say("{label}: gone, it was {old}", label=self.label, old=_text(self.old))
        old, new = _told_apart(_text(self.old), _text(self.new))
        return say("{label}: {old} to {new}", label=self.label, old=old, new=new)


def diff(old: Plan, new: Plan) -> list[Change]:
    """Return every change from one plan to another; names and summaries change words, not pay."""
    changes = _compared(old, new, _Place("", None, old.currency, new.currency))
    return [replace(one, material=False) if one.path.startswith("goals") else one for one in changes]


def _told_apart(old: Value, new: Value) -> tuple[Value, Value]:
    """Return both values as shown, or exactly where they would look alike: a third and 33.333333%."""
    if isinstance(old, Percent) and isinstance(new, Percent) and str(old) == str(new):
        return str(old.share), str(new.share)
    if isinstance(old, Multiple) and isinstance(new, Multiple) and str(old) == str(new):
        return str(old.factor), str(new.factor)
    return old, new


def _text(value: Value | None) -> Value:
    return "" if value is None else value


@dataclass(frozen=True, slots=True)
class _Place:
    """Where two nouns stand: a path for programs, a label for people, and the currency of each side."""

    path: str
    label: Sentence | None
    before: str
    after: str

    def inside(self, part: str, label: Sentence) -> "_Place":
        whole = label if self.label is None else say("{outer}: {inner}", outer=self.label, inner=label)
        return _Place(f"{self.path}/{part}" if self.path else part, whole, self.before, self.after)


def _compared(old: Any, new: Any, place: _Place) -> Iterator[Change]:
    for found in terms_of(type(new)):
        before, after = getattr(old, found.name), getattr(new, found.name)
        if before == after:
            continue
        inner = place.inside(found.key, found.label)
        if isinstance(found.kind, Many):
            yield from _listed(before, after, replace(place, path=inner.path), found)
        elif isinstance(found.kind, One) and before is not None and after is not None:
            yield from _compared(before, after, inner)
        else:
            yield _change(found, before, after, inner, place)


def _change(found: Term, before: Any, after: Any, inner: _Place, outer: _Place) -> Change:
    shown_before = None if _missing(before) else found.kind.shown(before, outer.before)
    shown_after = None if _missing(after) else found.kind.shown(after, outer.after)
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


def _named(entry: Any, currency: str) -> Sentence:
    """Name an entry of a list: by its name, or by what tells it from the others."""
    if hasattr(entry, "name"):
        return say("{name}", name=entry.name)
    if hasattr(entry, "start") and hasattr(entry, "above"):
        return said_start(entry, currency)
    if isinstance(entry, Serves):
        return say("Goal {number}", number=entry.goal)
    if isinstance(entry, Instalment):
        return say("paid {event}", event=entry.on.said)
    first = terms_of(type(entry))[0]
    return say("{value}", value=first.kind.shown(getattr(entry, first.name), currency))


def _listed(before: tuple[Any, ...], after: tuple[Any, ...], place: _Place, found: Term) -> Iterator[Change]:
    """Pair entries by their names, then those that are left by their order, and compare each pair.

    Where several share a name, equal ones are paired first, whatever moved around them.
    """
    if _shares_names(before, place.before) or _shares_names(after, place.after):
        yield from _aligned(before, after, place, found)
        return
    old, new = _by_name(before, place.before), _by_name(after, place.after)
    gone = [name for name in old if name not in new]
    fresh = [name for name in new if name not in old]
    paired = dict(zip(fresh, gone, strict=False)) if len(gone) == len(fresh) else {}
    for name, entry in new.items():
        inner = place.inside(name, _named(entry, place.after))
        if name in old:
            yield from _compared(old[name], entry, inner)
        elif name in paired:
            yield from _renamed(old[paired[name]], entry, inner, place)
        else:
            yield Change(inner.path, inner.label or found.label, None, _whole(entry, place.after), "entry")
    for name in gone:
        if name not in paired.values():
            inner = place.inside(name, _named(old[name], place.before))
            yield Change(inner.path, inner.label or found.label, _whole(old[name], place.before), None, "entry")
    common = [name for name in new if name in old]
    if common != [name for name in old if name in new]:
        label = place.inside("order", say("Order")).label or say("Order")
        yield Change(f"{place.path}/order", label, ", ".join(old), ", ".join(new), "order")


def _shares_names(entries: tuple[Any, ...], currency: str) -> bool:
    names = [str(_named(entry, currency)) for entry in entries]
    return len(set(names)) < len(names)


def _aligned(before: tuple[Any, ...], after: tuple[Any, ...], place: _Place, found: Term) -> Iterator[Change]:
    """Compare lists whose entries are told apart by all they say."""
    was, now = list(_by_name(before, place.before)), list(_by_name(after, place.after))
    if sorted(map(repr, before)) == sorted(map(repr, after)):
        label = place.inside("order", say("Order")).label or say("Order")
        yield Change(f"{place.path}/order", label, ", ".join(was), ", ".join(now), "order")
        return
    old, new = [repr(entry) for entry in before], [repr(entry) for entry in after]
    for kind, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        pairs = min(last - first, end - start)
        for index in range(pairs):
            entry = after[start + index]
            inner = place.inside(now[start + index], _named(entry, place.after))
            yield from _compared(before[first + index], entry, inner)
        for index in range(start + pairs, end):
            inner = place.inside(now[index], _named(after[index], place.after))
            yield Change(inner.path, inner.label or found.label, None, _whole(after[index], place.after), "entry")
        for index in range(first + pairs, last):
            inner = place.inside(was[index], _named(before[index], place.before))
            yield Change(inner.path, inner.label or found.label, _whole(before[index], place.before), None, "entry")


def _renamed(old: Any, new: Any, inner: _Place, place: _Place) -> Iterator[Change]:
    """Compare an entry that was moved to another edge, or got another name."""
    was, now = _named(old, place.before), _named(new, place.after)
    if hasattr(new, "name"):
        label = say("{outer}: {inner}", outer=place.label, inner=say("Name")) if place.label else say("Name")
        yield Change(inner.path, label, was, now, "name", material=False)
        yield from (change for change in _compared(old, new, inner) if not change.path.endswith("/name"))
    else:
        yield from _compared(old, new, inner)


def _by_name(entries: tuple[Any, ...], currency: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in entries:
        name = base = str(_named(entry, currency))
        number = 2
        while name in found:
            name, number = f"{base} ({number})", number + 1
        found[name] = entry
    return found


def _whole(entry: Any, currency: str) -> Value:
    if isinstance(entry, Serves):
        return entry.sentence()
    return said_whole(entry, currency) if is_dataclass(entry) else str(entry)
