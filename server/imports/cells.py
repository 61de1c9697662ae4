"""Cells to values: dates in the order their column shows, amounts, stages and names spelt a little differently."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction

from server.imports.file_types import normalize_header
from server.messages import Message, message

EMPTY = frozenset({"", "null", "none", "n/a", "na", "-"})
_DAY_FIRST = ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d %b %Y", "%d %B %Y", "%Y%m%d", "%d-%m-%y")
_MONTH_FIRST = ("%m-%d-%Y", "%m/%d/%Y", "%m.%d.%Y", "%b %d, %Y", "%B %d, %Y")
_STAGES = {
    "won": ("won", "closedwon", "signed", "closed", "gewonnen", "gagne", "win"),
    "lost": ("lost", "closedlost", "verloren", "perdu", "disqualified", "lose"),
}
_EARLIEST, _LATEST = date(1990, 1, 1), date(2100, 1, 1)
MOST_CENTS = 10**13


class CellError(ValueError):
    """A cell that cannot be used, with what to do."""

    def __init__(self, sentence: Message) -> None:
        self.sentence = sentence
        super().__init__(str(sentence))


def is_empty(cell: str) -> bool:
    """Say whether a cell says nothing."""
    return cell.casefold() in EMPTY


def date_format(cells: Iterable[str], *, month_first: bool = False) -> str:
    """Return the format that reads most of a column's dates; the day comes first where both would do, unless told."""
    sample = [cell.split("T")[0].split(" 0")[0] for cell in cells if not is_empty(cell)]
    best, most = _DAY_FIRST[0], -1
    forms = (*_MONTH_FIRST, *_DAY_FIRST) if month_first else (*_DAY_FIRST, *_MONTH_FIRST)
    for form in forms:
        fits = sum(_read(cell, form) is not None for cell in sample)
        if fits > most:
            best, most = form, fits
    return best


def _read(cell: str, form: str) -> date | None:
    try:
        found = datetime.strptime(cell, form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return found if _EARLIEST <= found < _LATEST else None


def day(cell: str, form: str) -> date | None:
    """Read a date in its column's format; raises CellError."""
    if is_empty(cell):
        return None
    found = _read(cell.split("T", maxsplit=1)[0].split(" 0", maxsplit=1)[0], form)
    if found is None:
        raise CellError(message("This is not a date like the others of its column ({form}).", form=shown(form)))
    return found


def shown(form: str) -> str:
    """Return a date format as people write it."""
    names = {"%d": "DD", "%m": "MM", "%Y": "YYYY", "%y": "YY", "%b": "MMM", "%B": "MMMM"}
    return re.sub(r"%\w", lambda found: names[found.group()], form)


def cents(cell: str) -> int:
    """Read an amount such as 1054, $1,054.50 or 1.054,50; raises CellError."""
    if is_empty(cell):
        return 0
    bare = re.sub(r"[\s$€£¥'\u00a0]|[A-Z]{3}", "", cell)
    if re.fullmatch(r"-?\d{1,3}(\.\d{3}){2,}|-?\d{1,3}(\.\d{3})+,\d+", bare) or re.fullmatch(r"-?\d+,\d{1,2}", bare):
        bare = bare.replace(".", "").replace(",", ".")
    bare = re.sub(r",(?=\d{3}(\D|$))", "", bare)
    if len(bare) > 20 or not re.fullmatch(r"-?\d+(\.\d+)?", bare):  # noqa: PLR2004 - no amount is longer
        raise CellError(message("This is not an amount. Write it like 1054.50."))
    amount = Fraction(bare) * 100
    if amount.denominator != 1:
        raise CellError(message("An amount has at most two decimals. Round it."))
    if abs(amount) > MOST_CENTS:
        raise CellError(message("This amount is too large to be true. Check it."))
    if amount < 0:
        raise CellError(message("An amount cannot be negative. Enter a customer who left as churned."))
    return int(amount)


def draw_balance(cell: str) -> int:
    """Read a quota, a salary or a balance in cents."""
    try:
        return cents(cell)
    except CellError:
        if cell.strip().startswith("-"):
            raise CellError(message("This cannot be negative. Correct it.")) from None
        raise


def whole(cell: str, least: int, most: int) -> int | None:
    """Read a whole number within bounds; raises CellError."""
    if is_empty(cell):
        return None
    if not re.fullmatch(r"\d{1,9}(\.0+)?", cell) or not least <= int(float(cell)) <= most:
        raise CellError(message("Write a whole number from {least} to {most}.", least=least, most=most))
    return int(float(cell))


def stage(cell: str) -> str:
    """Return won, lost or open; what is neither won nor lost is still open."""
    name = normalize_header(cell)
    return next((known for known, spellings in _STAGES.items() if name in spellings), "open")


class Names:
    """Known names, found again when they are spelt with other spaces, hyphens or capitals."""

    def __init__(self, names: Iterable[str]) -> None:
        self._known = {normalize_header(name): name for name in names}
        self.respelt: dict[str, str] = {}

    def find(self, cell: str) -> str | None:
        """Return the known spelling, or None."""
        known = self._known.get(normalize_header(cell))
        if known is not None and known != cell:
            self.respelt[cell] = known
        return known

    def add(self, name: str) -> str:
        """Return the known spelling of a name; a new one becomes known."""
        return self.find(name) or self._known.setdefault(normalize_header(name), name)
