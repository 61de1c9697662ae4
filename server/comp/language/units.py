"""Reads amounts, shares, multiples, durations and dates out of a plan's text, exactly and never through a float."""

import re
from datetime import date
from fractions import Fraction

from server.comp.calendar import month_of
from server.comp.language.diagnostics import UnreadableError
from server.messages import Duration, message

MAX_CENTS = 10**14
"""A trillion in money: more than any plan pays, and small enough for 64-bit arithmetic."""
FIRST_YEAR, LAST_YEAR = 1901, 2140
"""Years that dates of a plan may have; the engine follows money for a few years more."""
_MAX_DIGITS = 24
MAX_DAYS = 3_720
_MAX_COUNT = 10**9
_PERCENT_DECIMALS = 6

_NUMBER = re.compile(r"-?(?:\d{1,3}(?:[,_ ]\d{3})+|\d+)(?:\.\d+)?")
_MONEY = re.compile(
    r"(?P<sign>-)?(?:[$€£¥]|[A-Z]{3})?\s?(?P<number>[\d][\d,_ ]*(?:\.\d+)?)\s?(?P<unit>[kKmM])?\s?(?:[A-Z]{3})?"
)
_SCALE = {"k": 1_000, "m": 1_000_000}


def number(text: str) -> Fraction:
    """Read a plain number; thousands may be parted by comma, underscore or space."""
    bare = text.strip()
    if len(bare) > _MAX_DIGITS:
        raise UnreadableError(
            message("This number has too many digits."), message("Write it in full, without an exponent.")
        )
    if not bare.isascii() or not _NUMBER.fullmatch(bare):
        raise UnreadableError(message("This is not a number."), message("Write it like 12 or 1.5."))
    return Fraction(re.sub(r"[,_ ]", "", bare))


def count(text: str) -> int:
    """Read a whole number from 0 to a billion."""
    value = number(text)
    if value.denominator != 1 or not 0 <= value <= _MAX_COUNT:
        raise UnreadableError(message("This is a whole number from 0 to {most}.", most=_MAX_COUNT))
    return int(value)


def money(text: str) -> int:
    """Read an amount such as $50,000, 50_000.00 or $50k; return integer cents."""
    found = _MONEY.fullmatch(text.strip()) if text.isascii() or text.strip()[:1] in "€£¥" else None
    if not found:
        raise UnreadableError(message("This is not an amount of money."), message("Write it like $50,000."))
    if found["sign"]:
        raise UnreadableError(message("An amount here cannot be negative."))
    scale = _SCALE.get((found["unit"] or "").lower(), 1)
    cents = number(found["number"].strip()) * scale * 100
    if cents.denominator != 1:
        raise UnreadableError(message("Money has at most two decimals."), message("Round it to the cent."))
    if cents > MAX_CENTS:
        raise UnreadableError(message("This amount is too large."), message("The largest is one trillion."))
    return int(cents)


def signed_money(text: str) -> int:
    """Read an amount that may be negative, such as -$3,000."""
    bare = text.strip()
    return -money(bare[1:]) if bare.startswith("-") else money(bare)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


def percent(text: str, most: int = 100) -> Fraction:
    """Read a share such as 6.25%; return it exactly (1/16). `most` is in percent."""
    bare = text.strip()
    if not bare.endswith("%"):
        example = f"{bare[:20]}%" if _is_number(bare) else "12.5%"
        raise UnreadableError(
            message("The unit is missing."), message("Write it in percent, like {text}.", text=example)
        )
    value = number(bare[:-1].strip())
    if (value * 10**_PERCENT_DECIMALS).denominator != 1:
        raise UnreadableError(message("A percentage has at most six decimals."), message("Write a shorter figure."))
    if not 0 <= value <= most:
        raise UnreadableError(message("This percentage lies between 0% and {most}%.", most=most))
    return value / 100


def multiple(text: str) -> Fraction:
    """Read a factor such as 1.5x."""
    bare = text.strip()
    if not bare.endswith(("x", "×")):
        example = f"{bare[:20]}x" if _is_number(bare) else "1.5x"
        raise UnreadableError(message("The unit is missing."), message("Write a factor like {text}.", text=example))
    value = number(bare[:-1].strip())
    if not 0 <= value <= 100:  # noqa: PLR2004 - a hundredfold rate is a slip of the pen
        raise UnreadableError(message("A factor lies between 0x and 100x."))
    return value


def share(text: str) -> Fraction:
    """Read a percentage, or a fraction such as 1/3."""
    found = re.fullmatch(r"([0-9]{1,4})\s*/\s*([0-9]{1,4})", text.strip())
    if not found:
        return percent(text, most=10_000)
    if int(found[2]) == 0:
        raise UnreadableError(message("Nothing can be divided by 0."))
    return Fraction(int(found[1]), int(found[2]))


def duration(text: str) -> Duration:
    """Read 60 days, 2 months or 1 year."""
    found = re.fullmatch(r"([0-9]{1,4})\s*(day|month|year)s?", text.strip())
    if not found:
        raise UnreadableError(message("This is not a stretch of time."), message("Write it like 60 days or 12 months."))
    amount = int(found[1])
    months = amount * (12 if found[2] == "year" else 1)
    if (amount if found[2] == "day" else months * 31) > MAX_DAYS:
        raise UnreadableError(message("A stretch of time is at most ten years."))
    return Duration(amount, "days") if found[2] == "day" else Duration(months, "months")


def day(text: str) -> date:
    """Read a date written year-month-day."""
    bare = text.strip()
    try:
        # Only this one of the ways that ISO 8601 has to write a day.
        found = date.fromisoformat(bare if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", bare) else "")
    except ValueError:
        raise UnreadableError(message("This is not a date."), message("Write it like 2027-03-01.")) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise UnreadableError(message("A year lies between {first} and {last}.", first=FIRST_YEAR, last=LAST_YEAR))
    return found


def month(text: str) -> int:
    """Read a month written year-month; return its month number."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", text.strip()):
        raise UnreadableError(message("This is not a month."), message("Write it like 2027-01."))
    return month_of(day(f"{text.strip()}-01"))


def rating(text: str) -> Fraction:
    """Read stars from 1 to 5, with at most two decimals."""
    value = number(text)
    if not 1 <= value <= 5 or (value * 100).denominator != 1:  # noqa: PLR2004 - the survey's scale
        raise UnreadableError(message("A rating lies between 1 and 5, with at most two decimals."))
    return value
