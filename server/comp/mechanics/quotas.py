"""Quotas and targets of a period: spread over the seasons, ramped, prorated, adjusted, or a team's sum."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby

from server.comp.calendar import MONTHS_IN_YEAR, first_day, last_day, month_of
from server.comp.history import Adjustment, Member, Person
from server.comp.language.declarations import PERCENT, SHARE, Choices, choice, declare
from server.comp.language.fields import Fields
from server.comp.rounding import to_cents
from server.messages import ListMessage, Message, Percent, message

_SEASONS = (0, 2, 4, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """How a yearly quota becomes that of a period and a person."""

    spread: tuple[Fraction, ...] = declare(Choices(SHARE), (), doc="2, 4 or 12 shares of the year's quota.")
    ramp: tuple[Fraction, ...] = declare(
        Choices(PERCENT, 36), (), doc="Share of the quota in the first, second, … month since a person started."
    )
    ramp_rate: str = declare(choice("stays", "rises"), "stays", doc="Whether 1x rises while the quota is ramped.")
    prorated: str = declare(choice("no", "by days", "by months"), "no")
    start_day: str = declare(choice("counts", "does not count"), "counts")
    level_change: str = declare(
        choice("level at signing", "blended"),
        "level at signing",
        doc="Whose quota counts in a period in which the level changes.",
    )

    def check(self, fields: Fields) -> None:
        """Report seasons that are not the year."""
        if len(self.spread) not in _SEASONS:
            fields.report("spread", message("A spread has 2, 4 or 12 shares."))
        elif self.spread and sum(self.spread) != 1:
            whole = Percent(sum(self.spread, Fraction(0)))
            fields.report("spread", message("The shares come to {share} instead of 100%.", share=whole))

    def season(self, month_of_year: int) -> Fraction:
        """Return the share of the year's quota in one of its months (from 0)."""
        if not self.spread:
            return Fraction(1, MONTHS_IN_YEAR)
        months = MONTHS_IN_YEAR // len(self.spread)
        return self.spread[month_of_year // months] / months

    def sentences(self) -> list[Message]:
        """Say every choice."""
        said = []
        if self.spread:
            shares = ListMessage(tuple(Percent(share) for share in self.spread))
            said.append(message("The year's quota is spread as {shares}.", shares=shares))
        if self.ramp:
            shares = ListMessage(tuple(Percent(share) for share in self.ramp))
            said.append(message("A new hire's quota is {shares} of the full one, month by month.", shares=shares))
            said.append(
                message("Meanwhile the rate stays that of the full quota.")
                if self.ramp_rate == "stays"
                else message("Meanwhile the rate rises, since the whole target is paid for the smaller quota.")
            )
        if self.prorated != "no":
            said.append(
                message("Quota and target are prorated by days of employment; the first day counts.")
                if self.prorated == "by days" and self.start_day == "counts"
                else message("Quota and target are prorated by days of employment; the first day does not count.")
                if self.prorated == "by days"
                else message("Quota and target are prorated by months of employment; a started month counts.")
            )
        if self.level_change == "blended":
            said.append(message("When the level changes within a period, quota and target are blended by months."))
        return said


AS_STATED = Quotas()


@dataclass(frozen=True, slots=True)
class Portion:
    """What a person's period holds of the year: exact shares of the yearly quota and of the yearly target."""

    quota: Fraction
    target: Fraction


@dataclass(frozen=True, slots=True)
class Terms:
    """What a level means to one person in one period: quota (cents or units), target (cents), and what 1x pays."""

    quota: int
    target: int
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Yearly:
    """A level's year for one component: its quota (exact, cents or units) and its target (exact cents)."""

    quota: Fraction
    target: Fraction
    is_team: bool = False
    stated: Fraction | None = None

    @property
    def rate(self) -> Fraction:
        """What 1x means: the stated rate, or the quotient; nothing can be derived from a quota of 0."""
        if self.stated is not None:
            return self.stated
        return self.target / self.quota if self.quota else Fraction(0)


def employed_days(quotas: Quotas, started: date | None, left: date | None, first: date, last: date) -> int:
    """Count the days of a period on which somebody was employed; whether the first day counts is the plan's choice."""
    begin, end = max(first, started or first), min(last, left or last)
    days = (end - begin).days + 1
    if started and started >= first and quotas.start_day == "does not count":
        days -= 1
    return max(days, 0)


def employed_share(person: Person, month: int) -> Fraction:
    """Return the share of a month's days on which somebody was employed, the first and the last day included."""
    first, last = first_day(month), last_day(month)
    return Fraction(employed_days(AS_STATED, person.started, person.left, first, last), (last - first).days + 1)


def _days_share(quotas: Quotas, started: date | None, left: date | None, span: tuple[int, int]) -> Fraction:
    """Return the share of the days of some months on which somebody was employed."""
    begin, end = first_day(span[0]), last_day(span[0] + span[1] - 1)
    return Fraction(employed_days(quotas, started, left, begin, end), (end - begin).days + 1)


def _stretches(quotas: Quotas, span: tuple[int, int], year_start: int) -> list[tuple[int, int]]:
    """Return the first month and the length of every season within some months; without seasons, of all of them."""
    length = MONTHS_IN_YEAR // len(quotas.spread) if quotas.spread else span[1]
    start = year_start if quotas.spread else span[0]
    found: list[tuple[int, int]] = []
    for _, run in groupby(range(span[0], span[0] + span[1]), key=lambda month: (month - start) // length):
        months = list(run)
        found.append((months[0], len(months)))
    return found


def portion(quotas: Quotas, started: date | None, left: date | None, span: tuple[int, int], year_start: int) -> Portion:
    """Work out a period: `span` is its first month and how many there are, `year_start` the year's first month."""
    first, months = span
    every = range(first, first + months)
    seasons = {month: quotas.season((month - year_start) % MONTHS_IN_YEAR) for month in every}
    here = [
        month
        for month in every
        if (started is None or last_day(month) >= started) and (left is None or first_day(month) <= left)
    ]
    ramp = Fraction(1)
    if quotas.ramp and started and here:
        since = month_of(started)
        shares = {m: quotas.ramp[m - since] if 0 <= m - since < len(quotas.ramp) else Fraction(1) for m in here}
        held = sum(seasons[month] for month in here)
        ramp = sum(seasons[m] * shares[m] for m in here) / held if held else Fraction(1)
    whole, part, held = sum(seasons.values(), Fraction(0)), Fraction(1), Fraction(1)
    if quotas.prorated == "by days":
        part = _days_share(quotas, started, left, span)
        of_seasons = [
            (seasons[begin] * length, _days_share(quotas, started, left, (begin, length)))
            for begin, length in _stretches(quotas, span, year_start)
        ]
        held = sum((season * share for season, share in of_seasons), Fraction(0)) / whole if whole else part
    elif quotas.prorated == "by months":
        part = Fraction(len(here), months)
        held = sum((seasons[month] for month in here), Fraction(0)) / whole if whole else part
    return Portion(whole * ramp * held, Fraction(months, MONTHS_IN_YEAR) * part)


def has_no_overrides(person: Person) -> bool:
    """Say whether a person's periods are like everybody's."""
    return not (person.started or person.left or person.adjustments or person.team)


def adjusted(person: Person, component: str, last_month: int) -> Adjustment | None:
    """Return what holds for a person in a period, which is judged by its last month; later entries win."""
    found = None
    for one in person.adjustments:
        if one.covers(last_month) and one.component.casefold() in {"", component.casefold()}:
            found = one
    return found


def team_quota(
    quotas: Quotas, team: tuple[Member, ...], span: tuple[int, int], year_start: int
) -> tuple[Fraction, Fraction]:
    """Return the sum of a team's quotas for a period, and for a year."""
    period = sum((m.quota * portion(quotas, m.started, m.left, span, year_start).quota for m in team), Fraction(0))
    return period, Fraction(sum(member.quota for member in team))


def terms_for(quotas: Quotas, yearly: Yearly, person: Person | None, span: tuple[int, int], year_start: int) -> Terms:
    """Work out a period's terms: `span` is its first month and how many there are."""
    started, left = (person.started, person.left) if person else (None, None)
    share = portion(quotas, started, left, span, year_start)
    quota, rate = yearly.quota * share.quota, yearly.rate
    if yearly.is_team:
        quota, whole = team_quota(quotas, person.team if person else (), span, year_start)
        if yearly.stated is None:
            rate = yearly.target / whole if whole else Fraction(0)
    target = yearly.target * share.target
    if quotas.ramp_rate == "rises" and quota and yearly.stated is None:
        rate = target / quota
    return Terms(to_cents(quota), to_cents(target), rate)
