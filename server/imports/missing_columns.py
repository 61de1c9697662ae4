"""Asks for the amount and the rep of deals where no name of a column says which it is: without them nothing is paid."""

import re
from collections.abc import Sequence

from server.imports.cells import is_empty
from server.imports.file_types import DEALS, STATED_MEASURES
from server.imports.headers import normalize_header, unit_of
from server.imports.parsed import ImportPreview, ImportQuestion, ParsedFile, PossibleAnswer
from server.imports.values.days import written_day
from server.imports.values.numbers import written_number
from server.messages import Message, message

AMOUNT_COLUMN, REP_COLUMN, NO_COLUMN = "amount column", "rep column", "none of them"
"""The keys of the questions, and the answer that a file has no such column."""
_SAMPLE = 100
_SHOWN = 3
_MAX_COLUMNS = 8
_MONEY_WORDS = (
    *("amount", "value", "price", "total", "revenue", "sales", "betrag", "umsatz", "wert", "summe", "montant", "prix"),
    *("importe", "valor", "ingreso", "receita", "сумма", "стоимость", "цена", "выручка", "مبلغ", "قیمت", "ارزش"),
)
_REP_WORDS = (
    *("rep", "owner", "seller", "agent", "salesperson", "assigned", "executive", "closer", "soldby", "verkäufer"),
    *("vertrieb", "betreuer", "vendeur", "commercial", "vendedor", "comercial", "responsab", "менеджер", "ответствен"),
    *("продав", "فروش", "مسئول"),
)
"""Words in the names of columns, as they are compared."""
_NO_MONEY = ("id", "number", "phone", "probability", "percent", "days", "age", "count", "year", "quantity", "zip")
_NAME = re.compile(r"[^\W\d_][\w.'’-]+(?:\s+[^\W\d_][\w.'’-]*){1,3}")


def use_column_answers(file: ParsedFile) -> None:
    """Read the columns that the admin named as amount or rep."""
    for key, field in ((AMOUNT_COLUMN, "amount"), (REP_COLUMN, "person")):
        if file.file_type is DEALS and field not in file.mapping and file.choice.get(key) in file.table.header:
            file.mapping[field] = file.table.header.index(file.choice[key])


def ask_for_columns(files: Sequence[ParsedFile], preview: ImportPreview) -> None:
    """Add a question for each file of deals that has no amount or no rep, but columns that may be it."""
    for file in files:
        if file.file_type is not DEALS:
            continue
        if not file.mapping.keys() & {"amount", *STATED_MEASURES}:
            sentence = message("Which of these columns is the amount of a deal?")
            _ask(file, preview, AMOUNT_COLUMN, sentence, [index for index in _unused(file) if _is_money(file, index)])
        if "person" not in file.mapping:
            sentence = message("Which of these columns names the rep?")
            _ask(file, preview, REP_COLUMN, sentence, [index for index in _unused(file) if _is_of_reps(file, index)])


def note_unused_reps(files: Sequence[ParsedFile], preview: ImportPreview) -> None:
    """Note columns of further reps, which are not paid."""
    for file in files:
        for index in _unused(file) if file.file_type is DEALS and "person" in file.mapping else ():
            folded = normalize_header(file.table.header[index])
            is_named = any(word in folded for word in _REP_WORDS) and not folded.endswith("id")
            if is_named and any(_NAME.fullmatch(cell) for cell in _cells(file, index)):
                preview.notes.append(
                    message(
                        "“{column}” of {file} has names and is not used.",
                        column=file.table.header[index],
                        file=file.table.file,
                    )
                )


def _unused(file: ParsedFile) -> list[int]:
    used = set(file.mapping.values())
    return [
        index
        for index, name in enumerate(file.table.header)
        if index not in used and f"column {name}" not in file.choice
    ]


def _cells(file: ParsedFile, index: int) -> list[str]:
    cells = (row.cells[index] for row in file.table.rows[:_SAMPLE] if index < len(row.cells))
    return [cell for cell in cells if not is_empty(cell)]


def _is_money(file: ParsedFile, index: int) -> bool:
    """Return whether a column has numbers that may be amounts: with a currency, decimals, or a name of money."""
    cells, name = _cells(file, index), file.table.header[index]
    numbers = [number for cell in cells if (number := written_number(cell)) and not number.is_percent]
    if not cells or len(numbers) < len(cells) or all(map(written_day, cells)):
        return False
    folded = normalize_header(name)
    if unit_of(name) or any(word in folded for word in _MONEY_WORDS):
        return True
    has_decimals = any(number.currency or not number.digits.isdigit() for number in numbers)
    return has_decimals and not any(word in folded for word in _NO_MONEY)


def _is_of_reps(file: ParsedFile, index: int) -> bool:
    """Return whether a column has names of people, and a name that says so or fewer names than rows."""
    cells = _cells(file, index)
    if not cells or any(written_number(cell) for cell in cells):
        return False
    folded = normalize_header(file.table.header[index])
    if any(word in folded for word in _REP_WORDS):
        return not folded.endswith("id")
    names = sum(_NAME.fullmatch(cell) is not None for cell in cells)
    return names == len(cells) and len(set(cells)) * 2 <= len(cells)


def _ask(file: ParsedFile, preview: ImportPreview, key: str, sentence: Message, indexes: Sequence[int]) -> None:
    if key in file.choice or not indexes:
        return
    answers = [
        PossibleAnswer(
            file.table.header[index],
            message("{column}", column=file.table.header[index]),
            message("{cells}", cells=", ".join(dict.fromkeys(_cells(file, index)[:_SHOWN]))),
        )
        for index in indexes[:_MAX_COLUMNS]
    ]
    answers.append(PossibleAnswer(NO_COLUMN, message("none of them"), message("no column of this file")))
    preview.questions.append(ImportQuestion(file.table.file, key, sentence, tuple(answers)))
