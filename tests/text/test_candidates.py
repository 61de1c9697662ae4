"""Candidates are added, replaced and reordered in a page; the rest of it stays as it was."""

import pytest

from server.text.candidates import fenced, swap_candidates, with_candidate, with_plan
from server.text.parse import parse_document

PAGE = (
    "# Why\n\nWords.\n\n### A\n\nOf A.\n\n```plan\nname: A\n```\n\nBetween.\n\n### B\n\n~~~plan\nname: B\n~~~\n\n##"
    " After\n"
)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (
            "A\n\n```plan\nname: A\n```\n\n## Decision\n",
            "A\n\n```plan\nname: A\n```\n\n### B\n\n```plan\nb\n```\n\n\n## Decision\n",
        ),
        ("Only words.", "Only words.\n\n### B\n\n```plan\nb\n```\n"),
        ("", "### B\n\n```plan\nb\n```\n"),
        ("## Goals\n\n### Candidate A\n", "## Goals\n\n### Candidate A\n\n```plan\nb\n```\n"),
        (
            "### A\n\n```plan\na\n```\n\n### B\n\n## Decision",
            "### A\n\n```plan\na\n```\n\n### B\n\n```plan\nb\n```\n\n\n## Decision\n",
        ),
        ("### Short term\n\n## More\n", "### Short term\n\n## More\n\n### B\n\n```plan\nb\n```\n"),
        ("```text\n### One\n```\n", "```text\n### One\n```\n\n### B\n\n```plan\nb\n```\n"),
        ("### Candidate A\n\nWhy.", "### Candidate A\n\nWhy.\n\n### B\n\n```plan\nb\n```\n"),
    ],
)
def test_a_new_candidate_follows_the_last_one(page: str, expected: str) -> None:
    assert with_candidate(page, "B", "b") == expected


def test_an_introduction_has_its_own_heading() -> None:
    text = with_candidate("### Candidate A", "B", "b", "By Ann.")
    assert text == "### Candidate A\n\n### B\n\nBy Ann.\n\n```plan\nb\n```\n"


def test_a_candidates_text_is_replaced_in_its_place() -> None:
    assert with_plan(PAGE, 1, "name: C\n# kept\n") == PAGE.replace(
        "~~~plan\nname: B\n~~~", "```plan\nname: C\n# kept\n```"
    )
    with pytest.raises(IndexError):
        with_plan(PAGE, 2, "name: C")


def test_nothing_in_a_plan_can_end_its_fence() -> None:
    text = with_plan(PAGE, 0, "name: A\nsummary: |\n  ```\n  # out")
    assert [block.text for block in parse_document(text).plans] == ["name: A\nsummary: |\n  ```\n  # out", "name: B"]
    assert fenced("a") == "```plan\na\n```"


def test_neighbours_change_places_with_their_headings() -> None:
    expected = (
        "# Why\n\nWords.\n\n### B\n\n~~~plan\nname: B\n~~~\n\nBetween.\n\n### A\n\nOf A.\n\n```plan\nname: A\n```\n\n##"
        " After\n"
    )
    assert swap_candidates(PAGE, 0, 1) == swap_candidates(PAGE, 1, 0) == expected
    assert swap_candidates(expected, 0, 1) == PAGE
    for place, other in ((0, -1), (1, 2)):
        with pytest.raises(IndexError):
            swap_candidates(PAGE, place, other)
