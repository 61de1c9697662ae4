"""A page's table of contents."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from server.text.rendered import Part, RenderedBlock


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its level, 2 or 3, the id to link to, and its text."""

    level: int
    id: str
    words: str


def table_of_contents(parts: Sequence[Part]) -> list[Heading]:
    """Return the headings of a rendered page, in order."""
    return [
        Heading(int(block.tag[1]), block.id, Markup(block.html).striptags())  # noqa: S704 - only its text is used
        for block in parts
        if isinstance(block, RenderedBlock) and block.tag in {"h2", "h3"}
    ]
