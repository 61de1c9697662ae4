"""A plan as a form and as text: what the browser sends, and the text with the form's values."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from server.comp import Plan, PlanError
from server.comp.language.declarations import declarations_of
from server.comp.language.yaml_tree import compose
from server.comp.plan_text.edit import Section, sections_of, with_values, without_section
from server.comp.plan_text.rearrange import add_section, duplicate_entry, remove_entry
from server.messages import Message
from server.plan_editor.library import snippets

_REQUIRED = frozenset({"name", "summary", "year", "levels", "components", "cases"})
"""Terms that every plan has, and its worked cases."""
FIELD = "f:"
"""Prefix of the names of a plan's form fields; the path of the value follows."""


@dataclass(frozen=True, slots=True)
class PlanEdit:
    """A plan being edited.

    `by_text` tells whether the text was edited rather than the fields, `was_rearranged` whether a button of
    the form added, duplicated or removed something.
    """

    text: str
    by_text: bool = False
    was_rearranged: bool = False

    def missing_terms(self) -> list[tuple[str, Message]]:
        """Return key and label of the terms that can be added, which are those the text does not have."""
        try:
            existing = {key.text for key, _ in compose(self.text).entries or []}
        except PlanError:
            return []
        return [(key, label) for key, label, _ in snippets() if key not in existing]

    def optional_terms(self) -> list[tuple[str, Message]]:
        """Return key and label of the plan's own terms that can be removed as a whole, such as its clawback."""
        labels = {declaration.key: declaration.label for declaration in declarations_of(Plan)}
        try:
            existing = [key.text or "" for key, _ in compose(self.text).entries or []]
        except PlanError:
            return []
        return [(key, labels[key]) for key in existing if key in labels and key not in _REQUIRED]

    def sections(self) -> list[Section]:
        """Return the sections of the form; empty if the text is not valid YAML."""
        try:
            return sections_of(self.text)
        except PlanError:
            return []


def plan_edit(fields: Mapping[str, str]) -> PlanEdit:
    """Return the edit that a form sends: the edited text, or else the text with the values of the fields."""
    text = fields.get("text", "").replace("\r\n", "\n")
    previous_text = fields.get("seen", "").replace("\r\n", "\n")
    by_text = text != previous_text
    if not by_text:
        values = {name.removeprefix(FIELD): value for name, value in fields.items() if name.startswith(FIELD)}
        try:
            text = with_values(text, values)
        except PlanError:
            by_text = True
    if action := fields.get("act", ""):
        with suppress(PlanError):
            text = _rearrange(text, action, fields.get("term", ""), fields.get("optional_term", ""))
    return PlanEdit(text, by_text=by_text, was_rearranged=bool(action))


def _rearrange(text: str, action: str, term: str, optional: str) -> str:
    """Return the text after `copy:PATH` or `out:PATH` of a list's entry, or `add` or `remove` of a term."""
    verb, _, path = action.partition(":")
    if verb == "copy":
        return duplicate_entry(text, path)
    if verb == "out":
        return remove_entry(text, path)
    if verb == "remove":
        return without_section(text, optional) if optional not in _REQUIRED else text
    if verb != "add":
        return text
    exists = term in {key.text for key, _ in compose(text).entries or []}
    snippet = next((lines for key, _, lines in snippets() if key == term and not exists), "")
    return add_section(text, snippet) if snippet else text
