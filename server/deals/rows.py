"""Deals as files, programs and the sample company state them, before they are written."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from server.comp.history import OWN
from server.deals.conversion import DealFacts

Credited = TypeVar("Credited")
"""What names a person: their key in the database, or their name in a file."""
NO_AMOUNTS: Mapping[str, int] = MappingProxyType({})
NO_ROLES: Mapping[Any, str] = MappingProxyType({})


class DealRow(NamedTuple, Generic[Credited]):
    """A deal as it is stated, with names instead of keys.

    `arr` is in cents, `discount` in millionths, `rep_average` in millionths of a star. `credits` are shares in
    ten-billionths by person; `role` is everyone's but those of `roles`. `stated` are the columns of the deals
    table that its file has, None for all: the others stay as they are when an existing deal is updated.
    """

    external_id: str
    stage: str
    arr: int
    customer: str | None = None
    product: str | None = None
    kind: str = "new"
    term_months: int = 12
    engaged_on: date | None = None
    signed_on: date | None = None
    aha_on: date | None = None
    churned_on: date | None = None
    renewed_on: date | None = None
    rating: int | None = None
    rated_on: date | None = None
    paid_on: date | None = None
    live_on: date | None = None
    starts_on: date | None = None
    rep_average: int | None = None
    refund_of: str = ""
    segment: str = ""
    region: str = ""
    currency: str = ""
    discount: int | None = None
    prepaid: bool = False
    amounts: Mapping[str, int] = NO_AMOUNTS
    payments: Sequence[tuple[str, int]] = ()
    role: str = OWN
    credits: Mapping[Credited, int] = MappingProxyType({})
    roles: Mapping[Credited, str] = NO_ROLES
    stated: frozenset[str] | None = None

    def role_of(self, person: Credited) -> str:
        """Return why someone is credited: own, overlay or team."""
        return self.roles.get(person, self.role)

    @property
    def shares(self) -> list[tuple[int, str]]:
        """Everyone's share with their role, in the order of the credits."""
        return [(share, self.role_of(person)) for person, share in self.credits.items()]

    def facts(self, signed: date) -> DealFacts:
        """Return what is known of a won deal, in the form that the engine's deals are made from."""
        values = {name: getattr(self, name) for name in DealFacts.__annotations__}
        return DealFacts(**{**values, "signed_on": signed})  # type: ignore[typeddict-item]
