"""Entries of a plan's lists are copied and taken out in its text, and nothing else of the text changes."""

import pytest

from server.comp import read_plan
from server.comp.plan_text.edit import sections_of
from server.comp.plan_text.rearrange import add_section, duplicate_entry, remove_entry
from server.plan_editor.library import library_plans, snippets

TEXT = """\
name: P  # kept
levels:
  # before the first
  - {name: One, variable: $50,000, quota: $800,000}

  # before the second
  - name: "Two"
    variable: $60,000
    quota: $900,000
# between
components:
  - name: Sales
    tiers: [{from: 0%, pays: 1x}, {from: 100%, pays: 2x}]
# last"""


def paths() -> list[tuple[str, str]]:
    return [
        (ready.text, path)
        for ready in library_plans()
        for section in sections_of(ready.text)
        for path in [*([section.path] if section.path else []), *(entry.last for entry in section.lists)]
    ]


@pytest.mark.parametrize(("text", "path"), paths())
def test_a_copy_that_is_taken_out_leaves_the_text_as_it_was(text: str, path: str) -> None:
    head, _, place = path.rpartition("/")
    twice = duplicate_entry(text, path)
    assert len([1 for section in sections_of(twice) for _ in section.values]) > len(
        [1 for section in sections_of(text) for _ in section.values]
    )
    assert remove_entry(twice, f"{head}/{int(place) + 1}").strip() == text.strip()


def test_a_copied_entry_gets_another_name_and_comments_stay() -> None:
    twice = duplicate_entry(duplicate_entry(TEXT, "levels/1"), "levels/0")
    assert [level.name for level in read_plan(twice).levels] == ["One", "One 2", "Two", "Two 2"]
    assert all(f"# {words}" in twice for words in ("kept", "before the first", "before the second", "between", "last"))
    assert 'name: "Two 2"' in twice
    tiers = duplicate_entry(TEXT, "components/0/tiers/1")
    assert "{from: 100%, pays: 2x}, {from: 100%, pays: 2x}]" in tiers


def test_removing_entries_keeps_at_least_one() -> None:
    assert [level.name for level in read_plan(remove_entry(TEXT, "levels/0")).levels] == ["Two"]
    only = remove_entry(TEXT, "levels/1")
    assert [level.name for level in read_plan(only).levels] == ["One"]
    assert "# between" in only
    assert remove_entry(only, "levels/0") == only
    assert "tiers: [{from: 100%, pays: 2x}]" in remove_entry(TEXT, "components/0/tiers/0")
    assert "tiers: [{from: 0%, pays: 1x}]" in remove_entry(TEXT, "components/0/tiers/1")


@pytest.mark.parametrize(
    "path", ["", "levels", "levels/9", "levels/²", "nothing/0", "name/0", "levels/0/name", "levels/-1"]
)
def test_a_path_to_nothing_changes_nothing(path: str) -> None:
    assert duplicate_entry(TEXT, path) == remove_entry(TEXT, path) == TEXT


@pytest.mark.parametrize(("key", "snippet"), [(key, text) for key, _, text in snippets()])
def test_every_term_that_is_offered_can_be_added(key: str, snippet: str) -> None:
    plain = next(ready.text for ready in library_plans() if f"\n{key}:" not in ready.text)
    assert f"{key}:" in snippet
    read_plan(add_section(plain, snippet))


def test_only_the_lines_of_an_entry_are_touched() -> None:
    text = "levels:\n  - {name: A}\n  - {name: B}\n  - {name: C}\nrest: 1\n"
    assert remove_entry(text, "levels/1") == "levels:\n  - {name: A}\n  - {name: C}\nrest: 1\n"
    assert remove_entry(text, "levels/0") == "levels:\n  - {name: B}\n  - {name: C}\nrest: 1\n"
    assert duplicate_entry(text, "levels/2") == text.replace("{name: C}", "{name: C}\n  - {name: C 2}")
