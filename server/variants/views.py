"""What the screens of variants are given: a plan as a form, what is wrong with it, what it changes, what it pays me."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from sqlmodel import Session

from server.books.offers import Offer, today_plan
from server.books.own_book import OwnBook, own_book
from server.comp.analysis.describe import describe, terms_table
from server.comp.analysis.diff import Change, diff
from server.comp.analysis.lint import LintWarning, lint
from server.comp.analysis.reference_year import reference_year
from server.comp.calendar import Window
from server.comp.explain.rep import explain
from server.comp.language.diagnostics import Diagnostic, PlanError
from server.comp.language.yaml_tree import compose
from server.comp.load import read_plan
from server.comp.plan import Plan
from server.comp.plan_text.edit import Section, sections_of, with_values
from server.comp.plan_text.rearrange import add_section, duplicate_entry, remove_entry
from server.documents.queries import VersionPage
from server.messages import Message
from server.people.queries import Viewer
from server.plan_editor.library import snippets
from server.simulator.projection import Projection, UnexplainedError, project
from server.variants import service
from server.variants.service import SimilarPlan

FIELD = "f:"
"""What the names of a form's values begin with; their paths follow."""


@dataclass(frozen=True, slots=True)
class VariantEdit:
    """A plan being edited: its text, whether that was typed, and whether a button of the form changed its shape."""

    base: str
    text: str
    reason: str = ""
    anonymous: bool = False
    by_text: bool = False
    was_rearranged: bool = False

    def offered(self) -> list[tuple[str, Message]]:
        """Return key and label of the terms that could be added: those the text does not have."""
        try:
            there = {key.text for key, _ in compose(self.text).entries or []}
        except PlanError:
            return []
        return [(key, label) for key, label, _ in snippets() if key not in there]

    def sections(self) -> list[Section]:
        """Return the form; empty where the text is no YAML any more."""
        try:
            return sections_of(self.text)
        except PlanError:
            return []


def variant_edit(fields: Mapping[str, str]) -> VariantEdit:
    """Understand a sent form: a changed text wins, else the changed values are put into the text."""
    text, seen = fields.get("text", "").replace("\r\n", "\n"), fields.get("seen", "").replace("\r\n", "\n")
    by_text = text != seen
    if not by_text:
        changed = {name.removeprefix(FIELD): value for name, value in fields.items() if name.startswith(FIELD)}
        try:
            text = with_values(text, changed)
        except PlanError:
            by_text = True
    if act := fields.get("act", ""):
        with suppress(PlanError):
            text = _rearranged(text, act, fields.get("term", ""))
    return VariantEdit(
        fields.get("base", ""),
        text,
        fields.get("reason", ""),
        fields.get("anonymous") == "yes",
        by_text=by_text,
        was_rearranged=bool(fields.get("act")),
    )


def _rearranged(text: str, act: str, term: str) -> str:
    """Copy an entry of a list, take one out, or add a term, as a button of the form asks for."""
    what, _, path = act.partition(":")
    if what == "add":
        is_there = term in {key.text for key, _ in compose(text).entries or []}
        snippet = next((lines for key, _, lines in snippets() if key == term and not is_there), "")
        return add_section(text, snippet) if snippet else text
    return duplicate_entry(text, path) if what == "copy" else remove_entry(text, path) if what == "out" else text


@dataclass(frozen=True, slots=True)
class VariantPreview:
    """A plan looked at: what is wrong, or what it says, changes, warns of and pays."""

    problems: tuple[Diagnostic, ...] = ()
    plan: Plan | None = None
    changes: tuple[Change, ...] = ()
    warnings: tuple[LintWarning, ...] = ()
    similar: tuple[SimilarPlan, ...] = ()
    mine: tuple[Projection, ...] = ()
    book: OwnBook | None = None
    example: int | None = None

    @property
    def sentences(self) -> list[Message]:
        """The plan in plain sentences."""
        return describe(self.plan) if self.plan else []

    @property
    def terms(self) -> list[tuple[Message, Message]]:
        """The table of its terms."""
        return terms_table(self.plan) if self.plan else []


def preview_variant(
    session: Session, viewer: Viewer, edition: VersionPage, editing: VariantEdit, skip: str = ""
) -> VariantPreview:
    """Look at a plan as it stands in the form; `skip` is the key of the variant itself, which is no copy of itself."""
    try:
        plan = read_plan(editing.text)
        base = service.known_plan(service.base_text(session, edition, editing.base))
    except PlanError as error:
        return VariantPreview(problems=tuple(error.problems))
    others = service.others(session, edition)
    today = today_plan(session)
    book = own_book(session, viewer.id, today.plan) if today and viewer.is_paid else None
    session.close()  # the rest is arithmetic; nobody else has to wait for the connection meanwhile
    mine = _mine(book, plan, Offer(editing.base, "", base.name, base), today) if book and today else []
    return VariantPreview(
        plan=plan,
        changes=tuple(diff(base, plan)),
        warnings=tuple(finding for finding in lint(plan) if finding.warns),
        similar=tuple(near for near in service.similar_plans(others, plan) if near.key not in {skip, editing.base}),
        mine=tuple(mine),
        book=book,
        example=None if mine else _example(plan),
    )


def _mine(book: OwnBook, plan: Plan, base: Offer, today: Offer) -> list[Projection]:
    """Return what today's plan, the base and the variant pay the owner of a book."""
    offers = [today, *([base] if base.key != "today" else []), Offer("variant", "V", plan.name, plan)]
    try:
        return project(book.history, offers, book.window)
    except (UnexplainedError, OverflowError):
        return []


def _example(plan: Plan) -> int:
    """Return what a reference year at exactly 100 % pays on the first level, in cents."""
    return explain(reference_year(plan, 0, Fraction(1)), plan, Window(plan.year), trace=False).total
