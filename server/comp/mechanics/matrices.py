"""Matrices: two measures together decide which share of the target is paid."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from server.comp.language.declarations import SHARE, Choices, Nested, choice, declare
from server.comp.language.fields import Fields
from server.comp.language.ranges import Range
from server.comp.mechanics.conditions import LIMIT, NAME, QUANTITY, Condition
from server.messages import ListMessage, Message, Percent, Value, message

MAX_SIDE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one side of the matrix measures, and where its bands start (lower limits are included)."""

    of: str = declare(NAME)
    over: str = declare(choice("period", "month", "quarter", "half", "year", "year to date"), "period")
    bands: tuple[Fraction, ...] = declare(Choices(LIMIT, MAX_SIDE), key="from")

    def check(self, fields: Fields) -> None:
        """Report bands that do not rise, or a side without bands."""
        if not self.bands or any(low >= high for low, high in zip(self.bands, self.bands[1:], strict=False)):
            rule = message("The thresholds must be in rising order.")
            fields.report("from", rule, message("Each must be higher than the one before."))

    def conditions(self) -> list[Condition]:
        """Return one condition for each band: its lower limit is reached."""
        return [Condition(of=self.of, over=self.over, range=Range(at_least=band)) for band in self.bands]


@dataclass(frozen=True)
class Grid:
    """The type of a table of shares: a list of rows."""

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Return all rows."""
        node = fields.node(key)
        if node is None or node.items is None:
            hint = message("Start each entry with “- ”.")
            fields.report(key, message("A list is expected here."), hint)
            return default
        rows = []
        for row in node.items[:MAX_SIDE]:
            cells = row.items if row.items is not None else [row]
            rows.append(tuple(fields.parsed(cell, SHARE.read, Fraction(0)) for cell in cells[:MAX_SIDE]))
        return tuple(rows)

    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""
        return {"type": "array", "items": {"type": "array", "items": SHARE.schema()}}

    def shown(self, value: Any, currency: str) -> Value:
        """Return all cells, row by row, separated by commas."""
        return ListMessage(tuple(SHARE.shown(cell, currency) for row in value for cell in row))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Rows, columns, and the share of the target in each cell; below the first band it pays nothing."""

    rows: Side = declare(Nested(Side))
    columns: Side = declare(Nested(Side))
    pays: tuple[tuple[Fraction, ...], ...] = declare(Grid(), ())

    def check(self, fields: Fields) -> None:
        """Report a grid whose shape does not match its sides."""
        if self.rows is None or self.columns is None:
            return
        rows, columns = len(self.rows.bands), len(self.columns.bands)
        if len(self.pays) != rows or any(len(row) != columns for row in self.pays):
            rule = message("The matrix needs {rows} rows of {columns} shares.", rows=rows, columns=columns)
            fields.report("pays", rule)

    def sentences(self) -> list[Message]:
        """Describe each row in a sentence."""
        sentences = []
        for band, cells in zip(self.rows.bands, self.pays, strict=True):
            shares = ListMessage(tuple(Percent(cell) for cell in cells))
            thresholds = ListMessage(tuple(QUANTITY.shown(threshold, "") for threshold in self.columns.bands))
            sentences.append(
                message(
                    "With {row} from {band} it pays {shares} of the target as {column} reaches {thresholds}.",
                    row=self.rows.of,
                    band=QUANTITY.shown(band, ""),
                    shares=shares,
                    column=self.columns.of,
                    thresholds=thresholds,
                )
            )
        return sentences
