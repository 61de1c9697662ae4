"""Matches imported rows with existing deals, of the same source and of others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from server.db.bulk import texts
from server.deals.models import Deal, DealCredit, Source

COPIED_FIELDS = (
    "stage",
    "kind",
    "arr",
    "term_months",
    "engaged_on",
    "signed_on",
    "aha_on",
    "churned_on",
    "renewed_on",
    "rating",
    "rated_on",
    "paid_on",
    "live_on",
    "starts_on",
    "rep_average",
    "refund_of",
    "segment",
    "region",
    "currency",
    "discount",
    "prepaid",
    "amounts",
    "payments",
)
_VALUES = (*COPIED_FIELDS, "customer_id", "product_id")
_DEFAULTS = {
    "kind": "new",
    "term_months": 12,
    "segment": "",
    "region": "",
    "currency": "",
    "refund_of": "",
    "prepaid": False,
    "amounts": {},
    "payments": [],
}
"""The value of a column that a file does not have; None for all other columns."""
_CHUNK_SIZE = 5_000
"""Deal IDs that are looked up in one statement."""

Shares = dict[int, tuple[int, str]]
"""Share (ten-billionths) and credit role by person, in the order of their positions."""


@dataclass(frozen=True, slots=True)
class ExistingDeal:
    """A stored deal with its credits."""

    key: int
    source_id: int
    values: dict[str, Any]
    shares: Shares
    changed_at: datetime | None

    @property
    def has_rep(self) -> bool:
        """Whether the deal is won and someone is credited with it."""
        return self.values["stage"] == "won" and bool(self.shares)

    def is_same(self, values: Mapping[str, Any]) -> bool:
        """Return whether a row of another source is about this deal: their customers are the same.

        Where the row has no customer, neither may have one, and signing date and amount must be the same.
        """
        names = ("customer_id",) if values["customer_id"] else ("customer_id", "signed_on", "arr")
        return all(self.values[name] == values[name] for name in names)

    def with_stated(self, values: Mapping[str, Any], stated: frozenset[str] | None) -> dict[str, Any]:
        """Return the deal's values, overwritten by the fields that a file of the same source has (None: all)."""
        return {
            name: value if stated is None or name in stated else self.values[name] for name, value in values.items()
        }

    def merge_stated(self, values: Mapping[str, Any], stated: frozenset[str] | None) -> dict[str, Any]:
        """Return the deal's values, overwritten by what a file of another source has (None: all) and states."""
        values = self.with_stated(values, stated)
        return {name: self.values[name] if value == _DEFAULTS.get(name) else value for name, value in values.items()}


class ExistingDeals:
    """The existing deals that rows may be about, by external ID."""

    def __init__(self, session: Session, source_id: int, numbers: Sequence[str]) -> None:
        self._own: dict[str, ExistingDeal] = {}
        self._others: dict[str, list[ExistingDeal]] = {}
        for first in range(0, len(numbers), _CHUNK_SIZE):
            is_named = has_number(session, numbers[first : first + _CHUNK_SIZE])
            for number, deal in _existing_deals(session, is_named):
                if deal.source_id == source_id:
                    self._own[number] = deal
                else:
                    self._others.setdefault(number, []).append(deal)

    def own_deal(self, number: str) -> ExistingDeal | None:
        """Return this source's deal with an external ID."""
        return self._own.get(number)

    def is_known(self, number: str) -> bool:
        """Return whether a deal of any source has an external ID."""
        return number in self._own or number in self._others

    def deal_of_other_source(
        self, number: str, values: Mapping[str, Any], stated: frozenset[str] | None
    ) -> ExistingDeal | None:
        """Return another source's deal that a row is about, so that the deal is not counted twice.

        A file without customers and days of signing is about the only deal with the number.
        """
        others = self._others.get(number, ())
        if stated is not None and not stated & {"customer_id", "signed_on"}:
            return others[0] if len(others) == 1 else None
        return next((deal for deal in self._others.get(number, ()) if deal.is_same(values)), None)


def has_number(session: Session, numbers: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a deal of any source has one of these external IDs, as the unique index finds it."""
    is_of_any_source = col(Deal.source_id).in_(select(Source.id))
    return and_(is_of_any_source, col(Deal.external_id).in_(texts(session, numbers)))


def _existing_deals(session: Session, where: ColumnElement[bool]) -> Iterator[tuple[str, ExistingDeal]]:
    shares: dict[int, Shares] = {}
    deal_credits = select(DealCredit.deal_id, DealCredit.person_id, DealCredit.share, DealCredit.role)
    for deal, person, share, role in session.exec(
        deal_credits.join(Deal, col(Deal.id) == col(DealCredit.deal_id)).where(where).order_by(col(DealCredit.position))
    ):
        shares.setdefault(deal, {})[person] = (share, role)
    columns = [getattr(Deal, name) for name in _VALUES]
    fixed = map(col, (Deal.external_id, Deal.id, Deal.source_id, Deal.changed_at))
    statement = sa_select(*fixed, *columns).where(where)
    for number, key, source_id, changed_at, *row in session.execute(statement):
        values = dict(zip(_VALUES, row, strict=True))
        yield number, ExistingDeal(key, source_id, values, shares.get(key, {}), changed_at)


def merged_payments(known: Sequence[Sequence[Any]], new: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Return payments (ISO day, cents) by day; those of a day that is stated again replace the known ones."""
    days = {day for day, _ in new}
    return sorted([*([day, cents] for day, cents in known if day not in days), *map(list, new)])
