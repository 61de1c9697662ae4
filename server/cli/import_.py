"""`townhall import FILE…` and `townhall import proposal`: imports from the command line."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from server.archives.read import read_archive
from server.archives.service import import_archive
from server.audit.service import record
from server.cli.counts import counted
from server.cli.database import fail, load_settings, open_database
from server.cli.import_preview import preview_json, print_counts, print_preview, print_questions
from server.cli.watch import watch
from server.db.session import Database
from server.imports import runs
from server.imports import service as import_service
from server.imports.files.tables import UnreadableFileError
from server.imports.mapping_file import Mapped, read_mapping, read_with_mapping
from server.imports.parsed import ImportPreview, ImportQuestion
from server.imports.undo.service import undo_import
from server.people import queries as people_queries
from server.people.models import Role

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
        preview = _preview(database, paths, mapped, source, asks=not as_json and is_at_terminal())
        if not as_json:
            print_preview(preview)
            print_questions(preview)
        imported = None
        if preview.is_ready:
            with database.writing() as session:
                if preview_only:
                    imported = import_service.dry_run(session, preview)
                else:
                    give_way = partial(_end_part, database.parts(session), len(preview.deals))
                    imported = import_service.apply_import(session, preview, source, give_way=give_way)
                    session.commit()
    if as_json:
        print(json.dumps(preview_json(preview, imported, is_written=not preview_only), ensure_ascii=False, indent=1))
    if imported is None:
        _fail(preview)
    if not as_json:
        print_counts(imported)
        done = f"Done in {time.monotonic() - began:.1f} s."
        print("Nothing was imported: this was a preview." if preview_only else done)


def _end_part(give_way: Callable[[int], None], total: int, written: int) -> None:
    """Show the progress of many deals where someone sees it, and let others write."""
    if sys.stderr.isatty():
        print(f"\r{written:,} of {total:,} deals", end="", file=sys.stderr, flush=True)
    give_way(written)


def is_at_terminal() -> bool:
    """Return whether someone can answer questions."""
    return sys.stdin.isatty()


def _preview(database: Database, paths: Sequence[Path], mapped: Mapped, source: str, *, asks: bool) -> ImportPreview:
    """Return what the files would write; where someone sits at the terminal, each question is asked there."""
    choices: dict[str, dict[str, str]] = {}
    while True:
        try:
            if mapped and not choices:
                tables, choices = read_with_mapping(paths, mapped)
            else:
                tables = import_service.read_paths(paths, choices)
        except UnreadableFileError as error:
            fail(str(error))
        with database.reading() as session:
            preview = import_service.preview_import(session, tables, choices, load_settings().time_zone, source)
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


commands.command("watch")(watch)


@commands.command("list")
def list_imports() -> None:
    """List the last imports, newest first, with their IDs."""
    with open_database() as database, database.reading() as session:
        for run, who in runs.recent_runs(session):
            imported = f"{', '.join(run.files) or run.source}: {runs.counts_text(run)}"
            print(f"{run.ulid}  {run.at:%Y-%m-%d %H:%M}Z  {run.state:<7}  {who or 'command line'}  {imported}")


@commands.command("undo")
def undo(run_id: Annotated[str, typer.Argument(metavar="ID", help="as `townhall import list` shows it")]) -> None:
    """Undo an import exactly; where that is impossible, say why and change nothing."""
    with open_database() as database, database.writing() as session:
        run = runs.run_by_ulid(session, run_id)
        undo_import(session, run, None)
        session.commit()
    print(f"undone: {', '.join(run.files) or run.source}")


@commands.command("proposal")
def import_proposal(
    file: Annotated[Path, typer.Argument(help="a zip file exported by Townhall", exists=True, dir_okay=False)],
    admin: Annotated[str, typer.Option(help="the admin who imports it, by name or address")],
) -> None:
    """Import a proposal or page as a new one; existing ones do not change."""
    with open_database() as database:
        archive = read_archive(file.read_bytes())
        with database.writing() as session:
            admins = [person for person in people_queries.matching(session, admin) if person.role == Role.admin]
            if len(admins) != 1:
                how_many = "several admins are" if admins else "there is no admin"
                fail(f"{how_many} named {admin}. Use the e-mail address; `townhall people list` shows them.")
            imported = import_archive(session, archive, admins[0].id)
            counts = f"{counted(imported.versions, 'version')}, {counted(imported.comments, 'comment')}"
            record(
                session, "import", None, imported.proposal.title, imported.proposal.url, files=file.name, counts=counts
            )
            session.commit()
    print(f"{imported.proposal.url}: {counts}")
    if imported.unknown_people:
        print(f"added as people without access: {', '.join(imported.unknown_people)}")
