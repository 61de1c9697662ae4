"""Quotas and targets of a period: spread over seasons, ramped, prorated, adjusted, or summed over a team."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import groupby
from operator import mul

from server.comp.calendar import CALENDAR_MONTHS, MONTHS_IN_YEAR, FiscalCalendar, whole_months
from server.comp.history import Adjustment, Member, Person
from server.comp.language.declarations import PERCENT, SHARE, Choices, choice, declare
from server.comp.language.fields import Fields
from server.comp.rounding import to_cents
from server.messages import ListMessage, Message, Percent, message

_SEASONS = (0, 2, 4, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """How a yearly quota becomes the quota of a period and a person."""

    spread: tuple[Fraction, ...] = declare(Choices(SHARE), (), doc="2, 4 or 12 shares of the year's quota.")
    ramp: tuple[Fraction, ...] = declare(
        Choices(PERCENT, 36),
        (),
        doc="Shares of the quota in the first, second, … month since a person started.",
    )
    ramp_rate: str = declare(
        choice("stays", "rises"),
        "stays",
        doc="Whether the rate of 1x rises while the quota is ramped.",
    )
    prorated: str = declare(choice("no", "by days", "by months"), "no")
    start_day: str = declare(choice("counts", "does not count"), "counts")
    level_change: str = declare(
        choice("level at signing", "blended"),
        "level at signing",
        doc="Which quota counts if the level changes within a period.",
    )

    in_force: tuple[date | None, date | None] = (None, None)
    """The first and last day on which the plan is in force. Not a term of the quotas."""
    calendar: FiscalCalendar = CALENDAR_MONTHS
    """The days of months. Not a term of the quotas."""

    def check(self, fields: Fields) -> None:
        """Report a spread that does not add up to the year."""
        if len(self.spread) not in _SEASONS:
            fields.report("spread", message("A spread must have 2, 4 or 12 shares."))
        elif self.spread and sum(self.spread) != 1:
            total = Percent(sum(self.spread, Fraction(0)))
            fields.report("spread", message("The shares add up to {share} instead of 100%.", share=total))

    @property
    def is_all_year(self) -> bool:
        """Return whether the plan is in force without limits."""
        return self.in_force == (None, None)

    def in_force_share(self, month: int) -> Fraction:
        """Return the share of the days of a month on which the plan is in force."""
        if self.is_all_year:
            return Fraction(1)
        first, last = self.calendar.first_day(month), self.calendar.last_day(month)
        return Fraction(employed_days(AS_STATED, *self.in_force, first, last), (last - first).days + 1)

    def season(self, month_of_year: int) -> Fraction:
        """Return the share of the year's quota in one month of the year (from 0)."""
        if not self.spread:
            return Fraction(1, MONTHS_IN_YEAR)
        months = MONTHS_IN_YEAR // len(self.spread)
        return self.spread[month_of_year // months] / months

    def sentences(self) -> list[Message]:
        """Describe each choice in a sentence."""
        sentences = []
        if self.spread:
            shares = ListMessage(tuple(Percent(share) for share in self.spread))
            sentences.append(message("The yearly quota is spread over the year as {shares}.", shares=shares))
        if self.ramp:
            shares = ListMessage(tuple(Percent(share) for share in self.ramp))
            sentences.append(message("A new hire's quota ramps up month by month: {shares}.", shares=shares))
            sentences.append(
                message("During the ramp the rate is that of the full quota.")
                if self.ramp_rate == "stays"
                else message("During the ramp the rate rises: the smaller quota pays the full target.")
            )
        if self.prorated != "no":
            sentences.append(self._proration_sentence())
        if self.level_change == "blended":
            rule = message("When the level changes within a period, quota and target are blended by months.")
            sentences.append(rule)
        return sentences

    def _proration_sentence(self) -> Message:
        if self.prorated == "by months":
            return message("Quota and target are prorated by months of employment; a started month counts.")
        if self.start_day == "counts":
            return message("Quota and target are prorated by days of employment; the first day counts.")
        return message("Quota and target are prorated by days of employment; the first day does not count.")


AS_STATED = Quotas()


@dataclass(frozen=True, slots=True)
class Portion:
    """The part of the year in a period of one person: exact shares of the yearly quota and target."""

    quota: Fraction
    target: Fraction


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one person in one period: quota (cents or units), target (cents), and what 1x pays."""

    quota: int
    target: int
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Yearly:
    """The yearly terms of a level for one component: quota (exact cents or units), target (exact cents)."""

    quota: Fraction
    target: Fraction
    is_team: bool = False
    stated: Fraction | None = None

    @property
    def rate(self) -> Fraction:
        """Return what 1x pays: the stated rate, or target / quota; 0 if the quota is 0."""
        if self.stated is not None:
            return self.stated
        return self.target / self.quota if self.quota else Fraction(0)


def employed_days(quotas: Quotas, started: date | None, left: date | None, first: date, last: date) -> int:
    """Return the number of days in a period on which a person was employed.

    The plan decides whether the day they started counts.
    """
    begin, end = max(first, started or first), min(last, left or last)
    days = (end - begin).days + 1
    if started and started >= first and quotas.start_day == "does not count":
        days -= 1
    return max(days, 0)


def months_of_work(person: Person, span: tuple[int, int], calendar: FiscalCalendar = CALENDAR_MONTHS) -> int | None:
    """Return the whole months from the first day of work to the end of a span; None if that day is not known."""
    if person.started is None:
        return None
    return max(whole_months(person.started, calendar.first_day(span[0] + span[1])), 0)


def employed_share(person: Person, month: int, calendar: FiscalCalendar) -> Fraction:
    """Return the share of the days of a month on which a person was employed, both ends included."""
    first, last = calendar.first_day(month), calendar.last_day(month)
    days = employed_days(AS_STATED, person.started, person.left, first, last)
    return Fraction(days, (last - first).days + 1)


def worked_share(quotas: Quotas, person: Person, span: tuple[int, int]) -> Fraction:
    """Return the average share of the days of a span's months on which a person was employed and the plan in force."""
    months = range(span[0], span[0] + span[1])
    shares = (employed_share(person, month, quotas.calendar) * quotas.in_force_share(month) for month in months)
    return sum(shares, Fraction(0)) / span[1]


def _days_share(quotas: Quotas, started: date | None, left: date | None, span: tuple[int, int]) -> Fraction:
    """Return the share of the days of a span on which a person was employed."""
    begin, end = quotas.calendar.first_day(span[0]), quotas.calendar.last_day(span[0] + span[1] - 1)
    return Fraction(employed_days(quotas, started, left, begin, end), (end - begin).days + 1)


def _season_spans(quotas: Quotas, span: tuple[int, int], year_start: int) -> list[tuple[int, int]]:
    """Return the part of each season in a span as (first month, length), or the span without seasons."""
    length = MONTHS_IN_YEAR // len(quotas.spread) if quotas.spread else span[1]
    start = year_start if quotas.spread else span[0]
    spans: list[tuple[int, int]] = []
    for _, group in groupby(range(span[0], span[0] + span[1]), key=lambda month: (month - start) // length):
        months = list(group)
        spans.append((months[0], len(months)))
    return spans


def portion(
    quotas: Quotas,
    started: date | None,
    left: date | None,
    span: tuple[int, int],
    year_start: int,
) -> Portion:
    """Return the part of the year in a period of one person.

    `span` is the first month of the period and its number of months, `year_start` the first month of the
    year.
    """
    first, month_count = span
    calendar = quotas.calendar
    months = range(first, first + month_count)
    seasons = {month: quotas.season((month - year_start) % MONTHS_IN_YEAR) for month in months}
    employed = [
        month
        for month in months
        if (started is None or calendar.last_day(month) >= started)
        and (left is None or calendar.first_day(month) <= left)
    ]
    full_quota = sum(seasons.values(), Fraction(0))
    ramp = _ramp_share(quotas, started, employed, seasons)
    target_share = quota_share = Fraction(1)
    if quotas.prorated == "by days":
        target_share = _days_share(quotas, started, left, span)
        employed_quota = sum(
            (
                seasons[begin] * length * _days_share(quotas, started, left, (begin, length))
                for begin, length in _season_spans(quotas, span, year_start)
            ),
            Fraction(0),
        )
        quota_share = employed_quota / full_quota if full_quota else target_share
    elif quotas.prorated == "by months":
        target_share = Fraction(len(employed), month_count)
        employed_quota = sum((seasons[month] for month in employed), Fraction(0))
        quota_share = employed_quota / full_quota if full_quota else target_share
    if not quotas.is_all_year:
        in_force = {month: quotas.in_force_share(month) for month in months}
        target_share *= sum(in_force.values(), Fraction(0)) / month_count
        quota_in_force = sum((seasons[month] * in_force[month] for month in months), Fraction(0))
        quota_share *= quota_in_force / full_quota if full_quota else Fraction(1)
    return Portion(full_quota * ramp * quota_share, Fraction(month_count, MONTHS_IN_YEAR) * target_share)


def _ramp_share(
    quotas: Quotas,
    started: date | None,
    employed: list[int],
    seasons: dict[int, Fraction],
) -> Fraction:
    """Return the ramped share of the quota: the average over the months employed, weighted by season."""
    if not (quotas.ramp and started and employed):
        return Fraction(1)
    shares = dict(enumerate(quotas.ramp, start=quotas.calendar.month_of(started)))
    full = sum(seasons[month] for month in employed)
    ramped = sum(seasons[month] * shares.get(month, Fraction(1)) for month in employed)
    return ramped / full if full else Fraction(1)


def has_no_overrides(person: Person) -> bool:
    """Return whether a person has the standard terms in every period."""
    return not (person.started or person.left or person.adjustments or person.team)


def adjusted(person: Person, component: str, month: int, known: int) -> Adjustment | None:
    """Return what a person's own terms state for a month, as far as they are known in another; later entries win.

    Terms are known from the month they begin in. An entry that states no quota, or no variable, leaves the one
    of an earlier entry.
    """
    current = None
    for adjustment in person.adjustments:
        applies = adjustment.covers(month) and adjustment.first_month <= known
        if applies and adjustment.component.casefold() in {"", component.casefold()}:
            current = adjustment if current is None else _merged(current, adjustment)
    return current


def known_since(person: Person, span: tuple[int, int], month: int) -> int:
    """Return the first month of a span in which a person's terms were known as they are in `month`.

    Deals signed from then on, up to the next change, are paid on the same terms.
    """
    last = min(month, span[0] + span[1] - 1)
    begins = [own.first_month for own in person.adjustments if span[0] < own.first_month <= last]
    return max(begins, default=span[0])


def changes_within(person: Person, span: tuple[int, int], known: int) -> bool:
    """Return whether a person's own terms begin or end inside a span, as far as they are known."""
    last = span[0] + span[1] - 1
    return any(
        own.first_month <= min(known, last)
        and own.last_month >= span[0]
        and not (own.first_month <= span[0] and own.last_month >= last)
        for own in person.adjustments
    )


def _merged(earlier: Adjustment, later: Adjustment) -> Adjustment:
    return replace(
        later,
        quota=earlier.quota if later.quota is None else later.quota,
        variable=earlier.variable if later.variable is None else later.variable,
    )


def team_quota(
    quotas: Quotas, team: tuple[Member, ...], span: tuple[int, int], year_start: int
) -> tuple[Fraction, Fraction]:
    """Return the sum of a team's quotas for a period, and for a year in which the team is as in that period.

    A member's quota counts for the days in the team; ramps and proration lower that of the period only.
    """
    months = range(span[0], span[0] + span[1])
    seasons = [quotas.season((month - year_start) % MONTHS_IN_YEAR) for month in months]
    period = year = Fraction(0)
    for member in team:
        if member.since is None and member.until is None:
            period += member.quota * portion(quotas, member.started, member.left, span, year_start).quota
            year += member.quota
            continue
        shares = [_share_in_team(member, month, quotas.calendar) for month in months]
        for month, share in zip(months, shares, strict=True):
            if share:
                period += (
                    member.quota * share * portion(quotas, member.started, member.left, (month, 1), year_start).quota
                )
        if sum(seasons):
            year += member.quota * sum(map(mul, seasons, shares), Fraction(0)) / sum(seasons)
    return period, year


def _share_in_team(member: Member, month: int, calendar: FiscalCalendar) -> Fraction:
    """Return the share of the days of a month on which a member was in the team."""
    first, end = calendar.first_day(month), calendar.first_day(month + 1)
    since, until = max(member.since or first, first), min(member.until or end, end)
    return Fraction(max((until - since).days, 0), (end - first).days)


def weighed(quotas: Quotas, years: Sequence[Yearly], span: tuple[int, int], year_start: int) -> Yearly:
    """Return the yearly terms of a span from those of each of its months.

    The quota is weighed by each month's share of the year's quota, the target by months.
    """
    if all(year == years[0] for year in years):
        return years[0]
    months = range(span[0], span[0] + span[1])
    weights = [quotas.season((month - year_start) % MONTHS_IN_YEAR) * quotas.in_force_share(month) for month in months]
    if not sum(weights):
        weights = [Fraction(1)] * len(years)
    quota = sum((year.quota * weight for year, weight in zip(years, weights, strict=True)), Fraction(0))
    target = sum((Fraction(year.target) for year in years), Fraction(0))
    return Yearly(quota / sum(weights), target / len(years), is_team=years[0].is_team, stated=years[-1].stated)


def terms_for(
    quotas: Quotas,
    yearly: Yearly,
    person: Person | None,
    span: tuple[int, int],
    year_start: int,
    part: Fraction = Fraction(1),
) -> Terms:
    """Return the terms of a period: the `part` of a span, which is its first month and its number of months."""
    started, left = (person.started, person.left) if person else (None, None)
    share = portion(quotas, started, left, span, year_start)
    quota, rate = yearly.quota * share.quota, yearly.rate
    if yearly.is_team:
        quota, yearly_quota = team_quota(quotas, person.team if person else (), span, year_start)
        if yearly.stated is None:
            rate = yearly.target / yearly_quota if yearly_quota else Fraction(0)
    target = yearly.target * share.target
    if quotas.ramp_rate == "rises" and quota and yearly.stated is None:
        rate = target / quota
    return Terms(to_cents(quota * part), to_cents(target * part), rate)
