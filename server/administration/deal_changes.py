"""Corrections of a deal, a customer or a product by an admin; the people who are paid for a deal are told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from server.audit.service import record
from server.db.columns import new_ulid, now
from server.deals import service as deal_service
from server.deals.conversion import percent_text, total_share
from server.deals.models import Customer, Deal, Product, Source
from server.errors import InvalidError
from server.messages import message
from server.notifications.service import Notification, notify
from server.people import queries as people_queries
from server.people.queries import Viewer


@dataclass(frozen=True, slots=True)
class CreditValues:
    """A person by name or address, the share in ten-billionths, and why: own, overlay or team."""

    person: str
    share: int
    role: str


@dataclass(frozen=True, slots=True)
class DealCorrection:
    """What a deal is to be: its values by column, its customer and product by name, and its credits.

    An amount that is stated counts as a change even if it is the same: otherwise it would tell what the amount is.
    """

    values: Mapping[str, Any]
    customer: str
    product: str
    credits: Sequence[CreditValues]
    states_amount: bool = False


def correct_deal(session: Session, viewer: Viewer, deal: Deal, correction: DealCorrection) -> None:
    """Correct a deal; what changed is recorded without amounts. Raises InvalidError if a value cannot be used."""
    _check(deal, correction.values)
    named = {
        "customer_id": _key_of(session, Customer, correction.customer),
        "product_id": _key_of(session, Product, correction.product),
    }
    values = {**correction.values, **named}
    credits_, former = _shares(session, correction.credits), _stored_shares(session, deal)
    changed = [name for name, value in values.items() if name not in _AMOUNTS and getattr(deal, name) != value]
    changed += ["amounts"] * correction.states_amount
    if credits_ != former:
        _check_sum(correction.credits)
        changed.append("credits")
    if not changed:
        return
    for name, value in values.items():
        setattr(deal, name, value)
    deal.changed_at = now()
    session.add(deal)
    session.flush()
    if credits_ != former:
        deal_service.replace_credits(session, deal.id, credits_)
    deal_service.update_data_end(session, session.get_one(Source, deal.source_id))
    _tell(session, viewer, deal, changed, {credit[0] for credit in (*former, *credits_)})


def _stored_shares(session: Session, deal: Deal) -> list[list[Any]]:
    """Return a deal's credits as `_shares` returns them, counted from 0."""
    stored = deal_service.stored_credits(session, deal.id)
    return [[person, share, position, role] for position, (person, share, _, role) in enumerate(stored)]


def _tell(session: Session, viewer: Viewer, deal: Deal, changed: Sequence[str], people: set[int]) -> None:
    """Record what was changed, and notify the people who are or were credited."""
    shown = ", ".join(_LABELS.get(name, name.replace("_", " ").removesuffix(" on")) for name in changed)
    record(session, "deal corrected", viewer.id, deal.external_id, f"/deals/{deal.ulid}", what=shown)
    text = message("{who} corrected the deal {number}: {what}", who=viewer.name, number=deal.external_id, what=shown)
    notice = Notification("account", f"deal {new_ulid()}", "/me/pay", {"what": str(text)})
    notify(session, notice, people, viewer.id)


_AMOUNTS = frozenset({"arr", "amounts"})
_LABELS = {
    "amounts": "amount",
    "customer_id": "customer",
    "product_id": "product",
    "term_months": "term",
    "kind": "type",
    "aha_on": "aha moment",
    "credits": "who is credited",
}
"""What columns are called in sentences."""


def _check(deal: Deal, values: Mapping[str, Any]) -> None:
    if values["stage"] == "won" and values["signed_on"] is None:
        raise InvalidError(message("A won deal needs the day on which it was signed."))
    signed = values["signed_on"]
    if signed and values["churned_on"] and values["churned_on"] < signed:
        raise InvalidError(message("The customer left on {day}, before the deal was signed.", day=values["churned_on"]))
    rating = (values["rating"], values["rated_on"])
    if rating != (deal.rating, deal.rated_on) and (rating[0] is None) != (rating[1] is None):
        raise InvalidError(message("A rating needs its day, and a day of rating the stars."))


def _key_of(session: Session, model: type[Customer] | type[Product], name: str) -> int | None:
    if not name:
        return None
    key = session.exec(select(model.id).where(model.name == name)).first()
    if key is None:
        what = message("customer") if model is Customer else message("product")
        raise InvalidError(message("There is no {what} “{name}”. Import it, or choose another.", what=what, name=name))
    return key


def _shares(session: Session, credits_: Sequence[CreditValues]) -> list[list[Any]]:
    """Return credits as they are stored; raises InvalidError if a person is unknown or listed twice."""
    labels, shares = people_queries.labelled(session), dict[int, list[Any]]()
    for position, credit in enumerate(credits_):
        labelled = labels.get(credit.person)
        people = [labelled] if labelled else people_queries.matching(session, credit.person)
        if len(people) != 1:
            raise InvalidError(
                message("{name} is the name of several people. Enter the e-mail address.", name=credit.person)
                if people
                else message("There is no one named {name}.", name=credit.person)
            )
        if people[0].id in shares:
            raise InvalidError(message("{name} is listed twice.", name=people[0].name))
        shares[people[0].id] = [people[0].id, credit.share, position, credit.role]
    return list(shares.values())


def _check_sum(credits_: Sequence[CreditValues]) -> None:
    own = [credit.share for credit in credits_ if credit.role == "own"]
    if own and total_share(own) != sum(own):
        text = percent_text(sum(own))
        raise InvalidError(message("The shares add up to {sum}%. They must add up to 100%.", sum=text))


def correct_customer(session: Session, viewer: Viewer, customer: Customer, values: Mapping[str, str]) -> None:
    """Correct a customer's name, sector and country; raises InvalidError if the name is empty or another's."""
    _correct(session, viewer, customer, values, "customer corrected", "customers")


def correct_product(session: Session, viewer: Viewer, product: Product, values: Mapping[str, Any]) -> None:
    """Correct a product's name, series and list price; raises InvalidError if the name is empty or another's."""
    _correct(session, viewer, product, values, "product corrected", "products")


def _correct(
    session: Session, viewer: Viewer, row: Customer | Product, values: Mapping[str, Any], action: str, page: str
) -> None:
    model, name = type(row), values["name"]
    if not name:
        raise InvalidError(message("Enter a name."))
    if session.exec(select(model.id).where(model.name == name, model.id != row.id)).first() is not None:
        raise InvalidError(message("There is {name} already. Use a different name.", name=name))
    changes = [
        f"{field.replace('_', ' ')} {_shown(field, getattr(row, field))} → {_shown(field, value)}"
        for field, value in values.items()
        if getattr(row, field) != value
    ]
    if not changes:
        return
    record(session, action, viewer.id, row.name, f"/{page}/{row.ulid}", what="; ".join(changes))
    for field, value in values.items():
        setattr(row, field, value)
    row.changed_at = now()
    session.add(row)
    session.flush()
    of_row = Deal.customer_id if model is Customer else Deal.product_id
    sources = select(Source).where(col(Source.id).in_(select(Deal.source_id).where(of_row == row.id)))
    for source in session.exec(sources).all():
        deal_service.update_data_end(session, source)


def _shown(field: str, value: Any) -> str:
    return f"{value / 100:,.2f}" if field == "list_price" else str(value or "–")
