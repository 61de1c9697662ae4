"""Links between pages: parses `[[Title]]` and `[[Title|text]]`, and finds the pages that a text links to."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from server.text.slugs import slug_of

_WIKI_LINK = re.compile(r"\[\[([^\[\]|\n]{1,120})(?:\|([^\[\]\n]{1,200}))?\]\]")
_DOCUMENT_PATH = re.compile(r"/(?:pages|proposals)/([^/?#]+)")


def _parse_wiki_link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - called by the parser
    """Parse `[[Title]]` as a link to the page of that title."""
    match = _WIKI_LINK.match(state.src, state.pos, state.posMax)
    if match is None or not slug_of(match[1], ""):
        return False
    if not silent:
        state.push("link_open", "a", 1).attrs = {"href": f"/pages/{slug_of(match[1])}"}
        state.push("text", "", 0).content = (match[2] or match[1]).strip()
        state.push("link_close", "a", -1)
    state.pos = match.end()
    return True


def wiki_links(parser: MarkdownIt) -> None:
    """Add wiki links to a markdown parser, as a plugin."""
    parser.inline.ruler.before("link", "wiki_link", _parse_wiki_link)


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
