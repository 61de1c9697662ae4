"""`townhall import watch FOLDER`: imports what a CRM, or a scheduled job, puts into a folder."""

import shutil
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from server.cli.database import fail, load_settings, open_database
from server.cli.import_preview import print_counts, print_preview, print_questions
from server.db.session import Database
from server.errors import AppError
from server.imports import service as import_service
from server.imports.files.tables import UnreadableFileError
from server.imports.mapping_file import Mapped, read_mapping, read_with_mapping

IMPORTED, NOT_IMPORTED = "imported", "not imported"
"""The folders that files are moved to, inside the one that is watched."""
READING = "reading"
"""The folder of files that are being imported; what is left there was interrupted."""
REPORT = "report.txt"


def watch(
    folder: Annotated[Path, typer.Argument(help="the folder that files are put into", exists=True, file_okay=False)],
    *,
    mapping: Annotated[
        Path | None, typer.Option(help="a mapping file: types, columns and answers by file", dir_okay=False)
    ] = None,
    source: Annotated[str, typer.Option(help="the name of this data source")] = "crm",
    every: Annotated[int, typer.Option(help="how many seconds to wait before looking again", min=1)] = 30,
    once: Annotated[bool, typer.Option("--once", help="import what is there now and end, for a scheduled job")] = False,
) -> None:
    """Import the files that are put into a folder, and move them to a folder inside it with a report.

    Files that arrive together are imported together. They are read once the folder has not changed
    for the time between two looks, so that a file that is still being written is left alone.
    """
    mapped = read_mapping(mapping) if mapping else {}
    for name in (IMPORTED, NOT_IMPORTED, READING):
        if (folder / name).exists() and not (folder / name).is_dir():
            fail(f"“{name}” in {folder} is a file. Files are moved to a folder of this name: rename it.")
    seen: dict[Path, tuple[int, int]] = {}
    with open_database() as database:
        while True:
            arrived = {path: _state(path) for path in import_service.files_in(folder)}
            if arrived and (once or arrived == seen):
                _import_batch(database, folder, sorted(arrived)[: import_service.MAX_FILES], mapped, source)
                arrived = {}
            if once:
                return
            seen = arrived
            time.sleep(every)


def _state(path: Path) -> tuple[int, int]:
    """Return a file's size and time of change; while a file is written, one of them differs between two looks."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _import_batch(database: Database, folder: Path, files: Sequence[Path], mapped: Mapped, source: str) -> None:
    """Move files out of the way, so that a new one of their name is not lost, and import them from there."""
    name = f"{datetime.now(UTC):%Y-%m-%d %H.%M.%S.%f}"
    reading = folder / READING / name
    reading.mkdir(parents=True)
    moved = [Path(shutil.move(file, reading / file.name)) for file in files]
    report = StringIO()
    with redirect_stdout(report):
        is_imported = _import_files(database, moved, mapped, source)
    target = folder / (IMPORTED if is_imported else NOT_IMPORTED) / name
    target.parent.mkdir(exist_ok=True)
    reading.rename(target)
    reading.parent.rmdir()
    report_name = REPORT if not (target / REPORT).exists() else f"townhall {REPORT}"
    (target / report_name).write_text(report.getvalue(), encoding="utf-8", errors="backslashreplace")
    names = ", ".join(file.name for file in files)
    line = f"{names}: {IMPORTED if is_imported else NOT_IMPORTED}, see {target / report_name}"
    print(line.encode("utf-8", "backslashreplace").decode(), flush=True)


def _import_files(database: Database, files: Sequence[Path], mapped: Mapped, source: str) -> bool:
    """Import files and print how they were read; return whether they were imported."""
    try:
        tables, choices = read_with_mapping(files, mapped)
        with database.reading() as session:
            preview = import_service.preview_import(session, tables, choices, load_settings().time_zone, source)
        print_preview(preview)
        print_questions(preview)
        if not preview.is_ready:
            return False
        with database.writing() as session:
            give_way = database.parts(session)
            imported = import_service.apply_import(session, preview, source, give_way=give_way)
            session.commit()
    except (UnreadableFileError, AppError) as error:
        print(error)
        return False
    print_counts(imported)
    return True
