"""Decides for each file how its numbers and days are read; what its cells do not prove becomes a question.

A file whose cells leave it open is read like the other files of the same hand-in, if all that prove it agree.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from server.imports.file_types import DAY_FIELDS, NUMBER_FIELDS
from server.imports.files.unpack import ENCODING
from server.imports.parsed import ImportPreview, ImportQuestion, ParsedFile, PossibleAnswer
from server.imports.values.days import DayOrder, DayOrders, day_orders, written_day
from server.imports.values.numbers import DecimalSign, DecimalSigns, decimal_signs, written_number
from server.messages import message

NUMBERS, DATES = "numbers", "dates"
"""The keys of the questions, and of the answers in a file's choices."""


def decide_formats(files: Sequence[ParsedFile], preview: ImportPreview) -> None:
    """Set how every file's numbers and days are read, and add a question for each file that leaves it open."""
    numbers = [decimal_signs(_cells(file, NUMBER_FIELDS)) for file in files]
    days = [day_orders(_cells(file, DAY_FIELDS)) for file in files]
    signs = {evidence.sign for evidence in numbers if evidence.sign}
    orders = {evidence.order for evidence in days if evidence.order}
    for file in files:
        if file.table.readings:
            _ask_encoding(file, preview)
    for file, number_evidence, dates in zip(files, numbers, days, strict=True):
        file.decimal = _decimal(file, number_evidence, signs, preview)
        file.order = _order(file, dates, orders, preview)


def _ask_encoding(file: ParsedFile, preview: ImportPreview) -> None:
    answers = tuple(
        PossibleAnswer(encoding, message("{encoding}", encoding=encoding), message("{words}", words=words))
        for encoding, words in file.table.readings
    )
    sentence = message("In which of these are the names written as they should be?")
    preview.questions.append(ImportQuestion(file.table.file, ENCODING, sentence, answers))


def _cells(file: ParsedFile, names: Iterable[str]) -> Iterable[str]:
    """Yield every cell of some fields of a file."""
    for name in file.mapping.keys() & set(names):
        yield from file.cells(name)


def _decimal(file: ParsedFile, evidence: DecimalSigns, others: set[DecimalSign], preview: ImportPreview) -> DecimalSign:
    """Return the decimal sign of a file: chosen, proved, that of the other files, or asked for."""
    chosen = next((sign for sign in DecimalSign if sign.name == file.choice.get(NUMBERS)), None)
    if chosen is not None:
        return chosen
    if evidence.sign is not None:
        return evidence.sign
    if evidence.is_contradictory:
        sentence = message(
            "“{point}” has a decimal point and “{comma}” a decimal comma. Which sign is the decimal one?",
            point=evidence.point,
            comma=evidence.comma,
        )
        preview.questions.append(ImportQuestion(file.table.file, NUMBERS, sentence, _decimal_options(file)))
    elif evidence.open and len(others) == 1:
        [sign] = others
        return sign
    elif evidence.open:
        sentence = message("Which sign is the decimal one in numbers such as “{example}”?", example=evidence.open[0])
        preview.questions.append(ImportQuestion(file.table.file, NUMBERS, sentence, _decimal_options(file)))
    return DecimalSign.point


def _decimal_options(file: ParsedFile) -> tuple[PossibleAnswer, ...]:
    """Return both readings, each with an example and the sum of the file's main amounts."""
    index = next((file.mapping[name] for name in ("amount", "quota", "owed", "price") if name in file.mapping), None)
    cells = [row.cells[index] for row in file.table.rows if index is not None and index < len(row.cells)]
    numbers = [number for cell in cells if (number := written_number(cell))]
    example = next((cell for cell in cells if (number := written_number(cell)) and number.is_open), "")
    options = []
    for sign, label in ((DecimalSign.point, message("the point")), (DecimalSign.comma, message("the comma"))):
        total = sum((number.value(sign) or Fraction(0) for number in numbers), Fraction(0))
        shown = written_number(example)
        options.append(
            PossibleAnswer(
                sign.name,
                label,
                message(
                    "{example} is {value}; the amounts add up to {total}",
                    example=example,
                    value=f"{float(shown.value(sign) or 0):,.2f}" if shown else "–",
                    total=f"{float(total):,.2f}",
                )
                if example
                else message("the amounts add up to {total}", total=f"{float(total):,.2f}"),
            )
        )
    return tuple(options)


def _order(file: ParsedFile, evidence: DayOrders, others: set[DayOrder], preview: ImportPreview) -> DayOrder:
    """Return which of day and month comes first in a file: chosen, proved, as in the other files, or asked for."""
    chosen = next((order for order in DayOrder if order.value == file.choice.get(DATES)), None)
    if chosen is not None:
        return chosen
    if evidence.order is not None:
        return evidence.order
    if evidence.is_contradictory:
        sentence = message(
            "“{day}” has the day first and “{month}” the month. Which comes first?",
            day=evidence.day,
            month=evidence.month,
        )
        preview.questions.append(ImportQuestion(file.table.file, DATES, sentence, _order_options(file, evidence.day)))
    elif evidence.open and len(others) == 1:
        [order] = others
        return order
    elif evidence.open:
        sentence = message("Which comes first in dates such as “{example}”?", example=evidence.open[0])
        preview.questions.append(
            ImportQuestion(file.table.file, DATES, sentence, _order_options(file, evidence.open[0]))
        )
    return DayOrder.day


def _order_options(file: ParsedFile, example: str) -> tuple[PossibleAnswer, ...]:
    """Return both readings, each with an example and the first and last day of the file."""
    written = [day for cell in _cells(file, DAY_FIELDS) if (day := written_day(cell))]
    options = []
    for order, label in ((DayOrder.day, message("the day")), (DayOrder.month, message("the month"))):
        days = [shown_day for each in written if (shown_day := each.date(order))]
        example_day = written_day(example)
        options.append(
            PossibleAnswer(
                order.value,
                label,
                message(
                    "{example} is {value}; the days run from {first} to {last}",
                    example=example,
                    value=(example_day.date(order) if example_day else None) or "–",
                    first=min(days, default="–"),
                    last=max(days, default="–"),
                ),
            )
        )
    return tuple(options)
