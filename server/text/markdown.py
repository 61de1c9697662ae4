"""Markdown to HTML that cannot do harm: no raw HTML, no scripts, no images, a short list of tags and classes."""

import re
from collections.abc import MutableMapping, Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from server.text.wiki_links import wiki_links

MAX_COMMENT = 20_000
MAX_PAGE = 100_000

_BLOCKS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "code", "hr", "br", "dl", "dt", "dd"}
_TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
_INLINE = {"a", "strong", "em", "s", "sup", "section"}
_CLASSES = {
    "th": {"end", "mid"},
    "td": {"end", "mid"},
    "ol": {"goals", "footnotes-list"},
    "section": {"footnotes"},
    "hr": {"footnotes-sep"},
    "a": {"footnote-backref"},
    "sup": {"footnote-ref"},
}
_WHOLE = {"fence", "code_block", "hr", "table_open"}
_NAMED = ("p", "h2", "h3", "h4", "li", "table", "code", "pre", "hr", "dt", "dd")
_ALIGNED = {"text-align:right": "end", "text-align:center": "mid"}
_HIDDEN = re.compile("[\ue000-\uf8ff\x00]")


def _name_headings(state: Any) -> None:
    """Give headings an id to link to; equal ones are numbered from a table, so that many of them cost little."""
    used: dict[str, int] = {}
    for index, token in enumerate(state.tokens):
        if token.type == "heading_open" and token.tag in {"h2", "h3"}:
            words = re.sub(r"[^\w]+", "-", state.tokens[index + 1].content.casefold()).strip("-")[:60]
            used[words] = used.get(words, 0) + 1
            token.attrSet("id", f"user-{words}" if used[words] == 1 else f"user-{words}-{used[words]}")


def _cell(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """Turn the alignment of a cell from a style, which the content policy forbids, into a class."""
    token = tokens[index]
    if token.tag == "th" and not tokens[index + 1].content:
        token.tag = tokens[index + 2].tag = "td"  # an empty cell heads nothing
    style = str(token.attrs.pop("style", ""))
    if style in _ALIGNED:
        token.attrSet("class", _ALIGNED[style])
    return self.renderToken(tokens, index, options, env)


def _tick_tasks(state: Any) -> None:
    """Show the box of a task as a sign: a form field in people's words would be a live thing."""
    for before, token in zip(state.tokens, state.tokens[2:], strict=False):
        if token.type == "inline" and before.type == "list_item_open" and token.children:
            first = token.children[0]
            for written, sign in (("[ ] ", "☐ "), ("[x] ", "☑ "), ("[X] ", "☑ ")):
                if first.type == "text" and first.content.startswith(written):
                    first.content = sign + first.content[len(written) :]


def _lower_headings(state: Any) -> None:
    """Let the page's title stay the only heading of the first level."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = {"h1": "h2"}.get(token.tag, token.tag if token.tag in {"h2", "h3"} else "h4")


def _mark_goals(state: Any) -> None:
    """Mark the numbered list that follows a heading “Goals”."""
    wanted = False
    for index, token in enumerate(state.tokens):
        if token.type == "heading_open":
            wanted = state.tokens[index + 1].content.strip().casefold() == "goals"
        elif token.type == "ordered_list_open" and wanted and token.level == 0:
            token.attrSet("class", "goals")
            wanted = False


NUMBER = "block"
_CONTAINERS = {"list_item_open", "dt_open", "dd_open"}


def _number_blocks(state: Any) -> None:
    """Give the blocks of a page their numbers in reading order, and ids to link to.

    A block is a paragraph, heading, list entry, quotation, table, rule or piece of code: what is compared, commented
    on and traced through the versions.
    """
    number, in_table = 0, False
    for index, token in enumerate(state.tokens):
        in_table = token.type == "table_open" or (in_table and token.type != "table_close")
        if token.type in _WHOLE or (token.type == "inline" and not in_table):
            token.meta[NUMBER] = number
            named = _named(state.tokens, index)
            if "id" in named.attrs:  # a heading is known by its words; its number stands inside it
                token.children = [
                    Token("link_open", "a", 1, attrs={"id": f"b{number}"}),
                    Token("link_close", "a", -1),
                    *(token.children or []),
                ]
            named.attrs.setdefault("id", f"b{number}")
            number += 1


def _named(tokens: Sequence[Token], index: int) -> Token:
    """Return the token whose element is the block: that of a tight list's entry is the entry."""
    token = tokens[index]
    if token.type != "inline":
        return token
    opened = tokens[index - 1]
    return tokens[index - 2] if opened.hidden and tokens[index - 2].type in _CONTAINERS else opened


def _page_parser(*, links: bool) -> MarkdownIt:
    parser = MarkdownIt("js-default", {"maxNesting": 20, "linkify": links, "typographer": True})
    parser.enable(["replacements", "smartquotes"]).disable(["image"])
    parser.enable("linkify") if links else parser.disable(["linkify", "autolink"])
    parser.use(front_matter_plugin).use(footnote_plugin).use(deflist_plugin).use(wiki_links)
    parser.core.ruler.push("lower_headings", _lower_headings)
    parser.core.ruler.push("name_headings", _name_headings)
    parser.core.ruler.push("mark_goals", _mark_goals)
    parser.core.ruler.push("number_blocks", _number_blocks)
    parser.core.ruler.push("tick_tasks", _tick_tasks)
    for name in ("th_open", "td_open"):
        parser.add_render_rule(name, _cell)
    return parser


def _comment_parser(*, links: bool) -> MarkdownIt:
    parser = MarkdownIt("js-default", {"maxNesting": 20, "linkify": links})
    parser.enable("linkify") if links else parser.disable(["linkify", "autolink"])
    return parser.use(wiki_links).disable(["image", "heading", "lheading", "table", "hr"])


MAX_LINKS = 200
"""A text with more than this is not searched for bare addresses: the search costs their number squared."""
_LINKISH = re.compile(r"://|www\.|@|mailto:")
_PAGES = {links: _page_parser(links=links) for links in (True, False)}
_COMMENTS = {links: _comment_parser(links=links) for links in (True, False)}


def _may_search(text: str) -> bool:
    return len(_LINKISH.findall(text)) <= MAX_LINKS


MAX_MARKUP, MAX_LINES, _MOST_QUOTES = 15_000, 8_000, 6_000
_SIGNS = re.compile(r"[\[\]*_~`|<>&#^!\\]")


def is_dense(text: str) -> bool:
    """Say whether a text has more markup or lines than anybody writes: each costs what a hundred letters cost."""
    return text.count("\n") > MAX_LINES or len(_SIGNS.findall(text)) > MAX_MARKUP or _quotes(text) > _MOST_QUOTES


def _quotes(text: str) -> int:
    return text.count('"') + text.count("'")


def _plain_parser() -> MarkdownIt:
    parser = MarkdownIt("zero")
    parser.core.ruler.push("number_blocks", _number_blocks)
    return parser


_PLAIN = _plain_parser()


def page_parser(text: str) -> MarkdownIt:
    """Return the parser for a page; that of a dense one knows paragraphs only."""
    return _PLAIN if is_dense(text) else _PAGES[_may_search(text)]


def clean(html: str) -> str:
    """Let only the listed tags, attributes and addresses through."""
    return nh3.clean(
        html,
        tags=_BLOCKS | _TABLE | _INLINE,
        attributes={"a": {"href", "id"}, "ol": {"start"}} | {tag: {"id"} for tag in _NAMED},
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow ugc",
    )


def without_hidden(text: str) -> str:
    """Drop private-use and null characters, which nobody means, and unify line ends."""
    return _HIDDEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def render_comment(text: str) -> str:
    """Return a comment's HTML."""
    bare = without_hidden(text)
    if is_dense(bare):
        return clean(_PLAIN.render(bare))
    return clean(_COMMENTS[_may_search(bare)].render(bare))
