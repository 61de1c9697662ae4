"""Which parts of a page are new to its reader, marked where they stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

_BLOCK = re.compile(r'<h[23] id="[^"]*"(?=><a id="b(?P<heading>\d+)")|<(?!a )\w+ id="b(?P<number>\d+)"')
_END = re.compile(r"</(?:p|li|dt|dd|pre|h[234]|tr)>|<(?:ul|ol|p|blockquote)\b")
_SHOWN = 70


@dataclass(frozen=True, slots=True)
class ChangesSince:
    """A part that came or changed since a version: its number in the page, and the words it begins with."""

    number: int
    words: str


def mark_changes(parts: Sequence[Any], origins: Sequence[int], since: int) -> tuple[list[Any], list[ChangesSince]]:
    """Return a page's parts with what came or changed after a version marked, and a list of these places."""
    wanted = {place for place, number in enumerate(origins) if number > since}
    found: list[ChangesSince] = []

    def marked(match: re.Match[str]) -> str:
        number = int(match["heading"] or match["number"])
        if number not in wanted:
            return match[0]
        found.append(ChangesSince(number, _words(match.string, match.end())))
        return f'{match[0]} class="is-new"'

    return [part if isinstance(part, int) else _BLOCK.sub(marked, part) for part in parts], found


def _words(html: str, start: int) -> str:
    begins = html.index(">", start) + 1
    end = _END.search(html, begins)
    text = Markup(html[begins : end.start() if end else len(html)]).striptags()  # noqa: S704 - read, never shown as HTML
    return text if len(text) <= _SHOWN else text[:_SHOWN].rsplit(" ", 1)[0] + "…"
