"""Marks and pins in a page's HTML: on the words that were marked, and never across a tag."""

import re
from collections.abc import Sequence

import pytest

from server.discussion.queries import AnchorView
from server.pages.annotations import Annotator, ThreadLabels
from server.text.blocks import blocks_of
from server.text.parse import parse_document
from server.text.rendered import Part, split_blocks

TEXT = """# Why

Two of us **can each** close $1M & be <paid>. Our logo
churn went "up", see [the *long* list](https://example.com/x) there.

- one two
  - nested here
- three

| A | B |
|---|---|
| x y | 50% of it |

```
code <b> here
```

حقوق پایه پنجاه هزار دلار است.
"""
LABELS = ThreadLabels("Comment", lambda count: f"{count} threads")


def around(*quotes: str) -> str:
    seats = []
    for quote in quotes:
        [(number, block)] = [(n, b) for n, b in enumerate(blocks_of(TEXT)) if quote in b.text]
        start = block.text.index(quote)
        seats.append(AnchorView("U", number, start, start + len(quote), "", "", "exact", quote, 1, True))
    return rendered(Annotator(seats, "/here", LABELS).annotate(split_blocks(parse_document(TEXT).parts)))


def rendered(parts: Sequence[Part]) -> str:
    return "".join(map(str, parts))


def marked(html: str) -> str:
    return re.sub(r"<[^>]*>", "", "".join(re.findall(r'<mark class="commented">(.*?)</mark>', html, re.DOTALL)))


@pytest.mark.parametrize(
    "quote",
    [
        "Why",
        "us can each close",
        "& be <paid>. Our logo churn",
        "“up”",
        "the long list",
        "the long",
        "one",
        "nested",
        "50%",
        "x y",
        "<b>",
        "پنجاه هزار",
        "there",
    ],
)
def test_exactly_the_words_are_marked(quote: str) -> None:
    html = around(quote)
    shown = marked(html).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("\n", " ")
    assert shown == ("" if quote == "Why" else quote)  # of a whole block nothing is marked: its pin says it
    assert html.count('class="pin open"') == 1
    bare = re.sub(r"</?mark[^>]*>|<a class=\"(?:pin|add-comment)[^>]*>\d*</a>", "", html)
    assert bare == "".join(parse_document(TEXT).parts)


def test_links_are_not_nested() -> None:
    html = around("the long")
    inside = re.search(r'<a href="https://example.com/x"[^>]*>(.*?)</a>', html, re.DOTALL)
    assert inside
    assert "<a" not in inside[1]


def test_marks_on_the_same_words_share_a_pin() -> None:
    html = around("us can each", "each close", "three")
    assert html.count('class="pin open"') == 2
    assert 'aria-label="2 threads">2<' in html


def test_every_part_can_be_commented_on() -> None:
    html = around()
    assert [int(n) for n in re.findall(r'href="/here/anchors\?block=(\d+)" aria-label="Comment"', html)] == list(
        range(8)
    )


def test_a_mark_past_the_end_harms_nothing() -> None:
    seat = AnchorView("U", 1, 10_000, 10_005, "", "", "exact", "", 1, False)
    html = rendered(Annotator([seat], "/here", LABELS).annotate(split_blocks(parse_document(TEXT).parts)))
    assert "there." in html
