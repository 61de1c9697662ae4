"""Formats amounts fast: Babel is asked once for the pattern of a currency, and the digits are put into it."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency

_SAMPLE = 123_456_789
_SAMPLE_DECIMALS = "89"


@dataclass(frozen=True, slots=True)
class AmountPattern:
    """What a locale puts before, between and after the digits of an amount."""

    before: str
    after: str
    before_negative: str
    after_negative: str
    group: str
    decimal: str

    def format(self, cents: int) -> str:
        """Format integer cents, whole amounts without decimals."""
        units, decimals = divmod(abs(cents), 100)
        digits = f"{units:,}".replace(",", self.group) + (f"{self.decimal}{decimals:02d}" if decimals else "")
        if cents < 0:
            return f"{self.before_negative}{digits}{self.after_negative}"
        return f"{self.before}{digits}{self.after}"


def _format_with_babel(cents: int, currency: str, locale: Locale) -> str:
    return format_currency(
        Decimal(cents).scaleb(-2), currency, locale=locale, currency_digits=False, format=_pattern(locale)
    )


def _pattern(locale: Locale) -> str:
    return str(locale.currency_formats["standard"].pattern)


@lru_cache(maxsize=64)
def amount_pattern(currency: str, locale: Locale) -> AmountPattern | None:
    """Return the pattern of a currency in a locale, or None if it needs other digits or groups than 1,234,567."""
    group, decimal = locale.number_symbols["latn"]["group"], locale.number_symbols["latn"]["decimal"]
    digits = f"{1_234_567:,}".replace(",", group) + f"{decimal}{_SAMPLE_DECIMALS}"
    positive, negative = _format_with_babel(_SAMPLE, currency, locale), _format_with_babel(-_SAMPLE, currency, locale)
    if digits not in positive or digits not in negative:
        return None
    before, _, after = positive.partition(digits)
    before_negative, _, after_negative = negative.partition(digits)
    return AmountPattern(before, after, before_negative, after_negative, group, decimal)


def format_amount(cents: int, currency: str, locale: Locale) -> str:
    """Format integer cents in a locale, whole amounts without decimals."""
    amounts = amount_pattern(currency, locale)
    if amounts:
        return amounts.format(cents)
    if cents % 100:
        return _format_with_babel(cents, currency, locale)
    pattern = _pattern(locale).replace(".00", "")
    return format_currency(cents // 100, currency, format=pattern, locale=locale, currency_digits=False)
