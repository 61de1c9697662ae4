"""The types of import file: their fields and the column names each field goes by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from server.imports.column_names import COLUMN_NAMES
from server.imports.headers import normalize_header, variants


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A field of a file type: the names its column may have, likeliest first, and whether it is required."""

    name: str
    aliases: tuple[str, ...]
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class FileType:
    """A type of import file, and what a file needs to be detected as one.

    It needs `min_fields` of the fields, among them all of one group of `signs`, and none of the `foreign` columns,
    which tell that it lists something else. The signs may be missing where the first field has a column with another
    name than `vague`. Of the fields `one_of`, one is required.
    """

    name: str
    fields: tuple[FileColumn, ...]
    min_fields: int = 1
    signs: tuple[frozenset[str], ...] = (frozenset(),)
    foreign: tuple[str, ...] = ()
    vague: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()


STATED_MEASURES = (
    "mrr",
    "tcv",
    "acv",
    "bookings",
    "cash",
    "margin",
    "revenue",
    "expansion",
    "renewal",
    "services",
    "meetings",
    "opportunities",
    "demos",
    "units",
    "seats",
    "points",
)
"""Measures that a deal may have a column for."""
_CANCELED = ("canceled at utc", "canceled at", "cancelled at", "ended at utc", "ended at")
DEALS = FileType(
    "deals",
    (
        FileColumn("id", ("opportunity id", "deal id", "id", "record id", "number"), is_required=True),
        FileColumn(
            "person",
            (
                "split owner",
                "split owner name",
                "sales agent",
                "person",
                "rep",
                "owner",
                "sales rep",
                "deal owner",
                "account executive",
            ),
        ),
        FileColumn(
            "share", ("share", "split percentage", "split percent", "split %", "credit percent", "credit share")
        ),
        FileColumn("product", ("product", "product name", "item")),
        FileColumn("customer", ("account", "customer", "account name", "company", "associated company")),
        FileColumn("status", ("deal status", "won/lost", "outcome", "deal outcome", "status", "is won", "won")),
        FileColumn("stage", ("deal stage", "stage", "stagename", "opportunity stage", "current stage", "opp stage")),
        FileColumn("engaged", ("engage date", "engaged", "created", "create date", "opened", "created date")),
        FileColumn(
            "signed",
            (
                "close date",
                "signed",
                "closed",
                "signed on",
                "signature date",
                "closedate",
                "won date",
                "start utc",
                "started at",
                "activated at",
                "created utc",
            ),
        ),
        FileColumn(
            "amount",
            ("close value", "arr", "value formatted", "amount", "value", "annual amount", "acv", "split amount"),
        ),
        FileColumn("kind", ("kind", "deal type", "type")),
        FileColumn("term", ("term", "term months", "months", "contract months")),
        FileColumn("aha", ("aha", "aha date", "aha on", "activated", "activation date")),
        FileColumn("churned", ("churned", "churn date", "churned on", "cancelled", "canceled", *_CANCELED)),
        FileColumn("renewed", ("renewed", "renewal date", "renewed on")),
        FileColumn("rating", ("rating", "stars", "csat")),
        FileColumn("rated", ("rated", "rated on", "rating date")),
        FileColumn("rep_average", ("rep average", "average rating")),
        FileColumn("paid", ("paid", "customer paid", "paid on", "payment date", "invoice paid")),
        FileColumn("live", ("go live", "live", "go live date", "launched")),
        FileColumn("refund_of", ("refund of", "credit memo of", "refunded deal")),
        FileColumn("starts", ("service starts", "start of service", "contract start", "contract start date")),
        FileColumn("segment", ("segment", "market segment")),
        FileColumn("region", ("region", "territory")),
        FileColumn("currency", ("currency", "currency code", "plan currency")),
        FileColumn("discount", ("discount", "discount percent")),
        FileColumn("prepaid", ("prepaid", "paid upfront", "prepay")),
        FileColumn("role", ("credit role", "credit type", "split type")),
        FileColumn(
            "interval",
            (
                "interval",
                "billing interval",
                "billing period unit",
                "billing frequency",
                "plan interval",
                "value period",
            ),
        ),
        FileColumn("interval_count", ("interval count", "billing period")),
        FileColumn("quantity", ("quantity", "plan quantity", "qty")),
        FileColumn("as_of", ("as of", "as of date", "snapshot date", "modified date", "last modified date")),
        FileColumn("payments", ("payments", "instalments", "installments")),
        *(FileColumn(name, (name,)) for name in STATED_MEASURES),
    ),
    min_fields=2,
    signs=(frozenset({"amount"}), frozenset({"signed", "person"})),
    foreign=(
        "payment id",
        "invoice id",
        "invoice number",
        "invoice date",
        "due date",
        "amount refunded",
        "payment method",
        "card id",
        "charge id",
        "financial status",
        "fulfillment status",
        "rechnungsnummer",
        "rechnungsdatum",
    ),
)
EVENTS = FileType(
    "events",
    (
        FileColumn(
            "id",
            ("opportunity id", "deal id", "id", "opportunity", "deal", "record id", "number"),
            is_required=True,
        ),
        FileColumn("rating", ("rating", "stars", "csat")),
        FileColumn("rated", ("rated", "rated on", "rating date")),
        FileColumn("churned", ("churned", "churn date", "churned on", "cancelled", "canceled")),
        FileColumn("renewed", ("renewed", "renewal date", "renewed on")),
        FileColumn("aha", ("aha", "aha date", "aha on", "activated", "activation date")),
        FileColumn("paid", ("paid", "customer paid", "paid on", "payment date", "invoice paid")),
        FileColumn("live", ("go live", "live", "go live date", "launched")),
    ),
    min_fields=2,
)
PAYMENTS = FileType(
    "payments",
    (
        FileColumn("id", ("opportunity id", "deal id", "opportunity", "deal"), is_required=True),
        FileColumn("day", ("payment date", "paid on", "date paid", "received on"), is_required=True),
        FileColumn(
            "amount",
            ("payment amount", "amount paid", "paid amount", "cash received", "payment", "amount"),
            is_required=True,
        ),
    ),
    min_fields=3,
)
QUOTAS = FileType(
    "quotas",
    (
        FileColumn(
            "person",
            ("goal owner", "sales agent", "person", "name", "rep", "sales rep", "full name", "employee"),
            is_required=True,
        ),
        FileColumn("since", ("from", "since", "start", "first month", "quota start date", "start date")),
        FileColumn("until", ("until", "to", "end", "last month", "quota end date", "end date")),
        FileColumn("period", ("period", "quarter", "fiscal quarter", "fiscal period", "month", "quota period", "year")),
        FileColumn("quota", ("quota", "target quota", "annual quota", "target", "goal")),
        FileColumn("variable", ("variable", "target variable", "ote variable")),
        FileColumn("base", ("base", "base salary")),
        FileColumn("months", ("months", "quota months")),
        FileColumn("component", ("component", "measure")),
        FileColumn("reason", ("reason", "note")),
    ),
    signs=tuple(frozenset({name}) for name in ("quota", "variable", "base")),
    one_of=("since", "period"),
)
RESULTS = FileType(
    "results",
    (
        FileColumn("person", ("sales agent", "person", "name", "rep", "full name", "employee"), is_required=True),
        FileColumn("result", ("result", "metric", "objective", "kpi"), is_required=True),
        FileColumn("month", ("month", "period", "date"), is_required=True),
        FileColumn("value", ("value", "score", "result value", "achieved"), is_required=True),
    ),
)
BALANCES = FileType(
    "balances",
    (
        FileColumn("person", ("sales agent", "person", "name", "rep", "full name", "employee"), is_required=True),
        FileColumn("owed", ("opening balance", "balance", "owed", "draw balance"), is_required=True),
    ),
)
CORRECTIONS = FileType(
    "corrections",
    (
        FileColumn("person", ("sales agent", "person", "name", "rep", "full name", "employee"), is_required=True),
        FileColumn("day", ("day", "date", "on"), is_required=True),
        FileColumn("amount", ("correction", "adjustment", "amount"), is_required=True),
        FileColumn("reason", ("reason", "note"), is_required=True),
    ),
    min_fields=4,
)
PEOPLE = FileType(
    "people",
    (
        FileColumn("person", ("sales agent", "person", "name", "rep", "full name", "employee"), is_required=True),
        FileColumn("manager", ("manager", "reports to", "sales manager")),
        FileColumn("region", ("regional office", "region", "office", "territory")),
        FileColumn("email", ("email", "e-mail", "mail")),
        FileColumn("role", ("role",)),
        FileColumn("title", ("title", "job title", "position")),
        FileColumn("level", ("level", "grade")),
        FileColumn("since", ("since", "level since", "from")),
        FileColumn("started", ("started", "start date", "hired", "hire date", "joined")),
        FileColumn("left", ("left", "leave date", "end date", "terminated")),
    ),
    min_fields=2,
    vague=("name", "fullname"),
    signs=tuple(frozenset({name}) for name in ("manager", "region", "email", "role", "title", "level")),
    foreign=(
        "account",
        "account name",
        "account id",
        "company",
        "company name",
        "campaign",
        "campaign name",
        "budgeted cost",
        "lead source",
        "lead status",
        "contact owner",
        "contact id",
        "company id",
        "firma",
        "subscribed at",
        "amount",
        "stage",
        "price",
    ),
)
CUSTOMERS = FileType(
    "customers",
    (
        FileColumn("customer", ("account", "customer", "account name", "company", "name"), is_required=True),
        FileColumn("sector", ("sector", "industry", "segment")),
        FileColumn("country", ("office location", "country", "location")),
    ),
    min_fields=2,
    foreign=("lead source", "lead status", "lead owner", "first name", "last name", "amount", "stage", "price"),
)
PRODUCTS = FileType(
    "products",
    (
        FileColumn("product", ("product", "product name", "name"), is_required=True),
        FileColumn("series", ("series", "family", "category")),
        FileColumn("price", ("sales price", "price", "list price"), is_required=True),
    ),
)
USAGE = FileType(
    "usage",
    (
        FileColumn("customer", ("customer", "account", "company"), is_required=True),
        FileColumn("event", ("event", "event name", "action"), is_required=True),
        FileColumn("day", ("day", "date", "on"), is_required=True),
        FileColumn("count", ("count", "times", "number")),
    ),
)
SURE_SIGNS_OF_PEOPLE = frozenset({"manager", "role", "level", "since", "started", "left"})
"""Fields that lists of the company's own people have; a name with an address may be any contact's."""
LEFT_OUT = "left out"
"""The type that an admin chooses for a file that is not imported."""
NUMBER_FIELDS = frozenset(
    {
        "amount",
        "quota",
        "variable",
        "base",
        "owed",
        "price",
        "discount",
        "rep_average",
        "value",
        "share",
        *STATED_MEASURES,
    }
)
"""The fields whose cells tell which sign is the decimal one in a file."""
DAY_FIELDS = frozenset(
    {
        "engaged",
        "signed",
        "aha",
        "churned",
        "renewed",
        "rated",
        "paid",
        "live",
        "starts",
        "day",
        "since",
        "until",
        "month",
        "started",
        "left",
        "as_of",
    }
)
"""The fields whose cells tell whether the day or the month comes first in a file."""
FILE_TYPES = (PAYMENTS, DEALS, USAGE, RESULTS, QUOTAS, BALANCES, CORRECTIONS, PEOPLE, PRODUCTS, CUSTOMERS, EVENTS)
"""In the order they are tried: the type that matches most columns wins, the first of equals."""


def names_of(file_type: FileType, field: FileColumn) -> tuple[str, ...]:
    """Return the names that a field's column may have, likeliest first."""
    return (*field.aliases, *COLUMN_NAMES.get(file_type.name, {}).get(field.name, ()))


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Return the words of all names of columns, in lower case."""
    return frozenset(
        word.casefold()
        for file_type in FILE_TYPES
        for field in file_type.fields
        for alias in names_of(file_type, field)
        for word in alias.split()
    )


def mapping_for(file_type: FileType, header: tuple[str, ...]) -> dict[str, int]:
    """Return the column index of each field of a file type that has a column in the header."""
    columns: dict[str, int] = {}
    named = [list(variants(name)) for name in header]
    for place in range(max(map(len, named), default=0)):  # a whole name before a part of one
        for index, names in enumerate(named):
            if place < len(names):
                columns.setdefault(names[place], index)
    mapping: dict[str, int] = {}
    for field in file_type.fields:
        known = map(normalize_header, names_of(file_type, field))
        indexes = (columns[name] for name in known if name in columns)
        free = next((index for index in indexes if index not in mapping.values()), None)
        if free is not None:
            mapping[field.name] = free
    return mapping


def apply_choice(header: tuple[str, ...], choice: Mapping[str, str]) -> tuple[FileType | None, dict[str, int]]:
    """Return the file type and column mapping an admin chose.

    In `choice`, `kind` names the type and `column X` the field of column X, which is empty for a column not used.
    Columns that it does not name are mapped by their names. An unknown type gives (None, {}).
    """
    file_type = next((file_type for file_type in FILE_TYPES if file_type.name == choice.get("kind")), None)
    if file_type is None:
        return None, {}
    fields = {field.name for field in file_type.fields}
    mapping: dict[str, int] = {}
    for index, column in enumerate(header):
        field = choice.get(f"column {column}", "")
        if field in fields and field not in mapping:
            mapping[field] = index
    for field, index in mapping_for(file_type, header).items():
        if f"column {header[index]}" not in choice:
            mapping.setdefault(field, index)
    return file_type, mapping


def missing_fields(file_type: FileType, mapping: Mapping[str, int]) -> list[str]:
    """Return the required fields of a file type that no column is mapped to."""
    missing = [field.name for field in file_type.fields if field.is_required and field.name not in mapping]
    return (
        missing if not file_type.one_of or mapping.keys() & set(file_type.one_of) else [*missing, file_type.one_of[0]]
    )


def detect_type(header: tuple[str, ...]) -> tuple[FileType, dict[str, int]] | None:
    """Return the file type of a header and its column mapping; None when it has the signs of no type."""
    best: tuple[int, FileType, dict[str, int]] | None = None
    for file_type in FILE_TYPES:
        mapping = mapping_for(file_type, header)
        if has_signs(file_type, header, mapping) and (best is None or len(mapping) > best[0]):
            best = len(mapping), file_type, mapping
    return (best[1], best[2]) if best else None


def has_signs(file_type: FileType, header: Sequence[str], mapping: Mapping[str, int]) -> bool:
    """Return whether the columns show that a file is of this type and of no other."""
    names = {normalize_header(name) for name in header}
    return (
        len(mapping) >= file_type.min_fields
        and not missing_fields(file_type, mapping)
        and (any(sign <= mapping.keys() for sign in file_type.signs) or not is_vague(file_type, header, mapping))
        and not any(normalize_header(name) in names for name in file_type.foreign)
    )


def is_vague(file_type: FileType, header: Sequence[str], mapping: Mapping[str, int]) -> bool:
    """Return whether the name of the first field's column does not tell what the file lists."""
    first = header[mapping[file_type.fields[0].name]]
    return not file_type.vague or normalize_header(first) in file_type.vague


def likeliest_types(header: tuple[str, ...]) -> list[tuple[FileType, dict[str, int]]]:
    """Return the three types that most columns of a header belong to, with those columns; the likeliest first."""
    mapped = [(file_type, mapping_for(file_type, header)) for file_type in FILE_TYPES]
    mapped.sort(key=lambda pair: (len(missing_fields(*pair)), -len(pair[1])))
    possible = [pair for pair in mapped if pair[1]]
    complete = [pair for pair in possible if not missing_fields(*pair)]
    return (complete or possible)[:3]
