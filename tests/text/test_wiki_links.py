"""Links by title, where a text links to, its table of contents, and titles in addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.markdown import render_comment
from server.text.parse import parse_document
from server.text.rendered import split_blocks
from server.text.slugs import MAX_LENGTH, slug_of
from server.text.toc import table_of_contents


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[Words we use]]", '<a href="/pages/words-we-use" rel="noopener nofollow ugc">Words we use</a>'),
        ("[[Words we use|the words]]", '<a href="/pages/words-we-use" rel="noopener nofollow ugc">the words</a>'),
        ("[[a]](b)", '<a href="/pages/a" rel="noopener nofollow ugc">a</a>(b)'),
        ("[[…]]", "[[…]]"),
        ("[[]]", "[[]]"),
        ("`[[a]]`", "<code>[[a]]</code>"),
        ("[[<b>|<script>]]", '<a href="/pages/b" rel="noopener nofollow ugc">&lt;script&gt;</a>'),
        ("[[a\nb]]", "[[a<br>\nb]]"),
        ("[[a|b|c]]", '<a href="/pages/a" rel="noopener nofollow ugc">b|c</a>'),
    ],
)
def test_a_title_in_brackets_is_a_link(text: str, expected: str) -> None:
    assert render_comment(text).strip() == f"<p>{expected}</p>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("|a|b|\n|-|-|\n|[[Title|words]]|5%|", '<td><a href="/pages/title" rel="noopener nofollow ugc">words</a></td>'),
        ("a|b\n-|-\n[[Title|words]]|5%", '<td><a href="/pages/title" rel="noopener nofollow ugc">words</a></td>'),
        ("```\n|[[a|b]]|\n```", "|[[a|b]]|"),
        ("`[[a|b]]` in | code", "<code>[[a|b]]</code>"),
        ("[[Title#How it's paid]]", 'href="/pages/title#user-how-it-s-paid" rel="noopener nofollow ugc">Title: How it'),
        ("[[Title#Part|here]]", '<a href="/pages/title#user-part" rel="noopener nofollow ugc">here</a>'),
    ],
)
def test_links_work_in_tables_and_to_headings(text: str, expected: str) -> None:
    assert expected in "".join(map(str, parse_document(text).parts))


def test_a_link_to_a_heading_leads_to_its_id() -> None:
    heading = "".join(map(str, parse_document("## How it's paid: 50 %").parts))
    link = "".join(map(str, parse_document("[[Title#How it's paid: 50 %]]").parts))
    assert link.split("#")[1].split('"')[0] in heading


def test_where_a_page_links_to_is_listed_once_each() -> None:
    text = (
        "[[A]] [x](/pages/b#part) [y](/proposals/c?pay=1) [z](https://example.com/pages/d) [[a]]\n\n|t|\n|-|\n|[[E]]|"
    )
    assert parse_document(text + "\n\n[p](/pages/%D9%85) [q](/me/pay)").links == ("a", "b", "c", "e", "م")


def test_contents_are_the_headings_in_order() -> None:
    parts = parse_document("## One **and** a\n\n### Two & three\n\n#### Four\n\n## One and a\n").parts
    assert [(heading.level, heading.id, heading.words) for heading in table_of_contents(split_blocks(parts))] == [
        (2, "user-one-and-a", "One and a"),
        (3, "user-two-three", "Two & three"),
        (2, "user-one-and-a-2", "One and a"),
    ]


@given(st.text(max_size=100))
def test_an_address_is_plain_and_stays_what_it_is(title: str) -> None:
    slug = slug_of(title)
    assert 0 < len(slug) <= MAX_LENGTH
    assert not set(slug) & set("/?#%&. \\\"'<>")
    assert slug_of(slug) == slug
