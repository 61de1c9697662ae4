"""The JSON Schema of the plan language, generated from its declarations, for editors that check YAML."""

from typing import Any

from server.comp.analysis.cases import Case
from server.comp.language.declarations import NEEDED, Choices, Declaration, ListOf, Nested, declarations_of
from server.comp.plan import Plan

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a plan, with titles and descriptions for editors."""
    definitions: dict[str, Any] = {}
    plan = _object(Plan, definitions)
    cases = {
        "type": "array",
        "items": {"$ref": "#/$defs/Case"},
        "description": "Worked examples, checked whenever the plan is read.",
    }
    _define(Case, definitions)
    definitions["Case"]["properties"]["expect"] = {
        "type": "object",
        "description": "The expected figures: commission, total, month 3, a component's name, …",
    }
    plan["properties"]["cases"] = cases
    return {"$schema": DIALECT, "title": "Plan", **plan, "$defs": dict(sorted(definitions.items()))}


def _define(declared_type: type, definitions: dict[str, Any]) -> None:
    """Add the schema of a declared type to the definitions, unless it is there."""
    if declared_type.__name__ not in definitions:
        definitions[declared_type.__name__] = {}  # stops the recursion of types that contain each other
        definitions[declared_type.__name__] = _object(declared_type, definitions)


def _object(declared_type: type, definitions: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    for declaration in declarations_of(declared_type):
        if isinstance(declaration.type, Nested | ListOf):
            _define(declaration.type.of, definitions)
        inline_properties = getattr(declaration.type, "properties", None)
        if inline_properties is not None:
            properties |= inline_properties()
            continue
        properties[declaration.key] = _property(declaration)
        if declaration.default is NEEDED:
            required.append(declaration.key)
    description = (declared_type.__doc__ or "").partition("\n")[0].strip()
    object_schema = {
        "description": description,
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }
    return {**object_schema, "required": required} if required else object_schema


def _property(declaration: Declaration) -> dict[str, Any]:
    property_schema = dict(declaration.type.schema())
    if declaration.doc:
        property_schema["description"] = declaration.doc
    default = None if declaration.default is NEEDED else _default(declaration)
    return {**property_schema, "default": default} if default is not None else property_schema


def _default(declaration: Declaration) -> str | int | None:
    """Return the default as it would be written in a plan, or None if there is nothing to write."""
    is_scalar = not isinstance(declaration.type, Nested | ListOf | Choices)
    if declaration.default is None or declaration.default == () or not is_scalar:
        return None
    shown = declaration.type.shown(declaration.default, "USD")
    return shown if isinstance(shown, int) else str(shown).replace("–", "") or None
