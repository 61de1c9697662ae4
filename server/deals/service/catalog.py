"""Writes of customers and products."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, select

from server.db.bulk import insert_columns, new_ulids
from server.db.columns import now
from server.deals.models import Customer, Product
from server.deals.service.results import WriteResult


def upsert_customers(session: Session, rows: Sequence[tuple[str, str, str]]) -> WriteResult:
    """Write customers (name, sector, country)."""
    result = WriteResult()
    customers = {customer.name: customer for customer in session.exec(select(Customer))}
    for name, sector, country in rows:
        customer = customers.get(name)
        new = customer is None
        customer = customer or Customer(name=name)
        differs = (customer.sector, customer.country) != (sector, country)
        if differs and not new:
            customer.changed_at = now()
        customer.sector, customer.country = sector, country
        result.count(new=new, differs=differs)
        if new or differs:
            session.add(customer)
            customers[name] = customer
    session.flush()
    return result


def upsert_products(session: Session, rows: Sequence[tuple[str, str, int]]) -> WriteResult:
    """Write products (name, series, list price in cents)."""
    result = WriteResult()
    products = {product.name: product for product in session.exec(select(Product))}
    for name, series, price in rows:
        product = products.get(name)
        new = product is None
        product = product or Product(name=name)
        differs = (product.series, product.list_price) != (series, price)
        if differs and not new:
            product.changed_at = now()
        product.series, product.list_price = series, price
        result.count(new=new, differs=differs)
        if new or differs:
            session.add(product)
            products[name] = product
    session.flush()
    return result


def keys_by_name(session: Session, table: type[Customer] | type[Product], names: set[str]) -> dict[str, int]:
    """Return the keys of rows by name, adding the rows that are missing."""
    keys = {name: key for name, key in session.exec(select(table.name, table.id)).all() if key is not None}
    missing = sorted(names - keys.keys())
    if not missing:
        return keys
    columns: dict[str, Sequence[Any]] = {"name": missing}
    if table is Customer:
        columns |= {"ulid": new_ulids(len(missing)), "sector": [""] * len(missing), "country": [""] * len(missing)}
    else:
        columns |= {"ulid": new_ulids(len(missing)), "series": [""] * len(missing), "list_price": [0] * len(missing)}
    insert_columns(session, table.__table__, columns)  # type: ignore[union-attr]
    return {name: key for name, key in session.exec(select(table.name, table.id)).all() if key is not None}
