"""`townhall deals list`: the deals that are in."""

import json
from typing import Annotated, Any

import typer

from server.cli.database import open_database
from server.deals.conversion import WHOLE_CREDIT
from server.deals.listing import ListedDeal
from server.deals.listing import list_deals as stored_deals
from server.people import queries as people_queries

commands = typer.Typer(no_args_is_help=True, help="List deals.")


@commands.callback()
def _deals() -> None:
    """List deals."""


@commands.command("list")
def list_deals(*, as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False) -> None:
    """List all deals with customer, amount, signing date, status, type and the people they are credited to.

    In JSON amounts are cents, and a share is a part of 1.
    """
    with open_database() as data, data.reading() as session:
        company = people_queries.company(session)
        own = company.currency if company else ""
        deals = list(stored_deals(session))
    if as_json:
        print(json.dumps([_as_json(deal, own) for deal in deals], ensure_ascii=False, indent=1))
        return
    for deal in deals:
        amount = f"{deal.amount / 100:>14,.2f} {deal.currency or own:<3}"
        credited = "; ".join(
            name if share == WHOLE_CREDIT else f"{name} {share / WHOLE_CREDIT:.2%}" for name, share in deal.credits
        )
        signed = deal.signed.isoformat() if deal.signed else ""
        print(f"{deal.number:<20} {deal.status:<5} {signed:<10} {amount} {deal.customer or '':<28} {credited}")


def _as_json(deal: ListedDeal, own_currency: str) -> dict[str, Any]:
    return {
        "number": deal.number,
        "customer": deal.customer,
        "product": deal.product,
        "amount": deal.amount,
        "currency": deal.currency or own_currency,
        "signed": deal.signed.isoformat() if deal.signed else None,
        "status": deal.status,
        "kind": deal.kind,
        "credits": [{"name": name, "share": share / WHOLE_CREDIT} for name, share in deal.credits],
        "source": deal.source,
    }
