"""Shows money fast: Babel is asked once for each currency how an amount looks, and digits are set into that shape."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency

_SAMPLE = 123_456_789
_WHOLE, _REST = "1234567", "89"


@dataclass(frozen=True, slots=True)
class AmountPattern:
    """What stands before, between and after the digits of an amount; `plain` is false where digits are not 0 to 9."""

    before: str
    after: str
    before_negative: str
    after_negative: str
    group: str
    decimal: str

    def format(self, cents: int) -> str:
        """Show integer cents; whole amounts without decimals."""
        whole, rest = divmod(abs(cents), 100)
        digits = f"{whole:,}".replace(",", self.group) + (f"{self.decimal}{rest:02d}" if rest else "")
        if cents < 0:
            return f"{self.before_negative}{digits}{self.after_negative}"
        return f"{self.before}{digits}{self.after}"


def _in_full(cents: int, currency: str, locale: Locale) -> str:
    return format_currency(
        Decimal(cents).scaleb(-2), currency, locale=locale, currency_digits=False, format=_pattern(locale)
    )


def _pattern(locale: Locale) -> str:
    return str(locale.currency_formats["standard"].pattern)


@lru_cache(maxsize=64)
def amount_pattern(currency: str, locale: Locale) -> AmountPattern | None:
    """Return how a currency looks in a locale, or None where digits or groups are not the usual ones."""
    group, decimal = locale.number_symbols["latn"]["group"], locale.number_symbols["latn"]["decimal"]
    digits = f"{1_234_567:,}".replace(",", group) + f"{decimal}{_REST}"
    shown, negative = _in_full(_SAMPLE, currency, locale), _in_full(-_SAMPLE, currency, locale)
    if digits not in shown or digits not in negative:
        return None
    before, _, after = shown.partition(digits)
    before_negative, _, after_negative = negative.partition(digits)
    return AmountPattern(before, after, before_negative, after_negative, group, decimal)


def format_amount(cents: int, currency: str, locale: Locale) -> str:
    """Show integer cents in a locale."""
    found = amount_pattern(currency, locale)
    if found:
        return found.format(cents)
    if cents % 100:
        return _in_full(cents, currency, locale)
    pattern = _pattern(locale).replace(".00", "")
    return format_currency(cents // 100, currency, format=pattern, locale=locale, currency_digits=False)
