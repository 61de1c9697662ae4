"""What changed from one version to another: summary, pieces, notes, comments, and what it does to my pay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from sqlmodel import Session

from server.books.offers import Offer, today_plan
from server.books.own_book import own_book
from server.comp.language.diagnostics import PlanError
from server.comp.load import read_plan
from server.comp.plan import Plan
from server.discussion import queries as discussion_queries
from server.documents import queries as document_queries
from server.documents.address import DocumentRefDep
from server.documents.models import DocumentKind, Version
from server.documents.queries import HistoryEntry, VersionPage
from server.errors import NotFoundError
from server.messages import Value
from server.people.access import CurrentPerson
from server.people.queries import Viewer
from server.simulator.projection import Projection, UnexplainedError, project
from server.text.diff.hunks import DocumentDiff, Hunk, diff_markdown
from server.text.diff.words import WordRun
from server.web.dependencies import Number, ReadSession, TemplatesDep

router = APIRouter()


@dataclass(frozen=True, slots=True)
class ChangesQuery:
    """Which versions of what are compared, and how they are shown."""

    at: DocumentRefDep
    first: Annotated[Number | None, Query(alias="from")] = None
    last: Annotated[Number | None, Query(alias="to")] = None
    show: Literal["changes", "all"] = "changes"
    layout: Literal["inline", "side"] = "inline"


Compared = Annotated[ChangesQuery, Depends()]


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """A piece as the page shows it: a candidate's letter, what it does to my pay, and the comments behind it.

    `number` is that of its first block in the new text, None when it is gone; `made` is the version that made it so,
    `said` are the threads that stood on its words before it changed.
    """

    piece: Hunk
    number: int | None
    letter: str = ""
    mine: Projection | None = None
    comments: tuple[discussion_queries.CommentView, ...] = ()
    accepted: HistoryEntry | None = None
    threads: tuple[discussion_queries.CommentView, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangesView:
    """All that the page says."""

    edition: VersionPage
    old: Version
    new: Version
    edits: Sequence[HistoryEntry]
    notes: Sequence[HistoryEntry]
    changes: DocumentDiff
    entries: Sequence[ChangeEntry]
    comments: Sequence[discussion_queries.CommentView]


@lru_cache(maxsize=16)
def compare_versions(old: str, new: str) -> DocumentDiff:
    """Compare two texts once: versions never change."""
    return diff_markdown(old, new)


def _versions(session: Session, asked: ChangesQuery, viewer: Viewer) -> tuple[VersionPage, Version, Version]:
    """Return the proposal and both versions, the older one first; by default what is new since I read it."""
    edition = document_queries.version_page(session, asked.at.slug, None, asked.at.kind)
    if edition is None:
        raise NotFoundError
    last = edition.current if asked.last is None else asked.last
    first = asked.first
    if first is None:
        read = document_queries.last_read(session, edition.proposal_id, viewer.id)
        first = read[1] if read and read[1] < last else max(last - 1, 1)
    found = [document_queries.version(session, edition.proposal_id, number) for number in sorted((first, last))]
    if found[0] is None or found[1] is None:
        raise NotFoundError
    return edition, found[0], found[1]


def _mine(session: Session, viewer: Viewer, pieces: Sequence[Hunk]) -> dict[int, Projection]:
    """Return by the place of a changed plan what it pays me beside what it paid me before the change."""
    changed = [(place, plans) for place, piece in enumerate(pieces) if piece.terms and (plans := _plans(piece))]
    today = today_plan(session) if viewer.is_paid and changed else None
    book = own_book(session, viewer.id, today.plan) if today else None
    if book is None:
        return {}
    found = {}
    for place, (old, new) in changed:
        offers = [Offer("before", "", old.name, old), Offer("after", "", new.name, new)]
        try:
            found[place] = project(book.history, offers, book.window)[1]
        except (UnexplainedError, OverflowError):
            continue
    return {place: one for place, one in found.items() if one.currency == _currency(pieces[place])}


def _plans(piece: Hunk) -> tuple[Plan, Plan] | None:
    try:
        return read_plan(piece.old[0].text), read_plan(piece.new[0].text)
    except PlanError:
        return None


def _currency(piece: Hunk) -> str:
    return read_plan(piece.old[0].text).currency


def changes_view(session: Session, asked: ChangesQuery, viewer: Viewer) -> ChangesView:
    """Gather the page; raises NotFoundError."""
    edition, old, new = _versions(session, asked, viewer)
    found = compare_versions(old.markdown, new.markdown)
    comments = discussion_queries.accepted_in(session, edition.proposal_id, old.number + 1, new.number, new.id or 0)
    edits = document_queries.history(session, edition.proposal_id)
    notes = [edit for edit in edits if old.number < edit.number <= new.number]
    teller = ChangeList(session, viewer, (old, new), comments, {edit.number: edit for edit in notes})
    if edition.kind == DocumentKind.proposal:
        teller.stood = discussion_queries.block_anchors(session, old.id or 0)
        teller.on_terms(old)
    told = teller.entries(found.hunks, everything=asked.show == "all")
    return ChangesView(edition, old, new, edits, notes, found, told, comments)


class ChangeList:
    """Puts beside each piece what belongs to it."""

    def __init__(
        self,
        session: Session,
        viewer: Viewer,
        versions: tuple[Version, Version],
        comments: Sequence[discussion_queries.CommentView],
        edits: Mapping[int, HistoryEntry],
    ) -> None:
        self._session, self._viewer, self._comments = session, viewer, comments
        old, new = versions
        self._origins, self._edits = new.origins, edits
        self.stood: dict[int, list[discussion_queries.CommentView]] = {}
        self._terms: dict[str, list[discussion_queries.CommentView]] = {}
        both = document_queries.candidates_of(session, [old.id or 0, new.id or 0])
        self._before, self._structures = both[old.id or 0], {found.text: found for found in both[new.id or 0]}

    def on_terms(self, old: Version) -> None:
        """Put what was said on the terms of a candidate of the old version beside its text."""
        by_key = discussion_queries.term_anchors(self._session, old.id or 0)
        self._terms = {found.text: by_key[found.key] for found in self._before if found.key in by_key}

    def entries(self, pieces: Sequence[Hunk], *, everything: bool) -> list[ChangeEntry]:
        """Return the pieces that are shown, in order."""
        mine = _mine(self._session, self._viewer, pieces)
        found, number, before = [], 0, block_numbers(pieces)
        for place, piece in enumerate(pieces):
            here, number = number if piece.new else None, number + len(piece.new)
            if piece.is_change or everything:
                structure = self._structures.get(piece.new[0].text) if piece.new else None
                said = [one for block in piece.old for one in self.stood.get(before[id(block)], ())]
                said += [one for block in piece.old for one in self._terms.get(block.text, ())]
                said += [
                    one for one in self._comments if structure and one.letter == structure.key and not one.is_orphaned
                ]
                said = list({one.id: one for one in said}.values())
                taken = {one.id for one in self._comments}
                behind = tuple(one for one in said if one.id in taken)
                letter = structure.letter if structure else ""
                made = self._edits.get(self._origins[here]) if here is not None and here < len(self._origins) else None
                others = tuple(one for one in said if one.id not in taken)
                found.append(ChangeEntry(piece, here, letter, mine.get(place), behind, made, others))
        return found


def block_numbers(pieces: Sequence[Hunk]) -> dict[int, int]:
    """Return the number in the old text of each of its blocks: a moved one is counted where it was."""
    olds = [block for piece in pieces if piece.kind != "moved" for block in piece.old]
    return {id(block): number for number, block in enumerate(olds)}


def block_positions(pieces: Sequence[Hunk]) -> dict[int, int]:
    """Return the number in the new text of each of its blocks."""
    return {id(block): number for number, block in enumerate(block for piece in pieces for block in piece.new)}


@router.get("/pages/{slug}/changes")
@router.get("/proposals/{slug}/changes")
def show_changes(
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    pages: TemplatesDep,
    asked: Compared,
) -> HTMLResponse:
    """Show what changed between two versions."""
    view = changes_view(session, asked, viewer)
    return pages.page(request, "pages/changes.html", {"view": view, "edition": view.edition, "asked": asked})


@router.get("/pages/{slug}/changes.json")
@router.get("/proposals/{slug}/changes.json")
def changes_as_json(viewer: CurrentPerson, session: ReadSession, asked: Compared) -> JSONResponse:
    """Return the same for programs, without anybody's pay."""
    edition, old, new = _versions(session, asked, viewer)
    found = compare_versions(old.markdown, new.markdown)
    return JSONResponse(
        {
            edition.kind: edition.slug,
            "from": old.number,
            "to": new.number,
            "material": found.is_material,
            "by_word": found.by_word,
            "share_of_words": round(found.share, 4),
            "changes": [_as_json(piece) for piece in found.changed],
        }
    )


def _as_json(piece: Hunk) -> dict[str, Any]:
    return {
        "kind": piece.kind,
        "block": piece.block.kind,
        "section": piece.block.section,
        "material": piece.is_material,
        "old_lines": [[block.first_line, block.last_line] for block in piece.old],
        "new_lines": [[block.first_line, block.last_line] for block in piece.new],
        "words": _runs(piece.runs),
        "rows": [
            {"kept": row.kept, "cells": [{"kept": cell.kept, "words": _runs(cell.runs)} for cell in row.cells]}
            for row in piece.rows
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
            for change in piece.terms
        ],
        "notes": [str(note) for note in piece.notes],
    }


def _runs(runs: Sequence[WordRun]) -> list[list[str]]:
    return [[run.kept, run.text] for run in runs]


def _value(value: Value | None) -> str | None:
    return None if value is None else str(value)
