"""What was found in files: rows ready to be written, problems by line, and how each column was understood."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from server.imports.csv_reader import CsvTable
from server.imports.file_types import FileType
from server.messages import Message

MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A cell that cannot be used: where, what stands there, and what to do."""

    file: str
    line: int
    column: str
    value: str
    fix: Message


@dataclass(frozen=True, slots=True)
class ParsedDeal:
    """A deal as a file states it, names spelt as they are known; `people` are names with shares in 1/10,000."""

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


@dataclass(frozen=True, slots=True)
class ParsedQuota:
    """One person's own terms as a file states them; amounts are yearly cents."""

    person: str
    since: date
    until: date
    component: str
    quota: int | None
    variable: int | None
    base: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedPerson:
    """A person as a file states them."""

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
    """A file: what it was taken for, which column became which field, and which columns were not used."""

    table: CsvTable
    kind: FileType | None
    mapping: dict[str, int] = field(default_factory=dict)
    choice: Mapping[str, str] = field(default_factory=dict)

    @property
    def mapped(self) -> list[tuple[str, str]]:
        """Pairs of column and field."""
        return [(self.table.header[index], name) for name, index in self.mapping.items()]

    @property
    def unused(self) -> list[str]:
        """Columns nothing is done with."""
        return [name for index, name in enumerate(self.table.header) if index not in self.mapping.values()]


@dataclass(slots=True)
class ImportPreview:
    """All files understood together: rows ready to be written, problems that stop the import, and notes."""

    files: list[ParsedFile] = field(default_factory=list)
    people: list[ParsedPerson] = field(default_factory=list)
    customers: list[tuple[str, str, str]] = field(default_factory=list)
    products: list[tuple[str, str, int]] = field(default_factory=list)
    deals: list[ParsedDeal] = field(default_factory=list)
    usage: list[tuple[str, str, date, int]] = field(default_factory=list)
    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    quotas: list[ParsedQuota] = field(default_factory=list)
    results: list[tuple[str, str, date, int]] = field(default_factory=list)
    balances: list[tuple[str, int]] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    stages: dict[str, str] = field(default_factory=dict)
    respelt: dict[str, str] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)
    numbers: dict[str, tuple[str, int]] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    today: date | None = None
    signed: Callable[[Sequence[str]], Mapping[str, Sequence[date | None]]] = lambda _: {}

    @property
    def ready(self) -> bool:
        """Whether it can be imported as it is."""
        return not self.problems and any(found.kind for found in self.files)

    @property
    def ends_on(self) -> date | None:
        """The newest day the won deals speak of."""
        days = [day for deal in self.deals if deal.stage == "won" for day in deal.days.values() if day]
        return max(days, default=None)

    @property
    def won(self) -> int:
        """How many deals are won."""
        return sum(deal.stage == "won" for deal in self.deals)


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names the company knows already, whose addresses are whose, and the day.

    Without a day, days to come are taken as they are.
    """

    people: Sequence[str] = ()
    customers: Sequence[str] = ()
    products: Sequence[str] = ()
    levels: Sequence[str] = ()
    emails: Mapping[str, str] = field(default_factory=dict)
    today: date | None = None
    signed: Callable[[Sequence[str]], Mapping[str, Sequence[date | None]]] = lambda _: {}
