"""The language of the screens: messages through gettext, dates and money through Babel."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from gettext import NullTranslations, translation

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
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
"""A made-up language for tests: accented, longer and right to left, so that what was forgotten shows."""
_ACCENTED = str.maketrans("aceinouyACEINOUYs", "áçéíñóúýÁÇÉÍÑÓÚÝš")
_TWO_DAYS = 2 * 24 * 60
_PLACE = re.compile(r"(%\(\w+\)[sd]|\{\w+\}|<[^>]*>)")


class PseudoTranslations(NullTranslations):
    """Turns every message into an accented, longer one and leaves its places alone."""

    def gettext(self, message: str) -> str:
        """Return the message in disguise."""
        parts = _PLACE.split(message)
        disguised = "".join(part if index % 2 else part.translate(_ACCENTED) for index, part in enumerate(parts))
        return f"⟦{disguised}·····⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the singular or the plural in disguise."""
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        """Return the message in disguise; the context does not show."""
        del context
        return self.gettext(message)


@dataclass(frozen=True)
class Language:
    """Shows messages and values in one language."""

    code: str
    locale: Locale
    translations: NullTranslations

    @property
    def direction(self) -> str:
        """Return ltr or rtl."""
        return self.locale.text_direction

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """Return the form of a message that goes with a count."""
        return str(self.translations.ngettext(singular, plural, count))

    def gettext(self, message: str) -> str:
        """Translate a message."""
        return self.translations.gettext(message)

    def money(self, cents: int, currency: str = "USD") -> str:
        """Show integer cents; whole amounts without decimals."""
        return money.format_amount(cents, currency, self.locale)

    def signed(self, cents: int, currency: str = "USD") -> str:
        """Show a difference without its sign; ▲ and ▼ and words say the direction."""
        return self.money(abs(cents), currency)

    def percent(self, share: Fraction | float, digits: int = 1) -> str:
        """Show a share in percent."""
        return _percent(float(share), digits, self.locale)

    def number(self, value: float) -> str:
        """Show a plain number."""
        return format_decimal(value, locale=self.locale)

    def day(self, when: date, form: str = "medium") -> str:
        """Show a date."""
        return _date(when, form, self.locale)

    def day_and_month(self, when: date) -> str:
        """Show a date without its year."""
        return _skeleton("MMMd", when, self.locale)

    def month(self, number: int) -> str:
        """Show a month number with its year."""
        return _date(first_day(number), "LLL yy", self.locale)

    def month_code(self, number: int) -> str:
        """Return a month number as a form sends it: 2027-01."""
        return first_day(number).isoformat()[:7]

    def short_money(self, cents: int) -> str:
        """Show an amount beside an axis, in thousands or millions."""
        return format_compact_decimal(cents / 100, format_type="short", locale=self.locale, fraction_digits=1)

    def month_name(self, number: int) -> str:
        """Show a month number's name, short."""
        return _date(first_day(number), "LLL", self.locale)

    def moment(self, when: datetime) -> str:
        """Show a moment."""
        return format_datetime(when, format="medium", locale=self.locale)

    def ago(self, when: datetime, present: datetime) -> str:
        """Show how long ago a moment was."""
        minutes = round((when - present).total_seconds() / 60)
        if not minutes:
            return self.sentence(message("just now"))
        return _ago(minutes if abs(minutes) < _TWO_DAYS else minutes // 60 * 60, self.locale)

    def value(self, value: Value) -> str:
        """Show whatever stands in a sentence."""
        if isinstance(value, Money):
            return self.money(value.cents, value.currency)
        if isinstance(value, Percent):
            digits = len(str(value).removesuffix("%").removesuffix("…").partition(".")[2])
            shown = self.percent(value.share, digits)
            return shown if value.exact else f"≈\u00a0{shown}"
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
        """Return a message in this language."""
        return sentence.render(self.gettext, self.value, self.ngettext)

    def compared(self, old: Message, new: Message) -> Markup:
        """Show a sentence with what differs from an older one marked: single values where the words are the same."""
        if old.msgid != new.msgid or [name for name, _ in old.values] != [name for name, _ in new.values]:
            return self._marked(old, new)
        before = dict(old.values)
        places: dict[str, Markup] = {}
        for name, value in new.values:
            was = before[name]
            if isinstance(value, Message) and isinstance(was, Message):
                places[name] = self.compared(was, value)
            elif str(was) == str(value):
                places[name] = escape(self.value(value))
            else:
                places[name] = self._marked(was, value)
        return escape(self.gettext(new.msgid)).format_map(places)

    def _marked(self, old: Value, new: Value) -> Markup:
        if str(old) == str(new):
            return escape(self.value(new))
        return Markup(
            '<del><span class="visually-hidden">{was} </span>{old}</del> '
            '<ins><span class="visually-hidden">{now} </span>{new}</ins>'
        ).format(was=self.gettext("before:"), now=self.gettext("now:"), old=self.value(old), new=self.value(new))


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


@lru_cache
def language(code: str) -> Language:
    """Return a language; raises SettingsError for one without translations."""
    if code == PSEUDO:
        return Language(code, Locale("ar"), PseudoTranslations())
    if code == "en":
        return Language(code, Locale("en", "US"), NullTranslations())
    try:
        translations = translation("townhall", str(data_folder("static").parent / "locales"), [code])
    except FileNotFoundError:
        raise SettingsError(f"TOWNHALL_LOCALE cannot be “{code}”: there is no translation into it.") from None
    return Language(code, Locale.parse(code), translations)
