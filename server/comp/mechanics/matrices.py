"""A matrix: two measures chosen together decide what share of the target is paid."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from server.comp.language.declarations import SHARE, Choices, Nested, choice, declare
from server.comp.language.fields import Fields
from server.comp.language.ranges import Range
from server.comp.mechanics.conditions import NAME, QUANTITY, Condition
from server.messages import ListMessage, Message, Percent, Value, message

MAX_SIDE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What a side of the matrix looks at, and where its bands start (each owns its lower edge)."""

    of: str = declare(NAME)
    over: str = declare(choice("period", "month", "quarter", "half", "year", "year to date"), "period")
    bands: tuple[Fraction, ...] = declare(Choices(QUANTITY, MAX_SIDE), key="from")

    def check(self, fields: Fields) -> None:
        """Report bands that do not rise, or none at all."""
        if not self.bands or any(low >= high for low, high in zip(self.bands, self.bands[1:], strict=False)):
            fields.report("from", message("The tiers do not rise."), message("Each starts above the one before."))

    def conditions(self) -> list[Condition]:
        """Return one condition for each band: its lower edge is reached."""
        return [Condition(of=self.of, over=self.over, range=Range(at_least=band)) for band in self.bands]


@dataclass(frozen=True)
class Grid:
    """The kind of a table of shares: a list of rows."""

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Take every row."""
        node = fields.node(key)
        if node is None or node.items is None:
            fields.report(key, message("A list is expected here."), message("Start each entry with “- ”."))
            return default
        rows = []
        for row in node.items[:MAX_SIDE]:
            cells = row.items if row.items is not None else [row]
            rows.append(tuple(fields.parsed(cell, SHARE.read, Fraction(0)) for cell in cells[:MAX_SIDE]))
        return tuple(rows)

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        return {"type": "array", "items": {"type": "array", "items": SHARE.schema()}}

    def shown(self, value: Any, currency: str) -> Value:
        """Return the rows one after the other."""
        return ListMessage(tuple(SHARE.shown(cell, currency) for row in value for cell in row))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Rows, columns, and the share of the target in each cell; below the first band nothing is paid."""

    rows: Side = declare(Nested(Side))
    columns: Side = declare(Nested(Side))
    pays: tuple[tuple[Fraction, ...], ...] = declare(Grid(), ())

    def check(self, fields: Fields) -> None:
        """Report a grid whose shape is not that of its sides."""
        if self.rows is None or self.columns is None:
            return
        if len(self.pays) != len(self.rows.bands) or any(len(r) != len(self.columns.bands) for r in self.pays):
            rule = message(
                "The matrix needs {rows} rows of {columns} shares.",
                rows=len(self.rows.bands),
                columns=len(self.columns.bands),
            )
            fields.report("pays", rule)

    def sentences(self) -> list[Message]:
        """Say every row."""
        said = []
        for band, cells in zip(self.rows.bands, self.pays, strict=True):
            shares = ListMessage(tuple(Percent(cell) for cell in cells))
            edges = ListMessage(tuple(QUANTITY.shown(edge, "") for edge in self.columns.bands))
            said.append(
                message(
                    "{row} from {band}: {shares} of the target as {column} reaches {edges}.",
                    row=self.rows.of,
                    band=QUANTITY.shown(band, ""),
                    shares=shares,
                    column=self.columns.of,
                    edges=edges,
                )
            )
        return said
