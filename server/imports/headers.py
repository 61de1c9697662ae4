"""Names of columns: what of them is compared, and the currency or unit that some end with."""

import re
from collections.abc import Iterator
from functools import lru_cache

CENTS = "cents"
"""The unit of a column whose name says so, such as amount_cents."""
_CODES = """
    USD EUR GBP CHF CAD AUD NZD JPY CNY INR BRL MXN SEK NOK DKK PLN CZK HUF RON TRY RUB UAH ILS AED SAR ZAR SGD HKD KRW
    THB IDR MYR PHP VND NGN KES EGP IRR CLP COP ARS PEN
"""
_SIGNS = {"€": "EUR", "£": "GBP", "$": "$", "₹": "INR", "¥": "¥", "₽": "RUB", "R$": "BRL", "ریال": "IRR"}
"""Currencies in names of columns: not all codes, since some, such as ALL, are words."""
_UNITS = {code.casefold(): code for code in _CODES.split()} | {sign.casefold(): code for sign, code in _SIGNS.items()}
_UNIT = "|".join(re.escape(unit) for unit in sorted([*_UNITS, CENTS], key=len, reverse=True))
_WITH_UNIT = re.compile(
    rf"(?P<base>.*?\w)[\s_]*(?:[\s_]|[(\[])(?:in |en |em |в )?(?P<unit>{_UNIT})[)\]]?", re.IGNORECASE
)
_SEPARATORS = (" - ", ".")
"""What comes between a record and its field, as in “Deal - Value” and subscriptions.status."""


@lru_cache(maxsize=100_000)
def normalize_header(name: str) -> str:
    """Return a name without case, spaces and signs, for comparison; “#” stays, which tells numbers from names."""
    return re.sub(r"[^\w#]+|_+", "", name.casefold())


def unit_of(name: str) -> str:
    """Return the currency that a column's name ends with, CENTS for cents, "" without one."""
    match = _WITH_UNIT.fullmatch(name.strip())
    return (_UNITS.get(match["unit"].casefold()) or CENTS) if match else ""


def variants(name: str) -> Iterator[str]:
    """Yield a column's name as it is compared: whole, without its currency, and without the record before the field."""
    yield normalize_header(name)
    match = _WITH_UNIT.fullmatch(name.strip())
    base = match["base"] if match else name
    yield normalize_header(base)
    for separator in _SEPARATORS:
        _, found, field = base.rpartition(separator)
        if found and field.strip():
            yield normalize_header(field)
