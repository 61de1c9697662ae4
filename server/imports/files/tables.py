"""Tables of files: a head, rows, and what was left out around them."""

from dataclasses import dataclass
from typing import NamedTuple

from server.messages import Message

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of all files of an upload."""
MAX_FILE_BYTES = 512 * 1024 * 1024
"""Bytes of a file, or of what is in an archive; only the command line reads files that are larger than an upload."""
MAX_ROWS = 1_000_000
MAX_COLUMNS = 200
MAX_CELL = 10_000


class UnreadableFileError(Exception):
    """A file that cannot be read as a table, with a sentence that says how to fix it."""

    def __init__(self, file: str, sentence: Message) -> None:
        self.file = file
        self.sentence = sentence
        super().__init__(f"{file}: {sentence}")


class FileRow(NamedTuple):
    """A row's cells and the line of the file it starts on, from 1."""

    line: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> int:
        """The number of cells that are not empty."""
        return len(self.cells) - self.cells.count("")


@dataclass(frozen=True, slots=True)
class FileTable:
    """A file's head and rows, the encoding and separator it was read with, and the rows left out around the table.

    Without a head of its own (`has_head`), the columns are numbered. `readings` are other encodings that the file could
    have, each with words as it would write them; `filled_columns` were filled in down their groups.
    """

    file: str
    header: tuple[str, ...]
    rows: tuple[FileRow, ...]
    encoding: str
    separator: str = ","
    left_out: tuple[FileRow, ...] = ()
    has_head: bool = True
    readings: tuple[tuple[str, str], ...] = ()
    filled_columns: tuple[str, ...] = ()
