"""Files as they are uploaded: text, spreadsheets, or archives of both, each as its tables."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace

from server.imports.file_types import known_words
from server.imports.files.encodings import find_encoding
from server.imports.files.extent import extent_of
from server.imports.files.groups import with_groups_filled
from server.imports.files.spreadsheets import is_spreadsheet, sheets
from server.imports.files.tables import MAX_COLUMNS, MAX_FILE_BYTES, FileRow, FileTable, UnreadableFileError
from server.imports.files.text_tables import split_rows
from server.messages import message
from server.text.unicode import composed

MAX_MEMBERS = 50
MAX_DEPTH = 2
"""Archives in one another that are read."""
ENCODING, ROWS = "encoding", "rows"
"""Choices for a file: its encoding, and whether rows around the table are included as well (“all”)."""
Choices = Mapping[str, Mapping[str, str]]


def read_tables(file: str, content: bytes, choices: Choices | None = None, depth: int = 0) -> list[FileTable]:
    """Return the tables of a file: one of a text file, one of each sheet, those of every file in an archive.

    `choices` are by the name of the table. Raises UnreadableFileError.
    """
    if len(content) > MAX_FILE_BYTES:
        sentence = message("The file is larger than {most} MB. Split it.", most=MAX_FILE_BYTES // 1024**2)
        raise UnreadableFileError(file, sentence)
    if is_spreadsheet(content):
        return _tables_of_sheets(file, content, choices or {})
    if content.startswith(b"PK\x03\x04"):
        if depth >= MAX_DEPTH:
            raise UnreadableFileError(file, message("An archive is in an archive in an archive. Unpack it first."))
        members = list(_members(file, content))
        return [table for name, inner in members for table in read_tables(name, inner, choices, depth + 1)]
    return [read_text_table(file, content, (choices or {}).get(file, {}))]


def read_table(file: str, content: bytes) -> FileTable:
    """Return the first table of a file; raises UnreadableFileError."""
    return read_tables(file, content)[0]


def read_text_table(file: str, content: bytes, choice: Mapping[str, str]) -> FileTable:
    """Return the table of a text file; raises UnreadableFileError."""
    if not content.strip():
        raise UnreadableFileError(file, message("The file is empty."))
    found, readings = find_encoding(content, known_words())
    chosen = choice.get(ENCODING, "")
    encoding = chosen if chosen in dict(readings) else found
    if not encoding:
        sentence = message("This is not a text file or a spreadsheet. Save the table as CSV or xlsx and upload that.")
        raise UnreadableFileError(file, sentence)
    rows, separator = split_rows(file, composed(content.decode(encoding)))
    table = _table_of(file, rows, choice)
    return replace(table, encoding=encoding, separator=separator, readings=() if chosen in dict(readings) else readings)


def _tables_of_sheets(file: str, content: bytes, choices: Choices) -> list[FileTable]:
    found = list(sheets(file, content))
    if not found:
        raise UnreadableFileError(file, message("The file is empty."))
    tables = []
    for name, rows in found:
        table_name = file if len(found) == 1 else f"{file}: {name}"
        tables.append(_table_of(table_name, rows, choices.get(table_name, {})))
    return tables


def _table_of(file: str, rows: list[FileRow], choice: Mapping[str, str]) -> FileTable:
    if not rows:
        raise UnreadableFileError(file, message("The file is empty."))
    extent, filled = with_groups_filled(extent_of(rows, keeps_all=choice.get(ROWS) == "all"))
    if len(extent.header) > MAX_COLUMNS:
        sentence = message("The file has more than {most} columns. Remove some.", most=MAX_COLUMNS)
        raise UnreadableFileError(file, sentence)
    return FileTable(
        file, extent.header, extent.rows, "spreadsheet", "", extent.left_out, extent.has_head, filled_columns=filled
    )


def _members(file: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the files of an archive, without folders and the notes that some systems add."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir() and not _is_hidden(info.filename)]
            if len(infos) > MAX_MEMBERS or sum(info.file_size for info in infos) > MAX_FILE_BYTES:
                sentence = message(
                    "The archive has more than {most} files or {size} MB. Split it.",
                    most=MAX_MEMBERS,
                    size=MAX_FILE_BYTES // 1024**2,
                )
                raise UnreadableFileError(file, sentence)
            for info in infos:
                yield info.filename.rsplit("/", 1)[-1], archive.read(info)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        reason = str(error)[:120]
        sentence = message("This archive cannot be opened: {reason}. Pack it again without a password.", reason=reason)
        raise UnreadableFileError(file, sentence) from None


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
