"""Which kinds of file there are, which fields each has, and by which names of columns they are known."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kind: the names its column may have, the likeliest first, and whether it must be there."""

    name: str
    known_as: tuple[str, ...]
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file; `least` is how many of its fields a file must have to be taken for it."""

    name: str
    fields: tuple[Field, ...]
    least: int = 1


STATED = (
    "mrr",
    "tcv",
    "acv",
    "bookings",
    "cash",
    "margin",
    "services",
    "meetings",
    "opportunities",
    "demos",
    "units",
    "seats",
    "points",
)
"""Measures that a deal may state for itself."""
DEALS = Kind(
    "deals",
    (
        Field("id", ("opportunity id", "deal id", "id", "opportunity", "deal", "record id", "number"), needed=True),
        Field("person", ("sales agent", "person", "rep", "owner", "sales rep", "deal owner", "account executive")),
        Field("product", ("product", "product name", "item")),
        Field("customer", ("account", "customer", "account name", "company", "associated company")),
        Field("stage", ("deal stage", "stage", "status", "stagename")),
        Field("engaged", ("engage date", "engaged", "created", "create date", "opened", "created date")),
        Field("signed", ("close date", "signed", "closed", "signed on", "signature date", "closedate", "won date")),
        Field("amount", ("close value", "arr", "amount", "value", "annual amount", "acv"), needed=True),
        Field("kind", ("kind", "deal type", "type")),
        Field("term", ("term", "term months", "months", "contract months")),
        Field("aha", ("aha", "aha date", "aha on", "activated", "activation date")),
        Field("churned", ("churned", "churn date", "churned on", "cancelled", "canceled")),
        Field("renewed", ("renewed", "renewal date", "renewed on")),
        Field("rating", ("rating", "stars", "csat")),
        Field("rated", ("rated", "rated on", "rating date")),
        Field("rep_average", ("rep average", "average rating")),
        Field("paid", ("paid", "customer paid", "paid on", "payment date", "invoice paid")),
        Field("live", ("go live", "live", "go live date", "launched")),
        Field("segment", ("segment", "market segment")),
        Field("region", ("region", "territory")),
        Field("currency", ("currency", "currency code")),
        Field("discount", ("discount", "discount percent")),
        Field("prepaid", ("prepaid", "paid upfront", "prepay")),
        Field("role", ("credit role", "credit type")),
        *(Field(name, (name,)) for name in STATED),
    ),
)
EVENTS = Kind(
    "events",
    (
        Field("id", ("opportunity id", "deal id", "id", "opportunity", "deal", "record id", "number"), needed=True),
        Field("rating", ("rating", "stars", "csat")),
        Field("rated", ("rated", "rated on", "rating date")),
        Field("churned", ("churned", "churn date", "churned on", "cancelled", "canceled")),
        Field("renewed", ("renewed", "renewal date", "renewed on")),
        Field("aha", ("aha", "aha date", "aha on", "activated", "activation date")),
        Field("paid", ("paid", "customer paid", "paid on", "payment date", "invoice paid")),
        Field("live", ("go live", "live", "go live date", "launched")),
    ),
    least=2,
)
QUOTAS = Kind(
    "quotas",
    (
        Field("person", ("sales agent", "person", "name", "rep", "full name", "employee"), needed=True),
        Field("since", ("from", "since", "start", "first month"), needed=True),
        Field("until", ("until", "to", "end", "last month")),
        Field("quota", ("quota", "goal", "target quota", "annual quota")),
        Field("variable", ("variable", "target variable", "ote variable")),
        Field("base", ("base", "base salary")),
        Field("component", ("component", "measure")),
        Field("reason", ("reason", "note")),
    ),
)
RESULTS = Kind(
    "results",
    (
        Field("person", ("sales agent", "person", "name", "rep", "full name", "employee"), needed=True),
        Field("result", ("result", "metric", "objective", "kpi"), needed=True),
        Field("month", ("month", "period", "date"), needed=True),
        Field("value", ("value", "score", "result value", "achieved"), needed=True),
    ),
)
BALANCES = Kind(
    "balances",
    (
        Field("person", ("sales agent", "person", "name", "rep", "full name", "employee"), needed=True),
        Field("owed", ("opening balance", "balance", "owed", "draw balance"), needed=True),
    ),
)
PEOPLE = Kind(
    "people",
    (
        Field("person", ("sales agent", "person", "name", "rep", "full name", "employee"), needed=True),
        Field("manager", ("manager", "reports to", "sales manager")),
        Field("region", ("regional office", "region", "office", "territory")),
        Field("email", ("email", "e-mail", "mail")),
        Field("role", ("role",)),
        Field("title", ("title", "job title", "position")),
        Field("level", ("level", "grade")),
        Field("since", ("since", "level since", "from")),
        Field("started", ("started", "start date", "hired", "hire date", "joined")),
        Field("left", ("left", "leave date", "end date", "terminated")),
    ),
)
CUSTOMERS = Kind(
    "customers",
    (
        Field("customer", ("account", "customer", "account name", "company", "name"), needed=True),
        Field("sector", ("sector", "industry", "segment")),
        Field("country", ("office location", "country", "location")),
    ),
)
PRODUCTS = Kind(
    "products",
    (
        Field("product", ("product", "product name", "name"), needed=True),
        Field("series", ("series", "family", "category")),
        Field("price", ("sales price", "price", "list price"), needed=True),
    ),
)
USAGE = Kind(
    "usage",
    (
        Field("customer", ("customer", "account", "company"), needed=True),
        Field("event", ("event", "event name", "action"), needed=True),
        Field("day", ("day", "date", "on"), needed=True),
        Field("count", ("count", "times", "number")),
    ),
)
KINDS = (DEALS, USAGE, RESULTS, QUOTAS, BALANCES, PEOPLE, PRODUCTS, CUSTOMERS, EVENTS)
"""In the order they are tried: the first kind that explains most of a header wins."""


def folded(name: str) -> str:
    """Return a name without what people spell differently: case, spaces, hyphens and underscores."""
    return re.sub(r"[\W_]+", "", name.casefold())


def mapping_for(kind: Kind, header: tuple[str, ...]) -> dict[str, int]:
    """Return the column of each field of a kind, as far as the header names one."""
    columns = {folded(name): index for index, name in reversed(list(enumerate(header)))}
    found: dict[str, int] = {}
    for field in kind.fields:
        index = next((columns[folded(name)] for name in field.known_as if folded(name) in columns), None)
        if index is not None and index not in found.values():
            found[field.name] = index
    return found


def chosen(header: tuple[str, ...], choice: Mapping[str, str]) -> tuple[Kind | None, dict[str, int]]:
    """Return the kind and mapping of a file as chosen: `kind` names the kind, `column X` the field of column X."""
    kind = next((kind for kind in KINDS if kind.name == choice.get("kind")), None)
    if kind is None:
        return None, {}
    fields = {field.name for field in kind.fields}
    mapping: dict[str, int] = {}
    for index, column in enumerate(header):
        field = choice.get(f"column {column}", "")
        if field in fields and field not in mapping:
            mapping[field] = index
    return kind, mapping


def missing(kind: Kind, mapping: Mapping[str, int]) -> list[str]:
    """Return the fields a kind needs that no column gives."""
    return [field.name for field in kind.fields if field.needed and field.name not in mapping]


def recognise(header: tuple[str, ...]) -> tuple[Kind, dict[str, int]] | None:
    """Return what kind of file a header is of, and its mapping; None when no kind has all it needs."""
    best: tuple[int, Kind, dict[str, int]] | None = None
    for kind in KINDS:
        mapping = mapping_for(kind, header)
        if any(field.needed and field.name not in mapping for field in kind.fields):
            continue
        if len(mapping) < kind.least:
            continue
        if best is None or len(mapping) > best[0]:
            best = len(mapping), kind, mapping
    return (best[1], best[2]) if best else None
