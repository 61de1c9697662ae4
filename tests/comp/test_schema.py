"""The published JSON Schema and the reader accept the same plans."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.comp.analysis.schema import schema

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = re.findall(r"```plan\n(.*?)```", (ROOT / "docs" / "plan-language.md").read_text(), re.DOTALL)
EXAMPLES += [path.read_text() for path in sorted((ROOT / "seed" / "plans").glob("*.yaml"))]


def problems(value: Any, rule: dict[str, Any], whole: dict[str, Any], place: str = "") -> list[str]:
    """Check a value by the few words of JSON Schema that the language's schema uses."""
    if "$ref" in rule:
        return problems(value, whole["$defs"][rule["$ref"].rpartition("/")[2]], whole, place)
    if "anyOf" in rule:
        tried = [problems(value, one, whole, place) for one in rule["anyOf"]]
        return [] if [] in tried else min(tried, key=len)
    if "enum" in rule:
        return [] if str(value).lower() in rule["enum"] else [f"{place}: {value}"]
    if rule.get("type") == "array":
        items = value if isinstance(value, list) else []
        return [f"{place}: no list"] * (not isinstance(value, list)) + [
            problem for item in items for problem in problems(item, rule.get("items", {}), whole, f"{place}[]")
        ]
    if rule.get("type") == "object" and "properties" in rule:
        return objects(value, rule, whole, place)
    return []


def objects(value: Any, rule: dict[str, Any], whole: dict[str, Any], place: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{place}: no mapping"]
    listed = [f"{place}/{key} is needed" for key in rule.get("required", []) if key not in value]
    for key, item in value.items():
        if key not in rule["properties"]:
            listed.append(f"{place}/{key} is unknown")
        else:
            listed += problems(item, rule["properties"][key], whole, f"{place}/{key}")
    return listed


def loaded(text: str) -> Any:
    return yaml.load(re.sub(r"(?<=\d),(?=\d{3})", "", text), yaml.BaseLoader)


@pytest.mark.parametrize("text", EXAMPLES, ids=[text.split("\n")[0] for text in EXAMPLES])
def test_every_plan_of_ours_obeys_it(text: str) -> None:
    made = schema()
    assert problems(loaded(text), made, made) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("quota:", "qouta:", "is unknown"),
        ("tiers:", "tires:", "is unknown"),
        ("pays: 1x", "pay: 1x", "is unknown"),
        ("name: Rep", "title: Rep", "is needed"),
        ("tiers: [{from: 0%, pays: 1x}]", "tiers: 5", "no list"),
        ("on: churn", "on: rain", "rain"),
    ],
)
def test_what_the_reader_refuses_it_refuses(old: str, new: str, says: str) -> None:
    [text] = [example for example in EXAMPLES if example.startswith("name: Pro rata")]
    assert old in text
    made = schema()
    assert any(says in problem for problem in problems(loaded(text.replace(old, new, 1)), made, made))


def test_it_is_plain_json_with_titles_and_defaults() -> None:
    made = json.loads(json.dumps(schema()))
    assert made["$schema"].startswith("https://json-schema.org/")
    assert made["properties"]["levels"]["items"] == {"$ref": "#/$defs/Level"}
    assert made["$defs"]["Component"]["properties"]["accumulates"]["default"] == "year"
    assert made["$defs"]["Tier"]["required"] == ["pays"]
    assert "from" in made["$defs"]["Condition"]["properties"]
    assert "default" not in made["properties"]["summary"]
    assert made["required"] == ["name"]
