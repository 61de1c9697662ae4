"""Links between pages: parses `[[Title]]`, `[[Title#Heading]]` and `[[Title|text]]`, and finds what a text links to."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from server.text.slugs import heading_id, slug_of

_WIKI_LINK = re.compile(r"\[\[([^\[\]|\n]{1,120})(?:\|([^\[\]\n]{1,200}))?\]\]")
_BAR_IN_LINK = re.compile(r"(\[\[[^\[\]|\n\\]{1,120})\|([^\[\]\n]{1,200}\]\])")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_DOCUMENT_PATH = re.compile(r"/(?:pages|proposals)/([^/?#]+)")


def _parse_wiki_link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - called by the parser
    """Parse `[[Title]]` as a link to the page of that title."""
    match = _WIKI_LINK.match(state.src, state.pos, state.posMax)
    if match is None or not slug_of(match[1].partition("#")[0], ""):
        return False
    if not silent:
        title, _, heading = match[1].partition("#")
        fragment = f"#{heading_id(heading)}" if heading.strip() else ""
        state.push("link_open", "a", 1).attrs = {"href": f"/pages/{slug_of(title)}{fragment}"}
        shown = f"{title.strip()}: {heading.strip()}" if fragment else match[1]
        state.push("text", "", 0).content = (match[2] or shown).strip()
        state.push("link_close", "a", -1)
    state.pos = match.end()
    return True


def wiki_links(parser: MarkdownIt) -> None:
    """Add wiki links to a markdown parser, as a plugin."""
    parser.inline.ruler.before("link", "wiki_link", _parse_wiki_link)
    parser.core.ruler.before("block", "bars_in_wiki_links", _escape_bars)


def _escape_bars(state: StateCore) -> None:
    """Let the bar of `[[Title|text]]` in a row of a table not end the cell."""
    if "[[" not in state.src or "|" not in state.src:
        return
    lines, is_code = state.src.split("\n"), False
    for index, line in enumerate(lines):
        is_code ^= bool(_FENCE.match(line))
        is_row = line.lstrip().startswith("|") or ("`" not in line and "|" in _BAR_IN_LINK.sub("", line))
        if is_row and not is_code:
            lines[index] = _BAR_IN_LINK.sub(r"\1\\|\2", line)
    state.src = "\n".join(lines)


def link_targets(tokens: Iterable[Token]) -> Iterable[str]:
    """Return the slugs that a page links to, each once, in order."""
    slugs: dict[str, Any] = {}
    for token in tokens:
        for child in token.children or ():
            if child.type != "link_open":
                continue
            match = _DOCUMENT_PATH.match(unquote(str(child.attrs.get("href", ""))))
            if match and slug_of(match[1], "") == match[1]:  # anything else was never the slug of a document
                slugs.setdefault(match[1])
    return slugs
