"""What the deals of an import add up to, so that a wrong decimal sign or column shows before anything is written."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from server.deals.rows import DealRow
from server.imports.parsed import ImportPreview

SHOWN_DEALS = 5
"""Deals that the preview shows as they were understood, the first of the files."""


@dataclass(frozen=True, slots=True)
class WonSummary:
    """The won deals of an import in one currency: how many, their amounts in cents, and when they were signed."""

    currency: str
    count: int
    total: int
    smallest: int
    largest: int
    first: date | None
    last: date | None

    def as_json(self) -> dict[str, Any]:
        """Return it with ISO dates."""
        days = {name: day.isoformat() if day else None for name, day in (("first", self.first), ("last", self.last))}
        return asdict(self) | days


def won_summaries(preview: ImportPreview) -> list[WonSummary]:
    """Return one summary for each currency of the won deals, the currency of most deals first."""
    by_currency: dict[str, list[DealRow[str]]] = {}
    for deal in preview.deals:
        if deal.stage == "won":
            by_currency.setdefault(deal.currency or preview.currency, []).append(deal)
    summaries = []
    for currency, deals in by_currency.items():
        amounts = [deal.arr for deal in deals]
        days = [day for deal in deals if (day := deal.signed_on)]
        first, last = min(days, default=None), max(days, default=None)
        summaries.append(
            WonSummary(currency, len(deals), sum(amounts), min(amounts), max(amounts), first, last),
        )
    return sorted(summaries, key=lambda summary: -summary.count)
