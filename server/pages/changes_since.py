"""The blocks of a page that are new to its reader, marked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from server.text.rendered import Part, RenderedBlock

_MAX_EXCERPT = 70


@dataclass(frozen=True, slots=True)
class ChangesSince:
    """A block that is new or changed since a version: its number on the page and the text it begins with."""

    number: int
    excerpt: str


def mark_changes(parts: Sequence[Part], origins: Sequence[int], since: int) -> tuple[list[Part], list[ChangesSince]]:
    """Return the parts of a page with the blocks that are newer than a version marked, and a list of these."""
    changed = {number for number, origin in enumerate(origins) if origin > since}
    blocks = [part for part in parts if isinstance(part, RenderedBlock) and part.number in changed]
    marked = {block.number: _marked(block) for block in blocks}
    return (
        [marked.get(part.number, part) if isinstance(part, RenderedBlock) else part for part in parts],
        [ChangesSince(block.number, _excerpt(block)) for block in blocks],
    )


def _marked(block: RenderedBlock) -> RenderedBlock:
    attribute = f'id="{block.id}"'
    return replace(block, opening=block.opening.replace(attribute, f'{attribute} class="is-new"', 1))


def _excerpt(block: RenderedBlock) -> str:
    """Return the text a block begins with; of a table, its first row."""
    html = block.html.partition("</tr>")[0] if block.tag == "table" else block.html
    text = Markup(html).striptags()  # noqa: S704 - only its text is used
    return text if len(text) <= _MAX_EXCERPT else text[:_MAX_EXCERPT].rsplit(" ", 1)[0] + "…"
