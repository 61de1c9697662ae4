"""Mentions: the same names for the list after an @, for notices and for the text."""

import pytest

from server.text.markdown import mentioned_in, render_comment
from server.text.mentions import NameIndex, folded_name

PEOPLE = {
    1: "Ann",
    2: "Anne-Marie Čech",
    3: "Mark Olsen",
    4: "Søren Holm",
    5: "陈伟",
    6: "Юлия Петрова",
    7: "Sinéad O’Brien",
    8: "Mark",
    9: "田中",
    10: "田中 太郎",
    11: "Jose Lee",
    12: "José Lee",
}
NAMES = NameIndex((name, [number]) for number, name in PEOPLE.items())


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("请@Mark Olsen看一下", [3]),
        ("@Annual review is due", []),
        ("@Anne-Marie Cech", [2]),
        ("@anne marie čech, look", [2]),
        ("@Soren Holm", [4]),
        ("@Mark  Olsen and @Mark\u00a0Olsen.", [3]),
        ("@Mark Olsen's plan", [3]),
        ("@Mark Olsenson", [8]),
        ("@Ann-Kathrin", []),
        ("@Ann: and @Ann.", [1]),
        ("`@Ann` and\n\n    @Ann", []),
        ("> words of @Ann\n\n@Mark Olsen", [3]),
        ("mail ann@Ann.com or x.@Ann", []),
        ("@陈伟你好", [5]),
        ("@Юлия Петрова!", [6]),
        ("@Юлия Петровач", []),
        ("@Sinead O'Brien", [7]),
        ("(@Ann)", [1]),
        ("@Ann @Mark Olsen @Ann", [1, 3]),
        ("*@Ann*", [1]),
        ("[@Ann](https://example.com)", []),
        ("@", []),
        ("@田中太郎さん", [10]),
        ("@田中 太郎", [10]),
        ("@田中さん", [9]),
        ("@José Lee", [12]),
        ("@jose lee", [11]),
        ("@JOSÉ  LEE", [11, 12]),
    ],
)
def test_whom_a_text_mentions(text: str, people: list[int]) -> None:
    assert mentioned_in(text, NAMES) == people


def test_mentions_are_set_off_and_nothing_else_changes() -> None:
    text = "Ask @Mark Olsen or @Nobody, `@Ann`."
    assert render_comment(text, NAMES) == (
        '<p>Ask <strong class="mention">@Mark Olsen</strong> or @Nobody, <code>@Ann</code>.</p>\n'
    )
    assert render_comment(text) == "<p>Ask @Mark Olsen or @Nobody, <code>@Ann</code>.</p>\n"


@pytest.mark.parametrize(
    ("typed", "name"), [("Anne Marie", "Anne-Marie Čech"), ("SØREN", "Søren Holm"), ("o'b", "O’B")]
)
def test_names_are_compared_in_one_form(typed: str, name: str) -> None:
    assert folded_name(name).startswith(folded_name(typed))
