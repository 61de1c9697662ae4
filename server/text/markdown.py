"""Markdown to safe HTML: no raw HTML, no scripts, no images, and a short list of allowed tags and classes."""

import re
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from server.text.literal_signs import keep_asterisks, keep_signs, link_addresses_only
from server.text.mentions import NO_NAMES, NameIndex
from server.text.slugs import heading_id
from server.text.wiki_links import wiki_links

MAX_COMMENT = 20_000
MAX_PAGE = 100_000

_BLOCK_TAGS = {
    "p",
    "h2",
    "h3",
    "h4",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "hr",
    "br",
    "dl",
    "dt",
    "dd",
}
_TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}
_INLINE_TAGS = {"a", "strong", "em", "s", "sup", "section"}
_CLASSES = {
    "th": {"end", "center"},
    "td": {"end", "center"},
    "ol": {"goals", "footnotes-list"},
    "section": {"footnotes"},
    "hr": {"footnotes-sep"},
    "a": {"footnote-backref"},
    "sup": {"footnote-ref"},
    "strong": {"mention"},
}
_MOST_NARROW = 3
"""Columns of a table that fits on a phone."""
_LEAF_TOKENS = {"fence", "code_block", "hr", "table_open"}
_TAGS_WITH_ID = ("p", "h2", "h3", "h4", "li", "table", "code", "pre", "hr", "dt", "dd")
_ALIGNMENT_CLASSES = {"text-align:right": "end", "text-align:center": "center"}
_HIDDEN = re.compile("[\ue000-\uf8ff\x00]")


def _add_heading_ids(state: Any) -> None:
    """Give headings an id to link to; duplicates are counted, so that many of them cost little."""
    used: dict[str, int] = {}
    for index, token in enumerate(state.tokens):
        if token.type == "heading_open" and token.tag in {"h2", "h3"}:
            name = heading_id(state.tokens[index + 1].content)
            used[name] = used.get(name, 0) + 1
            token.attrSet("id", name if used[name] == 1 else f"{name}-{used[name]}")


def _render_cell(
    self: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    """Render a table cell with its alignment as a class: the content security policy forbids styles."""
    token = tokens[index]
    if token.tag == "th" and not tokens[index + 1].content:
        token.tag = tokens[index + 2].tag = "td"  # an empty cell is not a header
    style = str(token.attrs.pop("style", ""))
    if style in _ALIGNMENT_CLASSES:
        token.attrSet("class", _ALIGNMENT_CLASSES[style])
    return self.renderToken(tokens, index, options, env)


def _let_wide_tables_scroll(state: Any) -> None:
    """Let the keyboard reach tables that are wider than a phone, so that it can scroll them."""
    for index, token in enumerate(state.tokens):
        if token.type == "table_open":
            columns = 0
            for part in state.tokens[index:]:
                columns += part.type == "th_open"
                if part.type == "thead_close":
                    break
            if columns > _MOST_NARROW:
                token.attrSet("tabindex", "0")


def _render_task_boxes(state: Any) -> None:
    """Show the checkbox of a task as a character: an input in user content would be interactive."""
    for opening, token in zip(state.tokens, state.tokens[2:], strict=False):
        if token.type == "inline" and opening.type == "list_item_open" and token.children:
            first = token.children[0]
            for source, symbol in (("[ ] ", "☐ "), ("[x] ", "☑ "), ("[X] ", "☑ ")):
                if first.type == "text" and first.content.startswith(source):
                    first.content = symbol + first.content[len(source) :]


def _lower_headings(state: Any) -> None:
    """Lower first-level headings, so that the page's title is the only one."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = {"h1": "h2"}.get(token.tag, token.tag if token.tag in {"h2", "h3"} else "h4")


def _mark_goals(state: Any) -> None:
    """Add the class `goals` to the numbered list after a heading “Goals”."""
    follows_heading = False
    for index, token in enumerate(state.tokens):
        if token.type == "heading_open":
            follows_heading = state.tokens[index + 1].content.strip().casefold() == "goals"
        elif token.type == "ordered_list_open" and follows_heading and token.level == 0:
            token.attrSet("class", "goals")
            follows_heading = False


BLOCK_NUMBER = "block"
_CONTAINERS = {"list_item_open", "dt_open", "dd_open"}


def _number_blocks(state: Any) -> None:
    """Assign numbers to the blocks of a page in reading order, and ids to link to.

    A block is a paragraph, heading, list item, quotation, table, rule or code block: the unit of diffs,
    comments and blame.
    """
    number, in_table = 0, False
    for index, token in enumerate(state.tokens):
        in_table = token.type == "table_open" or (in_table and token.type != "table_close")
        if token.type in _LEAF_TOKENS or (token.type == "inline" and not in_table):
            token.meta[BLOCK_NUMBER] = number
            element = _block_element(state.tokens, index)
            if "id" in element.attrs:  # the id of a heading comes from its words; its number goes inside it
                token.children = [
                    Token("link_open", "a", 1, attrs={"id": f"b{number}"}),
                    Token("link_close", "a", -1),
                    *(token.children or []),
                ]
            element.attrs.setdefault("id", f"b{number}")
            number += 1


def _block_element(tokens: Sequence[Token], index: int) -> Token:
    """Return the token whose HTML element is the block; in a tight list that is the list item."""
    token = tokens[index]
    if token.type != "inline":
        return token
    opening = tokens[index - 1]
    return tokens[index - 2] if opening.hidden and tokens[index - 2].type in _CONTAINERS else opening


def _page_parser(*, links: bool) -> MarkdownIt:
    parser = MarkdownIt("js-default", {"maxNesting": 20, "linkify": links, "typographer": True})
    parser.enable(["replacements", "smartquotes"]).disable(["image"])
    parser.enable("linkify") if links else parser.disable(["linkify", "autolink"])
    parser.use(keep_asterisks).use(link_addresses_only)
    parser.use(front_matter_plugin).use(footnote_plugin).use(deflist_plugin).use(wiki_links)
    parser.core.ruler.push("lower_headings", _lower_headings)
    parser.core.ruler.push("add_heading_ids", _add_heading_ids)
    parser.core.ruler.push("mark_goals", _mark_goals)
    parser.core.ruler.push("number_blocks", _number_blocks)
    parser.core.ruler.push("render_task_boxes", _render_task_boxes)
    parser.core.ruler.push("let_wide_tables_scroll", _let_wide_tables_scroll)
    for name in ("th_open", "td_open"):
        parser.add_render_rule(name, _render_cell)
    return parser


def _mark_mentions(state: Any) -> None:
    """Set off the names after an @ that mean someone, except in quotations, code and links, and note whom they mean."""
    names: NameIndex = state.env.get("names", NO_NAMES)
    if not names:
        return
    quotes = 0
    for token in state.tokens:
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type == "inline" and not quotes and "@" in token.content:
            token.children = list(_with_mentions(token.children or [], names, state.env["mentioned"]))


def _with_mentions(tokens: Sequence[Token], names: NameIndex, mentioned: list[int]) -> Iterator[Token]:
    links = 0
    for token in tokens:
        links += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type != "text" or links:
            yield token
            continue
        end = 0
        for mention in names.mentions(token.content):
            mentioned += mention.people
            yield Token("text", "", 0, content=token.content[end : mention.start])
            yield Token("mention_open", "strong", 1, attrs={"class": "mention"})
            yield Token("text", "", 0, content=token.content[mention.start : mention.end])
            yield Token("mention_close", "strong", -1)
            end = mention.end
        yield Token("text", "", 0, content=token.content[end:])


def _comment_parser(*, links: bool) -> MarkdownIt:
    parser = MarkdownIt("js-default", {"maxNesting": 20, "linkify": links, "breaks": True})
    parser.enable("linkify") if links else parser.disable(["linkify", "autolink"])
    parser.use(keep_asterisks).use(keep_signs).use(link_addresses_only)
    parser.core.ruler.before("linkify", "mark_mentions", _mark_mentions)  # what tells names apart may be an address
    return parser.use(wiki_links).disable(["image", "heading", "lheading", "table", "hr"])


MAX_LINKS = 200
"""A text with more links is not searched for bare URLs: the cost grows with their number squared."""
_LINK_HINT = re.compile(r"://|www\.|@|mailto:")
_PAGE_PARSERS = {links: _page_parser(links=links) for links in (True, False)}
_COMMENT_PARSERS = {links: _comment_parser(links=links) for links in (True, False)}


def _has_few_links(text: str) -> bool:
    return len(_LINK_HINT.findall(text)) <= MAX_LINKS


MAX_MARKUP, MAX_LINES, _MAX_QUOTES = 15_000, 8_000, 6_000
_MARKUP = re.compile(r"[\[\]*_~`|<>&#^!\\]")


def is_dense(text: str) -> bool:
    """Return whether a text has more markup or lines than a person writes: they are costly to parse."""
    quote_count = text.count('"') + text.count("'")
    line_count, markup_count = text.count("\n"), len(_MARKUP.findall(text))
    return line_count > MAX_LINES or markup_count > MAX_MARKUP or quote_count > _MAX_QUOTES


def _plain_parser() -> MarkdownIt:
    parser = MarkdownIt("zero")
    parser.core.ruler.push("number_blocks", _number_blocks)
    return parser


_PLAIN_PARSER = _plain_parser()


def page_parser(text: str) -> MarkdownIt:
    """Return the parser for a page; the parser for a dense page knows paragraphs only."""
    return _PLAIN_PARSER if is_dense(text) else _PAGE_PARSERS[_has_few_links(text)]


def clean(html: str) -> str:
    """Remove all tags, attributes and URL schemes that are not on the allowlist."""
    return nh3.clean(
        html,
        tags=_BLOCK_TAGS | _TABLE_TAGS | _INLINE_TAGS,
        attributes={"a": {"href", "id"}, "ol": {"start"}}
        | {tag: {"id"} for tag in _TAGS_WITH_ID}
        | {"table": {"id", "tabindex"}},
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow ugc",
    )


def without_hidden(text: str) -> str:
    """Return a text without private-use and null characters, and with line feeds as line ends."""
    return _HIDDEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def render_comment(text: str, names: NameIndex = NO_NAMES) -> str:
    """Return the HTML of a comment, in which mentions of names are set off."""
    return _comment(text, names)[0]


def mentioned_in(text: str, names: NameIndex) -> list[int]:
    """Return the ids of the people whom a comment mentions, in order."""
    return list(dict.fromkeys(_comment(text, names)[1]))


def _comment(text: str, names: NameIndex) -> tuple[str, list[int]]:
    visible = without_hidden(text)
    if is_dense(visible):
        return clean(_PLAIN_PARSER.render(visible)), []
    env: dict[str, Any] = {"names": names, "mentioned": []}
    return clean(_COMMENT_PARSERS[_has_few_links(visible)].render(visible, env)), env["mentioned"]
