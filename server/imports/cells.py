"""Parsers of single cells: days, amounts, stages and names with other spelling."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from server.comp.calendar import EARLIEST, LATEST
from server.comp.rounding import to_cents
from server.imports.headers import normalize_header
from server.imports.values.days import DayOrder, written_day
from server.imports.values.numbers import NOTHING, DecimalSign, WrittenNumber, written_number
from server.messages import Message, message

MAX_CENTS = 10**13


class CellError(ValueError):
    """A cell that cannot be used, with a sentence that says how to fix it."""

    def __init__(self, sentence: Message) -> None:
        self.sentence = sentence
        super().__init__(str(sentence))


def is_empty(cell: str) -> bool:
    """Return whether a cell is empty or a spelling of "nothing"."""
    return cell.casefold() in NOTHING


def parse_day(cell: str, order: DayOrder, zone: ZoneInfo) -> date | None:
    """Return a day, None for an empty cell; raises CellError."""
    if is_empty(cell):
        return None
    written = written_day(cell, zone)
    if written is None:
        raise CellError(message("This is not a date. Write it like 2027-01-31."))
    day = written.date(order)
    if day is None:
        first = message("the day") if order is DayOrder.day else message("the month")
        raise CellError(message("Dates in this file begin with {first}. Correct it.", first=first))
    return day


def parse_month(cell: str, order: DayOrder = DayOrder.day) -> date | None:
    """Return the first day of a month such as 2027-01, or of the month of a date; raises CellError.

    An empty cell gives None. The calendar's last year is refused, so that one more year can be added.
    """
    if is_empty(cell):
        return None
    written = written_day(f"{cell}-01") or written_day(cell) or written_day(f"1 {cell}")
    month = written.date(order) if written else None
    if month is None or not EARLIEST <= month.replace(day=1) <= LATEST.replace(year=LATEST.year - 1):
        raise CellError(message("This is not a month. Write it like 2027-01."))
    return month.replace(day=1)


def parse_number(cell: str, decimal: DecimalSign) -> tuple[WrittenNumber, Fraction] | None:
    """Return a number as written and its value, None for an empty cell; raises CellError."""
    if is_empty(cell):
        return None
    written = written_number(cell)
    if written is None:
        raise CellError(message("This is not an amount. Write it like 1054.50."))
    value = written.value(decimal)
    if value is None:
        sign = message("a point") if decimal is DecimalSign.point else message("a comma")
        raise CellError(message("Numbers in this file have {sign} before the decimals. Correct it.", sign=sign))
    return written, value


def parse_cents(cell: str, decimal: DecimalSign) -> tuple[int, str, bool]:
    """Return an amount in cents, its currency as written, and whether it was rounded; 0 for an empty cell.

    Raises CellError for anything else.
    """
    number = parse_number(cell, decimal)
    if number is None:
        return 0, "", False
    written, value = number
    if written.is_percent:
        raise CellError(message("This is a percentage and not an amount. Correct it."))
    cents = to_cents(value * 100)
    if abs(cents) > MAX_CENTS:
        raise CellError(message("This amount is implausibly large. Check it."))
    return cents, written.currency, cents != value * 100


def parse_whole_number(cell: str, least: int, most: int) -> int | None:
    """Return a whole number within bounds, None for an empty cell; raises CellError."""
    if is_empty(cell):
        return None
    written = written_number(cell)
    values = {written.value(sign) for sign in DecimalSign} - {None} if written and not written.currency else set()
    whole = [value for value in values if value is not None and value.denominator == 1 and least <= value <= most]
    if len(whole) != 1:
        raise CellError(message("Write a whole number from {least} to {most}.", least=least, most=most))
    return int(whole[0])


class Names:
    """Known names, matched regardless of spaces, hyphens and capitals."""

    def __init__(
        self,
        names: Iterable[str],
        aliases: Mapping[str, str] | None = None,
        shared: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._known = {normalize_header(name): name for name in names}
        self.respellings: dict[str, str] = {}
        self.aliases: dict[str, str] = dict(aliases or {})
        """Names by what else may be written for them in lower case, such as people's e-mail addresses."""
        self._shared = {normalize_header(name): tuple(labels) for name, labels in (shared or {}).items()}
        self._known |= dict(zip(self._shared, shared or (), strict=True))

    def find(self, cell: str) -> str | None:
        """Return the known spelling of a name, or None; record it when the spelling differs."""
        known = self._known.get(normalize_header(cell)) or self.aliases.get(cell.casefold())
        if known is None and "," in cell:  # Kim, Dana
            last, _, first = cell.partition(",")
            known = self._known.get(normalize_header(f"{first}{last}"))
        if known is not None and known != cell:
            self.respellings[cell] = known
        return known

    def namesakes(self, name: str) -> tuple[str, ...]:
        """Return what tells the people apart who share a name; nothing for a name that only one has."""
        return self._shared.get(normalize_header(name), ())

    def add(self, name: str) -> str:
        """Return the known spelling of a name, adding the name if it is new."""
        return self.find(name) or self._known.setdefault(normalize_header(name), name)


_NUMBERED = re.compile(r"(?P<name>.*\S)\s*(?:\(\d+\)|\[[A-Z]\])")
"""A person's name with a number or a letter in brackets, as Workday writes it: Dana Kim (21003), Bo Li [C]."""


def plain_name(cell: str) -> str:
    """Return a person's name without what Workday adds to it."""
    match = _NUMBERED.fullmatch(cell)
    return match["name"] if match else cell
