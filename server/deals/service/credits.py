"""The credits of a deal, as they are stored."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, insert
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from server.deals.models import DealCredit

CREDITS_OF_DEALS: Table = DealCredit.__table__  # type: ignore[attr-defined]


def credits_as_json(shares: Mapping[int, tuple[int, str]]) -> list[list[Any]]:
    """Return credits by person as `stored_credits` returns them."""
    return [[person, share, position, role] for position, (person, (share, role)) in enumerate(shares.items())]


CREDITS = "credits"
"""What the credits of a deal are called beside the columns of its row."""


def stored_credits(session: Session, key: int) -> list[list[Any]]:
    """Return a deal's credits as person, share, position and role."""
    columns = (DealCredit.person_id, DealCredit.share, DealCredit.position, DealCredit.role)
    statement = sa_select(*map(col, columns)).where(col(DealCredit.deal_id) == key)
    return [list(row) for row in session.execute(statement.order_by(col(DealCredit.position)))]


def replace_credits(session: Session, key: int, credits_: Sequence[Sequence[Any]]) -> None:
    """Replace a deal's credits by those that `stored_credits` returned."""
    session.execute(delete(DealCredit).where(col(DealCredit.deal_id) == key))
    names = ("deal_id", "person_id", "share", "position", "role")
    if credits_:
        session.execute(insert(DealCredit), [dict(zip(names, (key, *credit), strict=True)) for credit in credits_])
