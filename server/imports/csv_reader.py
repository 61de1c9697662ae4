"""Reads CSV files in any usual encoding and separator, within limits that keep a hostile file cheap."""

import csv
import io
from collections import Counter
from dataclasses import dataclass

from server.messages import Message, message

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELL = 10_000
_SEPARATORS = ",;\t|"
_SAMPLE = 64 * 1024


class UnreadableFileError(Exception):
    """A file that cannot be read as a table, with a sentence that says how to fix it."""

    def __init__(self, file: str, sentence: Message) -> None:
        self.file = file
        self.sentence = sentence
        super().__init__(f"{file}: {sentence}")


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row's cells and the line of the file it starts on."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A file's header and rows, and the encoding and separator it was read with."""

    file: str
    header: tuple[str, ...]
    rows: tuple[CsvRow, ...]
    encoding: str
    separator: str


def read_table(file: str, content: bytes) -> CsvTable:
    """Read a CSV file; raises UnreadableFileError."""
    if len(content) > MAX_BYTES:
        raise UnreadableFileError(
            file, message("The file is larger than {most} MB. Split it.", most=MAX_BYTES // 1024**2)
        )
    if not content.strip():
        raise UnreadableFileError(file, message("The file is empty."))
    text, encoding = _decode(file, content)
    separator = _separator(text)
    rows = _rows(file, text, separator)
    if not rows:
        raise UnreadableFileError(file, message("The file is empty."))
    header, body = rows[0], rows[1:]
    if len(header.cells) > MAX_COLUMNS:
        raise UnreadableFileError(
            file, message("The file has more than {most} columns. Remove some.", most=MAX_COLUMNS)
        )
    duplicates = [
        name for name, count in Counter(cell.casefold() for cell in header.cells if cell).items() if count > 1
    ]
    if duplicates:
        raise UnreadableFileError(file, message("Duplicate column “{name}”. Rename one of them.", name=duplicates[0]))
    return CsvTable(file, header.cells, tuple(body), encoding, separator)


def _decode(file: str, content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in content[:_SAMPLE]:
        raise UnreadableFileError(file, message("This is not a text file. Save the table as CSV and upload that."))
    else:
        encodings = ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text, encoding
    raise UnreadableFileError(file, message("This is not a text file. Save the table as CSV and upload that."))


def _separator(text: str) -> str:
    """Return the most frequent separator outside quotes in the first line; a comma when there is none."""
    first = next((line for line in text[:_SAMPLE].splitlines() if line.strip()), "")
    in_quotes, counts = False, Counter[str]()
    for character in first[:_SAMPLE]:
        if character == '"':
            in_quotes = not in_quotes
        elif character in _SEPARATORS and not in_quotes:
            counts[character] += 1
    return counts.most_common(1)[0][0] if counts else ","


def _rows(file: str, text: str, separator: str) -> list[CsvRow]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[CsvRow] = []
    previous_line = 0
    try:
        for cells in reader:
            line, previous_line = previous_line + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                rows.append(CsvRow(line, tuple(cell.strip() for cell in cells)))
            if len(rows) > MAX_ROWS + 1:
                raise UnreadableFileError(file, message("The file has more than {most} rows. Split it.", most=MAX_ROWS))
    except csv.Error as error:
        raise UnreadableFileError(
            file,
            message(
                "Line {line} cannot be read: {reason}. Check its quotation marks.",
                line=reader.line_num,
                reason=str(error),
            ),
        ) from None
    return rows
