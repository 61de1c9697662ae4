"""A page in blocks: headings, paragraphs, list items, quotes, tables, code and plans, each with its words and lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markdown_it.token import Token

from server.text.markdown import NUMBER, page_parser, without_hidden
from server.text.tokens import Word, plain_text, split, words_of

_INSIDE = {
    "list_item_open": "item",
    "blockquote_open": "quote",
    "dt_open": "definition",
    "dd_open": "definition",
    "footnote_open": "footnote",
}
_OUTSIDE = {
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
    """A block of a page: what it is, its words, and its first and last line (from 1).

    Its place in the page is the number that the page's HTML names it by: b0, b1 and so on. `depth` is a heading's
    level or how deep a list entry stands; a table has `rows` of cells, the first its heads. `section` is the heading
    that it stands under, `listed` says of a list entry whether it has a bullet or a number, and which if not from 1.
    One inside another's lines, as a note within a sentence, is not `is_placed`: its lines are not its own.
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
        """Its words without their setting."""
        return plain_text(self.words)

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What two equal blocks share: all but where they stand."""
        depth = self.depth if self.kind in {"heading", "item"} else 0
        return (self.kind, depth, self.list_index, self.words, self.rows)

    @cached_property
    def name(self) -> str:
        """The name of a plan, empty of anything else."""
        found = _NAME.search(self.text) if self.kind == "plan" else None
        return found[1].strip("\"'") if found else ""

    @property
    def is_prose(self) -> bool:
        """Whether it is text that may be joined, split and set differently."""
        return not self.rows and self.kind not in {"plan", "code", "rule"}


def blocks_of(markdown: str) -> tuple[Block, ...]:
    """Return the blocks of a page in reading order."""
    text = without_hidden(markdown)
    tokens = page_parser(text).parse(text, {})
    return tuple(_Reader(tokens, text.split("\n")).blocks())


def _sign(opened: Token) -> str:
    """Return what the entries of a list begin with: a bullet, or a number, said where it does not begin at 1."""
    start = opened.attrs.get("start", 1)
    return "-" if opened.type == "bullet_list_open" else "." if start == 1 else f"{start}."


class _Reader:
    """Walks over a page's tokens once."""

    def __init__(self, tokens: Sequence[Token], lines: Sequence[str]) -> None:
        self._tokens, self._lines = tokens, lines
        self._inside: list[str] = []
        self._lists: list[str] = []
        self._section = ""
        self._last = 1

    def blocks(self) -> list[Block]:
        """Return the blocks."""
        found: list[Block] = []
        place = 0
        while place < len(self._tokens):
            token = self._tokens[place]
            if token.type in {"ordered_list_open", "bullet_list_open"}:
                self._lists.append(_sign(token))
            elif token.type in {"ordered_list_close", "bullet_list_close"}:
                self._lists.pop()
            elif token.type in _INSIDE:
                self._inside.append(_INSIDE[token.type])
            elif token.type in _OUTSIDE:
                self._inside.pop()
            elif token.type == "table_open":
                end = self._end_of_table(place)
                found.append(self._table(self._tokens[place:end]))
                place = end
            elif NUMBER in token.meta and token.type != "inline":
                found.append(self._leaf(token))
            elif NUMBER in token.meta:
                found.append(self._prose(self._tokens[place - 1], token))
            place += 1
        return found

    def _block(self, kind: str, words: tuple[Word, ...], token: Token, **more: Any) -> Block:
        first, last = token.map or (self._last - 1, self._last)
        self._last = last
        is_placed = token.map is not None
        return Block(
            kind, words, first + 1, max(last, first + 1), section=self._section, is_anchorable=is_placed, **more
        )

    def _prose(self, opened: Token, inline: Token) -> Block:
        words = words_of(inline.children or ())
        if opened.type == "heading_open":
            self._section = plain_text(words)
            return self._block("heading", words, inline, depth=int(opened.tag[1:]))
        kind = self._inside[-1] if self._inside else "paragraph"
        listed = self._lists[-1] if kind == "item" and self._lists else ""
        if listed.endswith("."):
            self._lists[-1] = "."  # the entries after the first follow by themselves
        return self._block(kind, words, inline, depth=len(self._inside), list_index=listed)

    def _leaf(self, token: Token) -> Block:
        if token.type == "hr":
            return self._block("rule", (), token)
        is_plan = token.type == "fence" and token.level == 0 and token.info.split()[:1] == ["plan"]
        words = tuple(Word(part) for part in split(token.content.rstrip("\n")))
        return self._block("plan" if is_plan else "code", words, token)

    def _end_of_table(self, place: int) -> int:
        while self._tokens[place].type != "table_close":
            place += 1
        return place

    def _table(self, tokens: Sequence[Token]) -> Block:
        rows: list[list[Cell]] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(words_of(token.children or ()))
        words = tuple(word for row in rows for cell in row for word in (*cell, Word(" ")))
        return self._block("table", words, tokens[0], rows=tuple(tuple(row) for row in rows))
