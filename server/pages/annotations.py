"""The blocks of a page with the comments on them: marked text, anchors that count the threads, links to comment."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from server.discussion.queries import AnchorView
from server.text.rendered import InlineToken, Part, RenderedBlock, inline_tokens

_CELLS = ("<td", "<th>", "<th ")


@dataclass(frozen=True, slots=True)
class ThreadLabels:
    """Translated labels: of the link to comment, and of an anchor with some threads."""

    add: str
    thread_count: Callable[[int], str]


class Annotator:
    """Adds the threads of a version to its blocks."""

    def __init__(self, anchors: Sequence[AnchorView], url: str, labels: ThreadLabels) -> None:
        self._anchors: dict[int, list[AnchorView]] = defaultdict(list)
        for anchor in anchors:
            if anchor.block is not None and anchor.state != "gone":
                self._anchors[anchor.block].append(anchor)
        self._url, self._labels = escape(url), labels

    def annotate(self, parts: Sequence[Part]) -> list[Part]:
        """Return the parts of a page with marks, anchors and links to comment."""
        return [self._annotated(part) if isinstance(part, RenderedBlock) else part for part in parts]

    def _annotated(self, block: RenderedBlock) -> str:
        link = (
            f'<a class="add-comment" href="{self._url}/anchors?block={block.number}"'
            f' aria-label="{self._labels.add}"></a>'
        )
        anchors = self._anchors.get(block.number)
        html = self._marked(block, anchors) if anchors else block.html
        if block.tag in {"table", "pre", "code"}:  # nothing but their own parts may be inside them
            return f"{link}{block.opening}{html}"
        return f"{block.opening}{link}{html}"

    def _anchor_link(self, anchors: Sequence[AnchorView]) -> str:
        url = f"{self._url}/anchors?block={anchors[0].block}"
        is_open = " open" if any(anchor.is_open for anchor in anchors) else ""
        label = self._labels.thread_count(len(anchors))
        return f'<a class="pin{is_open}" href="{url}" aria-label="{label}">{len(anchors)}</a>'

    def _marked(self, block: RenderedBlock, anchors: Sequence[AnchorView]) -> str:
        """Return the HTML inside a block with the text of its anchors marked."""
        writer = _MarkWriter(block)
        on_whole = [anchor for anchor in anchors if not anchor.start and (anchor.end or 0) >= writer.size]
        for start, end, overlapping in _overlapping([anchor for anchor in anchors if anchor not in on_whole]):
            first, last = writer.trimmed(start, min(end, writer.size))
            if first < last:
                writer.copy_until(first)
                writer.copy_until(last, mark=True)
                writer.copy_link_end()
                writer.add(self._anchor_link(overlapping))
        if on_whole:  # a mark over a whole block would say nothing: the anchor goes to its end
            writer.copy_until(writer.trimmed(0, writer.size)[1])
            writer.copy_link_end()
            writer.add(self._anchor_link(on_whole))
        return writer.html()


def _overlapping(anchors: Sequence[AnchorView]) -> list[tuple[int, int, list[AnchorView]]]:
    """Return the anchors in order, those on the same or overlapping text together, each with start and end."""
    groups: list[tuple[int, int, list[AnchorView]]] = []
    for anchor in sorted(anchors, key=lambda anchor: (anchor.start or 0, anchor.end or 0)):
        start, end = anchor.start or 0, anchor.end or 0
        if groups and start < groups[-1][1]:
            first, last, members = groups[-1]
            groups[-1] = (first, max(last, end), [*members, anchor])
        else:
            groups.append((start, end, [anchor]))
    return groups


class _MarkWriter:
    """Copies the HTML of a block, counting the characters that a reader sees; a mark never crosses a tag."""

    def __init__(self, block: RenderedBlock) -> None:
        tokens = inline_tokens(block.html)
        self._tokens = _cell_tokens(tokens) if block.tag == "table" else tokens
        self._text = "".join(token.text for token in self._tokens)
        self._next, self._inside, self._seen = 0, 0, 0
        self._in_link = False
        self._written: list[str] = []

    @property
    def size(self) -> int:
        """Characters of the block's text."""
        return len(self._text.rstrip())

    def trimmed(self, first: int, last: int) -> tuple[int, int]:
        """Return a range without the spaces at its ends: a mark does not end between two cells."""
        while first < last and self._text[last - 1].isspace():
            last -= 1
        while first < last and self._text[first].isspace():
            first += 1
        return first, last

    def add(self, html: str) -> None:
        """Write HTML that is not part of the block."""
        self._written.append(html)

    def copy_until(self, character: int, *, mark: bool = False) -> None:
        """Copy up to a character of the text, its texts marked if asked for."""
        while self._next < len(self._tokens) and self._seen < character:
            token = self._tokens[self._next]
            if not token.text:
                self._in_link = token.html.startswith("<a ") or (self._in_link and token.html != "</a>")
                self._written.append(token.html)
                self._step()
                continue
            size = len(token.text)
            taken = size if token.html != token.text else min(size - self._inside, character - self._seen)
            html = token.html if taken == size else token.text[self._inside : self._inside + taken]
            self._written.append(f'<mark class="commented">{html}</mark>' if mark and html.strip() else html)
            self._seen += taken
            self._inside += taken
            if self._inside >= size:
                self._step()

    def copy_link_end(self) -> None:
        """Copy to the end of the link, if inside one: no link may contain another."""
        while self._in_link and self._next < len(self._tokens):
            token = self._tokens[self._next]
            self._written.append(token.html[self._inside :])
            self._seen += len(token.text[self._inside :])
            self._in_link = token.html != "</a>"
            self._step()

    def html(self) -> str:
        """Return all that was written, and the rest of the block."""
        rest = [token.html for token in self._tokens[self._next :]]
        if rest:
            rest[0] = rest[0][self._inside :]
        return "".join([*self._written, *rest])

    def _step(self) -> None:
        self._next += 1
        self._inside = 0


def _cell_tokens(tokens: Sequence[InlineToken]) -> list[InlineToken]:
    """Return the tokens of a table: only cells have text, each followed by a space, as in the text of its block."""
    counted: list[InlineToken] = []
    in_cell = False
    for token in tokens:
        if token.html.startswith(_CELLS):
            in_cell = True
        counted.append(token if in_cell else InlineToken(token.html))
        if token.html in {"</td>", "</th>"}:
            in_cell = False
            counted.append(InlineToken("", " "))
    return counted
