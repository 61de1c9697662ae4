"""Numbers as files write them: “10.000” is ten or ten thousand, and only the other numbers of a file can tell.

A cell is split into its sign, currency and digits with their separators. A number such as 1.234,56 proves which sign is
the decimal one; all numbers of a file together decide, and where none proves it, the admin is asked.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from babel.core import get_global

NOTHING = frozenset({"", "-none-", "null", "none", "nil", "nan", "n/a", "na", "#n/a", "\\n", "-", "–", "—", "--"})
"""What stands in a cell without a value, in lower case."""
LONGEST_NOTHING = max(map(len, NOTHING))
_CURRENCIES = {
    "US$": "USD",
    "C$": "CAD",
    "CA$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "MX$": "MXN",
    "R$": "BRL",
    "$": "$",
    "€": "EUR",
    "£": "GBP",
    "¥": "¥",
    "₹": "INR",
    "Rs.": "INR",
    "Rs": "INR",
    "₽": "RUB",
    "руб.": "RUB",
    "руб": "RUB",
    "₺": "TRY",
    "₴": "UAH",
    "₩": "KRW",
    "₪": "ILS",
    "฿": "THB",
    "₫": "VND",
    "₦": "NGN",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "lei": "RON",
    "Fr.": "CHF",
    "kr.": "kr",
    "kr": "kr",
    "﷼": "IRR",
    "ریال": "IRR",
}
SHARED_SIGNS = {
    "$": frozenset({"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN", "ARS", "CLP", "COP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
}
"""Signs of several currencies: such a sign means the company's currency if that is one of them."""
_CODES = {sign.casefold(): code for sign, code in _CURRENCIES.items()}
_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,2})?")
"""Most numbers of most files, for which the patterns below would be slow."""
_SIGN = "|".join(re.escape(sign) for sign in sorted(_CURRENCIES, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?P<open>\()?\s*(?P<minus>[-−–‐]\s*)?(?P<before>{_SIGN}|[A-Za-z]{{3}}\b)?\s*(?P<inner_minus>[-−–‐]\s*)?"
    rf"(?P<digits>\d[\d.,'’`´\s]*\d|\d|[.,]\d+)\s*(?P<percent>[%٪])?\s*(?P<after>{_SIGN}|[A-Za-z]{{3}})?"
    r"\s*(?P<trailing_minus>[-−–])?\s*(?P<close>\))?",
    re.IGNORECASE,
)
_GROUPED = {sign: re.compile(rf"\d{{1,3}}(?:{re.escape(sign)}\d{{2,3}})*{re.escape(sign)}\d{{3}}") for sign in ".,"}
_SPACE = r"[\s'’`´]"
_SPACED = re.compile(rf"\d{{1,3}}(?:{_SPACE}\d{{2,3}})*{_SPACE}\d{{3}}(?=[.,]|$)")
_CODE_LENGTH = 3
MAX_DIGITS = 30


class DecimalSign(StrEnum):
    """The sign before the decimals of a file's numbers."""

    point = "."
    comma = ","

    @property
    def grouping(self) -> "DecimalSign":
        """The sign that may group the thousands."""
        return DecimalSign.comma if self is DecimalSign.point else DecimalSign.point


def currency_meant(sign: str, own: str) -> str:
    """Return the currency of a code or sign, "" for the company's own; “$” is the company's or US dollars."""
    if sign == own or own in SHARED_SIGNS.get(sign, ()):
        return ""
    return "USD" if sign == "$" else "" if sign in SHARED_SIGNS else sign


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number as it is written: digits with points and commas, its sign, currency, and whether it is a percentage.

    `proves` is the decimal sign if the number can be read only one way, and `is_open` is true if both readings give
    different numbers.
    """

    digits: str
    is_negative: bool = False
    currency: str = ""
    is_percent: bool = False
    proves: DecimalSign | None = None
    is_open: bool = False

    def value(self, decimal: DecimalSign) -> Fraction | None:
        """Return the number if `decimal` is its decimal sign, None if it cannot be."""
        whole, _, decimals = self.digits.partition(decimal)
        if decimal in decimals or decimal.grouping in decimals:
            return None
        if decimal.grouping in whole:
            if _GROUPED[decimal.grouping].fullmatch(whole) is None:
                return None
            whole = whole.replace(decimal.grouping, "")
        number = Fraction(int(whole + decimals), 10 ** len(decimals))
        return -number if self.is_negative else number


@lru_cache(maxsize=65_536)
def written_number(cell: str) -> WrittenNumber | None:
    """Return a cell as a number, or None if it is not one."""
    if _PLAIN.fullmatch(cell):
        proves = DecimalSign.point if "." in cell else None
        return WrittenNumber(cell.removeprefix("-"), is_negative=cell.startswith("-"), proves=proves)
    text = _with_ascii_digits(cell.strip())
    match = _NUMBER.fullmatch(text) if len(text) <= 2 * MAX_DIGITS else None
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    signs = [match["minus"], match["inner_minus"], match["trailing_minus"], match["open"]]
    if sum(sign is not None for sign in signs) > 1 or (match["before"] and match["after"]):
        return None
    digits = match["digits"]
    if spaced := _SPACED.match(digits):
        digits = re.sub(_SPACE, "", spaced.group()) + digits[spaced.end() :]
    if re.fullmatch(r"[\d.,]+", digits) is None or len(digits) > MAX_DIGITS:
        return None
    is_negative = any(sign is not None for sign in signs)
    currency = _currency(match["before"] or match["after"] or "")
    if len(currency) == _CODE_LENGTH and currency not in get_global("all_currencies"):
        return None  # such as “Rep 2”, the name of a column
    proves, is_open = _proof(digits)
    number = WrittenNumber(digits, is_negative, currency, match["percent"] is not None, proves, is_open)
    is_readable = any(number.value(sign) is not None for sign in DecimalSign)
    return number if is_readable else None


def _with_ascii_digits(text: str) -> str:
    """Return a text with Western digits; the Arabic signs for decimals and thousands become point and nothing."""
    if text.isascii():
        return text
    if "\u066b" in text:
        text = re.sub(r"[.,\u066c]", "", text).replace("\u066b", ".")
    text = text.replace("\u066c", "").replace("٬", "")
    return "".join(str(unicodedata.decimal(char, char)) for char in text)


def _currency(sign: str) -> str:
    return _CODES.get(sign.casefold()) or sign.upper()


def _proof(digits: str) -> tuple[DecimalSign | None, bool]:
    """Return the decimal sign that digits prove, and whether they can be read as two different numbers."""
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return (DecimalSign.point if digits.rindex(".") > digits.rindex(",") else DecimalSign.comma), False
    if not points and not commas:
        return None, False
    sign = DecimalSign.point if points else DecimalSign.comma
    if points + commas > 1:
        return sign.grouping, False
    whole, _, rest = digits.partition(sign)
    if len(rest) == 3 and 1 <= len(whole) <= 3 and whole.lstrip("0"):  # noqa: PLR2004 - thousands
        return None, True
    return sign, False


@dataclass(frozen=True, slots=True)
class DecimalSigns:
    """What the numbers of a file say about its decimal sign: an example that proves each sign, and open ones."""

    point: str = ""
    comma: str = ""
    open: tuple[str, ...] = ()

    @property
    def sign(self) -> DecimalSign | None:
        """The sign that is proved and not contradicted."""
        if bool(self.point) == bool(self.comma):
            return None
        return DecimalSign.point if self.point else DecimalSign.comma

    @property
    def is_contradictory(self) -> bool:
        """Whether both signs are proved."""
        return bool(self.point and self.comma)


MAX_EXAMPLES = 200


def decimal_signs(cells: Iterable[str]) -> DecimalSigns:
    """Return what cells say about the decimal sign of their file."""
    proofs = {DecimalSign.point: "", DecimalSign.comma: ""}
    unproved: dict[str, None] = {}
    for cell in cells:
        if _PLAIN.fullmatch(cell):
            if not proofs[DecimalSign.point] and "." in cell:
                proofs[DecimalSign.point] = cell
            continue
        number = written_number(cell)
        if number is None:
            continue
        if number.proves is not None and not proofs[number.proves]:
            proofs[number.proves] = cell
        elif number.is_open and len(unproved) < MAX_EXAMPLES:
            unproved[cell] = None
    return DecimalSigns(proofs[DecimalSign.point], proofs[DecimalSign.comma], tuple(unproved))
