"""Tables with a column of quotas for each month, quarter or year become a row for each person and period."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from server.comp.calendar import MONTHS_IN_YEAR
from server.imports.cells import is_empty
from server.imports.file_types import DEALS, QUOTAS, mapping_for
from server.imports.files.tables import FileRow, FileTable
from server.imports.parsed import ImportPreview, ImportQuestion, PossibleAnswer
from server.imports.values.numbers import written_number
from server.imports.values.periods import Period, named_period
from server.messages import message

YEAR = "year"
"""The key of the question, and of the answer in a file's choices."""
FISCAL_YEAR = "fiscal year"
"""The key of the question in which month it begins, and of the answer."""
_FISCAL = re.compile(r"\b(?:fy|gj)", re.IGNORECASE)
_MONTHS = tuple(map(str, range(1, MONTHS_IN_YEAR + 1)))
_MIN_PERIODS = 2
_AMOUNTS = ("quota", "variable", "base")
_HEADER = ("From", "Until", "Months", "Quota")
_STATED_YEAR = re.compile(r"(?<!\d)20\d{2}(?!\d)")


def with_rows_of_periods(table: FileTable, choice: Mapping[str, str], preview: ImportPreview) -> FileTable:
    """Return a table with a row for each quota if its columns are periods; any other table as it is.

    Asks for the year where neither the columns nor the name or title of the file state it.
    """
    periods = {index: period for index, name in enumerate(table.header) if (period := named_period(name))}
    mapping = mapping_for(QUOTAS, table.header)
    person = mapping.get("person")
    if "period" in mapping and "since" not in mapping and "quota" in mapping:
        named = {named_period(row.cells[mapping["period"]]) for row in table.rows if mapping["period"] < len(row.cells)}
        if any(period is not None and period.year is None for period in named):
            _year(table, choice, preview)
    if (
        len(periods) < _MIN_PERIODS
        or person is None
        or person in periods
        or "signed" in mapping_for(DEALS, table.header)
    ):
        return table
    if not _has_amounts(table, periods):
        return table
    all_periods, periods = periods, _without_totals(periods)
    yearly = {mapping[name] for name in _AMOUNTS if name in mapping and mapping[name] not in periods}
    for index in yearly:
        note = "“{column}” of {file} is not used: the quotas of periods count. Import it as a file of its own."
        preview.notes.append(message(note, column=table.header[index], file=table.file))
    year = _year(table, choice, preview) if any(period.year is None for period in periods.values()) else 0
    starts = _fiscal_start(table, choice, preview, periods)
    left_out = yearly | all_periods.keys()
    kept = [index for index in range(len(table.header)) if index == person or index not in left_out]
    rows = []
    for row in table.rows:
        cells = (*row.cells, *[""] * (len(table.header) - len(row.cells)))
        for index, period in periods.items():
            if not is_empty(cells[index]):
                stated = (*_first_and_last(period, period.year or year, starts), str(period.months), cells[index])
                rows.append(FileRow(row.line, (*(cells[kept_index] for kept_index in kept), *stated)))
    return replace(table, header=(*(table.header[index] for index in kept), *_HEADER), rows=tuple(rows))


def _without_totals(periods: Mapping[int, Period]) -> dict[int, Period]:
    """Return periods without those that have others in them, such as a year among its quarters."""
    return {
        index: period
        for index, period in periods.items()
        if not any(
            other != period
            and other.year == period.year
            and period.first <= other.first
            and other.first + other.months <= period.first + period.months
            for other in periods.values()
        )
    }


def _has_amounts(table: FileTable, periods: Mapping[int, Period]) -> bool:
    cells = [row.cells[index] for row in table.rows[:50] for index in periods if index < len(row.cells)]
    numbers = [cell for cell in cells if written_number(cell) is not None]
    return bool(numbers) and len(numbers) == sum(not is_empty(cell) for cell in cells)


def _first_and_last(period: Period, year: int, starts: int) -> tuple[str, str]:
    """Return the first and the last month of a period, such as 2026-01 and 2026-03.

    `starts` is the month in which the fiscal year begins that ends in `year`.
    """
    first = year * MONTHS_IN_YEAR + period.first - 1
    if starts > 1 and period.months > 1:
        first += starts - 1 - MONTHS_IN_YEAR
    return _as_month(first), _as_month(first + period.months - 1)


def _as_month(number: int) -> str:
    return f"{number // MONTHS_IN_YEAR}-{number % MONTHS_IN_YEAR + 1:02}"


def _fiscal_start(
    table: FileTable, choice: Mapping[str, str], preview: ImportPreview, periods: Mapping[int, Period]
) -> int:
    """Return the month in which the year begins of quarters such as FY26 Q1, 1 for calendar years; asks for it."""
    names = [table.header[index] for index, period in periods.items() if period.months > 1]
    fiscal = [name for name in names if _FISCAL.search(name)]
    if not fiscal:
        return 1
    if choice.get(FISCAL_YEAR, "") in _MONTHS:
        return int(choice[FISCAL_YEAR])
    period = next(periods[index] for index in periods if table.header[index] == fiscal[0])
    answers = []
    for month in _MONTHS:
        first, last = _first_and_last(period, period.year or 0, int(month))
        details = message("{name} is {first} to {last}", name=fiscal[0], first=first, last=last)
        answers.append(PossibleAnswer(month, message("month {month}", month=month), details))
    sentence = message("In which month does the fiscal year begin?")
    preview.questions.append(ImportQuestion(table.file, FISCAL_YEAR, sentence, tuple(answers)))
    return 1


def chosen_year(answer: str) -> int | None:
    """Return the year of an answer, None for anything else."""
    return int(answer) if re.fullmatch("20[0-9]{2}", answer) else None


def _year(table: FileTable, choice: Mapping[str, str], preview: ImportPreview) -> int:
    """Return the year of periods without one: chosen, named by the file, or asked for."""
    if chosen := chosen_year(choice.get(YEAR, "")):
        return chosen
    texts = [table.file, *(cell for row in table.left_out for cell in row.cells)]
    years = {int(year) for text in texts for year in _STATED_YEAR.findall(text)}
    if len(years) == 1:
        [year] = years
        preview.notes.append(message("The quotas of {file} are those of {year}.", file=table.file, year=year))
        return year
    this_year = (preview.today or date.today()).year  # noqa: DTZ011 - the year of the question only
    answers = tuple(
        PossibleAnswer(str(year), message("{year}", year=year), message("January to December {year}", year=year))
        for year in (this_year, this_year + 1, this_year - 1)
    )
    sentence = message("Which year are these quotas for?")
    preview.questions.append(ImportQuestion(table.file, YEAR, sentence, answers))
    return this_year
