"""A page as blocks with their words and lines: headings, paragraphs, list items, tables, plans and more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markdown_it.token import Token

from server.text.markdown import BLOCK_NUMBER, page_parser, without_hidden
from server.text.tokens import Word, plain_text, split, words_of

_OPENING = {
    "list_item_open": "item",
    "blockquote_open": "quote",
    "dt_open": "definition",
    "dd_open": "definition",
    "footnote_open": "footnote",
}
_CLOSING = {
    "list_item_close": "item",
    "blockquote_close": "quote",
    "dt_close": "definition",
    "dd_close": "definition",
    "footnote_close": "footnote",
}
_NAME = re.compile(r"^name:[ \t]*(.+?)[ \t]*$", re.MULTILINE)

Cell = tuple[Word, ...]


@dataclass(frozen=True)
class Block:
    """A block of a page: its kind, its words, and its first and last line (from 1).

    The index of a block in its page is its number in the HTML: b0, b1 and so on. `depth` is the level of a
    heading or the nesting depth of a list item. A table has `rows` of cells, the header row first. `section`
    is the text of the heading above. `list_index` is "-" for a bullet, "." for a number, and "4." for the
    first item of a list that starts at 4. A block inside the lines of another, such as a footnote within a
    sentence, is not `is_anchorable`, because its lines are not its own.
    """

    kind: str
    words: tuple[Word, ...]
    first_line: int
    last_line: int
    depth: int = 0
    rows: tuple[tuple[Cell, ...], ...] = ()
    section: str = ""
    list_index: str = ""
    is_anchorable: bool = True

    @cached_property
    def text(self) -> str:
        """The words without formatting."""
        return plain_text(self.words)

    @cached_property
    def key(self) -> tuple[object, ...]:
        """A key that is the same for two equal blocks, wherever they are in the page."""
        depth = self.depth if self.kind in {"heading", "item"} else 0
        return (self.kind, depth, self.list_index, self.words, self.rows)

    @cached_property
    def name(self) -> str:
        """The name of a plan; empty for any other block."""
        match = _NAME.search(self.text) if self.kind == "plan" else None
        return match[1].strip("\"'") if match else ""

    @property
    def is_prose(self) -> bool:
        """True if the block is text that may be joined, split and formatted differently."""
        return not self.rows and self.kind not in {"plan", "code", "rule"}


def blocks_of(markdown: str) -> tuple[Block, ...]:
    """Return the blocks of a page in reading order."""
    text = without_hidden(markdown)
    tokens = page_parser(text).parse(text, {})
    return tuple(_BlockReader(tokens, text.split("\n")).blocks())


def _list_index(list_token: Token) -> str:
    """Return the `list_index` of a list's first item: "-", ".", or "4." if the list starts at 4."""
    start = list_token.attrs.get("start", 1)
    return "-" if list_token.type == "bullet_list_open" else "." if start == 1 else f"{start}."


class _BlockReader:
    """Reads the blocks from a page's tokens in one pass."""

    def __init__(self, tokens: Sequence[Token], lines: Sequence[str]) -> None:
        self._tokens, self._lines = tokens, lines
        self._containers: list[str] = []
        self._list_indices: list[str] = []
        self._section = ""
        self._last_line = 1

    def blocks(self) -> list[Block]:
        """Return the blocks."""
        blocks: list[Block] = []
        index = 0
        while index < len(self._tokens):
            token = self._tokens[index]
            if token.type in {"ordered_list_open", "bullet_list_open"}:
                self._list_indices.append(_list_index(token))
            elif token.type in {"ordered_list_close", "bullet_list_close"}:
                self._list_indices.pop()
            elif token.type in _OPENING:
                self._containers.append(_OPENING[token.type])
            elif token.type in _CLOSING:
                self._containers.pop()
            elif token.type == "table_open":
                end = self._table_end(index)
                blocks.append(self._table(self._tokens[index:end]))
                index = end
            elif BLOCK_NUMBER in token.meta and token.type != "inline":
                blocks.append(self._leaf(token))
            elif BLOCK_NUMBER in token.meta:
                blocks.append(self._prose(self._tokens[index - 1], token))
            index += 1
        return blocks

    def _block(self, kind: str, words: tuple[Word, ...], token: Token, **fields: Any) -> Block:
        first, last = token.map or (self._last_line - 1, self._last_line)
        self._last_line = last
        is_anchorable = token.map is not None
        return Block(
            kind,
            words,
            first + 1,
            max(last, first + 1),
            section=self._section,
            is_anchorable=is_anchorable,
            **fields,
        )

    def _prose(self, opening: Token, inline: Token) -> Block:
        words = words_of(inline.children or ())
        if opening.type == "heading_open":
            self._section = plain_text(words)
            return self._block("heading", words, inline, depth=int(opening.tag[1:]))
        kind = self._containers[-1] if self._containers else "paragraph"
        list_index = self._list_indices[-1] if kind == "item" and self._list_indices else ""
        if list_index.endswith("."):
            self._list_indices[-1] = "."  # the items after the first continue its number
        return self._block(kind, words, inline, depth=len(self._containers), list_index=list_index)

    def _leaf(self, token: Token) -> Block:
        if token.type == "hr":
            return self._block("rule", (), token)
        is_plan = token.type == "fence" and token.level == 0 and token.info.split()[:1] == ["plan"]
        words = tuple(Word(part) for part in split(token.content.rstrip("\n")))
        return self._block("plan" if is_plan else "code", words, token)

    def _table_end(self, index: int) -> int:
        while self._tokens[index].type != "table_close":
            index += 1
        return index

    def _table(self, tokens: Sequence[Token]) -> Block:
        rows: list[list[Cell]] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(words_of(token.children or ()))
        words = tuple(word for row in rows for cell in row for word in (*cell, Word(" ")))
        return self._block("table", words, tokens[0], rows=tuple(tuple(row) for row in rows))
