"""The JSON Schema of the language, made from the declared terms, for editors that complete and check YAML."""

from typing import Any

from server.comp.analysis.worked_examples import Case
from server.comp.language.declarations import NEEDED, Choices, Declaration, ListOf, Nested, declarations_of
from server.comp.plan import Plan

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the schema of a plan; editors read its titles and descriptions."""
    definitions: dict[str, Any] = {}
    plan = _object(Plan, definitions)
    cases = {
        "type": "array",
        "items": {"$ref": "#/$defs/Case"},
        "description": "Worked examples, checked on reading.",
    }
    _define(Case, definitions)
    definitions["Case"]["properties"]["expect"] = {
        "type": "object",
        "description": "What it must come to: commission, total, month 3, a component's name, …",
    }
    plan["properties"]["cases"] = cases
    return {"$schema": DIALECT, "title": "Plan", **plan, "$defs": dict(sorted(definitions.items()))}


def _define(noun: type, definitions: dict[str, Any]) -> None:
    if noun.__name__ not in definitions:
        definitions[noun.__name__] = {}
        definitions[noun.__name__] = _object(noun, definitions)


def _object(noun: type, definitions: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    needed = []
    for found in declarations_of(noun):
        if isinstance(found.type, Nested | ListOf):
            _define(found.type.of, definitions)
        beside = getattr(found.type, "properties", None)
        if beside is not None:
            properties |= beside()
            continue
        properties[found.key] = _property(found)
        if found.default is NEEDED:
            needed.append(found.key)
    made: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
    about = (noun.__doc__ or "").partition("\n")[0].strip()
    return {"description": about, **made, **({"required": needed} if needed else {})}


def _property(found: Declaration) -> dict[str, Any]:
    made = dict(found.type.schema())
    if found.doc:
        made["description"] = found.doc
    default = None if found.default is NEEDED else _default(found)
    return {**made, "default": default} if default is not None else made


def _default(found: Declaration) -> str | int | None:
    """Return the default as it would be written, where there is one to write."""
    if found.default is None or found.default == () or isinstance(found.type, Nested | ListOf | Choices):
        return None
    shown = found.type.shown(found.default, "USD")
    return shown if isinstance(shown, int) else str(shown).replace("–", "") or None
