"""Making a plan's text say what somebody wants of a term, written as its description reads.

A description is made from several values of the text, and no rule turns it back. So values that stand in the text are
tried in the places of the words that differ, and only a plan that then describes itself as wanted is taken.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from server.comp.describing import table_of
from server.comp.editing import Value, sections_of, with_values
from server.comp.problems import PlanError
from server.comp.reader import read_plan

_MOST_CHANGES, _MOST_TRIES = 4, 120
_SPACE = re.compile(r"\s+")


def with_wanted(text: str, label: str, wanted: str) -> str | None:
    """Return the text with a term as it is wanted, None where no change of single values makes it so.

    `label` is the term's label and `wanted` its value as `table_of` says them in English; figures that follow from
    others, as a share of the quota, may be wanted as they were. Raises PlanError for a text that cannot be read.
    """
    before = _described(text)
    if label not in before:
        return None
    swaps = _swaps(before[label], wanted)
    if not swaps:
        return None
    for tried, changed in enumerate(_tries(text, swaps)):
        if tried == _MOST_TRIES:
            return None
        try:
            after = _described(changed)
        except PlanError:
            continue
        if list(after) == list(before) and _is_wanted(after[label], wanted, swaps):
            return changed
    return None


def _described(text: str) -> dict[str, str]:
    return {str(term): str(value) for term, value in table_of(read_plan(text))}


def _words(text: str) -> list[str]:
    return _SPACE.split(text.strip())


def _swaps(old: str, new: str) -> list[tuple[str, str]]:
    """Return the words that are others, each with what it is to be; nothing where words come or go."""
    before, after = _words(old), _words(new)
    found: list[tuple[str, str]] = []
    for kind, first, last, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if last - first != end - start:
            return []
        found += [
            (one.rstrip(",;."), other.rstrip(",;."))
            for one, other in zip(before[first:last], after[start:end], strict=True)
        ]
    return found if len(found) <= _MOST_CHANGES else []


def _tries(text: str, swaps: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Give the texts with every word that differs put in one of the places where it stands now."""
    if not swaps:
        yield text
        return
    (old, new), others = swaps[0], swaps[1:]
    for value in _values(text):
        for before, after in ((old, new), (old.replace(",", ""), new.replace(",", ""))):
            put = re.sub(rf"(?<![\w.,$€£¥]){re.escape(before)}(?![\w%])", after.replace("\\", ""), value.text)
            if put != value.text:
                yield from _tries(with_values(text, {value.path: put}), others)
                break


def _values(text: str) -> list[Value]:
    """Return the values of a plan but for its name and its worked cases, which follow no wish."""
    return [value for section in sections_of(text) for value in section.values if not value.path.startswith("cases/")]


def _is_wanted(said: str, wanted: str, swaps: Sequence[tuple[str, str]]) -> bool:
    """Say whether a description is the wanted one: every wish is in it, and it differs in figures only."""
    if _words(said) == _words(wanted):
        return True
    before, after = _words(wanted), _words(said)
    wished = {new for _, new in swaps}
    return len(before) == len(after) and all(
        one == other or (one.rstrip(",;.") not in wished and _is_figure(one) and _is_figure(other))
        for one, other in zip(before, after, strict=True)
    )


def _is_figure(word: str) -> bool:
    return any(sign.isdigit() for sign in word)
