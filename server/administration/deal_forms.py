"""The forms with which admins correct a deal, a customer or a product."""

from datetime import date
from typing import Self

from pydantic import Field, field_validator, model_validator

from server.web.forms import BaseForm

DAYS = ("engaged_on", "signed_on", "starts_on", "live_on", "paid_on", "aha_on", "renewed_on", "churned_on", "rated_on")
"""The days of a deal, in the order in which they usually follow."""


class DealForm(BaseForm):
    """A deal as an admin corrects it.

    `amount` and the `measures` are new amounts in units of the deal's currency; what is empty stays. People are given
    by name or address, and their shares in percent.
    """

    customer: str = Field(default="", max_length=200)
    product: str = Field(default="", max_length=200)
    stage: str = Field(default="open", max_length=8)
    kind: str = Field(default="new", max_length=12)
    amount: str = Field(default="", max_length=30)
    currency: str = Field(default="", max_length=3)
    term_months: int = Field(default=12, ge=1, le=1200)
    segment: str = Field(default="", max_length=120)
    region: str = Field(default="", max_length=120)
    prepaid: bool = False
    rating: int | None = Field(default=None, ge=1, le=5)
    engaged_on: date | None = None
    signed_on: date | None = None
    starts_on: date | None = None
    live_on: date | None = None
    paid_on: date | None = None
    aha_on: date | None = None
    renewed_on: date | None = None
    churned_on: date | None = None
    rated_on: date | None = None
    person: list[str] = Field(default_factory=list, max_length=20)
    share: list[str] = Field(default_factory=list, max_length=20)
    credit: list[str] = Field(default_factory=list, max_length=20)
    measure: list[str] = Field(default_factory=list, max_length=20)
    measure_amount: list[str] = Field(default_factory=list, max_length=20)

    seen: str = Field(default="", max_length=40)
    """When the deal had last been changed as the form was made."""

    @model_validator(mode="after")
    def _pad_rows(self) -> Self:
        """Give every person a share and a credit, and every measure an amount, as pages always do."""
        people, measures = len(self.person), len(self.measure)
        self.share += [""] * (people - len(self.share))
        self.credit += ["own"] * (people - len(self.credit))
        self.measure_amount += [""] * (measures - len(self.measure_amount))
        return self

    @field_validator(*DAYS, "rating", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None


class CustomerForm(BaseForm):
    """A customer as an admin corrects it."""

    name: str = Field(default="", max_length=200)
    sector: str = Field(default="", max_length=120)
    country: str = Field(default="", max_length=120)


class ProductForm(BaseForm):
    """A product as an admin corrects it; the list price is in units of the company's currency."""

    name: str = Field(default="", max_length=200)
    series: str = Field(default="", max_length=120)
    list_price: str = Field(default="", max_length=30)
