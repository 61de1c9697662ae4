"""Deals and results: those of one rep as exact records, those of many reps as sorted arrays."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from server.comp.calendar import MONTHS_IN_YEAR
from server.comp.rounding import share_out, to_cents

STAR_SCALE = 10**6
"""Stored rep averages are in millionths of a star."""
RESULT_SCALE = 10**8
"""Stored results are in hundred-millionths: percentages have at most six decimals."""
OWN, TEAM = "own", "team"


@dataclass(frozen=True, slots=True)
class Split:
    """How a deal is shared: the weights of all who share it, and the position of this rep."""

    weights: tuple[int, ...]
    index: int


class Payment(NamedTuple):
    """What a customer paid for a deal on a day, in cents of the whole deal."""

    day: date
    cents: int


@dataclass(frozen=True, slots=True)
class Deal:
    """A won deal.

    `arr` is the annual recurring revenue of the whole deal in cents, `term` the contract's length in months.
    `amounts` hold other measures by name (cents, or units), also of the whole deal. `split` says who shares the
    deal; plans split its credit or its commission. `role` says why the rep is credited: own, overlay or team.
    `rep_average` replaces the average of the history's ratings, where a file states one.
    `starts` is the first day of service, where it is not the day of signing. `refund_of` is the id of the rep's
    deal that this one, with negative amounts, takes back in whole or in part. `payments` are the customer's, by day,
    where they are known one by one.
    """

    id: str
    signed: date
    arr: int = 0
    term: int = 12
    kind: str = "new"
    product: str = ""
    customer: str = ""
    aha: date | None = None
    churned: date | None = None
    rating: int | None = None
    rated: date | None = None
    rep_average: Fraction | None = None
    segment: str = ""
    region: str = ""
    role: str = OWN
    currency: str = ""
    discount: Fraction | None = None
    prepaid: bool = False
    paid: date | None = None
    live: date | None = None
    starts: date | None = None
    split: Split | None = None
    amounts: tuple[tuple[str, int], ...] = ()
    refund_of: str = ""
    payments: tuple[Payment, ...] = ()

    @property
    def amount_due(self) -> int:
        """What the customer pays for the whole deal, in cents: stated cash or contract value, or ARR over the term."""
        stated = self.amount("cash")
        stated = self.amount("tcv") if stated is None else stated
        return to_cents(Fraction(self.arr * self.term, MONTHS_IN_YEAR)) if stated is None else stated

    @property
    def own_arr(self) -> int:
        """The rep's share of the ARR in cents, by largest remainder."""
        return share_out(self.arr, self.split.weights)[self.split.index] if self.split else self.arr

    def amount(self, measure: str) -> int | None:
        """Return the stated amount of a measure, or None."""
        return next((amount for name, amount in self.amounts if name == measure), None)


@dataclass(frozen=True, slots=True)
class LevelSince:
    """A level held from a month on: its name, and its rank (from 0) for plans with other level names, if known.

    `needs_own_name`: a plan with a single level pays it only if the names agree, as for everyone who is not a rep.
    """

    first_month: int
    name: str
    rank: int | None = 0
    needs_own_name: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A value measured at a month's end that is not a sum of deals: NRR, CSAT, a score, a quartile."""

    of: str
    month: int
    value: Fraction


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Terms of one person for some months, and why: yearly amounts in cents, or hundredths of units for counts.

    A quota may apply to one component only. One for all components leaves quotas of counts that a plan states for
    the component alone.
    """

    first_month: int
    last_month: int
    reason: str
    base: int | None = None
    variable: int | None = None
    quota: int | None = None
    component: str = ""

    def covers(self, month: int) -> bool:
        """Return whether it applies in a month."""
        return self.first_month <= month <= self.last_month


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a manager's team: yearly quota in cents (or units), first and last day of work.

    `since` and `until` (outside) limit the quota to the days in the team.
    """

    quota: int
    started: date | None = None
    left: date | None = None
    since: date | None = None
    until: date | None = None


class Correction(NamedTuple):
    """An amount that someone adds to a person's variable pay on a day, or takes from it, in cents, and why.

    `entered_by` is who entered it on which day, where that is known.
    """

    day: date
    cents: int
    reason: str
    entered_by: str = ""
    entered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Facts about a rep other than deals; `opening` is the opening draw balance in cents.

    `unknown_quotas` is the number of people in the team whose quota is not known and so is not in `team`.
    """

    started: date | None = None
    left: date | None = None
    results: tuple[Result, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    team: tuple[Member, ...] = ()
    opening: int = 0
    corrections: tuple[Correction, ...] = ()
    unknown_quotas: int = 0


NO_PERSON = Person()


@dataclass(frozen=True, slots=True)
class History:
    """One rep's deals, the levels held (oldest first), and other facts about the person."""

    rep: str
    deals: tuple[Deal, ...]
    levels: tuple[LevelSince, ...] = ()
    person: Person = NO_PERSON

    def in_order(self) -> list[Deal]:
        """Return the deals ordered by day, and by id within a day, credit memos last."""
        return sorted(self.deals, key=lambda deal: (deal.signed, bool(deal.refund_of), deal.id))


def running_payments(deal: Deal) -> tuple[list[tuple[date, int]], int]:
    """Return the days of a deal's payments, each with what has been paid by then, and the total; the total is positive.

    What is paid before signing counts from the day of signing. Where the total is not known, the first payment is all
    of it.
    """
    total, days = deal.amount_due, [max(payment.day, deal.signed) for payment in deal.payments]
    if total <= 0:
        return [(day, 1) for day in days[:1]], 1
    sums = accumulate(payment.cents for payment in deal.payments)
    return [(day, min(paid, total)) for day, paid in zip(days, sums, strict=True)], total
