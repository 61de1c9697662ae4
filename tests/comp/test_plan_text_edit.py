"""A plan as a form: every value is a field, and changing a field changes only its part of the text."""

import re
from pathlib import Path

import pytest

from server.comp import diff, read_plan
from server.comp.plan import parse
from server.comp.plan_text.edit import format_value, sections_of, with_values, without_section

ROOT = Path(__file__).parent.parent.parent
PLANS = {path.stem: path.read_text() for path in sorted((ROOT / "seed" / "plans").glob("*.yaml"))}
EXAMPLES = re.findall(r"```plan\n(.*?)```", (ROOT / "docs" / "plan-language.md").read_text(), re.DOTALL)
TEXT = """\
# Everybody asked for this one.
name: A plan   # its name
levels:
  - {name: One, base: $50,000, variable: "$50,000", quota: 800000}  # keep me
components:
  - name: Sales
    where: {kind: [new, expansion]}
    tiers:
      - {from: 0%, pays: 1x}
      - {from: 100%, pays: 1.5x, method: marginal}
"""


def values(text: str) -> dict[str, str]:
    return {value.path: value.text for section in sections_of(text) for value in section.values}


def test_every_value_is_a_field_with_a_label() -> None:
    assert values(TEXT) == {
        "name": "A plan",
        "levels/0/name": "One",
        "levels/0/base": "$50,000",
        "levels/0/variable": "$50,000",
        "levels/0/quota": "800000",
        "components/0/name": "Sales",
        "components/0/where/kind/0": "new",
        "components/0/where/kind/1": "expansion",
        "components/0/tiers/0/from": "0%",
        "components/0/tiers/0/pays": "1x",
        "components/0/tiers/1/from": "100%",
        "components/0/tiers/1/pays": "1.5x",
        "components/0/tiers/1/method": "marginal",
    }
    [_, level, component] = sections_of(TEXT)
    assert (str(level.label), str(component.label)) == ("Levels: One", "Components: Sales")
    labels = {value.path: str(value.label) for value in component.values}
    assert labels["components/0/tiers/1/pays"] == "Tiers 2: commission"
    assert labels["components/0/where/kind/0"] == "Where: Kind 1"
    method = next(value for value in component.values if value.path.endswith("method"))
    assert method.choices == ("marginal", "retroactive")


def test_a_changed_field_changes_its_place_and_nothing_else() -> None:
    changed = with_values(TEXT, {"components/0/tiers/1/pays": "1.4x", "levels/0/base": "$55,000", "nobody": "5"})
    assert changed == TEXT.replace("1.5x", "1.4x").replace("base: $50,000", "base: $55,000")
    assert with_values(TEXT, {"name": "", "levels/0/name": "One"}) == TEXT
    assert with_values(TEXT, {"levels/0/variable": "$60,000.50"}) == TEXT.replace('"$50,000"', "$60,000.50")


@pytest.mark.parametrize(
    "value",
    [
        "a, b: {c}",
        "# no comment",
        "yes: no",
        "- list",
        "*alias",
        "&anchor",
        "null",
        "“quoted”",
        'say "so"',
        "[x]",
        "$1,000 a quarter",
        "فروش",
        "tab\tand\nline",
    ],
)
def test_whatever_is_typed_comes_back_as_it_was(value: str) -> None:
    changed = with_values(TEXT, {"levels/0/name": value})
    assert values(changed)["levels/0/name"] == " ".join(value.split())
    assert {path: text for path, text in values(changed).items() if path != "levels/0/name"} == {
        path: text for path, text in values(TEXT).items() if path != "levels/0/name"
    }


@pytest.mark.parametrize("text", [*PLANS.values(), *EXAMPLES])
def test_every_known_plan_can_be_edited_value_by_value(text: str) -> None:
    stated = values(text)
    assert with_values(text, stated) == text
    plan = parse(text)[0]
    renamed = with_values(text, {"name": "Another name"})
    assert [change.path for change in diff(plan, parse(renamed)[0])] == ["name"]


@pytest.mark.parametrize("text", PLANS.values())
def test_a_term_can_be_left_out_whole(text: str) -> None:
    left = without_section(text, "cases")
    assert "cases" not in left
    assert diff(parse(text)[0], parse(left)[0]) == []
    assert without_section(left, "cases") == left


def test_only_the_lines_of_a_term_are_left_out() -> None:
    text = "name: P\nrelease:\n  - {share: 100%}\ncap: none  # for now\nyear: 2026-01\n"
    assert without_section(text, "release") == "name: P\ncap: none  # for now\nyear: 2026-01\n"
    assert without_section(text, "year") == text.removesuffix("year: 2026-01\n")
    assert without_section(text, "other") == text


def test_what_needs_no_quotes_gets_none() -> None:
    assert format_value("$50,000") == "$50,000"
    assert format_value("month 3") == "month 3"
    assert format_value("true") == '"true"'
    assert read_plan(TEXT).name == "A plan"
