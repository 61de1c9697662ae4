"""Pages that are rendered once for everybody and filled in for each reader.

A template marks what differs between readers as a hole. What lies between the holes is kept as bytes under a key that
names the state it was rendered from; a reader's page is put together from them without rendering anything again.
Nothing personal is ever kept: it stands in no text that a template can see while a sheet is rendered.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from threading import Lock

from markupsafe import Markup

_SECRET = secrets.token_hex(12)
"""Nobody can write a hole into a comment: they would have to guess this."""
_OPEN, _ELSE, _CLOSE = (f"\x02{_SECRET}{sign}" for sign in "(|)")
_SIGN = re.compile(f"\x02{_SECRET}(?:\\((?P<name>[^\x03]*)\x03|(?P<sign>[|)]))")
MAX_BYTES = 24 * 1024 * 1024
"""What all kept sheets may take together."""


def placeholder(name: str, otherwise: object = "", instead: object = "") -> Markup:
    """Leave a place open: filled with a text of this name, with `instead` where the name is true, or `otherwise`."""
    return Markup(f"{_OPEN}{name}\x03{otherwise}{_ELSE}{instead}{_CLOSE}")  # noqa: S704 - both are rendered already


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place that differs between readers."""

    name: str
    otherwise: "tuple[Part, ...]"
    instead: "tuple[Part, ...]"


Part = bytes | Placeholder


def split_placeholders(text: str) -> tuple[Part, ...]:
    """Take a rendered text apart at its holes."""
    levels: list[list[Part]] = [[]]
    names: list[str] = []
    place = 0
    for match in _SIGN.finditer(text):
        if match.start() > place:
            levels[-1].append(text[place : match.start()].encode())
        place = match.end()
        if match["name"] is not None:
            names.append(match["name"])
            levels.append([])
        elif match["sign"] == "|":
            levels.append([])
        else:
            instead, otherwise = levels.pop(), levels.pop()
            levels[-1].append(Placeholder(names.pop(), tuple(otherwise), tuple(instead)))
    levels[-1].append(text[place:].encode())
    return tuple(levels[0])


def _size(parts: tuple[Part, ...]) -> int:
    return sum(
        len(part) if isinstance(part, bytes) else 100 + _size(part.otherwise) + _size(part.instead) for part in parts
    )


class CachedPage:
    """A page for everybody, with holes."""

    __slots__ = ("parts", "weight")

    def __init__(self, text: str) -> None:
        self.parts = split_placeholders(text)
        self.weight = _size(self.parts)

    def fill(self, texts: Mapping[str, bytes], truths: Collection[str] = ()) -> bytes:
        """Return the page of one reader."""
        found: list[bytes] = []
        _fill(self.parts, texts, truths, found)
        return b"".join(found)


def _fill(parts: tuple[Part, ...], texts: Mapping[str, bytes], truths: Collection[str], found: list[bytes]) -> None:
    for part in parts:
        if isinstance(part, bytes):
            found.append(part)
        elif (text := texts.get(part.name)) is not None:
            found.append(text)
        else:
            _fill(part.instead if part.name in truths else part.otherwise, texts, truths, found)


class PageCache:
    """The sheets that are kept: those asked for longest ago go first."""

    def __init__(self, most: int = MAX_BYTES) -> None:
        self._most, self._taken = most, 0
        self._kept: OrderedDict[Hashable, CachedPage] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, render: Callable[[], str]) -> CachedPage:
        """Return the sheet of a key, rendered if it is not there."""
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return found
        made = CachedPage(render())
        with self._lock:
            before = self._kept.pop(key, None)
            self._kept[key] = made
            self._taken += made.weight - (before.weight if before else 0)
            while self._taken > self._most and len(self._kept) > 1:
                self._taken -= self._kept.popitem(last=False)[1].weight
        return made
