"""A page's HTML with what people said in its margin: marked words, pins that count the threads, and ways to comment."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

from server.discussion.queries import AnchorView

_STARTS = re.compile(
    r'<(?P<heading>h[234])[^>]*><a id="b(?P<head>\d+)"[^>]*></a>'
    r'|<(?P<tag>p|li|dt|dd|h4|table|pre|code)(?P<rest>[^>]*?) id="b(?P<number>\d+)"[^>]*>'
)
_TOKEN = re.compile(r"<[^>]*>|&#?\w+;|[^<&]+|.", re.DOTALL)
_NEXT_BLOCK = re.compile(r'\bid="b\d+"')


@dataclass(frozen=True, slots=True)
class ThreadLabels:
    """The words of the margin, translated: to comment, and what a pin of some threads is called."""

    add: str
    thread_count: Callable[[int], str]


class Annotator:
    """Puts the threads of a version beside its words."""

    def __init__(self, seats: Sequence[AnchorView], address: str, labels: ThreadLabels) -> None:
        self._seats: dict[int, list[AnchorView]] = defaultdict(list)
        for seat in seats:
            if seat.block is not None and seat.state != "gone":
                self._seats[seat.block].append(seat)
        self._address, self._labels = escape(address), labels

    def annotate(self, parts: Sequence[Any]) -> list[Any]:
        """Return the parts of a page with marks, pins and links."""
        return [part if isinstance(part, int) else self._part(part) for part in parts]

    def _part(self, html: str) -> str:
        found: list[str] = []
        done = 0
        for match in _STARTS.finditer(html):
            number = int(match["head"] or match["number"])
            link = f'<a class="add-comment" href="{self._address}/on?block={number}" aria-label="{self._labels.add}"></a>'
            seats = self._seats.get(number)
            if match["tag"] in {"table", "pre", "code"}:
                before = html.rfind("<pre", done, match.end()) if match["tag"] == "code" else match.start()
                found += [html[done : max(before, done)], link, html[max(before, done) : match.end()]]
            else:
                found += [html[done : match.end()], link]
            done = match.end()
            if seats:
                body, done = self._marked(html, done, seats, is_table=match["tag"] == "table")
                found.append(body)
        return "".join([*found, html[done:]])

    def _pin(self, seats: Sequence[AnchorView]) -> str:
        seat = seats[0]
        of = f"{self._address}/on?block={seat.block}"
        is_open = " open" if any(one.is_open for one in seats) else ""
        label = self._labels.thread_count(len(seats))
        return f'<a class="pin{is_open}" href="{of}" aria-label="{label}">{len(seats)}</a>'

    def _marked(self, html: str, start: int, seats: Sequence[AnchorView], *, is_table: bool) -> tuple[str, int]:
        """Return the block's HTML from a place on, up to where its last mark ends, and that place."""
        walker = _Walker(html, start, is_table=is_table)
        size = walker.size
        whole = [seat for seat in seats if not seat.start and (seat.end or 0) >= size]
        found: list[str] = []
        for begins, last, here in _spans([seat for seat in seats if seat not in whole]):
            first, end = walker.trimmed(begins, min(last, size))
            if first < end:
                before = walker.pieces(first)
                found += [*before, *walker.pieces(end, "commented"), *walker.out_of_link(), self._pin(here)]
        if whole:  # of a whole block nothing is marked: the pin at its end says it
            found += [*walker.pieces(walker.trimmed(0, size)[1]), *walker.out_of_link(), self._pin(whole)]
        return "".join(found), walker.place


def _spans(seats: Sequence[AnchorView]) -> list[tuple[int, int, list[AnchorView]]]:
    """Put threads on the same or overlapping words together, in order."""
    found: list[tuple[int, int, list[AnchorView]]] = []
    for seat in sorted(seats, key=lambda seat: (seat.start or 0, seat.end or 0)):
        first, last = seat.start or 0, seat.end or 0
        if found and first < found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]), [*found[-1][2], seat])
        else:
            found.append((first, last, [seat]))
    return found


class _Walker:
    """Walks through the HTML of one block, counting the characters that a reader sees."""

    def __init__(self, html: str, start: int, *, is_table: bool) -> None:
        self._tokens = list(_tokens(html, start, is_table=is_table))
        self._next, self._seen, self._inside, self._in_link = 0, 0, 0, False
        self.place = start
        self._text = "".join(unescape(text) or " " for text, size, _ in self._tokens if size)
        self.size = len(self._text.rstrip())

    def trimmed(self, first: int, last: int) -> tuple[int, int]:
        """Return a stretch of characters without the space around it: a mark does not end between two cells."""
        while first < last and self._text[last - 1].isspace():
            last -= 1
        while first < last and self._text[first].isspace():
            first += 1
        return first, last

    def out_of_link(self) -> list[str]:
        """Return the HTML up to the end of the link that the walk is in: no link stands in another."""
        found: list[str] = []
        while self._in_link and self._next < len(self._tokens):
            text, _, at = self._tokens[self._next]
            found.append(text[self._inside :])
            self._seen += len(text) - self._inside if not text.startswith("<") else 0
            self._in_link = text != "</a>"
            self._step(at + len(text))
        return found

    def pieces(self, character: int, name: str = "") -> list[str]:
        """Return the HTML up to a character, its texts marked if a name is given: no mark crosses a tag."""
        found: list[str] = []
        while self._next < len(self._tokens) and self._seen < character:
            text, size, at = self._tokens[self._next]
            if not size:
                self._in_link = text.startswith("<a ") or (self._in_link and text != "</a>")
                found.append(text)
                self._step(at + len(text))
                continue
            take = min(size - self._inside, character - self._seen)
            shown = text if len(text) != size else text[self._inside : self._inside + take]
            if len(text) != size:
                take = size  # an entity is one sign, and is not cut
            found.append(f'<mark class="{name}">{shown}</mark>' if name and shown.strip() else shown)
            self._seen += take
            self._inside += take
            self.place = at + (len(text) if self._inside >= size else self._inside)
            if self._inside >= size:
                self._step(at + len(text))
        return found

    def _step(self, place: int) -> None:
        self._next += 1
        self._inside = 0
        self.place = place


def _tokens(html: str, start: int, *, is_table: bool) -> "list[tuple[str, int, int]]":
    """Return tags and texts of a block: the text, how many characters a reader sees of it, and where it stands."""
    found: list[tuple[str, int, int]] = []
    depth = 0
    in_cell = not is_table
    for match in _TOKEN.finditer(html, start):
        text = match[0]
        if text.startswith("<") and len(text) > 1:
            if _NEXT_BLOCK.search(text):
                break
            depth += -1 if text.startswith("</") else 0 if text.startswith(("<br", "<hr")) else 1
            if depth < 0:
                break
            found.append((text, 0, match.start()))
            if is_table and text.startswith(("<td", "<th")) and not text.startswith("<thead"):
                in_cell = True
            elif is_table and text in {"</td>", "</th>"}:
                in_cell = False
                found.append(("", 1, match.end()))  # the space after each cell of a table's text
        else:
            found.append((text, (1 if text.startswith("&") else len(text)) if in_cell else 0, match.start()))
    return found
