"""Parses amounts, shares, multiples, durations and dates of a plan exactly, never through a float."""

import re
from datetime import date
from fractions import Fraction

from server.comp.calendar import month_of
from server.comp.language.diagnostics import UnreadableError
from server.messages import Duration, message

MAX_CENTS = 10**14
"""One trillion: more than any plan pays, and small enough for 64-bit arithmetic."""
FIRST_YEAR, LAST_YEAR = 1901, 2140
"""Range of years in a plan; the engine follows payments for a few years beyond it."""
_MAX_DIGITS = 24
MAX_DAYS = 3_720
_MAX_COUNT = 10**9
_PERCENT_DECIMALS = 6

_NUMBER = re.compile(r"-?(?:\d{1,3}(?:[,_ ]\d{3})+|\d+)(?:\.\d+)?")
_MONEY = re.compile(
    r"(?P<sign>-)?(?:[$€£¥]|[A-Z]{3})?\s?"
    r"(?P<number>[\d][\d,_ ]*(?:\.\d+)?)\s?"
    r"(?P<unit>[kKmM])?\s?(?:[A-Z]{3})?"
)
_FRACTION = re.compile(r"([0-9]{1,4})\s*/\s*([0-9]{1,4})")
_SCALE = {"k": 1_000, "m": 1_000_000}


def number(text: str) -> Fraction:
    """Parse a plain number; thousands may be separated by a comma, an underscore or a space."""
    stripped = text.strip()
    if len(stripped) > _MAX_DIGITS:
        raise UnreadableError(
            message("This number has too many digits."), message("Write it in full, without an exponent.")
        )
    if not stripped.isascii() or not _NUMBER.fullmatch(stripped):
        raise UnreadableError(message("This is not a number."), message("Write it like 12 or 1.5."))
    return Fraction(re.sub(r"[,_ ]", "", stripped))


def count(text: str) -> int:
    """Parse a whole number from 0 to a billion."""
    value = number(text)
    if value.denominator != 1 or not 0 <= value <= _MAX_COUNT:
        raise UnreadableError(message("This must be a whole number from 0 to {most}.", most=_MAX_COUNT))
    return int(value)


def money(text: str) -> int:
    """Parse an amount such as $50,000, 50_000.00 or $50k; return integer cents."""
    match = _MONEY.fullmatch(text.strip()) if text.isascii() or text.strip()[:1] in "€£¥" else None
    if not match:
        raise UnreadableError(message("This is not an amount of money."), message("Write it like $50,000."))
    if match["sign"]:
        raise UnreadableError(message("This amount cannot be negative."))
    scale = _SCALE.get((match["unit"] or "").lower(), 1)
    cents = number(match["number"].strip()) * scale * 100
    if cents.denominator != 1:
        raise UnreadableError(
            message("Money can have at most two decimals."),
            message("Round it to the cent."),
        )
    if cents > MAX_CENTS:
        raise UnreadableError(message("This amount is too large."), message("The largest is one trillion."))
    return int(cents)


def signed_money(text: str) -> int:
    """Parse an amount that may be negative, such as -$3,000; return integer cents."""
    stripped = text.strip()
    return -money(stripped[1:]) if stripped.startswith("-") else money(stripped)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


def is_share(text: str) -> bool:
    """Return whether a text is written as a share: 6.25% or 1/3."""
    stripped = text.strip()
    return stripped.endswith("%") or _FRACTION.fullmatch(stripped) is not None


def percent(text: str, most: int = 100) -> Fraction:
    """Parse a share such as 6.25% or 1/16 and return it exactly; `most` is in percent."""
    stripped = text.strip()
    fraction = _FRACTION.fullmatch(stripped)
    value = _fraction(fraction) * 100 if fraction else _percentage(stripped)
    if not 0 <= value <= most:
        raise UnreadableError(message("A share must be between 0% and {most}%.", most=most))
    return value / 100


def decimal_percent(text: str) -> Fraction:
    """Parse a percentage that is a fact about a deal, such as a discount: it is stored with six decimals."""
    _percentage(text.strip())
    return percent(text)


def _fraction(match: re.Match[str]) -> Fraction:
    if int(match[2]) == 0:
        raise UnreadableError(message("The denominator cannot be 0."))
    return Fraction(int(match[1]), int(match[2]))


def _percentage(stripped: str) -> Fraction:
    """Return 6.25% as 6.25."""
    if not stripped.endswith("%"):
        example = f"{stripped[:20]}%" if _is_number(stripped) else "12.5%"
        raise UnreadableError(
            message("The unit is missing."),
            message("Write it as a percentage, like {text}.", text=example),
        )
    value = number(stripped[:-1].strip())
    if (value * 10**_PERCENT_DECIMALS).denominator != 1:
        raise UnreadableError(
            message("A percentage can have at most six decimals."),
            message("Write a shorter number, or a fraction like 1/3."),
        )
    return value


def multiple(text: str) -> Fraction:
    """Parse a factor such as 1.5x."""
    stripped = text.strip()
    if not stripped.endswith(("x", "×")):
        example = f"{stripped[:20]}x" if _is_number(stripped) else "1.5x"
        raise UnreadableError(
            message("The unit is missing."),
            message("Write a factor like {text}.", text=example),
        )
    value = number(stripped[:-1].strip())
    if not 0 <= value <= 100:  # noqa: PLR2004 - a larger factor is a typing error
        raise UnreadableError(message("A factor must be between 0x and 100x."))
    return value


def share(text: str) -> Fraction:
    """Parse a share that may be more than the whole."""
    return percent(text, most=10_000)


def duration(text: str) -> Duration:
    """Parse 60 days, 2 months or 1 year; years become months."""
    match = re.fullmatch(r"([0-9]{1,4})\s*(day|month|year)s?", text.strip())
    if not match:
        raise UnreadableError(
            message("This is not a duration."),
            message("Write it like 60 days or 12 months."),
        )
    amount = int(match[1])
    months = amount * (12 if match[2] == "year" else 1)
    if (amount if match[2] == "day" else months * 31) > MAX_DAYS:
        raise UnreadableError(message("A duration can be at most ten years."))
    return Duration(amount, "days") if match[2] == "day" else Duration(months, "months")


def day(text: str) -> date:
    """Parse a date written year-month-day."""
    stripped = text.strip()
    try:
        # `fromisoformat` also accepts other ISO 8601 forms, such as 20270301.
        parsed = date.fromisoformat(stripped if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", stripped) else "")
    except ValueError:
        raise UnreadableError(message("This is not a date."), message("Write it like 2027-03-01.")) from None
    if not FIRST_YEAR <= parsed.year <= LAST_YEAR:
        raise UnreadableError(
            message("The year must be between {first} and {last}.", first=FIRST_YEAR, last=LAST_YEAR),
        )
    return parsed


def month(text: str) -> int:
    """Parse a month written year-month; return its month number."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", text.strip()):
        raise UnreadableError(message("This is not a month."), message("Write it like 2027-01."))
    return month_of(day(f"{text.strip()}-01"))


def rating(text: str) -> Fraction:
    """Parse stars from 1 to 5, with at most two decimals."""
    value = number(text)
    if not 1 <= value <= 5 or (value * 100).denominator != 1:  # noqa: PLR2004 - the scale of the survey
        raise UnreadableError(message("A rating must be between 1 and 5, with at most two decimals."))
    return value
