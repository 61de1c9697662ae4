"""A plan as a form and as text: what the browser sends, and the text with the form's values."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from server.comp import PlanError
from server.comp.language.yaml_tree import compose
from server.comp.plan_text.edit import Section, sections_of, with_values
from server.comp.plan_text.rearrange import add_section, duplicate_entry, remove_entry
from server.messages import Message
from server.plan_editor.library import snippets

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
            text = _rearrange(text, action, fields.get("term", ""))
    return PlanEdit(text, by_text=by_text, was_rearranged=bool(action))


def _rearrange(text: str, action: str, term: str) -> str:
    """Return the text after `copy:PATH` or `out:PATH` of a list's entry, or `add` of a term."""
    verb, _, path = action.partition(":")
    if verb == "copy":
        return duplicate_entry(text, path)
    if verb == "out":
        return remove_entry(text, path)
    if verb != "add":
        return text
    exists = term in {key.text for key, _ in compose(text).entries or []}
    snippet = next((lines for key, _, lines in snippets() if key == term and not exists), "")
    return add_section(text, snippet) if snippet else text
