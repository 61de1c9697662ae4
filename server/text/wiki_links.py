"""Links between pages: `[[Title]]` and `[[Title|words]]` as well as plain addresses, and where a text links to."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from server.text.slugs import slug_of

_WRITTEN = re.compile(r"\[\[([^\[\]|\n]{1,120})(?:\|([^\[\]\n]{1,200}))?\]\]")
_HERE = re.compile(r"/(?:pages|proposals)/([^/?#]+)")


def _rule(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - how the parser calls its rules
    """Read `[[Title]]` as a link to the page of that title."""
    found = _WRITTEN.match(state.src, state.pos, state.posMax)
    if found is None or not slug_of(found[1], ""):
        return False
    if not silent:
        state.push("link_open", "a", 1).attrs = {"href": f"/pages/{slug_of(found[1])}"}
        state.push("text", "", 0).content = (found[2] or found[1]).strip()
        state.push("link_close", "a", -1)
    state.pos = found.end()
    return True


def wiki_links(parser: MarkdownIt) -> None:
    """Teach a parser links by title."""
    parser.inline.ruler.before("link", "wiki_link", _rule)


def link_targets(tokens: Iterable[Token]) -> Iterable[str]:
    """Return the slugs that a page links to, each once, in order."""
    found: dict[str, Any] = {}
    for token in tokens:
        for child in token.children or ():
            here = _HERE.match(unquote(str(child.attrs.get("href", "")))) if child.type == "link_open" else None
            if here and slug_of(here[1], "") == here[1]:  # nothing else was ever anybody's address
                found.setdefault(here[1])
    return found
