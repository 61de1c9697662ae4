"""Markdown that leaves figures alone: signs of sums stay signs, and words without a space after a stop stay words.

People write `2*3*4`, `> 100% of quota` and `- 5% for me`; markdown alone would make emphasis, a quotation and a list of
them, and drop the signs.
"""

import re
from collections.abc import Callable
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_AMOUNT_BEFORE, _AMOUNT_AFTER = re.compile(r"[\d%)\]½¼¾]"), re.compile(r"[\d($€£¥]|\.\d")
_ASTERISK = ord("*")
_MOST_ASTERISKS = 2
"""Asterisks between two digits that are a sign: `2*3`, `2**3`."""
_WORD = re.compile(r"[^\W_]")
_SIGNED_FIGURE = re.compile(r"(?:>\s*|[-+]\s+)[~<>=]*[$€£¥]?\s?\.?\d")
_HOST = re.compile(r"^[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#][^\s<>\"]*[^\s<>\".,;:!?)'*_~])?", re.ASCII)


def keep_asterisks(parser: MarkdownIt) -> None:
    """Let an asterisk between amounts be an asterisk."""
    parser.inline.ruler.before("emphasis", "asterisk_between_amounts", _asterisk_between_amounts)


def keep_signs(parser: MarkdownIt) -> None:
    """Let `>`, `-` and `+` before a figure at the start of a line be signs, not markup."""
    for rule in parser.block.ruler.__rules__:
        if rule.name in {"list", "blockquote"}:
            parser.block.ruler.at(rule.name, _unless_signed(rule.fn), {"alt": rule.alt})


def link_addresses_only(parser: MarkdownIt) -> None:
    """Link what begins with a scheme or www., and e-mail addresses; “month.In” has only lost its space."""
    linkify = parser.linkify
    assert linkify is not None  # noqa: S101 - the preset has it
    linkify.set({"fuzzy_link": False})
    linkify.add("www.", {"validate": _HOST, "normalize": _with_scheme})


def _asterisk_between_amounts(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the parser's signature
    if state.src[state.pos] != "*":
        return False
    end = state.pos
    while end < state.posMax and state.src[end] == "*":
        end += 1
    before, after = state.src[state.pos - 1 : state.pos], state.src[end : end + 2]
    if before.isdigit() and after[:1].isdigit():
        is_literal = end - state.pos <= _MOST_ASTERISKS
    else:
        is_amount = bool(_AMOUNT_BEFORE.match(before)), bool(_AMOUNT_AFTER.match(after))
        is_word = bool(_WORD.match(before)), bool(_WORD.match(after))
        is_between = all(is_amount) or (any(is_amount) and all(is_word))
        is_literal = end == state.pos + 1 and is_between and not _is_emphasis_open(state)
    if not is_literal:
        return False
    if not silent:
        state.pending += state.src[state.pos : end]
    state.pos = end
    return True


def _is_emphasis_open(state: StateInline) -> bool:
    """Return whether an asterisk before this one has yet to be closed."""
    marks = [mark for mark in state.delimiters if mark.marker == _ASTERISK]
    return sum(mark.open and not mark.close for mark in marks) > sum(mark.close and not mark.open for mark in marks)


Rule = Callable[[StateBlock, int, int, bool], bool]


def _unless_signed(rule: Rule) -> Rule:
    def guarded(state: StateBlock, first_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001 - as above
        if _SIGNED_FIGURE.match(_line(state, first_line)) and _is_alone(state, first_line):
            return False
        return rule(state, first_line, end_line, silent)

    return guarded


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _is_alone(state: StateBlock, line: int) -> bool:
    """Return whether a line is outside lists and quotations, and the lines next to it begin with another sign."""
    if state.blkIndent or state.parentType in {"list", "blockquote"}:
        return False
    sign = _line(state, line)[:1]
    beside = (_line(state, other) for other in (line - 1, line + 1) if 0 <= other < state.lineMax)
    return not any(text.startswith(sign) for text in beside)


def _with_scheme(_: Any, match: Any) -> None:
    match.url = f"https://{match.url}"
