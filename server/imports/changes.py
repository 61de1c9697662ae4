"""What an import would change of won deals that are known: their rep, amount, day of signing or stage.

The rep of a won deal stays unless the admin says otherwise: after the sale a CRM hands customers over, and its owner
is then not who sold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from server.comp.history import OWN
from server.deals.conversion import PERCENT, ROUNDING, WHOLE_CREDIT
from server.deals.matching import has_number
from server.deals.models import Customer, Deal, DealCredit, Source
from server.deals.rows import DealRow
from server.imports.parsed import DealChange, ImportPreview
from server.messages import plural_message
from server.people.models import Person

OWNERS: Final = "owners"
MOVE: Final = "move"
KEEP: Final = "keep"
"""The key of the choice in a file's choices, and its values."""
_CHUNK_SIZE = 5_000
"""Deal IDs that are looked up in one statement."""


@dataclass(frozen=True, slots=True)
class _WonDeal:
    source: str
    customer: str
    arr: int
    currency: str
    signed: date | None
    credits: dict[str, tuple[int, str]]


def note_changes(session: Session, preview: ImportPreview, source: str) -> None:
    """Add the changes of won deals to a preview, and leave their reps as they are unless a file's choices move them."""
    known = _won_deals(session, [deal.external_id for deal in preview.deals])
    if not known:
        return
    keeps_owners = not moves_owners(preview)
    for position, deal in enumerate(preview.deals):
        won = _same_deal(known.get(deal.external_id, ()), deal, source)
        if won is None:
            continue
        changes = list(_changes(won, deal, preview.currency, keeps_owners=keeps_owners))
        preview.changes += changes
        if any(change.is_kept for change in changes):
            preview.deals[position] = deal._replace(stated=_all_columns(deal) - {"credits"})
    if kept := sum(change.is_kept for change in preview.changes):
        preview.notes.append(
            plural_message(
                "{count} won deal has another rep now. It keeps the rep who sold it.",
                "{count} won deals have other reps now. They keep the reps who sold them.",
                kept,
            )
        )


def moves_owners(preview: ImportPreview) -> bool:
    """Return whether won deals get the reps of the files, as the admin chose."""
    return any(file.choice.get(OWNERS) == MOVE for file in preview.files)


def _all_columns(deal: DealRow[str]) -> frozenset[str]:
    return frozenset() if deal.stated is None else deal.stated


def _same_deal(known: Sequence[_WonDeal], deal: DealRow[str], source: str) -> _WonDeal | None:
    """Return the known deal that a row is about, as `ExistingDeals` finds it: of its own source, or of another."""
    own = next((won for won in known if won.source == source), None)
    if own is not None or not known:
        return own
    if not _all_columns(deal) & {"customer_id", "signed_on"}:
        return known[0] if len(known) == 1 else None
    if deal.customer:
        return next((won for won in known if won.customer == deal.customer), None)
    alike = (won for won in known if (won.customer, won.signed, won.arr) == ("", deal.signed_on, deal.arr))
    return next(alike, None)


def _changes(won: _WonDeal, deal: DealRow[str], own_currency: str, *, keeps_owners: bool) -> list[DealChange]:
    stated = _all_columns(deal)
    pairs: list[tuple[str, str, str]] = []
    credited = {name: (share, deal.role_of(name)) for name, share in deal.credits.items()}
    if "credits" in stated and won.credits and not _are_alike(credited, won.credits):
        pairs.append(("rep", shown_credits(won.credits), shown_credits(credited)))
    if "arr" in stated and (won.arr, won.currency) != (deal.arr, deal.currency):
        pairs.append(
            ("amount", _money(won.arr, won.currency or own_currency), _money(deal.arr, deal.currency or own_currency))
        )
    if "signed_on" in stated and won.signed != deal.signed_on:
        pairs.append(("signed", str(won.signed or "–"), str(deal.signed_on or "–")))
    if deal.stage != "won":
        pairs.append(("stage", "won", deal.stage))
    return [
        DealChange(deal.external_id, won.customer, what, before, after, is_kept=what == "rep" and keeps_owners)
        for what, before, after in pairs
    ]


def _are_alike(credited: Mapping[str, tuple[int, str]], known: Mapping[str, tuple[int, str]]) -> bool:
    """Return whether credits are the same, up to the rounding of their shares."""
    return credited.keys() == known.keys() and all(
        role == known[name][1] and abs(share - known[name][0]) <= ROUNDING for name, (share, role) in credited.items()
    )


def shown_credits(credits_: Mapping[str, tuple[int, str]]) -> str:
    """Return names, with their shares and roles unless one alone is credited with the whole deal."""
    if list(credits_.values()) == [(WHOLE_CREDIT, OWN)]:
        return "".join(credits_)
    shares = (
        f"{name} {round(share / PERCENT, 2):g}%{'' if role == OWN else f' {role}'}"
        for name, (share, role) in credits_.items()
    )
    return "; ".join(shares) or "–"


def _money(cents: int, currency: str) -> str:
    return f"{cents / 100:,.2f} {currency}".strip()


def _won_deals(session: Session, numbers: Sequence[str]) -> dict[str, list[_WonDeal]]:
    known: dict[str, list[_WonDeal]] = {}
    for first in range(0, len(numbers), _CHUNK_SIZE):
        is_named = has_number(session, numbers[first : first + _CHUNK_SIZE]) & (col(Deal.stage) == "won")
        columns = (Deal.external_id, Deal.id, Source.name, Customer.name, Deal.arr, Deal.currency, Deal.signed_on)
        statement = sa_select(*map(col, columns)).join(Source, col(Source.id) == col(Deal.source_id))
        rows = session.execute(
            statement.outerjoin(Customer, col(Customer.id) == col(Deal.customer_id)).where(is_named)
        ).all()
        credits_: dict[int, dict[str, tuple[int, str]]] = {}
        credit_columns = map(col, (DealCredit.deal_id, Person.name, DealCredit.share, DealCredit.role))
        credit_rows = (
            sa_select(*credit_columns)
            .join(Person, col(Person.id) == col(DealCredit.person_id))
            .where(col(DealCredit.deal_id).in_([row[1] for row in rows]))
            .order_by(col(DealCredit.position))
        )
        for deal_id, name, share, role in session.execute(credit_rows) if rows else ():
            credits_.setdefault(deal_id, {})[name] = share, role
        for number, deal_id, source, customer, arr, currency, signed in rows:
            won = _WonDeal(source, customer or "", arr, currency, signed, credits_.get(deal_id, {}))
            known.setdefault(number, []).append(won)
    return known
