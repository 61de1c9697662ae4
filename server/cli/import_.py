"""`townhall import crm DIR` and `import proposal FILE`: the upload pages on the command line."""

import time
from pathlib import Path
from typing import Annotated

import typer

from server.archives.read import read_archive
from server.archives.service import import_archive
from server.cli.database import fail, open_database
from server.imports import service as import_service
from server.imports.csv_reader import UnreadableFileError
from server.imports.parsed import MAX_SHOWN, ImportPreview
from server.people import queries as people_queries
from server.people.models import Role

commands = typer.Typer(no_args_is_help=True, help="Take in files from elsewhere.")


@commands.callback()
def _imports() -> None:
    """Take in files from elsewhere."""


@commands.command("crm")
def import_crm(
    folder: Annotated[
        Path, typer.Argument(help="a folder with the CSV files of a CRM export", exists=True, file_okay=False)
    ],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show what it would do, and do nothing")] = False,
    source: Annotated[str, typer.Option(help="the name this data goes by; the same name updates it")] = "crm",
) -> None:
    """Import deals, people, customers and products; a second time changes nothing."""
    began = time.monotonic()
    try:
        tables = import_service.read_folder(folder)
    except UnreadableFileError as error:
        fail(str(error))
    with open_database() as data:
        with data.reading() as session:
            found = import_service.preview(session, tables)
        print_result(found)
        if not found.ready:
            fail(f"nothing was imported: {len(found.problems)} problems stand above.")
        if dry_run:
            print("Nothing was imported: this was a dry run.")
            return
        with data.writing() as session:
            imported = import_service.apply_import(session, found, source)
            session.commit()
    for name in ("people", "customers", "products", "deals", "usage"):
        written = getattr(imported, name)
        print(f"{name:<10} {written.added:>7} new {written.changed:>7} changed {written.same:>7} as they were")
    print(f"Done in {time.monotonic() - began:.1f} s.")


def print_result(found: ImportPreview) -> None:
    """Print what was understood."""
    for file in found.files:
        kind = file.kind.name if file.kind else "not recognised"
        print(f"{file.table.file}: {kind}, {len(file.table.rows)} rows, {file.table.encoding}")
        if file.mapped:
            print("  columns  " + ", ".join(f"{column} = {name}" for column, name in file.mapped))
        if file.unused:
            print("  not used " + ", ".join(file.unused))
    if found.formats:
        print("dates      " + ", ".join(f"{column} as {form}" for column, form in found.formats.items()))
    if found.stages:
        print("stages     " + ", ".join(f"{theirs or '(empty)'} = {ours}" for theirs, ours in found.stages.items()))
    if found.respelt:
        print("names      " + ", ".join(f"{theirs} is {ours}" for theirs, ours in found.respelt.items()))
    for note in found.notes:
        print(f"note       {note}")
    for problem in found.problems[:MAX_SHOWN]:
        print(f"problem    {problem.file} line {problem.line}, {problem.column}: “{problem.value}” {problem.fix}")
    if len(found.problems) > MAX_SHOWN:
        print(f"           and {len(found.problems) - MAX_SHOWN} more")


@commands.command("proposal")
def import_proposal(
    file: Annotated[Path, typer.Argument(help="a zip that a Townhall exported", exists=True, dir_okay=False)],
    admin: Annotated[str, typer.Option(help="the admin in whose name it is taken in")],
) -> None:
    """Take a proposal or page in beside what is there; nothing that is there changes."""
    with open_database() as data:
        unbundled = read_archive(file.read_bytes())
        with data.writing() as session:
            who = next(
                (one for one in people_queries.list_people(session) if one.name == admin and one.role == Role.admin),
                None,
            )
            if who is None:
                fail(f"nobody called {admin} is an admin here.")
            taken = import_archive(session, unbundled, who.id or 0)
            session.commit()
    print(f"{taken.proposal.url}: {taken.versions} versions, {taken.comments} comments")
    if taken.unknown_people:
        print(f"added without access: {', '.join(taken.unknown_people)}")
