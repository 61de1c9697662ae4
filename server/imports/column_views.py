"""The columns of a file as the mapping screen shows them: samples, what each was taken for, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.imports.cells import is_empty
from server.imports.file_types import DAY_FIELDS, NUMBER_FIELDS, FileType
from server.imports.headers import normalize_header
from server.imports.parsed import ParsedFile
from server.imports.values.days import written_day
from server.imports.values.numbers import written_number
from server.messages import Message, message

SAMPLES = 3
_CHECKED = 200
"""Rows whose cells are compared with what their column was taken for."""
_ENOUGH = 0.8
"""The share of cells that have to fit what their column was taken for."""


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column: its name, some different cells, its field or "", why it was taken for that, and whether to check it."""

    name: str
    samples: tuple[str, ...]
    field: str
    reason: Message
    is_doubtful: bool = False


def column_views(file: ParsedFile) -> list[ColumnView]:
    """Return every column of a file, in the file's order."""
    fields = {index: name for name, index in file.mapping.items()}
    return [_column_view(file, index, name, fields.get(index, "")) for index, name in enumerate(file.table.header)]


def _column_view(file: ParsedFile, index: int, name: str, field: str) -> ColumnView:
    cells = [row.cells[index] for row in file.table.rows[:_CHECKED] if index < len(row.cells)]
    filled = [cell for cell in cells if not is_empty(cell)]
    samples = tuple(dict.fromkeys(filled))[:SAMPLES]
    if f"column {name}" in file.choice:
        return ColumnView(name, samples, field, message("chosen"))
    if not field:
        held = _unused_content(filled) if file.file_type else None
        return ColumnView(name, samples, "", held or message("not used"), is_doubtful=held is not None)
    wrong = len(filled) - sum(_fits(field, cell) for cell in filled)
    if filled and wrong > (1 - _ENOUGH) * len(filled):
        reason = message("column name matches, but {wrong} of {count} cells do not", wrong=wrong, count=len(filled))
        return ColumnView(name, samples, field, reason, is_doubtful=True)
    return ColumnView(name, samples, field, _reason(file.file_type, field, name))


def _reason(file_type: FileType | None, field: str, name: str) -> Message:
    """Return why a column was taken for a field by its name: one of the docs, one that systems use, or its ids."""
    aliases = next((column.aliases for column in file_type.fields if column.name == field), ()) if file_type else ()
    if normalize_header(name) in map(normalize_header, aliases):
        return message("column name matches")
    if normalize_header(name).endswith("id") and field in {"person", "customer", "product", "manager"}:
        return message("names for its ids, from another file")
    return message("a name that other systems use")


def _fits(field: str, cell: str) -> bool:
    """Return whether a cell can be what its column was taken for; any text can be a name."""
    if field in DAY_FIELDS and field != "month":
        return written_day(cell) is not None or written_day(f"{cell}-01") is not None
    return written_number(cell) is not None if field in NUMBER_FIELDS else True


def _unused_content(cells: Sequence[str]) -> Message | None:
    """Return what a column that is not used holds, if that could matter for pay."""
    if not cells:
        return None
    if all(written_day(cell) for cell in cells):
        return message("not used, and it has dates")
    numbers = [number for cell in cells if (number := written_number(cell))]
    if len(numbers) == len(cells) and any(number.currency or "." in number.digits for number in numbers):
        return message("not used, and it has amounts")
    return None


def is_doubtful(views: Mapping[str, Sequence[ColumnView]], file: str) -> bool:
    """Return whether a column of a file should be checked."""
    return any(view.is_doubtful for view in views.get(file, ()))
