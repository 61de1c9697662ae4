"""The cell formats of a workbook, and amounts as money that formulas read back in whole cents."""

from dataclasses import dataclass

from xlsxwriter import Workbook
from xlsxwriter.format import Format

MONEY = "#,##0.00;[Red]-#,##0.00"
FROM_THE_START = -(10**13)
"""The threshold of a piece without a lower bound; spreadsheets count hundredths exactly down to here."""


@dataclass(frozen=True, slots=True)
class Formats:
    """The formats of one workbook."""

    money: Format
    units: Format
    threshold: Format
    day: Format
    month: Format
    heading: Format
    total: Format


def formats_of(book: Workbook) -> Formats:
    """Add the formats to a workbook and return them."""
    return Formats(
        money=book.add_format({"num_format": MONEY}),
        units=book.add_format({"num_format": "#,##0"}),
        threshold=book.add_format({"num_format": f'[<={FROM_THE_START}]"from the start";{MONEY.partition(";")[0]}'}),
        day=book.add_format({"num_format": "yyyy-mm-dd"}),
        month=book.add_format({"num_format": "yyyy-mm", "bold": True, "bg_color": "#eef2f6", "bottom": 1}),
        heading=book.add_format({"bold": True, "bg_color": "#eef2f6", "bottom": 1, "text_wrap": True, "valign": "top"}),
        total=book.add_format({"bold": True, "num_format": MONEY, "top": 1}),
    )


def in_cents(cell: str) -> str:
    """Return the formula of the whole cents in a cell of money, so that sums and products are exact."""
    return f"ROUND({cell}*100,0)"


def as_money(cents: str) -> str:
    """Return the formula of an amount of money from a formula of whole cents."""
    return f"({cents})/100"
