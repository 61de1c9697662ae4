"""A candidate's terms as HTML: rendered once for a text and the text the reader knows, whoever reads."""

from dataclasses import dataclass

from markupsafe import Markup

from server.comp.analysis.describe import describe, terms_table
from server.comp.analysis.lint import lint
from server.comp.load import read_plan
from server.messages import Message
from server.web.templating import Templates


@dataclass(frozen=True, slots=True)
class TermRow:
    """A row of a candidate's table: its value, and the one it had in the version the reader knows."""

    label: Message
    value: Message
    before: Message | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class AnnotatedTerm:
    """What is said on the terms of a candidate: where one reads and says more, and per label how many threads."""

    url: str
    threads: tuple[tuple[str, int], ...] = ()

    def on(self, label: Message) -> int:
        """Return how many threads stand on a term."""
        return dict(self.threads).get(str(label), 0)


def annotated_terms(pages: Templates, text: str, before: str | None, pinned: AnnotatedTerm | None = None) -> Markup:
    """Return the table and the sentences of a plan, with what changed since `before` marked."""
    return pages.fragment(("terms", text, before, pinned), lambda: _rendered(pages, text, before, pinned))


def _rendered(pages: Templates, text: str, before: str | None, pinned: AnnotatedTerm | None) -> Markup:
    plan = read_plan(text)
    warnings = [finding for finding in lint(plan) if finding.warns]
    view = {"terms": _compared(text, before), "sentences": describe(plan), "warnings": warnings, "pinned": pinned}
    return Markup(pages.environment.get_template("documents/_terms.html").render(view))  # noqa: S704 - our template


def _compared(text: str, before: str | None) -> list[TermRow]:
    rows = terms_table(read_plan(text))
    if before is None:
        return [TermRow(label, value) for label, value in rows]
    old = {str(label): value for label, value in terms_table(read_plan(before))}
    terms = []
    for label, value in rows:
        was = old.get(str(label))
        changed = was is not None and str(was) != str(value)
        terms.append(TermRow(label, value, was if changed else None, is_new=was is None))
    return terms
