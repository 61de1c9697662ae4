"""Making a plan's text say what somebody wants of a term, written as its description reads.

A description is made from several values of the text, and no rule turns it back. So values that stand in the text are
tried in the places of the words that differ, and only a plan that then describes itself as wanted is taken.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from server.comp.analysis.describe import terms_table
from server.comp.language.diagnostics import PlanError
from server.comp.load import read_plan
from server.comp.plan_text.edit import sections_of, with_values, without_section

_MOST_CHANGES, _MOST_TRIES = 4, 120
_SPACE = re.compile(r"\s+")


@lru_cache(maxsize=128)
def with_wanted(text: str, label: str, wanted: str) -> str | None:
    """Return the text with a term as it is wanted, None where no change of single values makes it so.

    `label` is the term's label and `wanted` its value as `table_of` says them in English; figures that follow from
    others, as a share of the quota, may be wanted as they were. Worked cases stay as they are and may not hold any
    more. Raises PlanError for a text that cannot be read.
    """
    bare = without_section(text, "cases")
    before = _described(bare)
    swaps = _swaps(before[label], wanted) if label in before else []
    for changed in _Tries(bare, swaps).found():
        try:
            after = _described(with_values(bare, changed))
        except PlanError:
            continue
        others = {name: value for name, value in after.items() if name != label}
        if others == {name: value for name, value in before.items() if name != label} and _meets(
            after[label], wanted, swaps
        ):
            return with_values(text, changed)
    return None


def _described(text: str) -> dict[str, str]:
    return {str(term): str(value) for term, value in terms_table(read_plan(text))}


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
            (one.strip(",;.+"), other.strip(",;.+"))
            for one, other in zip(before[first:last], after[start:end], strict=True)
        ]
    return found if len(found) <= _MOST_CHANGES else []


class _Tries:
    """Every word that differs in one of the places where it stands now, as new values by path; so many, and no more."""

    def __init__(self, text: str, swaps: Sequence[tuple[str, str]]) -> None:
        self._swaps = swaps
        self._values = {value.path: value.text for section in sections_of(text) for value in section.values}
        self._left = _MOST_TRIES

    def found(self) -> Iterator[dict[str, str]]:
        """Give them."""
        texts = self._values.values()
        if any(_put(text, *swap) is not None for text in texts for swap in self._swaps):
            yield from self._from({}, self._swaps)

    def _from(self, changed: dict[str, str], swaps: Sequence[tuple[str, str]]) -> Iterator[dict[str, str]]:
        if not swaps:
            yield changed
            return
        for path, text in self._values.items():
            put = _put(changed.get(path, text), *swaps[0])
            if put is not None:
                self._left -= 1
                if self._left < 0:
                    return
                yield from self._from(changed | {path: put}, swaps[1:])
        if changed or swaps[1:]:  # a figure that follows from others stands nowhere
            yield from self._from(changed, swaps[1:])


def _put(text: str, old: str, new: str) -> str | None:
    """Return a value with a word in the place of another, as they are or without the signs between thousands."""
    for before, after in ((old, new), (old.replace(",", ""), new.replace(",", ""))):
        found = re.sub(rf"(?<![\w.,$€£¥]){re.escape(before)}(?![\w%])", after.replace("\\", ""), text)
        if found != text:
            return found
    return None


def is_wanted(said: str, wanted: str) -> bool:
    """Say whether a term's value is what somebody wants it to be."""
    return _words(said) == _words(wanted)


def _meets(said: str, wanted: str, swaps: Sequence[tuple[str, str]]) -> bool:
    """Say whether a description is the wanted one: every wish is in it, and it differs in figures only."""
    if _words(said) == _words(wanted):
        return True
    before, after = _words(wanted), _words(said)
    wished = {new for _, new in swaps}
    return len(before) == len(after) and all(
        one == other or (one.strip(",;.+") not in wished and _is_figure(one) and _is_figure(other))
        for one, other in zip(before, after, strict=True)
    )


def _is_figure(word: str) -> bool:
    return any(sign.isdigit() for sign in word)
