"""Placeholders: what differs between the readers of a page, marked in its rendered text and filled in for each."""

import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from markupsafe import Markup

_SECRET = secrets.token_hex(12)
"""Makes a placeholder in a comment impossible: its author would have to guess this."""
_OPEN, _ELSE, _CLOSE = (f"\x02{_SECRET}{sign}" for sign in "(|)")
_MARK = re.compile(f"\x02{_SECRET}(?:\\((?P<name>[^\x03]*)\x03|(?P<sign>[|)]))")
_OVERHEAD = 100
"""Bytes counted for a placeholder itself."""


def placeholder(name: str, otherwise: object = "", instead: object = "") -> Markup:
    """Return a placeholder, later filled with the text of this name, `instead` if the name is true, or `otherwise`."""
    return Markup(f"{_OPEN}{name}\x03{otherwise}{_ELSE}{instead}{_CLOSE}")  # noqa: S704 - both are rendered already


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Where a page differs between readers."""

    name: str
    otherwise: "tuple[Part, ...]"
    instead: "tuple[Part, ...]"


Part = bytes | Placeholder


def split_placeholders(text: str) -> tuple[Part, ...]:
    """Split a rendered text at its placeholders, which may contain others."""
    levels: list[list[Part]] = [[]]
    names: list[str] = []
    position = 0
    for match in _MARK.finditer(text):
        if match.start() > position:
            levels[-1].append(text[position : match.start()].encode())
        position = match.end()
        if match["name"] is not None:
            names.append(match["name"])
            levels.append([])
        elif match["sign"] == "|":
            levels.append([])
        else:
            instead, otherwise = levels.pop(), levels.pop()
            levels[-1].append(Placeholder(names.pop(), tuple(otherwise), tuple(instead)))
    levels[-1].append(text[position:].encode())
    return tuple(levels[0])


def size_of(parts: tuple[Part, ...]) -> int:
    """Return about how many bytes some parts take."""
    return sum(
        len(part) if isinstance(part, bytes) else _OVERHEAD + size_of(part.otherwise) + size_of(part.instead)
        for part in parts
    )


def fill(parts: tuple[Part, ...], texts: Mapping[str, bytes], true_names: Collection[str]) -> bytes:
    """Return the text of one reader."""
    filled: list[bytes] = []
    _fill(parts, texts, true_names, filled)
    return b"".join(filled)


def _fill(
    parts: tuple[Part, ...], texts: Mapping[str, bytes], true_names: Collection[str], filled: list[bytes]
) -> None:
    for part in parts:
        if isinstance(part, bytes):
            filled.append(part)
        elif (text := texts.get(part.name)) is not None:
            filled.append(text)
        else:
            _fill(part.instead if part.name in true_names else part.otherwise, texts, true_names, filled)
