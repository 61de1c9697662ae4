"""Names of months, quarters, half-years and years, as the columns of a table of quotas have them."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from server.imports.values.days import month_names

_LABELS = frozenset(
    word
    for words in (
        "quota quotas target targets goal goals plan budget fy gj",
        "ziel zielwert soll objectif objectifs cuota meta metas objetivo objetivos",
        "план цель квота سهمیه هدف",
    )
    for word in words.split()
)
"""Words that say no more than that a column has quotas."""
_YEAR = r"(?:fy|cy)?\s*'?(?P<year>(?:19|20)\d{2}|\d{2})"
_QUARTER_NAME = r"(?:q|t|quarter|quartal|trimestre|trim|квартал|кв)"
_QUARTER = rf"(?:{_QUARTER_NAME}\s*\.?\s*(?P<after>[1-4])|(?P<before>[1-4])\s*\.?\s*(?:er|e|o|º|°)?\s*{_QUARTER_NAME})"
_HALF = r"(?:h|hj|s|halbjahr|semestre)\s*\.?\s*(?P<half>[12])"
_SEPARATOR = r"[\s\-–/._']*"
_PATTERNS = tuple(
    re.compile(pattern)
    for part in (_QUARTER, _HALF)
    for pattern in (rf"{part}(?:{_SEPARATOR}{_YEAR})?", rf"{_YEAR}{_SEPARATOR}{part}")
)
_YEAR_MONTH = re.compile(r"(?P<year>(?:19|20)\d{2})[-/.](?P<month>\d{1,2})(?:[-/.]0?1)?")
_MONTH_YEAR = re.compile(r"(?:0?1[./])?(?P<month>\d{1,2})[-/.](?P<year>(?:19|20)\d{2})")
_NAMED_MONTH = re.compile(rf"(?P<name>[^\W\d_]+)\.?(?:{_SEPARATOR}{_YEAR})?")
_WHOLE_YEAR = re.compile(r"(?:fy|cy|year|jahr|año|ano)?\s*'?(?P<year>(?:19|20)\d{2})")


class Period(NamedTuple):
    """A span of months: the first (1 to 12), how many, and the year if it is named."""

    first: int
    months: int
    year: int | None


@lru_cache(maxsize=10_000)
def named_period(label: str) -> Period | None:
    """Return the months that a label names, such as Q1 2026, Jan-26, 2026-01 or 1. Quartal; None for any other."""
    text = " ".join(word for word in _plain(label).split() if word not in _LABELS)
    if match := _YEAR_MONTH.fullmatch(text) or _MONTH_YEAR.fullmatch(text):
        month = int(match["month"])
        return Period(month, 1, int(match["year"])) if 1 <= month <= 12 else None  # noqa: PLR2004 - of a year
    for pattern in _PATTERNS:
        if match := pattern.fullmatch(text):
            found = match.groupdict()
            if half := found.get("half"):
                return Period(6 * int(half) - 5, 6, _full(found["year"]))
            return Period(3 * int(found["after"] or found["before"]) - 2, 3, _full(found["year"]))
    if match := _WHOLE_YEAR.fullmatch(text):
        return Period(1, 12, int(match["year"]))
    match = _NAMED_MONTH.fullmatch(text)
    if match and (number := month_names().get(match["name"])):
        return Period(number, 1, _full(match["year"]))
    return None


def _plain(label: str) -> str:
    """Return a label in lower case, without accents and with Western digits, as names of months are compared."""
    decomposed = unicodedata.normalize("NFKD", label.casefold())
    return "".join(str(unicodedata.decimal(char, char)) for char in decomposed if not unicodedata.combining(char))


def _full(year: str | None) -> int | None:
    return None if year is None else int(year) + (2000 if len(year) == 2 else 0)  # noqa: PLR2004 - two digits
