"""`townhall import crm` and `townhall import proposal`: imports from the command line."""

import time
from pathlib import Path
from typing import Annotated

import typer

from server.archives.read import read_archive
from server.archives.service import import_archive
from server.cli.counts import counted
from server.cli.database import fail, load_settings, open_database
from server.deals.service import WriteResult
from server.imports import service as import_service
from server.imports.files.tables import UnreadableFileError
from server.imports.parsed import MAX_SHOWN, ImportPreview
from server.imports.service import ImportCounts
from server.people import queries as people_queries
from server.people.models import Role

commands = typer.Typer(no_args_is_help=True, help="Import CRM exports and proposals.")


@commands.callback()
def _imports() -> None:
    """Import CRM exports and proposals."""


@commands.command("crm")
def import_crm(
    folder: Annotated[
        Path, typer.Argument(help="a folder with the CSV files of a CRM export", exists=True, file_okay=False)
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="show what would be imported without importing it")
    ] = False,
    source: Annotated[
        str, typer.Option(help="the name of this data source; importing under the same name updates its data")
    ] = "crm",
) -> None:
    """Import deals, people, customers and products; importing the same files again changes nothing."""
    began = time.monotonic()
    try:
        tables = import_service.read_folder(folder)
    except UnreadableFileError as error:
        fail(str(error))
    with open_database() as database:
        with database.reading() as session:
            preview = import_service.preview_import(session, tables, zone=load_settings().time_zone)
        print_preview(preview)
        _print_questions(preview)
        if preview.questions and not preview.problems:
            fail("nothing was imported: answer the questions above on the page Imports.", 2)
        if not preview.is_ready:
            problem_count = counted(len(preview.problems), "problem")
            fail(f"nothing was imported: correct the {problem_count} listed above.")
        with database.writing() as session:
            if dry_run:
                imported = import_service.dry_run(session, preview)
            else:
                imported = import_service.apply_import(session, preview, source)
                session.commit()
    _print_counts(imported)
    print("Nothing was imported: this was a dry run." if dry_run else f"Done in {time.monotonic() - began:.1f} s.")


def _print_counts(imported: ImportCounts) -> None:
    """Print the rows of each type: people, customers, products and deals always, others where a file had some."""
    for name in (
        "people",
        "customers",
        "products",
        "deals",
        "usage",
        "events",
        "payments",
        "quotas",
        "results",
        "balances",
        "corrections",
    ):
        result: WriteResult = getattr(imported, name)
        if name in {"people", "customers", "products", "deals"} or result != WriteResult():
            print(f"{name:<10} {result.added:>7} new {result.changed:>7} changed {result.same:>7} unchanged")


def print_preview(preview: ImportPreview) -> None:
    """Print how the files were read, with notes and problems."""
    for file in preview.files:
        file_type = file.file_type.name if file.file_type else "not recognized"
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
    for note in preview.notes:
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
            print(f"           {question.key}={option.value}: {option.label} – {option.details}")


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
