"""A candidate's terms as HTML: rendered once for a plan, the plan that the reader knows, and the threads on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from server.comp import describe, lint, read_plan
from server.comp.analysis.terms import terms_table
from server.messages import Message
from server.web.templating import Templates


@dataclass(frozen=True, slots=True)
class TermThreads:
    """Where the terms of a candidate are commented on, and how many threads each has, by path."""

    url: str
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class AnnotatedTerm:
    """A row of a candidate's table: its value, the one the reader knows if it changed, and the threads on it."""

    label: Message
    value: Message
    before: Message | None
    is_new: bool
    threads: int
    url: str


def annotated_terms(templates: Templates, text: str, before: str | None, threads: TermThreads | None = None) -> Markup:
    """Return the table and the sentences of a plan, with what changed since `before` marked."""
    return templates.fragment(("terms", text, before, threads), lambda: _render(templates, text, before, threads))


def _render(templates: Templates, text: str, before: str | None, threads: TermThreads | None) -> Markup:
    plan = read_plan(text)
    view = {
        "terms": _annotated(text, before, threads or TermThreads("")),
        "sentences": describe(plan),
        "warnings": [warning for warning in lint(plan) if warning.is_warning],
    }
    return Markup(templates.environment.get_template("documents/_terms.html").render(view))  # noqa: S704 - our template


def _annotated(text: str, before: str | None, threads: TermThreads) -> list[AnnotatedTerm]:
    counts = dict(threads.counts)
    known: Mapping[str, Message] | None = None
    if before is not None:
        known = {term.path: term.value for term in terms_table(read_plan(before))}
    rows = []
    for term in terms_table(read_plan(text)):
        old = known.get(term.path) if known is not None else None
        is_changed = old is not None and str(old) != str(term.value)
        rows.append(
            AnnotatedTerm(
                label=term.label,
                value=term.value,
                before=old if is_changed else None,
                is_new=known is not None and old is None,
                threads=counts.get(term.path, 0),
                url=f"{threads.url}&term={quote(term.path, safe='')}" if threads.url else "",
            )
        )
    return rows
