"""Days as files write them: “02/03/2026” is in February or in March, and only the other days of a file can tell.

Days with the year first, the month's name or a number of a spreadsheet can be read one way. Of the others each with a
part over twelve proves the order of day and month; all days of a file together decide, and where none proves it, the
admin is asked.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import get_month_names

FIRST, LAST = date(1990, 1, 1), date(2100, 1, 1)
_LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "nb", "pl", "ru", "tr", "fa")
"""The languages whose names of months are read; the first that has a name decides."""
_TIME = re.compile(
    r"(?P<day>.*?\S)(?:[T\s]\s*|,\s*)(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?::?\d{2}(?:[.,]\d+)?)?\s*"
    r"(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?(?:\s*\([^)]*\))?"
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})\.?")
_SERIAL = re.compile(r"([3-7]\d{4})(?:[.,]\d+)?")
_SERIAL_START = date(1899, 12, 30)
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_CENTURY = 70
"""Years of two digits from this one on are of the last century."""
_FILLERS = frozenset({"de", "del", "of", "den", "der", "le", "г", "st", "nd", "rd", "th", "er", "o", "the"})


class DayOrder(StrEnum):
    """Which part of a day such as 02/03/2026 comes first."""

    day = "day"
    month = "month"


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """A day as it is written: the date if the day comes first, and if the month does; None where there is none."""

    day_first: date | None
    month_first: date | None

    @property
    def is_open(self) -> bool:
        """Whether both orders give a date, and not the same."""
        return self.day_first is not None and self.month_first is not None and self.day_first != self.month_first

    @property
    def proves(self) -> DayOrder | None:
        """The order that gives a date where the other gives none."""
        if (self.day_first is None) == (self.month_first is None):
            return None
        return DayOrder.day if self.day_first else DayOrder.month

    def date(self, order: DayOrder) -> date | None:
        """Return the date in an order of day and month."""
        return self.day_first if order is DayOrder.day else self.month_first


def written_day(cell: str, zone: ZoneInfo | None = None) -> WrittenDay | None:
    """Return a cell as a day, or None if it is not one; a time with its own zone is on the day that it is in `zone`."""
    return _written_day(cell, str(zone) if zone else "UTC")


def has_zone(cell: str) -> bool:
    """Return whether a cell is a time with its zone, such as 2026-03-31T22:00:00Z."""
    match = _TIME.fullmatch(cell)
    return match is not None and match["zone"] is not None


@lru_cache(maxsize=65_536)
def _written_day(cell: str, zone: str) -> WrittenDay | None:
    text = " ".join(_with_ascii_digits(cell).split())
    time = _TIME.fullmatch(text)
    if time is None:
        return _without_time(text)
    written = _without_time(time["day"])
    if written is None or time["zone"] is None or int(time["hour"]) > 23:  # noqa: PLR2004 - hours of a day
        return written
    return WrittenDay(*(_moved(day, time, zone) for day in (written.day_first, written.month_first)))


def _moved(day: date | None, time: re.Match[str], zone: str) -> date | None:
    """Return the day that a time with a zone has in another zone."""
    if day is None:
        return None
    hour = int(time["hour"]) % 12 + 12 * (time["half"].lower().startswith("p")) if time["half"] else int(time["hour"])
    offset = time["zone"] if time["zone"][0] in "+-" else "+00:00"
    moment = datetime.fromisoformat(f"{day.isoformat()}T{hour:02}:{time['minute']}:00{offset}")
    return moment.astimezone(ZoneInfo(zone)).date()


def _with_ascii_digits(text: str) -> str:
    return text if text.isascii() else "".join(str(unicodedata.decimal(char, char)) for char in text)


def _without_time(text: str) -> WrittenDay | None:
    if match := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        return _sure(_date(int(match[1]), int(match[2]), int(match[3])))
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), _full_year(match[4])
        day_first, month_first = _date(year, second, first), _date(year, first, second)
        if day_first and match[2] == ".":  # no country writes the month first with points
            return _sure(day_first)
        return WrittenDay(day_first, month_first) if day_first or month_first else None
    if match := _SERIAL.fullmatch(text):
        return _sure(_SERIAL_START + timedelta(days=int(match[1])))
    return _sure(_with_month_name(text))


def _sure(day: date | None) -> WrittenDay | None:
    return WrittenDay(day, day) if day and FIRST <= day < LAST else None


def _full_year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) > 2 else year + (1900 if year >= _CENTURY else 2000)  # noqa: PLR2004 - of two digits


def _date(year: int, month: int, day: int) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if FIRST <= found < LAST else None


def _with_month_name(text: str) -> date | None:
    """Return a day with a named month, such as Jan 31, 2026, 31. Januar 2026 or 31 de enero de 2026."""
    words = [word for word in _WORDS.findall(text) if word.casefold() not in _FILLERS]
    names = [word for word in words if not word[0].isdigit()]
    numbers = [word for word in words if word[0].isdigit()]
    months = [month for name in names if (month := month_names().get(_folded(name))) is not None]
    if len(months) != 1 or len(numbers) != 2 or len(names) > 2:  # noqa: PLR2004 - a day and a year; a weekday's name
        return None
    day, year = (numbers[1], numbers[0]) if len(numbers[0]) > 2 else numbers  # noqa: PLR2004 - of two digits
    return _date(_full_year(year), months[0], int(day)) if len(day) <= 2 else None  # noqa: PLR2004


@lru_cache(maxsize=1)
def month_names() -> dict[str, int]:
    """Return the number of each month by its names and abbreviations."""
    names: dict[str, int] = {}
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, language).items():
                    folded = _folded(name.rstrip("."))
                    if len(folded) > 2:  # noqa: PLR2004 - no number
                        names.setdefault(folded, number)
    names.setdefault("sept", 9)
    return names


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@dataclass(frozen=True, slots=True)
class DayOrders:
    """What the days of a file say about the order of day and month: an example that proves each, and open ones."""

    day: str = ""
    month: str = ""
    open: tuple[str, ...] = ()

    @property
    def order(self) -> DayOrder | None:
        """The order that is proved and not contradicted."""
        if bool(self.day) == bool(self.month):
            return None
        return DayOrder.day if self.day else DayOrder.month

    @property
    def is_contradictory(self) -> bool:
        """Whether both orders are proved."""
        return bool(self.day and self.month)


MAX_EXAMPLES = 200


def day_orders(cells: Iterable[str]) -> DayOrders:
    """Return what cells say about the order of day and month in their file."""
    proofs = {DayOrder.day: "", DayOrder.month: ""}
    unproved: dict[str, None] = {}
    for cell in dict.fromkeys(cells):
        written = written_day(cell)
        if written is None:
            continue
        if (proved := written.proves) is not None and not proofs[proved]:
            proofs[proved] = cell
        elif written.is_open and len(unproved) < MAX_EXAMPLES:
            unproved[cell] = None
    return DayOrders(proofs[DayOrder.day], proofs[DayOrder.month], tuple(unproved))
