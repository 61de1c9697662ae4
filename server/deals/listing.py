"""All deals as they are stored, for the admin's command line."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from server.deals.models import Customer, Deal, DealCredit, Product, Source
from server.people.models import Person


@dataclass(frozen=True, slots=True)
class ListedDeal:
    """A deal with its people: `amount` is in cents, credits are names with shares in ten-billionths."""

    number: str
    source: str
    customer: str | None
    product: str | None
    amount: int
    currency: str
    signed: date | None
    status: str
    kind: str
    credits: tuple[tuple[str, int], ...]


def list_deals(session: Session) -> Iterator[ListedDeal]:
    """Yield every deal of every source, by number."""
    credits_: dict[int, list[tuple[str, int]]] = {}
    shares = (
        select(DealCredit.deal_id, Person.name, DealCredit.share)
        .join(Person, col(Person.id) == col(DealCredit.person_id))
        .order_by(col(DealCredit.deal_id), col(DealCredit.position), col(Person.name))
    )
    for deal_id, name, share in session.exec(shares):
        credits_.setdefault(deal_id, []).append((name, share))
    deals = (
        select(Deal, Source.name, Customer.name, Product.name)
        .join(Source, col(Source.id) == col(Deal.source_id))
        .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .outerjoin(Product, col(Product.id) == col(Deal.product_id))
        .order_by(col(Deal.external_id), col(Deal.id))
    )
    for deal, source, customer, product in session.exec(deals):
        yield ListedDeal(
            number=deal.external_id,
            source=source,
            customer=customer,
            product=product,
            amount=deal.arr,
            currency=deal.currency,
            signed=deal.signed_on,
            status=deal.stage,
            kind=deal.kind,
            credits=tuple(credits_.get(deal.id, ())),
        )
