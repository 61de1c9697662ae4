"""The parsed content of import files: rows ready to be written, problems by line, and column mappings."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from server.deals.rows import DealRow
from server.imports.file_types import FileType
from server.imports.files.tables import FileTable
from server.imports.values.days import DayOrder
from server.imports.values.numbers import DecimalSign
from server.messages import Message

MAX_SHOWN = 200
MAX_EXAMPLES = 3
"""Cells that are shown of those with the same problem."""
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
class ProblemGroup:
    """Cells of a column that cannot be used for one and the same reason, in the order of their lines."""

    problems: tuple[RowProblem, ...]

    @property
    def first(self) -> RowProblem:
        """The first of them."""
        return self.problems[0]

    @property
    def examples(self) -> tuple[RowProblem, ...]:
        """Some of them, to be shown."""
        return self.problems[:MAX_EXAMPLES]


def problem_groups(problems: Iterable[RowProblem]) -> list[ProblemGroup]:
    """Return problems grouped by file, column and reason, in the order of their first."""
    groups: dict[tuple[str, str, str], list[RowProblem]] = {}
    for problem in problems:
        groups.setdefault((problem.file, problem.column, problem.fix.msgid), []).append(problem)
    return [ProblemGroup(tuple(group)) for group in groups.values()]


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


_DAYS = frozenset(name for name in DealRow._fields if name.endswith("_on"))


def days_of(deals: Sequence[DealRow[str]]) -> Iterator[date]:
    """Yield every day that files state for deals, each once for a column."""
    for name, values in zip(DealRow._fields, zip(*deals, strict=True), strict=True) if deals else ():
        if name in _DAYS:
            yield from {value for value in values if value is not None}


@dataclass(frozen=True, slots=True)
class DealChange:
    """A change of a won deal: of its `rep`, `amount`, `signed` or `stage`. One that `is_kept` out is not written.

    Values are names with shares, cents with a currency, ISO dates, and won, lost or open.
    """

    number: str
    customer: str
    what: str
    before: str
    after: str
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class PersonChange:
    """A change of a person the company has: a field, and what it is before and after; see `DealChange`."""

    name: str
    what: str
    before: str
    after: str
    is_kept: bool = False


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

    def cells(self, field_name: str) -> list[str]:
        """Return the cells of a field's column, "" in rows that end before it; none without the column."""
        index = self.mapping.get(field_name)
        if index is None:
            return []
        try:
            return [row.cells[index] for row in self.table.rows]
        except IndexError:
            return [row.cells[index] if index < len(row.cells) else "" for row in self.table.rows]

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
    deals: list[DealRow[str]] = field(default_factory=list)
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
    deal_files: dict[str, str] = field(default_factory=dict)
    """The first file that has a deal, by its number, where several files list deals."""
    days_to_come: Counter[str] = field(default_factory=Counter)
    """How many days to come were left out, by column."""
    emails: dict[str, str] = field(default_factory=dict)
    today: date | None = None
    zone: ZoneInfo = UTC
    has_zones: bool = False
    currency: str = ""
    rounded: int = 0
    first_day: date | None = None
    """The first day of any deal."""
    ends_on: date | None = None
    """The last day of any won deal."""
    changes: list[DealChange] = field(default_factory=list)
    """What the import changes of won deals that are known."""
    person_changes: list[PersonChange] = field(default_factory=list)
    """What the import changes of people who are known."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """The owners of known deals who share their name with others, by the deals' numbers."""
    signing_dates: Callable[[Sequence[str]], Mapping[str, Sequence[date | None]]] = lambda _: {}

    @property
    def is_ready(self) -> bool:
        """Return whether the import has no problems, no open questions and at least one recognized file."""
        return not self.problems and not self.questions and any(file.file_type for file in self.files)

    @property
    def row_count(self) -> int:
        """The number of rows in the files."""
        return sum(len(file.table.rows) for file in self.files)

    @property
    def problem_groups(self) -> list[ProblemGroup]:
        """The problems, grouped by file, column and reason."""
        return problem_groups(self.problems)

    @property
    def payment_events(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The payments as events: deal numbers, each with its payments by day."""
        return [(number, {"payments": sorted(by_day.items())}) for number, by_day in self.payments.items()]

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
    shared: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Names that several people have, in lower case, with what tells each of them apart."""
    owners: Mapping[str, str] = field(default_factory=dict)
    today: date | None = None
    zone: ZoneInfo = UTC
    signing_dates: Callable[[Sequence[str]], Mapping[str, Sequence[date | None]]] = lambda _: {}
    currency: str = ""
    convertible: frozenset[str] | None = None
