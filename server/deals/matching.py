"""Which deals are there already: of the source that rows come from, and the same ones of other sources."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from server.deals.models import Deal, DealCredit

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
    "segment",
    "region",
    "currency",
    "discount",
    "prepaid",
    "amounts",
)
_VALUES = (*COPIED_FIELDS, "customer_id", "product_id")
_UNSTATED = {
    "kind": "new",
    "term_months": 12,
    "segment": "",
    "region": "",
    "currency": "",
    "prepaid": False,
    "amounts": {},
}
"""What stands for a column that is not there; for all others it is None."""
_AT_ONCE = 500
"""Numbers that are looked up in one statement."""

Shares = dict[int, tuple[int, str]]
"""Share and role by person."""


@dataclass(frozen=True, slots=True)
class ExistingDeal:
    """A deal as it is kept, with who is credited."""

    key: int
    source_id: int
    values: dict[str, Any]
    shares: Shares

    def is_same(self, values: Mapping[str, Any]) -> bool:
        """Say whether a row of another source is about this deal: the customers are alike.

        Where none is known, the day of signing and the amount are.
        """
        alike = ("customer_id",) if values["customer_id"] else ("customer_id", "signed_on", "arr")
        return all(self.values[name] == values[name] for name in alike)

    def with_stated(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return its values with what another source states: a column that is not there says nothing."""
        return {name: self.values[name] if value == _UNSTATED.get(name) else value for name, value in values.items()}


class ExistingDeals:
    """The deals that rows may be about, by number."""

    def __init__(self, session: Session, source_id: int, numbers: Sequence[str], *, has_others: bool) -> None:
        here = col(Deal.source_id) == source_id
        self._here = dict(_existing(session, here))
        self._elsewhere: dict[str, list[ExistingDeal]] = {}
        for first in range(0, len(numbers) if has_others else 0, _AT_ONCE):
            part = numbers[first : first + _AT_ONCE]
            for number, kept in _existing(session, ~here & col(Deal.external_id).in_(part)):
                self._elsewhere.setdefault(number, []).append(kept)

    def own(self, number: str) -> ExistingDeal | None:
        """Return the source's own deal of a number."""
        return self._here.get(number)

    def same_elsewhere(self, number: str, values: Mapping[str, Any]) -> ExistingDeal | None:
        """Return the deal of another source that a row is about: it must not count twice."""
        return next((kept for kept in self._elsewhere.get(number, ()) if kept.is_same(values)), None)


def _existing(session: Session, where: ColumnElement[bool]) -> Iterator[tuple[str, ExistingDeal]]:
    shares: dict[int, Shares] = {}
    credited = select(DealCredit.deal_id, DealCredit.person_id, DealCredit.share, DealCredit.role)
    for deal, person, share, role in session.exec(
        credited.join(Deal, col(Deal.id) == col(DealCredit.deal_id)).where(where)
    ):
        shares.setdefault(deal, {})[person] = (share, role)
    columns = [getattr(Deal, name) for name in _VALUES]
    statement = sa_select(col(Deal.external_id), col(Deal.id), col(Deal.source_id), *columns).where(where)
    for number, key, source_id, *values in session.execute(statement):
        yield number, ExistingDeal(key, source_id, dict(zip(_VALUES, values, strict=True)), shares.get(key, {}))
