"""What the pages of deals, customers and products are given, and their forms as values."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from sqlmodel import Session

from server.administration.deal_changes import CreditValues, DealCorrection
from server.administration.deal_forms import DAYS, CustomerForm, DealForm, ProductForm
from server.administration.deal_list import credits_of, names_around
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.units import money
from server.comp.mechanics.measures import MEASURES
from server.deals.conversion import PERCENT, WHOLE_CREDIT, percent_text
from server.deals.models import Customer, Deal, Product
from server.errors import ConflictError, InvalidError
from server.messages import Message, message
from server.people import queries as people_queries

STAGE_LABELS: Mapping[str, Message] = {"won": message("Won"), "open": message("Open"), "lost": message("Lost")}
KIND_LABELS: Mapping[str, Message] = {
    "new": message("New customer"),
    "expansion": message("Expansion"),
    "renewal": message("Renewal"),
}
CREDIT_LABELS: Mapping[str, Message] = {"own": message("Own"), "overlay": message("Overlay"), "team": message("Team")}
DAY_LABELS: Mapping[str, Message] = {
    "engaged_on": message("Opened"),
    "signed_on": message("Signed"),
    "starts_on": message("Contract starts"),
    "live_on": message("Live"),
    "paid_on": message("Paid by the customer"),
    "aha_on": message("Aha moment"),
    "renewed_on": message("Renewed"),
    "churned_on": message("Churned"),
    "rated_on": message("Rated"),
}
_PLAIN = ("stage", "kind", "currency", "term_months", "segment", "region", "prepaid", "rating", *DAYS)
_NUMBER = re.compile(r"[0-9]{1,3}([.][0-9]{1,10})?")
_CURRENCY = re.compile("[A-Z]{3}")
_EMPTY_ROWS = 2
"""Empty rows for more people who are credited."""


def deal_form(session: Session, deal: Deal) -> DealForm:
    """Return the form of a deal as it is, without its amounts."""
    labels = {person.id: label for label, person in people_queries.labelled(session).items()}
    credited = credits_of(session, deal)
    names = names_around(session, deal)
    return DealForm.model_construct(
        customer=names["customer"],
        product=names["product"],
        amount="",
        seen=last_change(deal),
        person=[*(labels[person.id] for person, _ in credited), *[""] * _EMPTY_ROWS],
        share=[*(percent_text(credit.share) for _, credit in credited), *[""] * _EMPTY_ROWS],
        credit=[*(credit.role for _, credit in credited), *["own"] * _EMPTY_ROWS],
        measure=list(deal.amounts),
        measure_amount=[""] * len(deal.amounts),
        **{name: getattr(deal, name) for name in _PLAIN},
    )


def last_change(deal: Deal) -> str:
    """Return when a deal was last changed, empty if it never was."""
    return deal.changed_at.isoformat() if deal.changed_at else ""


def deal_correction(form: DealForm, deal: Deal) -> DealCorrection:
    """Return what a form says a deal is to be; raises InvalidError. Amounts that are left empty stay."""
    if form.seen != last_change(deal):
        raise ConflictError(
            message("The deal was changed while you were editing it. Open it again, and enter your correction there.")
        )
    amounts = (form.amount, *form.measure_amount)
    return DealCorrection(
        values=_values(form, deal),
        customer=form.customer.strip(),
        product=form.product.strip(),
        credits=_credits(form),
        states_amount=any(text.strip() for text in amounts),
    )


def _values(form: DealForm, deal: Deal) -> dict[str, Any]:
    if form.stage not in STAGE_LABELS or form.kind not in KIND_LABELS:
        raise InvalidError(message("Choose a stage and a type."))
    currency = form.currency.strip().upper()
    if currency and not _CURRENCY.fullmatch(currency):
        raise InvalidError(message("“{text}” is not a currency. Write it like USD.", text=form.currency))
    values = {name: getattr(form, name) for name in _PLAIN}
    values |= {"currency": currency, "segment": form.segment.strip(), "region": form.region.strip()}
    values["arr"] = _cents(form.amount) if form.amount.strip() else deal.arr
    measures = zip(form.measure, form.measure_amount, strict=False)
    new = {name: _measured(name, text) for name, text in measures if text.strip() and name in deal.amounts}
    values["amounts"] = deal.amounts | new
    return values


def _credits(form: DealForm) -> list[CreditValues]:
    """Return the credits that a form states, without empty rows."""
    rows = zip(form.person, form.share, form.credit, strict=False)
    named = ((" ".join(person.split()), share, role) for person, share, role in rows)
    return [CreditValues(person, _share(share), _role(role)) for person, share, role in named if person]


def _role(text: str) -> str:
    if text not in CREDIT_LABELS:
        raise InvalidError(message("Choose how each person is credited."))
    return text


def _share(text: str) -> int:
    """Return a share in ten-billionths; an empty one is the whole."""
    number = text.strip().removesuffix("%").strip().replace(",", ".") or "100"
    share = round(Fraction(number) * PERCENT) if _NUMBER.fullmatch(number) else 0
    if not 0 < share <= WHOLE_CREDIT:
        raise InvalidError(message("“{text}” is not a share. Write a percentage up to 100, such as 33.33.", text=text))
    return share


def _measured(name: str, text: str) -> int:
    """Return a value of another measure, in cents or units."""
    cents = _cents(text)
    return cents if name not in MEASURES or MEASURES[name].is_money else cents // 100


def _cents(text: str) -> int:
    try:
        return money(text)
    except UnreadableError:
        raise InvalidError(message("“{text}” is not an amount. Write it like 400,000.", text=text.strip())) from None


def customer_form(customer: Customer) -> CustomerForm:
    """Return the form of a customer as they are."""
    return CustomerForm.model_construct(name=customer.name, sector=customer.sector, country=customer.country)


def product_form(product: Product) -> ProductForm:
    """Return the form of a product as it is."""
    price = f"{product.list_price / 100:.2f}".removesuffix(".00")
    return ProductForm.model_construct(name=product.name, series=product.series, list_price=price)


def customer_values(form: CustomerForm) -> dict[str, str]:
    """Return a customer's values by column, with single spaces."""
    return {name: " ".join(getattr(form, name).split()) for name in ("name", "sector", "country")}


def product_values(form: ProductForm) -> dict[str, Any]:
    """Return a product's values by column; raises InvalidError for a price that is none."""
    price = _cents(form.list_price) if form.list_price.strip() else 0
    return {"name": " ".join(form.name.split()), "series": " ".join(form.series.split()), "list_price": price}


def known_people(session: Session) -> Sequence[str]:
    """Return how people are called in forms, by name."""
    return sorted(people_queries.labelled(session))
