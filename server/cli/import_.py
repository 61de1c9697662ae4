"""`townhall import FILE…` and `townhall import proposal`: imports from the command line."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from server.archives.read import read_archive
from server.archives.service import import_archive
from server.cli.counts import counted
from server.cli.database import fail, load_settings, open_database
from server.db.session import Database
from server.deals.service import WriteResult
from server.imports import service as import_service
from server.imports.file_types import LEFT_OUT
from server.imports.files.tables import UnreadableFileError
from server.imports.mapping_file import Mapped, choices_for, read_mapping
from server.imports.parsed import MAX_SHOWN, ImportPreview, ImportQuestion
from server.imports.service import ImportCounts
from server.imports.summary import won_summaries
from server.people import queries as people_queries
from server.people.models import Role

ALWAYS_COUNTED = ("people", "customers", "products", "deals")
"""Types of file whose counts are printed even where no file has any."""
ASKS = 2
"""The exit status of an import that needs an answer."""


class ImportGroup(TyperGroup):
    """Subcommands, of which `files` is meant where none is named: `townhall import deals.csv`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `files` before arguments that begin with no subcommand."""
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["files", *args]
        remaining: list[str] = super().parse_args(ctx, args)
        return remaining


commands = typer.Typer(
    cls=ImportGroup,
    no_args_is_help=True,
    help="Import CRM exports (townhall import FILE... or FOLDER) and proposals.",
)
Source = Annotated[
    str, typer.Option(help="the name of this data source; importing under the same name updates its data")
]


@commands.callback()
def _imports() -> None:
    """Import CRM exports (townhall import FILE... or FOLDER) and proposals."""


@commands.command("files")
def import_files(
    paths: Annotated[list[Path], typer.Argument(help="files, or folders of files", exists=True, metavar="FILE...")],
    *,
    preview_only: Annotated[
        bool, typer.Option("--preview", help="show what would be imported without importing it")
    ] = False,
    mapping: Annotated[
        Path | None, typer.Option(help="a mapping file: types, columns and answers by file", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    source: Source = "crm",
) -> None:
    """Import CSV files, spreadsheets and archives; importing the same files again changes nothing.

    The exit status is 2 where a question has to be answered first and 1 where a cell has to be corrected.
    """
    _run(paths, preview_only=preview_only, mapping=mapping, as_json=as_json, source=source)


@commands.command("crm")
def import_crm(
    folder: Annotated[
        Path, typer.Argument(help="a folder with the files of a CRM export", exists=True, file_okay=False)
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="show what would be imported without importing it")
    ] = False,
    source: Source = "crm",
) -> None:
    """Import the files of a folder; the same as `townhall import FOLDER`."""
    _run([folder], preview_only=dry_run, mapping=None, as_json=False, source=source)


def _run(paths: Sequence[Path], *, preview_only: bool, mapping: Path | None, as_json: bool, source: str) -> None:
    began = time.monotonic()
    with open_database() as database:
        mapped = read_mapping(mapping) if mapping else {}
        preview = _preview(database, paths, mapped, asks=not as_json and is_at_terminal())
        if not as_json:
            print_preview(preview)
            _print_questions(preview)
        imported = None
        if preview.is_ready:
            with database.writing() as session:
                if preview_only:
                    imported = import_service.dry_run(session, preview)
                else:
                    imported = import_service.apply_import(session, preview, source)
                    session.commit()
    if as_json:
        print(json.dumps(_as_json(preview, imported, is_written=not preview_only), ensure_ascii=False, indent=1))
    if imported is None:
        _fail(preview)
    if not as_json:
        _print_counts(imported)
        done = f"Done in {time.monotonic() - began:.1f} s."
        print("Nothing was imported: this was a preview." if preview_only else done)


def is_at_terminal() -> bool:
    """Return whether someone can answer questions."""
    return sys.stdin.isatty()


def _preview(database: Database, paths: Sequence[Path], mapped: Mapped, *, asks: bool) -> ImportPreview:
    """Return what the files would write; where someone sits at the terminal, each question is asked there."""
    choices: dict[str, dict[str, str]] = {}
    while True:
        try:
            tables = import_service.read_paths(paths, choices)
            if mapped and not choices:
                choices = choices_for([table.file for table in tables], mapped)
                tables = import_service.read_paths(paths, choices)
        except UnreadableFileError as error:
            fail(str(error))
        with database.reading() as session:
            preview = import_service.preview_import(session, tables, choices, load_settings().time_zone)
        if not asks or not preview.questions:
            return preview
        for question in preview.questions:
            choices.setdefault(question.file, {})[question.key] = _ask(question)


def _ask(question: ImportQuestion) -> str:
    """Return the answer that the person at the terminal gives."""
    print(f"{question.file}: {question.sentence}")
    for number, answer in enumerate(question.answers, 1):
        print(f"  {number}  {answer.label} - {answer.details}")
    while True:
        chosen: int = typer.prompt("Number", type=int)
        if 1 <= chosen <= len(question.answers):
            return question.answers[chosen - 1].value
        print(f"Enter a number from 1 to {len(question.answers)}.")


def _fail(preview: ImportPreview) -> NoReturn:
    """Exit with what keeps the files from being imported."""
    if preview.problems:
        fail(f"nothing was imported: correct the {counted(len(preview.problems), 'problem')} listed above.")
    if preview.questions:
        fail("nothing was imported: answer the questions above on the page Imports or in a mapping file.", ASKS)
    fail("nothing was imported: every file is left out.")


def _as_json(preview: ImportPreview, imported: ImportCounts | None, *, is_written: bool) -> dict[str, Any]:
    """Return a preview and what was written, or would be, as plain values."""
    return {
        "files": [
            {
                "file": file.table.file,
                "kind": file.file_type.name if file.file_type else None,
                "rows": len(file.table.rows),
                "encoding": file.table.encoding,
                "columns": dict(file.mapped_columns),
                "unused": file.unused_columns,
                "left_out_lines": [row.line for row in file.table.left_out],
            }
            for file in preview.files
        ],
        "stages": preview.stages,
        "won_deals": [summary.as_json() for summary in won_summaries(preview)],
        "notes": [str(note) for note in (*preview.notes, *preview.notes_on_names)],
        "questions": [
            {
                "file": question.file,
                "key": question.key,
                "question": str(question.sentence),
                "answers": [
                    {"value": answer.value, "label": str(answer.label), "details": str(answer.details)}
                    for answer in question.answers
                ],
            }
            for question in preview.questions
        ],
        "problems": [
            {
                "file": problem.file,
                "line": problem.line,
                "column": problem.column,
                "value": problem.value,
                "fix": str(problem.fix),
            }
            for problem in preview.problems
        ],
        "is_imported": imported is not None and is_written,
        "counts": asdict(imported) if imported else None,
    }


def _print_counts(imported: ImportCounts) -> None:
    """Print the rows of each type: people, customers, products and deals always, others where a file had some."""
    for name in (field.name for field in fields(imported)):
        result: WriteResult = getattr(imported, name)
        if name in ALWAYS_COUNTED or result != WriteResult():
            print(f"{name:<10} {result.added:>7} new {result.changed:>7} changed {result.same:>7} unchanged")


def print_preview(preview: ImportPreview) -> None:
    """Print how the files were read, with notes and problems."""
    for file in preview.files:
        unknown = "left out" if file.choice.get("kind") == LEFT_OUT else "not recognized"
        file_type = file.file_type.name if file.file_type else unknown
        row_count = counted(len(file.table.rows), "row")
        print(f"{file.table.file}: {file_type}, {row_count}, {file.table.encoding}")
        if file.mapped_columns:
            print("  columns  " + ", ".join(f"{column} = {name}" for column, name in file.mapped_columns))
        if file.unused_columns:
            print("  not used " + ", ".join(file.unused_columns))
    if preview.stages:
        print(
            "stages     " + ", ".join(f"{stage or '(empty)'} = {meaning}" for stage, meaning in preview.stages.items())
        )
    if preview.respellings:
        print("names      " + ", ".join(f"{spelling} is {name}" for spelling, name in preview.respellings.items()))
    for won in won_summaries(preview):
        amounts = [f"{cents / 100:,.2f}" for cents in (won.total, won.smallest, won.largest)]
        print(
            f"won deals  {won.count:,} in {won.currency or 'no currency'}, {amounts[0]} in all, from {amounts[1]} to"
            f" {amounts[2]}, signed {won.first or 'earlier'} to {won.last or 'earlier'}"
        )
    for note in (*preview.notes, *preview.notes_on_names):
        print(f"note       {note}")
    for problem in preview.problems[:MAX_SHOWN]:
        print(f"problem    {problem.file} line {problem.line}, {problem.column}: “{problem.value}” {problem.fix}")
    if len(preview.problems) > MAX_SHOWN:
        print(f"           and {len(preview.problems) - MAX_SHOWN} more")


def _print_questions(preview: ImportPreview) -> None:
    """Print what the files leave open, with the answers and what the files would say with them."""
    for question in preview.questions:
        print(f"question   {question.file}: {question.sentence}")
        for option in question.answers:
            print(f"           {question.key}: {option.value} - {option.details}")


@commands.command("proposal")
def import_proposal(
    file: Annotated[Path, typer.Argument(help="a zip file exported by Townhall", exists=True, dir_okay=False)],
    admin: Annotated[str, typer.Option(help="the name of the admin who imports it")],
) -> None:
    """Import a proposal or page as a new one; existing ones do not change."""
    with open_database() as database:
        archive = read_archive(file.read_bytes())
        with database.writing() as session:
            people = people_queries.list_people(session)
            admin_person = next(
                (person for person in people if person.name == admin and person.role == Role.admin), None
            )
            if admin_person is None:
                fail(f"there is no admin named {admin}. `townhall people list` shows the names and roles.")
            imported = import_archive(session, archive, admin_person.id)
            session.commit()
    counts = f"{counted(imported.versions, 'version')}, {counted(imported.comments, 'comment')}"
    print(f"{imported.proposal.url}: {counts}")
    if imported.unknown_people:
        print(f"added as people without access: {', '.join(imported.unknown_people)}")
