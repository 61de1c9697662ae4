"""Markdown becomes HTML with the meaning of its source and without scripts."""

import re

import pytest

from server.text.blocks import blocks_of
from server.text.markdown import render_comment
from server.text.parse import parse_document


def html(text: str) -> str:
    return "".join(str(part) for part in parse_document(text).parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- [ ] open\n- [x] done", "☐ open"),
        ("- [x] done", "☑ done"),
        ("|a|b|\n|-|-:|\n|1|2|", '<td class="end">2</td>'),
        ("||b|\n|-|-|\n|1|2|", "<td></td>"),
        ("# Big", '<h2 id="user-big">'),
        ("## A\n\n## A", 'id="user-a-2"'),
        ("word[^1]\n\n[^1]: note", "footnote"),
        ("see https://example.org", 'rel="noopener nofollow ugc"'),
        ("~~old~~", "<s>old</s>"),
        ("Term\n: Meaning", '<dt id="b0">Term</dt>'),
        ("---\ntitle: x\n---\n\nText", '<p id="b0">Text</p>'),
    ],
)
def test_markdown_renders_as_meant(text: str, expected: str) -> None:
    assert expected in html(text)


@pytest.mark.parametrize(
    "text",
    [
        "<b onclick=x>x</b>",
        "[x](javascript:alert(1))",
        "![x](https://x.example/beacon.png)",
        "<style>*{}</style>",
        '<input autofocus onfocus="x">',
        "[x](data:text/html,x)",
        "<svg/onload=x>",
    ],
)
def test_nothing_comes_alive(text: str) -> None:
    for rendered in (html(text), render_comment(text)):
        assert "<b onclick" not in rendered
        assert not any(tag in rendered for tag in ("<style", "<input", "<img", "<svg", "<script"))
        assert 'href="javascript' not in rendered
        assert 'href="data' not in rendered


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2*3*4", "2*3*4"),
        ("50000*8%*1.5 = 6000 and not 50000*8%*1.2", "50000*8%*1.5 = 6000 and not 50000*8%*1.2"),
        ("quota*8%*1.5", "quota*8%*1.5"),
        ("(1+2)*3*($4)", "(1+2)*3*($4)"),
        ("2**3", "2**3"),
        ("a *really* **good** 5%", "a <em>really</em> <strong>good</strong> 5%"),
        ("*5%* or **$5**", "<em>5%</em> or <strong>$5</strong>"),
        ("We pay **5%**.", "We pay <strong>5%</strong>."),
        ("**Tier 2**, *2x (2026)*.", "<strong>Tier 2</strong>, <em>2x (2026)</em>."),
        ("**10%**(20) is **10**-**12%**.", "<strong>10%</strong>(20) is <strong>10</strong>-<strong>12%</strong>."),
        ("*a* and quota*8%*1.5", "<em>a</em> and quota*8%*1.5"),
    ],
)
def test_sums_keep_their_signs(text: str, expected: str) -> None:
    assert render_comment(text) == f"<p>{expected}</p>\n"
    assert f">{expected}</p>" in html(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("> 100% of quota", "<p>&gt; 100% of quota</p>"),
        (">=$5 counts", "<p>&gt;=$5 counts</p>"),
        ("- 5% for me\n+ 2 points", "<p>- 5% for me<br>\n+ 2 points</p>"),
        ("So:\n- $500", "<p>So:<br>\n- $500</p>"),
        ("- bronze\n- 5% gold", "<ul>\n<li>bronze</li>\n<li>5% gold</li>\n</ul>"),
        ("> 100 deals\n> are many", "<blockquote>\n<p>100 deals<br>\nare many</p>\n</blockquote>"),
        ("> you said", "<blockquote>\n<p>you said</p>\n</blockquote>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("Tier 1: 0–50%\nTier 2: 50–100%", "<p>Tier 1: 0–50%<br>\nTier 2: 50–100%</p>"),
    ],
)
def test_comments_keep_signs_before_figures_and_line_ends(text: str, expected: str) -> None:
    assert render_comment(text) == f"{expected}\n"


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("paid each month.In the second year", []),
        ("Ask me.At once. e.g. this.Is it", []),
        ("www.acme.com/pay, or https://acme.com/x.", ["https://www.acme.com/pay", "https://acme.com/x"]),
        ("bob@acme.com", ["mailto:bob@acme.com"]),
        ("www. and www.x", []),
    ],
)
def test_only_addresses_become_links(text: str, addresses: list[str]) -> None:
    for rendered in (render_comment(text), html(text)):
        assert re.findall(r'href="([^"]*)"', rendered) == addresses


def test_a_page_is_taken_apart_at_its_plans() -> None:
    page = parse_document("Before\n\n```plan\nname: A\n```\n\nBetween\n\n~~~plan x\nname: B\n~~~\n\nAfter")
    assert page.parts == ('<p id="b0">Before</p>', 0, '<p id="b2">Between</p>', 1, '<p id="b4">After</p>')
    assert [(block.text, block.first_line) for block in page.plans] == [("name: A", 4), ("name: B", 10)]


def test_goals_are_the_numbered_list_under_their_heading() -> None:
    page = parse_document(
        "1. not a goal\n\n## Goals\n\n1. First *one*\n   - detail\n2. Second\n\n## More\n\n1. no goal"
    )
    assert page.goals == ("First one", "Second")
    assert html("## Goals\n\n1. a").count('class="goals"') == 1


def test_every_block_has_an_id_and_the_numbers_are_those_of_its_blocks() -> None:
    text = (
        "# A\n\nB\n\n- c\n\n  d\n- e\n  - f\n\n| g |\n|-|\n| h |\n\n```plan\nname: i\n```\n\n    j\n\n---\n\nK\n:"
        " l\n\nm[^1]\n\n[^1]: n"
    )
    ids = re.findall(r'<(\w+) id="b(\d+)"', html(text))
    assert ids == [
        ("a", "0"),
        ("p", "1"),
        ("p", "2"),
        ("p", "3"),
        ("p", "4"),
        ("li", "5"),
        ("table", "6"),
        ("pre", "8"),
        ("hr", "9"),
        ("dt", "10"),
        ("dd", "11"),
        ("p", "12"),
        ("p", "13"),
    ]
    assert [block.text.strip() for block in blocks_of(text)] == [
        *"ABcdef",
        "g h",
        "name: i",
        "j",
        "",
        "K",
        "l",
        "m[1]",
        "n",
    ]


def test_a_plan_inside_a_list_or_quote_is_only_shown() -> None:
    assert parse_document("> ```plan\n> name: A\n> ```").plans == ()
