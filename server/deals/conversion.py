"""The one conversion of a company's deals into the engine's: files, API, database and command line all use it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import gcd
from typing import Any, TypedDict

from server.comp.history import STAR_SCALE, Deal, Payment, Split
from server.comp.mechanics.installments import with_payments
from server.comp.mechanics.measures import stated_arr

MILLION = 10**6
RATED_AFTER = timedelta(days=90)
"""When the buyer of a deal rated it, if only the stars are known: the survey is asked ninety days after the sale."""


class DealFacts(TypedDict):
    """What is known of a won deal: amounts of the whole deal in cents or units, `discount` in millionths.

    `rep_average` is in millionths of a star, `payments` are pairs of an ISO date and cents.
    """

    external_id: str
    signed_on: date
    arr: int
    term_months: int
    kind: str
    product: str | None
    customer: str | None
    aha_on: date | None
    churned_on: date | None
    rating: int | None
    rated_on: date | None
    rep_average: int | None
    paid_on: date | None
    live_on: date | None
    starts_on: date | None
    segment: str
    region: str
    currency: str
    discount: int | None
    prepaid: bool
    role: str
    refund_of: str
    amounts: Mapping[str, int]
    payments: Sequence[Sequence[Any]]


WHOLE_CREDIT = 10**10
"""The share of a deal credited to one person alone. Shares are in ten-billionths, so that the parts of a deal of up to
100 million stay exact to the cent."""
PERCENT = WHOLE_CREDIT // 100
ROUNDING = PERCENT // 100
"""By how much each share that is stated with two decimals, such as three times 33.33%, may miss its part."""


def percent_text(share: int) -> str:
    """Return a share in percent, with as many decimals as it has and without the sign: 33.33."""
    return f"{Decimal(share) / PERCENT:f}"


def total_share(shares: Collection[int]) -> int:
    """Return the sum of shares that add up to a whole deal, up to the rounding of each, and else the whole."""
    return sum(shares) if abs(sum(shares) - WHOLE_CREDIT) <= len(shares) * ROUNDING else WHOLE_CREDIT


def split_of(shares: Sequence[tuple[int, str]], index: int) -> tuple[Sequence[int], int]:
    """Return the weights of those with whom a person shares a deal, and the person's position among them.

    `shares` are everyone's with their roles. Those of a role share the deal if their shares add up to all of it, up to
    the rounding of each; otherwise, as with overlay credit, each is credited with their share of the whole.
    """
    share, role = shares[index]
    group = [other for other, other_role in shares if other_role == role]
    if total_share(group) == sum(group):
        return group, sum(other_role == role for _, other_role in shares[:index])
    return (share, WHOLE_CREDIT - share) if share < WHOLE_CREDIT else (), 0


def engine_deal(facts: DealFacts, shares: Sequence[int] = (), index: int = 0) -> Deal:
    """Return a deal for one of the people who share it.

    `shares` are the weights of everyone who does, `index` the position of this person among them.
    """
    rating, discount, average, amounts = facts["rating"], facts["discount"], facts["rep_average"], facts["amounts"]
    deal = Deal(
        id=facts["external_id"],
        signed=facts["signed_on"],
        arr=stated_arr(facts["arr"], amounts),
        term=facts["term_months"],
        kind=facts["kind"],
        product=facts["product"] or "",
        customer=facts["customer"] or "",
        aha=facts["aha_on"],
        churned=facts["churned_on"],
        rating=rating,
        rated=facts["rated_on"] or (facts["signed_on"] + RATED_AFTER if rating else None),
        rep_average=None if average is None else Fraction(average, STAR_SCALE),
        segment=facts["segment"],
        region=facts["region"],
        role=facts["role"],
        currency=facts["currency"],
        discount=None if discount is None else Fraction(discount, MILLION),
        prepaid=facts["prepaid"],
        paid=facts["paid_on"],
        live=facts["live_on"],
        starts=facts["starts_on"],
        split=Split(tuple(share // gcd(*shares) for share in shares), index) if len(shares) > 1 else None,
        amounts=tuple(sorted(amounts.items())) if amounts else (),
        refund_of=facts["refund_of"],
    )
    if not facts["payments"]:
        return deal
    return with_payments(deal, (Payment(date.fromisoformat(day), cents) for day, cents in facts["payments"]))
