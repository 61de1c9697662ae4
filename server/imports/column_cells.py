"""What the cells of columns tell that their names do not: a stage without its name, a rating that has no stars."""

from collections.abc import Callable, Mapping

from server.imports.cells import is_empty
from server.imports.file_types import DEALS, PEOPLE, STATED_MEASURES
from server.imports.files.tables import FileTable
from server.imports.headers import normalize_header
from server.imports.parsed import ImportPreview, ParsedFile
from server.imports.readers.people import is_role
from server.imports.values.days import written_day
from server.imports.values.deal_words import known_stage
from server.imports.values.numbers import written_number
from server.messages import message

_SAMPLE = 300
_MIN_WRONG = 3
"""Cells of which none fits that tell that a column holds something else; fewer may be typing errors."""
_MAX_STAGES = 40
"""Different cells of a column of stages."""
_STAGE_WORDS = (
    *("stage", "phase", "status", "outcome", "result", "wonlost", "etapa", "fase", "étape", "etape", "stufe"),
    *("стадия", "этап", "статус", "مرحله", "وضعیت"),
)
"""Words in the names of columns of stages, as they are compared."""
_YES_OR_NO = frozenset({"true", "false", "yes", "no", "1", "0", "y", "n"})
_Fits = Callable[[str], bool]


def _is_number(cell: str) -> bool:
    return written_number(cell) is not None


def _is_day(cell: str) -> bool:
    return written_day(cell) is not None


def _is_stars(cell: str) -> bool:
    number = written_number(cell)
    return number is not None and not number.currency


def _is_yes_or_no(cell: str) -> bool:
    return cell.casefold() in _YES_OR_NO | {"x"}


_FITS: Mapping[str, _Fits] = {
    **dict.fromkeys(STATED_MEASURES, _is_number),
    **dict.fromkeys(("discount", "rep_average", "term", "quantity", "interval_count", "share"), _is_number),
    **dict.fromkeys(
        ("aha", "churned", "renewed", "rated", "paid", "live", "starts", "as_of"), lambda cell: bool(written_day(cell))
    ),
    "rating": _is_stars,
    "prepaid": _is_yes_or_no,
}
"""What the cells of fields have to be that few files have; a column of the same name may hold something else."""


def use_contents(file: ParsedFile, preview: ImportPreview) -> None:
    """Take fields from columns whose cells do not fit them, and find the stage of deals by its cells."""
    _leave_out_what_does_not_fit(file, preview)
    if file.file_type is PEOPLE:
        _take_titles_for_roles(file)
    if file.file_type is DEALS:
        _take_start_of_subscriptions(file)
        _find_stage(file)


def _sample(table: FileTable, index: int) -> list[str]:
    cells = (row.cells[index] for row in table.rows[:_SAMPLE] if index < len(row.cells))
    return [cell for cell in cells if not is_empty(cell)]


def _is_chosen(file: ParsedFile, index: int) -> bool:
    return f"column {file.table.header[index]}" in file.choice


def _leave_out_what_does_not_fit(file: ParsedFile, preview: ImportPreview) -> None:
    for name, index in list(file.mapping.items()):
        fits, cells = _FITS.get(name), _sample(file.table, index)
        if fits is None or _is_chosen(file, index) or any(map(fits, cells)):
            continue
        has_days = name in STATED_MEASURES and bool(cells) and all(map(_is_day, cells))
        if len(cells) < _MIN_WRONG and not has_days:
            continue
        del file.mapping[name]
        preview.notes.append(
            message(
                "“{column}” of {file} is not used: “{cell}” is not a valid {field}.",
                column=file.table.header[index],
                file=file.table.file,
                cell=cells[0][:40],
                field=name.replace("_", " "),
            )
        )


def _take_titles_for_roles(file: ParsedFile) -> None:
    """Read a column of roles as titles if none of its words is a role here: “Account Executive” is a job title."""
    index = file.mapping.get("role")
    if index is None or _is_chosen(file, index) or any(is_role(cell) for cell in _sample(file.table, index)):
        return
    del file.mapping["role"]
    file.mapping.setdefault("title", index)


def _take_start_of_subscriptions(file: ParsedFile) -> None:
    """Read the day on which a subscription was made as its signing if there is no other."""
    if "interval" in file.mapping and "signed" not in file.mapping and "engaged" in file.mapping:
        file.mapping["signed"] = file.mapping.pop("engaged")


def _find_stage(file: ParsedFile) -> None:
    """Find the column of stages if no name says which it is: without one, every deal would be won."""
    if file.mapping.keys() & {"stage", "status"}:
        return
    used = set(file.mapping.values())
    for index, name in enumerate(file.table.header):
        if index in used or _is_chosen(file, index):
            continue
        words = set(_sample(file.table, index))
        meanings = {known_stage(word) for word in words if word.casefold() not in _YES_OR_NO}
        is_named = any(word in normalize_header(name) for word in _STAGE_WORDS)
        is_known = None not in meanings and len(words) <= _MAX_STAGES
        if meanings & {"won", "lost"} and (is_named or is_known):
            file.mapping["stage"] = index
            return
