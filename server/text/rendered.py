"""The rendered HTML of a page as a list of blocks, so that a block can be marked without searching through HTML."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import Any

_BLOCK_ID = re.compile(r"b(\d+)")
_HEADINGS = {"h2", "h3", "h4"}
_WHOLE = {"table", "pre", "code"}
"""Elements that are one block with everything inside them."""
_NEXT = {"p", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "section", "hr"} | _HEADINGS | _WHOLE
"""Elements that end the text of the block before them."""


@dataclass(frozen=True, slots=True)
class RenderedBlock:
    """A block: its number on the page, element and id, its opening tags, and the HTML inside up to the next block."""

    number: int
    tag: str
    id: str
    opening: str
    html: str

    def __str__(self) -> str:
        return self.opening + self.html


Part = str | int | RenderedBlock
"""HTML between blocks, the position of a plan, or a block."""


@dataclass(frozen=True, slots=True)
class InlineToken:
    """A tag, or a text with what a reader sees of it."""

    html: str
    text: str = ""

    @property
    def is_tag(self) -> bool:
        """Whether this is a tag."""
        return self.html.startswith("<")


def split_blocks(parts: Iterable[str | int]) -> list[Part]:
    """Split the HTML of a page at its blocks; plans stay where they are."""
    split: list[Part] = []
    for part in parts:
        split += [part] if isinstance(part, int) else _BlockParser(part).split()
    return split


def join_blocks(parts: Iterable[Part]) -> list[str | int]:
    """Join everything between two plans into one HTML text."""
    joined: list[str | int] = []
    for part in parts:
        if isinstance(part, int) or not joined or isinstance(joined[-1], int):
            joined.append(part if isinstance(part, int) else str(part))
        else:
            joined[-1] += str(part)
    return joined


def dump_parts(parts: Iterable[Part]) -> list[Any]:
    """Return the parts as JSON: a block is a list of its fields."""
    return [
        [part.number, part.tag, part.id, part.opening, part.html] if isinstance(part, RenderedBlock) else part
        for part in parts
    ]


def load_parts(stored: Sequence[Any]) -> list[Part]:
    """Return the parts from JSON."""
    return [RenderedBlock(*part) if isinstance(part, list) else part for part in stored]


def inline_tokens(html: str) -> list[InlineToken]:
    """Return the tags and texts of HTML in order; joined they are the HTML again."""
    parser = _InlineParser()
    parser.feed(html)
    parser.close()
    return parser.tokens


class _InlineParser(HTMLParser):
    """Collects the tags, entities and texts of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.tokens: list[InlineToken] = []

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.tokens.append(InlineToken(self.get_starttag_text() or f"<{tag}>"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.tokens.append(InlineToken(f"</{tag}>"))

    def handle_data(self, data: str) -> None:
        self.tokens.append(InlineToken(data, data))

    def handle_entityref(self, name: str) -> None:
        self.tokens.append(InlineToken(f"&{name};", unescape(f"&{name};")))

    def handle_charref(self, name: str) -> None:
        self.handle_entityref(f"#{name}")


class _BlockParser(HTMLParser):
    """Finds where each block of a page begins and ends."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self._html = html
        self._line_starts = [0]
        for line in html.split("\n"):
            self._line_starts.append(self._line_starts[-1] + len(line) + 1)
        self._parts: list[Part] = []
        self._end = 0  # of what is in the parts already
        self._outer: tuple[str, str, int] | None = None  # a heading or <pre> whose number comes with the next tag
        self._block: tuple[int, str, str, int, int] | None = None  # number, tag, id, start, start of the inside
        self._depth = 0

    def split(self) -> list[Part]:
        """Return the parts."""
        self.feed(self._html)
        self.close()
        self._finish(len(self._html))
        self._add_html(len(self._html))
        return self._parts

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start, after = self._offset(), self._offset() + len(self.get_starttag_text() or "")
        element_id = dict(attrs).get("id") or ""
        number = _BLOCK_ID.fullmatch(element_id)
        if self._block is not None:
            if self._block[1] in _WHOLE:
                self._depth += tag == self._block[1]
                return
            if tag in _NEXT:
                self._finish(start)
        if number is None:
            self._outer = (tag, element_id, start) if tag in _HEADINGS | {"pre"} else None
        elif self._outer is not None and tag in {"a", "code"}:
            outer_tag, outer_id, outer_start = self._outer
            block_id = outer_id if tag == "a" else element_id
            inside = after + len("</a>") if tag == "a" else after
            self._begin(int(number[1]), outer_tag if tag == "a" else tag, block_id, outer_start, inside)
        else:
            self._begin(int(number[1]), tag, element_id, start, after)

    def handle_endtag(self, tag: str) -> None:
        if self._block is None or tag != self._block[1]:
            return
        if self._depth:
            self._depth -= 1
        else:
            self._finish(self._offset())

    def _begin(self, number: int, tag: str, block_id: str, start: int, inside: int) -> None:
        self._finish(start)
        self._add_html(start)
        self._block, self._outer, self._depth = (number, tag, block_id, start, inside), None, 0
        if tag == "hr":
            self._finish(inside)

    def _finish(self, end: int) -> None:
        """End the open block, if there is one."""
        if self._block is None:
            return
        number, tag, block_id, start, inside = self._block
        html = self._html
        self._parts.append(RenderedBlock(number, tag, block_id, html[start:inside], html[inside:end]))
        self._block, self._end = None, max(end, inside)

    def _add_html(self, end: int) -> None:
        if end > self._end:
            self._parts.append(self._html[self._end : end])
            self._end = end

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column
