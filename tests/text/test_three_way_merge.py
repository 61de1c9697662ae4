"""Two texts from one: everything both wrote is in the result, or is a conflict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.three_way_merge import apply_choices, merge, split_blocks
from tests.comp.profiles import examples

BASE = (
    "## Why\n\nFirst words,\nin two lines.\n\n- one\n- two\n\n| a | b |\n|-|-|\n| 1 | 2 |\n\n```plan\nname: A\ncap:"
    " $5\n```"
)


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        (
            ("First", "My first"),
            ("- two", "- two more"),
            BASE.replace("First", "My first").replace("- two", "- two more"),
        ),
        (
            ("First words,\nin two lines.\n\n", ""),
            ("| 1 | 2 |\n", ""),
            BASE.replace("First words,\nin two lines.\n\n", "").replace("| 1 | 2 |\n", ""),
        ),
        (
            ("name: A", "name: B"),
            ("| 1 | 2 |", "| 1 | 2 |\n| 3 | 4 |"),
            BASE.replace("name: A", "name: B").replace("| 1 | 2 |", "| 1 | 2 |\n| 3 | 4 |"),
        ),
        (("First", "Same"), ("First", "Same"), BASE.replace("First", "Same")),
        (("", ""), ("## Why", "## Why not"), BASE.replace("## Why", "## Why not")),
    ],
)
def test_changes_that_do_not_overlap_are_merged(mine: tuple[str, str], theirs: tuple[str, str], expected: str) -> None:
    parts = merge(BASE, BASE.replace(*mine) if mine[0] else BASE, BASE.replace(*theirs))
    assert [part for part in parts if part.side == "conflict"] == []
    assert apply_choices(parts) == expected


def test_what_both_changed_is_asked_about() -> None:
    parts = merge(BASE, BASE.replace("in two", "in my two"), BASE.replace("in two", "in their two"))
    [conflict] = [part for part in parts if part.side == "conflict"]
    assert (conflict.base, conflict.mine, conflict.theirs) == (
        ("First words,\nin two lines.",),
        ("First words,\nin my two lines.",),
        ("First words,\nin their two lines.",),
    )
    for choice, words in (
        ("mine", "in my two"),
        ("theirs", "in their two"),
        ("base", "in two"),
        ("nonsense", "in my two"),
    ):
        assert apply_choices(parts, [choice]) == BASE.replace("in two", words)
    both = apply_choices(parts, ["both"])
    assert "in my two" in both
    assert "in their two" in both


def test_without_the_text_both_come_from_nothing_is_dropped() -> None:
    parts = merge(None, "Mine.\n\nShared.\n", "Shared.\n\nTheirs.\n")
    assert apply_choices(parts) == "Mine.\n\nShared.\n\nTheirs.\n"


def test_code_is_taken_line_by_line_and_words_by_paragraph() -> None:
    assert split_blocks("a\nb\n\n```\nc\n\nd\n```\ne\n# f\ng") == [
        "a\nb",
        "",
        "```",
        "c",
        "",
        "d",
        "```",
        "e",
        "# f",
        "g",
    ]


LINES = st.lists(
    st.sampled_from(["one", "two", "three", "", "- four", "```", "| five |", "## six", "name: seven"]), max_size=12
)


@examples(400)
@given(LINES, LINES, LINES)
def test_nothing_is_lost(base: list[str], mine: list[str], theirs: list[str]) -> None:
    old, left, right = ("\n".join(lines) for lines in (base, mine, theirs))
    assert "\n".join(split_blocks(old)) == old
    assert apply_choices(merge(old, left, old)) == left
    assert apply_choices(merge(old, old, right)) == right
    parts = merge(old, left, right)
    # Chosen all along one side, it differs from that side's text only by what the other alone changed.
    assert [line for part in parts for line in part.mine] == split_blocks(left)
    assert [line for part in parts for line in part.theirs] == split_blocks(right)
