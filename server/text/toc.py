"""The table of contents of a page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

_HEADING = re.compile(r'<h([23]) id="(user-[^"]*)"[^>]*>(.*?)</h\1>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its level (2 or 3), the id to link to, and its text."""

    level: int
    id: str
    words: str


def table_of_contents(parts: Sequence[Any]) -> list[Heading]:
    """Return the headings of a rendered page, in order."""
    html = "".join(part for part in parts if isinstance(part, str))
    return [
        Heading(
            int(match[1]),
            str(Markup(match[2]).unescape()),  # noqa: S704 - read only
            Markup(match[3]).striptags(),  # noqa: S704 - read only
        )
        for match in _HEADING.finditer(html)
    ]
