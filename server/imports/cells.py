"""Parsers of single cells: dates in their column's format, amounts, stages and names with other spelling."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from server.comp.calendar import EARLIEST, LATEST
from server.imports.file_types import normalize_header
from server.messages import Message, message

EMPTY = frozenset({"", "null", "none", "n/a", "na", "-"})
_DAY_FIRST = (
    "%Y-%m-%d",
    "%d-%m-%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%d %b %Y",
    "%d %B %Y",
    "%Y%m%d",
    "%d-%m-%y",
)
_MONTH_FIRST = ("%m-%d-%Y", "%m/%d/%Y", "%m.%d.%Y", "%b %d, %Y", "%B %d, %Y")
_STAGES = {
    "won": ("won", "closedwon", "signed", "closed", "gewonnen", "gagne", "win"),
    "lost": ("lost", "closedlost", "verloren", "perdu", "disqualified", "lose"),
}
_EARLIEST, _LATEST = date(1990, 1, 1), date(2100, 1, 1)
MAX_CENTS = 10**13


class CellError(ValueError):
    """A cell that cannot be used, with a sentence that says how to fix it."""

    def __init__(self, sentence: Message) -> None:
        self.sentence = sentence
        super().__init__(str(sentence))


def is_empty(cell: str) -> bool:
    """Return whether a cell is empty or a spelling of "nothing"."""
    return cell.casefold() in EMPTY


_TIME = re.compile(
    r"(?P<day>.*?\S)[T ]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2}(?:\.\d+)?)?\s*(?P<half>[AaPp][Mm])?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)


def has_zone(cell: str) -> bool:
    """Return whether a cell is a time with its zone, such as 2026-03-31T22:00:00Z."""
    match = _TIME.fullmatch(cell)
    return match is not None and match["zone"] is not None


def day_text(cell: str, zone: ZoneInfo) -> str:
    """Return the day of a date with a time of day as text; one with a zone is the day it is in `zone`."""
    match = _TIME.fullmatch(cell)
    if match is None:
        return cell
    if match["zone"]:
        try:
            return datetime.fromisoformat(cell).astimezone(zone).date().isoformat()
        except ValueError:
            return match["day"]
    return match["day"]


def date_format(cells: Iterable[str], *, month_first: bool = False) -> str:
    """Return the format that reads most of a column's dates.

    Where day-first and month-first formats read equally many, day-first wins unless `month_first` is set.
    """
    sample = [cell for cell in cells if not is_empty(cell)]
    best, best_count = _DAY_FIRST[0], -1
    formats = (*_MONTH_FIRST, *_DAY_FIRST) if month_first else (*_DAY_FIRST, *_MONTH_FIRST)
    for candidate in formats:
        count = sum(_parse_date(cell, candidate) is not None for cell in sample)
        if count > best_count:
            best, best_count = candidate, count
    return best


def _parse_date(cell: str, form: str) -> date | None:
    try:
        day = datetime.strptime(cell, form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return day if _EARLIEST <= day < _LATEST else None


def parse_day(cell: str, form: str) -> date | None:
    """Return a date in its column's format, None for an empty cell; raises CellError."""
    if is_empty(cell):
        return None
    day = _parse_date(cell, form)
    if day is None:
        label = format_label(form)
        raise CellError(message("This date does not match the format of its column ({form}). Correct it.", form=label))
    return day


def parse_month(cell: str) -> date | None:
    """Return the first day of a month such as 2027-01, or of the month of a date; raises CellError.

    An empty cell gives None. The calendar's last year is refused, so that one more year can be added.
    """
    if is_empty(cell):
        return None
    try:
        month = date.fromisoformat(cell if len(cell) > 7 else f"{cell}-01").replace(day=1)  # noqa: PLR2004 - a month
    except ValueError:
        month = None
    if month is None or not EARLIEST <= month <= LATEST.replace(year=LATEST.year - 1):
        raise CellError(message("This is not a month. Write it like 2027-01."))
    return month


def format_label(form: str) -> str:
    """Return a date format as people write it, such as DD.MM.YYYY."""
    names = {"%d": "DD", "%m": "MM", "%Y": "YYYY", "%y": "YY", "%b": "MMM", "%B": "MMMM"}
    return re.sub(r"%\w", lambda match: names[match.group()], form)


def parse_cents(cell: str) -> int:
    """Return an amount such as 1054, $1,054.50 or 1.054,50 in cents, 0 if empty; raises CellError."""
    cents = parse_signed_cents(cell)
    if cents < 0:
        raise CellError(message("An amount cannot be negative."))
    return cents


def parse_signed_cents(cell: str) -> int:
    """Return an amount that may be negative, such as that of a credit memo, in cents; raises CellError."""
    if is_empty(cell):
        return 0
    number = re.sub(r"[\s$€£¥'\u00a0]|[A-Z]{3}", "", cell)
    has_thousands_dots = re.fullmatch(r"-?\d{1,3}(\.\d{3}){2,}|-?\d{1,3}(\.\d{3})+,\d+", number)
    if has_thousands_dots or re.fullmatch(r"-?\d+,\d{1,2}", number):
        number = number.replace(".", "").replace(",", ".")
    number = re.sub(r",(?=\d{3}(\D|$))", "", number)
    if len(number) > 20 or not re.fullmatch(r"-?\d+(\.\d+)?", number):  # noqa: PLR2004 - no amount is longer
        raise CellError(message("This is not an amount. Write it like 1054.50."))
    amount = Fraction(number) * 100
    if amount.denominator != 1:
        raise CellError(message("An amount has at most two decimals. Round it."))
    if abs(amount) > MAX_CENTS:
        raise CellError(message("This amount is implausibly large. Check it."))
    return int(amount)


def parse_nonnegative_cents(cell: str) -> int:
    """Return a quota, a salary or a balance in cents; raises CellError."""
    try:
        return parse_cents(cell)
    except CellError:
        if cell.strip().startswith("-"):
            raise CellError(message("This cannot be negative. Correct it.")) from None
        raise


def parse_whole_number(cell: str, least: int, most: int) -> int | None:
    """Return a whole number within bounds, None for an empty cell; raises CellError."""
    if is_empty(cell):
        return None
    if not re.fullmatch(r"\d{1,9}(\.0+)?", cell) or not least <= int(float(cell)) <= most:
        raise CellError(message("Write a whole number from {least} to {most}.", least=least, most=most))
    return int(float(cell))


def parse_stage(cell: str) -> str:
    """Return won, lost or open; any stage that is neither won nor lost is open."""
    name = normalize_header(cell)
    return next((stage for stage, spellings in _STAGES.items() if name in spellings), "open")


class Names:
    """Known names, matched regardless of spaces, hyphens and capitals."""

    def __init__(self, names: Iterable[str]) -> None:
        self._known = {normalize_header(name): name for name in names}
        self.respellings: dict[str, str] = {}

    def find(self, cell: str) -> str | None:
        """Return the known spelling of a name, or None; record it when the spelling differs."""
        known = self._known.get(normalize_header(cell))
        if known is not None and known != cell:
            self.respellings[cell] = known
        return known

    def add(self, name: str) -> str:
        """Return the known spelling of a name, adding the name if it is new."""
        return self.find(name) or self._known.setdefault(normalize_header(name), name)
