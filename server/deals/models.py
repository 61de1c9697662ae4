"""The tables of sources, customers, products, deals, credits and usage."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from server.db.columns import cents, moment, public_id
from server.deals.conversion import WHOLE_CREDIT
from server.page_cache import NO_PAGES


class Source(SQLModel, table=True):
    """A source of data, such as a CRM; `ends_on` is the latest date in its data.

    `recorded` names what some of its deals state or have stated, separated by commas: measures, and “paid” for
    payments.
    """

    __tablename__ = "sources"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    name: str = Field(max_length=80, unique=True)
    ends_on: date
    revision: int = 0
    recorded: str = Field(default="", max_length=400)
    imported_at: datetime = moment()


class Customer(SQLModel, table=True):
    """A company that buys; `changed_at` is None until its row is changed."""

    __tablename__ = "customers"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    name: str = Field(max_length=200, unique=True)
    sector: str = Field(default="", max_length=120)
    country: str = Field(default="", max_length=120)
    changed_at: datetime | None = moment(nullable=True)


class Product(SQLModel, table=True):
    """A product; the list price is in cents. `changed_at` is None until its row is changed."""

    __tablename__ = "products"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    name: str = Field(max_length=200, unique=True)
    series: str = Field(default="", max_length=120)
    list_price: int = cents(0)
    changed_at: datetime | None = moment(nullable=True)


def _index_of_recorded(name: str) -> Index:
    """Return an index of the deals that have a value, to tell at once whether any of them has."""
    is_recorded = text(f"{name} is not null")
    return Index(f"ix_deals_recorded_{name}", name, sqlite_where=is_recorded, postgresql_where=is_recorded)


class Deal(SQLModel, table=True):
    """An opportunity: open, won or lost. `arr` is the full deal's annual recurring revenue in cents.

    `discount` is in millionths, `rep_average` in millionths of a star. `amounts` holds the deal's values of other
    measures, in cents or units. `refund_of` is the number of the deal that a credit memo takes back. `payments`
    are the customer's: the day as an ISO date and the cents, by day. `changed_at` is None until the deal or its
    credits are changed.
    """

    __tablename__ = "deals"
    __invalidates__ = NO_PAGES
    __table_args__ = (
        UniqueConstraint("source_id", "external_id"),
        CheckConstraint("stage in ('open','won','lost')", name="stage"),
        CheckConstraint("kind in ('new','expansion','renewal')", name="kind"),
        CheckConstraint("rating is null or rating between 1 and 5", name="rating"),
        CheckConstraint("stage <> 'won' or signed_on is not null", name="won_is_signed"),
        *(_index_of_recorded(name) for name in ("aha_on", "paid_on", "live_on", "rating")),
    )

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    source_id: int = Field(foreign_key="sources.id")
    external_id: str = Field(max_length=120)
    customer_id: int | None = Field(default=None, foreign_key="customers.id", index=True)
    product_id: int | None = Field(default=None, foreign_key="products.id", index=True)
    stage: str = Field(max_length=8)
    kind: str = Field(default="new", max_length=12)
    arr: int = cents(0)
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
    refund_of: str = Field(default="", max_length=120)
    segment: str = Field(default="", max_length=120)
    region: str = Field(default="", max_length=120)
    currency: str = Field(default="", max_length=3)
    discount: int | None = None
    prepaid: bool = False
    amounts: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    payments: list[tuple[str, int]] = Field(default_factory=list, sa_type=JSON)
    changed_at: datetime | None = moment(nullable=True)


class DealCredit(SQLModel, table=True):
    """A person's share of a deal, in ten-billionths; `conversion.split_of` says what several make of it.

    `position` is the person's place among those who share it: the odd cent of equal shares goes to the first.
    """

    __tablename__ = "deal_credits"
    __invalidates__ = NO_PAGES
    __table_args__ = (
        Index("ix_deal_credits_person", "person_id", "deal_id"),
        CheckConstraint("share > 0 and share <= 10000000000", name="share"),
        CheckConstraint("role in ('own','overlay','team')", name="role"),
    )

    deal_id: int = Field(foreign_key="deals.id", primary_key=True)
    person_id: int = Field(foreign_key="people.id", primary_key=True)
    share: int = Field(default=WHOLE_CREDIT, sa_type=BigInteger)
    position: int = 0
    role: str = Field(default="own", max_length=8)


class UsageEvent(SQLModel, table=True):
    """What a customer did with a product on a day, and how often; `changed_at` is None until the count is changed."""

    __tablename__ = "usage_events"
    __invalidates__ = NO_PAGES
    __table_args__ = (UniqueConstraint("source_id", "customer_id", "name", "day"),)

    id: int = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="sources.id")
    customer_id: int = Field(foreign_key="customers.id", index=True)
    name: str = Field(max_length=80)
    day: date
    count: int = 1
    changed_at: datetime | None = moment(nullable=True)
