"""The language of the interface: messages through gettext, dates and money through Babel."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from gettext import NullTranslations, translation
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from babel.units import format_unit
from markupsafe import Markup, escape

from server.comp.calendar import first_day
from server.messages import Duration, ListMessage, Message, Money, Multiple, Percent, Value, message
from server.settings import SettingsError
from server.web import money
from server.web.paths import data_folder

PSEUDO = "qps"
"""A pseudo-language for tests: accented, longer and right to left, so that untranslated text shows."""
_ACCENTED = str.maketrans("aceinouyACEINOUYs", "áçéíñóúýÁÇÉÍÑÓÚÝš")
_TWO_DAYS = 2 * 24 * 60
"""In minutes."""
_PLACEHOLDER = re.compile(r"(%\(\w+\)[sd]|\{\w+\}|<[^>]*>)")


class PseudoTranslations(NullTranslations):
    """Turns every message into an accented, longer one and leaves its placeholders alone."""

    def gettext(self, message: str) -> str:
        """Return the accented message."""
        parts = _PLACEHOLDER.split(message)
        accented = "".join(part if index % 2 else part.translate(_ACCENTED) for index, part in enumerate(parts))
        return f"⟦{accented}·····⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the accented singular or plural."""
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        """Return the accented message; the context is ignored."""
        del context
        return self.gettext(message)


@dataclass(frozen=True)
class Language:
    """Formats messages and values in one language."""

    code: str
    locale: Locale
    translations: NullTranslations

    @property
    def direction(self) -> str:
        """Return ltr or rtl."""
        return self.locale.text_direction

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """Translate the form of a message for a count."""
        return str(self.translations.ngettext(singular, plural, count))

    def gettext(self, message: str) -> str:
        """Translate a message."""
        return self.translations.gettext(message)

    def money(self, cents: int, currency: str = "USD") -> str:
        """Format integer cents, whole amounts without decimals."""
        return money.format_amount(cents, currency, self.locale)

    def signed(self, cents: int, currency: str = "USD") -> str:
        """Format a difference without its sign; the page shows the direction as ▲ or ▼ and in words."""
        return self.money(abs(cents), currency)

    def percent(self, share: Fraction | float, digits: int = 1) -> str:
        """Format a share in percent."""
        return _percent(float(share), digits, self.locale)

    def number(self, value: float) -> str:
        """Format a number."""
        return format_decimal(value, locale=self.locale)

    def day(self, when: date, form: str = "medium") -> str:
        """Format a date."""
        return _date(when, form, self.locale)

    def day_and_month(self, when: date) -> str:
        """Format a date without its year."""
        return _skeleton("MMMd", when, self.locale)

    def month(self, number: int) -> str:
        """Format a month number as month and year."""
        return _date(first_day(number), "LLL yyyy", self.locale)

    def month_of(self, when: date) -> str:
        """Format the month of a date with its year."""
        return _date(when, "LLL yyyy", self.locale)

    def month_alone(self, number: int) -> str:
        """Return the name of a month from 1 to 12."""
        return str(self.locale.months["stand-alone"]["wide"][number])

    def month_code(self, number: int) -> str:
        """Return a month number as a form sends it: 2027-01."""
        return first_day(number).isoformat()[:7]

    def short_money(self, cents: int) -> str:
        """Format integer cents for an axis, in thousands or millions."""
        return format_compact_decimal(cents / 100, format_type="short", locale=self.locale, fraction_digits=1)

    def month_name(self, number: int) -> str:
        """Format a month number as a short name."""
        return _date(first_day(number), "LLL", self.locale)

    def moment(self, when: datetime) -> str:
        """Format a date and time in the reader's time zone, which it names."""
        local = local_moment(when)
        return f"{_moment(local, self.locale)} {_zone_name(local, self.locale)}"

    def ago(self, when: datetime, present: datetime) -> str:
        """Format how long ago a time was, in minutes up to two days and then in hours."""
        minutes = round((when - present).total_seconds() / 60)
        if not minutes:
            return self.sentence(message("just now"))
        return _ago(minutes if abs(minutes) < _TWO_DAYS else minutes // 60 * 60, self.locale)

    def value(self, value: Value) -> str:
        """Format a value of a message."""
        if isinstance(value, Money):
            return self.money(value.cents, value.currency)
        if isinstance(value, Percent):
            digits = len(str(value).removesuffix("%").removesuffix("…").partition(".")[2])
            percent = self.percent(value.share, digits)
            return percent if value.exact else f"≈\u00a0{percent}"
        if isinstance(value, Multiple):
            return f"{self.number(float(value.factor))}×"
        if isinstance(value, Duration):
            return _unit(value.count, value.unit.removesuffix("s"), self.locale)
        if isinstance(value, ListMessage):
            return format_list([self.value(item) for item in value], locale=self.locale)
        return self._plain(value)

    def _plain(self, value: "str | int | date | Message") -> str:
        if isinstance(value, Message):
            return self.sentence(value)
        if isinstance(value, date):
            return self.day(value)
        return self.number(value) if isinstance(value, int) else value

    def sentence(self, sentence: Message) -> str:
        """Translate a message and format its values."""
        return sentence.render(self.gettext, self.value, self.ngettext)

    def compared(self, old: Message, new: Message) -> Markup:
        """Return a message with its changes marked: only the changed values if its text is the same."""
        if old.msgid != new.msgid or [name for name, _ in old.values] != [name for name, _ in new.values]:
            return self._marked(old, new)
        old_values = dict(old.values)
        marked_values: dict[str, Markup] = {}
        for name, value in new.values:
            old_value = old_values[name]
            if isinstance(value, Message) and isinstance(old_value, Message):
                marked_values[name] = self.compared(old_value, value)
            elif str(old_value) == str(value):
                marked_values[name] = escape(self.value(value))
            else:
                marked_values[name] = self._marked(old_value, value)
        text = self.ngettext(new.msgid, new.plural, new.count) if new.plural else self.gettext(new.msgid)
        return escape(text).format_map(marked_values)

    def _marked(self, old: Value, new: Value) -> Markup:
        if str(old) == str(new):
            return escape(self.value(new))
        return Markup(
            '<del><span class="visually-hidden">{before} </span>{old}</del> '
            '<ins><span class="visually-hidden">{now} </span>{new}</ins>'
        ).format(before=self.gettext("before:"), now=self.gettext("now:"), old=self.value(old), new=self.value(new))


_zone: ContextVar[str] = ContextVar("zone", default="UTC")
"""The reader's time zone while a page is rendered."""


@contextmanager
def times_in(zone: str) -> Iterator[None]:
    """Show times in a zone while a page is rendered."""
    token = _zone.set(zone)
    try:
        yield
    finally:
        _zone.reset(token)


def local_moment(when: datetime) -> datetime:
    """Return a time in the reader's zone."""
    return when.astimezone(ZoneInfo(_zone.get()))


def local_day(when: datetime) -> date:
    """Return the day of a time in the reader's zone."""
    return local_moment(when).date()


def _moment(when: datetime, locale: Locale) -> str:
    day = _date(when.date(), "medium", locale)
    return f"{day}, {format_time(when, format='short', tzinfo=when.tzinfo, locale=locale)}"


def _zone_name(when: datetime, locale: Locale) -> str:
    """Return the short name of a time's zone, such as CST; where people use none, the hours from UTC."""
    name = get_timezone_name(when, width="short", locale=locale)
    if name[0] not in "+-":
        return name
    hours, minutes = name[:3], name[3:]
    return f"UTC{hours[0]}{int(hours[1:])}" + (f":{minutes}" if minutes != "00" else "")


@lru_cache(maxsize=4096)
def _date(when: date, form: str, locale: Locale) -> str:
    return format_date(when, format=form, locale=locale)


@lru_cache(maxsize=1024)
def _skeleton(form: str, when: date, locale: Locale) -> str:
    return format_skeleton(form, when, locale=locale)


@lru_cache(maxsize=4096)
def _ago(minutes: int, locale: Locale) -> str:
    return format_timedelta(timedelta(minutes=minutes), add_direction=True, locale=locale)


@lru_cache(maxsize=1024)
def _unit(count: int, unit: str, locale: Locale) -> str:
    return format_unit(count, unit, locale=locale)


@lru_cache(maxsize=1024)
def _percent(share: float, digits: int, locale: Locale) -> str:
    return format_percent(share, format=f"#,##0.{'0' * digits}%" if digits else "#,##0%", locale=locale)


def language_names(code: str) -> dict[str, str]:
    """Return the names of the languages that the interface is translated into, by code, each in itself.

    `code` is the one that the server was started with.
    """
    codes = {"en", code, *(path.name for path in _locales_folder().glob("*") if path.is_dir())} - {PSEUDO}
    return {name: str(Locale.parse(name).display_name) for name in sorted(codes)}


def _locales_folder() -> Path:
    return data_folder("static").parent / "locales"


@lru_cache
def language(code: str) -> Language:
    """Return a language; raises SettingsError for one without translations."""
    if code == PSEUDO:
        return Language(code, Locale("ar"), PseudoTranslations())
    if code == "en":
        return Language(code, Locale("en", "US"), NullTranslations())
    try:
        translations = translation("townhall", str(_locales_folder()), [code])
    except FileNotFoundError:
        raise SettingsError(f"TOWNHALL_LOCALE cannot be “{code}”: there is no translation into it.") from None
    return Language(code, Locale.parse(code), translations)
