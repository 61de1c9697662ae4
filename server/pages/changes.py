"""The changes page: what changed between two versions, notes and comments, and the effect on the reader's pay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from sqlmodel import Session

from server.books.offers import Offer, proposed, today_offer
from server.books.own_book import own_book
from server.comp import Plan, PlanError, read_plan
from server.discussion import queries as discussion_queries
from server.discussion.queries import CommentView
from server.documents import queries as document_queries
from server.documents.access import DOCUMENT_ACCESS
from server.documents.address import DocumentRefDep
from server.documents.models import DocumentKind, Version
from server.documents.queries import CandidateView, HistoryEntry, VersionPage
from server.errors import NotFoundError
from server.messages import Value
from server.people.access import CurrentPerson
from server.people.queries import Viewer
from server.simulator.projection import Comparison, Projection, UnexplainedError, project
from server.text.diff.hunks import DocumentDiff, Hunk, diff_markdown
from server.text.diff.words import WordRun
from server.web.dependencies import Number, ReadSession, TemplatesDep

router = APIRouter(dependencies=DOCUMENT_ACCESS)


@dataclass(frozen=True, slots=True)
class ChangesQuery:
    """The document and the versions to compare, and how to show them."""

    at: DocumentRefDep
    first: Annotated[Number | None, Query(alias="from")] = None
    last: Annotated[Number | None, Query(alias="to")] = None
    show: Literal["changes", "all"] = "changes"
    layout: Literal["inline", "side"] = "inline"


ChangesQueryDep = Annotated[ChangesQuery, Depends()]


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """A hunk as the page shows it; that of a candidate has its letter and what it pays the reader.

    `number` is the number of its first block in the new text, None if it was removed. `comments` are included
    comments that led to the change, `version` is the version that made it, `threads` are those on the old text.
    """

    hunk: Hunk
    number: int | None
    letter: str = ""
    projection: Projection | None = None
    comments: tuple[CommentView, ...] = ()
    version: HistoryEntry | None = None
    threads: tuple[CommentView, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangesView:
    """The contents of the changes page."""

    version: VersionPage
    old: Version
    new: Version
    history: Sequence[HistoryEntry]
    notes: Sequence[HistoryEntry]
    changes: DocumentDiff
    entries: Sequence[ChangeEntry]
    comments: Sequence[CommentView]
    votes_still_count: bool
    """Whether votes on the older version still count for the newer one."""


@lru_cache(maxsize=16)
def compare_versions(old: str, new: str) -> DocumentDiff:
    """Return the diff of the texts of two versions, which never change."""
    return diff_markdown(old, new)


def _versions(session: Session, query: ChangesQuery, viewer: Viewer) -> tuple[VersionPage, Version, Version]:
    """Return the current version and both versions to compare, older first; by default since the viewer's last read."""
    current = document_queries.version_page(session, query.at.slug, None, query.at.kind)
    if current is None:
        raise NotFoundError
    last = current.current if query.last is None else query.last
    first = query.first
    if first is None:
        read = document_queries.last_read(session, current.proposal_id, viewer.id)
        first = read[1] if read and read[1] < last else max(last - 1, 1)
    old, new = (document_queries.version(session, current.proposal_id, number) for number in sorted((first, last)))
    if old is None or new is None:
        raise NotFoundError
    return current, old, new


def _projections(session: Session, viewer: Viewer, hunks: Sequence[Hunk], own_quotas: str) -> dict[int, Projection]:
    """Return by index of a hunk what a changed plan pays the viewer, compared with the plan before the change."""
    changed = [(index, plans) for index, hunk in enumerate(hunks) if hunk.terms and (plans := _plans(hunk))]
    today = today_offer(session, viewer.id) if viewer.is_paid and changed else None
    book = own_book(session, viewer.id, today.plan) if today else None
    if book is None:
        return {}
    comparison = Comparison("before", book.recorded)
    projections = {}
    for index, (old, new) in changed:
        versions = [Offer("before", "", old.name, old), Offer("after", "", new.name, new)]
        offers = [proposed(offer, today, own_quotas) for offer in versions]
        try:
            projection = project(book.history, offers, book.window, comparison=comparison)[1]
        except (UnexplainedError, OverflowError):
            continue
        if projection.currency == old.currency:
            projections[index] = projection
    return projections


def _plans(hunk: Hunk) -> tuple[Plan, Plan] | None:
    """Return the plan before and after a change, or None if one of them cannot be read."""
    try:
        return read_plan(hunk.old[0].text), read_plan(hunk.new[0].text)
    except PlanError:
        return None


def changes_view(session: Session, query: ChangesQuery, viewer: Viewer) -> ChangesView:
    """Return the contents of the changes page; raises NotFoundError."""
    current, old, new = _versions(session, query, viewer)
    changes = compare_versions(old.markdown, new.markdown)
    included = discussion_queries.included_comments(session, current.proposal_id, old.number + 1, new.number, new.id)
    history = document_queries.history(session, current.proposal_id)
    notes = [entry for entry in history if old.number < entry.number <= new.number]
    candidates = document_queries.candidates_of(session, [old.id, new.id])
    change_list = ChangeList(new, candidates[new.id], notes, included)
    if current.kind == DocumentKind.proposal:
        change_list.add_threads(session, old, candidates[old.id])
    own_quotas = current.redesign.own_quotas
    projections = _projections(session, viewer, changes.hunks, own_quotas)
    entries = change_list.entries(changes.hunks, projections, everything=query.show == "all")
    votes_still_count = _do_votes_still_count(session, current.proposal_id, old.number, new.number, notes)
    return ChangesView(current, old, new, history, notes, changes, entries, included, votes_still_count)


def _do_votes_still_count(
    session: Session, proposal_id: int, old: int, new: int, entries: Sequence[HistoryEntry] = ()
) -> bool:
    """Return whether votes on a version count for a later one; `entries` are those between them, if all are known."""
    # The page has read these entries already, which saves it a query.
    if len(entries) == new - old:
        return not any(entry.material for entry in entries)
    return not document_queries.is_any_material(session, proposal_id, old, new)


class ChangeList:
    """Adds to each hunk its candidate, the version that made it, and the comments on it."""

    def __init__(
        self,
        new: Version,
        candidates: Sequence[CandidateView],
        history: Sequence[HistoryEntry],
        included: Sequence[CommentView],
    ) -> None:
        self._origins = new.origins
        self._candidates = {candidate.text: candidate for candidate in candidates}
        self._versions = {entry.number: entry for entry in history}
        self._included = {comment.id: comment for comment in included}
        self._threads_by_block: Mapping[int, Sequence[CommentView]] = {}
        self._threads_by_plan: Mapping[str, Sequence[CommentView]] = {}

    def add_threads(self, session: Session, old: Version, candidates: Sequence[CandidateView]) -> None:
        """Read the threads on the text and the candidates of the old version."""
        self._threads_by_block = discussion_queries.threads_by_block(session, old.id)
        by_key = discussion_queries.threads_by_candidate(session, old.id)
        self._threads_by_plan = {
            candidate.text: by_key[candidate.key] for candidate in candidates if candidate.key in by_key
        }

    def entries(
        self, hunks: Sequence[Hunk], projections: Mapping[int, Projection], *, everything: bool
    ) -> list[ChangeEntry]:
        """Return the entries of the changed hunks, or of all, in order; `projections` are by index of the hunk."""
        entries = []
        number, old_numbers = 0, block_numbers(hunks)
        for index, hunk in enumerate(hunks):
            if hunk.is_change or everything:
                first = number if hunk.new else None
                entries.append(self._entry(hunk, first, old_numbers, projections.get(index)))
            number += len(hunk.new)
        return entries

    def _entry(
        self, hunk: Hunk, number: int | None, old_numbers: Mapping[int, int], projection: Projection | None
    ) -> ChangeEntry:
        candidate = self._candidates.get(hunk.new[0].text) if hunk.new else None
        comments = self._comments(hunk, old_numbers, candidate)
        has_origin = number is not None and number < len(self._origins)
        return ChangeEntry(
            hunk=hunk,
            number=number,
            letter=candidate.letter if candidate else "",
            projection=projection,
            comments=tuple(comment for comment in comments if comment.id in self._included),
            version=self._versions.get(self._origins[number or 0]) if has_origin else None,
            threads=tuple(comment for comment in comments if comment.id not in self._included),
        )

    def _comments(
        self, hunk: Hunk, old_numbers: Mapping[int, int], candidate: CandidateView | None
    ) -> list[CommentView]:
        """Return the threads on the old blocks and plans of a hunk, and the included comments on its candidate."""
        comments: dict[int, CommentView] = {}
        for block in hunk.old:
            comments |= {thread.id: thread for thread in self._threads_by_block.get(old_numbers[id(block)], ())}
        for block in hunk.old:
            comments |= {thread.id: thread for thread in self._threads_by_plan.get(block.text, ())}
        for comment in self._included.values():
            if candidate and comment.letter == candidate.key and not comment.is_orphaned:
                comments[comment.id] = comment
        return list(comments.values())


def block_numbers(hunks: Sequence[Hunk]) -> dict[int, int]:
    """Return the number in the old text of each old block, by `id`; a moved block counts where it was."""
    blocks = [block for hunk in hunks if hunk.kind != "moved" for block in hunk.old]
    return {id(block): number for number, block in enumerate(blocks)}


def block_positions(hunks: Sequence[Hunk]) -> dict[int, int]:
    """Return the number in the new text of each new block, by `id`."""
    return {id(block): number for number, block in enumerate(block for hunk in hunks for block in hunk.new)}


@router.get("/pages/{slug}/changes")
@router.get("/proposals/{slug}/changes")
def show_changes(
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
    query: ChangesQueryDep,
) -> HTMLResponse:
    """Show what changed between two versions."""
    view = changes_view(session, query, viewer)
    return templates.page(request, "pages/changes.html", {"view": view, "version": view.version, "query": query})


@router.get("/pages/{slug}/changes.json")
@router.get("/proposals/{slug}/changes.json")
def show_changes_as_json(viewer: CurrentPerson, session: ReadSession, query: ChangesQueryDep) -> JSONResponse:
    """Return what changed between two versions as JSON, without anyone's pay."""
    current, old, new = _versions(session, query, viewer)
    changes = compare_versions(old.markdown, new.markdown)
    return JSONResponse(
        {
            current.kind: current.slug,
            "from": old.number,
            "to": new.number,
            "material": changes.is_material,
            "votes_still_count": _do_votes_still_count(session, current.proposal_id, old.number, new.number),
            "by_word": changes.by_word,
            "share_of_words": round(changes.share, 4),
            "changes": [_hunk_json(hunk) for hunk in changes.changed],
        }
    )


def _hunk_json(hunk: Hunk) -> dict[str, Any]:
    return {
        "kind": hunk.kind,
        "block": hunk.block.kind,
        "section": hunk.block.section,
        "material": hunk.is_material,
        "old_lines": [[block.first_line, block.last_line] for block in hunk.old],
        "new_lines": [[block.first_line, block.last_line] for block in hunk.new],
        "words": _runs(hunk.runs),
        "rows": [
            {"kept": row.kept, "cells": [{"kept": cell.kept, "words": _runs(cell.runs)} for cell in row.cells]}
            for row in hunk.rows
        ],
        "terms": [
            {
                "path": change.path,
                "label": str(change.label),
                "old": _value(change.old),
                "new": _value(change.new),
                "unit": change.unit,
                "material": change.material,
                "sentence": str(change.sentence),
            }
            for change in hunk.terms
        ],
        "notes": [str(note) for note in hunk.notes],
    }


def _runs(runs: Sequence[WordRun]) -> list[list[str]]:
    return [[run.kept, run.text] for run in runs]


def _value(value: Value | None) -> str | None:
    return None if value is None else str(value)
