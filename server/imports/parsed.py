"""The parsed content of import files: rows ready to be written, problems by line, and column mappings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from server.deals.conversion import DealFacts
from server.imports.file_types import FileType
from server.imports.files.tables import FileTable
from server.imports.values.days import DayOrder
from server.imports.values.numbers import DecimalSign
from server.messages import Message

MAX_SHOWN = 200
UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A cell that cannot be used: its position, its value, and how to fix it."""

    file: str
    line: int
    column: str
    value: str
    fix: Message


@dataclass(frozen=True, slots=True)
class PossibleAnswer:
    """One answer to a question: its value in a file's choices, its label, and what the file would say with it."""

    value: str
    label: Message
    details: Message


@dataclass(frozen=True, slots=True)
class ImportQuestion:
    """What a file leaves open and its cells do not prove; `key` is that of the answer in the file's choices."""

    file: str
    key: str
    sentence: Message
    answers: tuple[PossibleAnswer, ...]


@dataclass(frozen=True, slots=True)
class ParsedDeal:
    """A deal as a file states it, with names in their known spelling.

    `people` are names with shares in 1/10,000, `arr` is in cents, `term` in months. `stated` are the columns of the
    deals table that the file has.
    """

    line: int
    external_id: str
    people: tuple[tuple[str, int], ...]
    stage: str
    arr: int
    customer: str | None
    product: str | None
    kind: str
    term: int
    days: Mapping[str, date | None]
    rating: int | None
    more: Mapping[str, Any]
    stated: frozenset[str] = frozenset()

    def facts(self, signed: date) -> DealFacts:
        """Return what is known of a won deal, in the form that the engine's deals are made from."""
        days, more = self.days, self.more
        return DealFacts(
            external_id=self.external_id,
            signed_on=signed,
            arr=self.arr,
            term_months=self.term,
            kind=self.kind,
            product=self.product or "",
            customer=self.customer or "",
            aha_on=days["aha_on"],
            churned_on=days["churned_on"],
            rating=self.rating,
            rated_on=days["rated_on"],
            rep_average=more["rep_average"],
            paid_on=days["paid_on"],
            live_on=days["live_on"],
            starts_on=days["starts_on"],
            segment=more["segment"],
            region=more["region"],
            currency=more["currency"],
            discount=more["discount"],
            prepaid=bool(more["prepaid"]),
            role=more["role"],
            refund_of=more["refund_of"],
            amounts=more["amounts"],
            payments=more["payments"],
        )


@dataclass(frozen=True, slots=True)
class ParsedQuota:
    """One person's personal terms as a file states them; amounts are cents a year."""

    person: str
    since: date
    until: date
    component: str
    quota: int | None
    variable: int | None
    base: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedCorrection:
    """A correction of a person's variable pay, in cents."""

    person: str
    day: date
    cents: int
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedPerson:
    """A person as a file states them; empty texts are not stated."""

    name: str
    manager: str
    region: str
    email: str
    role: str
    title: str
    level: str
    since: date | None
    started: date | None = None
    left: date | None = None


@dataclass(slots=True)
class ParsedFile:
    """A file with its detected type, its column mapping (field to column index) and the admin's choice.

    `decimal` and `order` say how all its numbers and days are read.
    """

    table: FileTable
    file_type: FileType | None
    mapping: dict[str, int] = field(default_factory=dict)
    choice: Mapping[str, str] = field(default_factory=dict)
    decimal: DecimalSign = DecimalSign.point
    order: DayOrder = DayOrder.day

    @property
    def mapped_columns(self) -> list[tuple[str, str]]:
        """Pairs of column and field."""
        return [(self.table.header[index], name) for name, index in self.mapping.items()]

    @property
    def unused_columns(self) -> list[str]:
        """Columns that no field uses."""
        return [name for index, name in enumerate(self.table.header) if index not in self.mapping.values()]


@dataclass(slots=True)
class ImportPreview:
    """All files parsed together: rows ready to be written, problems and questions that block the import, and notes.

    `currency` is the company's, and `rounded` the number of amounts that were rounded to the cent.
    """

    files: list[ParsedFile] = field(default_factory=list)
    people: list[ParsedPerson] = field(default_factory=list)
    customers: list[tuple[str, str, str]] = field(default_factory=list)
    products: list[tuple[str, str, int]] = field(default_factory=list)
    deals: list[ParsedDeal] = field(default_factory=list)
    usage: list[tuple[str, str, date, int]] = field(default_factory=list)
    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    corrections: list[ParsedCorrection] = field(default_factory=list)
    payments: dict[str, dict[str, int]] = field(default_factory=dict)
    """What customers paid in cents, by deal and ISO day."""
    quotas: list[ParsedQuota] = field(default_factory=list)
    results: list[tuple[str, str, date, int]] = field(default_factory=list)
    balances: list[tuple[str, int]] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    questions: list[ImportQuestion] = field(default_factory=list)
    stages: dict[str, str] = field(default_factory=dict)
    respellings: dict[str, str] = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)
    notes_on_names: list[Message] = field(default_factory=list)
    """Notes that compare names with those the company has, which a program that writes data does not read."""
    deal_lines: dict[str, tuple[str, int]] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    today: date | None = None
    zone: ZoneInfo = UTC
    has_zones: bool = False
    currency: str = ""
    rounded: int = 0
    signing_dates: Callable[[Sequence[str]], Mapping[str, Sequence[date | None]]] = lambda _: {}

    @property
    def is_ready(self) -> bool:
        """Return whether the import has no problems, no open questions and at least one recognized file."""
        return not self.problems and not self.questions and any(file.file_type for file in self.files)

    @property
    def payment_events(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The payments as events: deal numbers, each with its payments by day."""
        return [(number, {"payments": sorted(by_day.items())}) for number, by_day in self.payments.items()]

    @property
    def ends_on(self) -> date | None:
        """The latest date in any won deal."""
        days = [day for deal in self.deals if deal.stage == "won" for day in deal.days.values() if day]
        return max(days, default=None)

    @property
    def won_count(self) -> int:
        """The number of won deals."""
        return sum(deal.stage == "won" for deal in self.deals)


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names, levels and e-mail addresses the company already has, today's date, and the company's zone and currency.

    `convertible` are the currencies that every plan in force is in or has a rate for, None without a plan.

    Without `today`, dates in the future are accepted. `signing_dates` looks up signing dates by deal numbers.
    """

    people: Sequence[str] = ()
    customers: Sequence[str] = ()
    products: Sequence[str] = ()
    levels: Sequence[str] = ()
    emails: Mapping[str, str] = field(default_factory=dict)
    today: date | None = None
    zone: ZoneInfo = UTC
    signing_dates: Callable[[Sequence[str]], Mapping[str, Sequence[date | None]]] = lambda _: {}
    currency: str = ""
    convertible: frozenset[str] | None = None
