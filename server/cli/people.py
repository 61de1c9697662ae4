"""`townhall people` and `townhall create-admin`."""

import json
from typing import Annotated, Any

import typer

from server.cli.database import fail, load_settings, open_database
from server.db.columns import now
from server.deals.queries import WonDeals, won_by_person
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Role
from server.people.service import NewPerson

commands = typer.Typer(no_args_is_help=True, help="List and invite people.")


@commands.callback()
def _people() -> None:
    """List and invite people."""


@commands.command("list")
def list_people(*, as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False) -> None:
    """List all people with role, level, and the number and credited totals of their won deals."""
    with open_database() as data, data.reading() as session:
        won = won_by_person(session)
        levels = people_queries.levels_now(session, now().date())
        managers = people_queries.managers_now(session, now().date())
        company = people_queries.company(session)
        own = company.currency if company else ""
        rows: list[dict[str, Any]] = []
        for person in people_queries.list_people(session):
            deals = won.get(person.id, WonDeals())
            credited = {currency or own: _units(cents) for currency, cents in deals.credited.items()}
            rows.append(
                {
                    "name": person.name,
                    "role": str(person.role),
                    "level": levels.get(person.id),
                    "won_deals": deals.count,
                    "credited_total": credited.get(own, 0),
                    "credited_by_currency": credited,
                    "email": person.email,
                    "title": person.title,
                    "region": person.region,
                    "manager": managers.get(person.id),
                    "started": person.started_on.isoformat() if person.started_on else None,
                    "left": person.left_on.isoformat() if person.left_on else None,
                }
            )
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        person_columns = f"{row['name']:<28} {row['role']:<10} {row['level'] or '':<14}"
        others = "".join(
            f" and {currency} {amount:,}" for currency, amount in row["credited_by_currency"].items() if currency != own
        )
        print(f"{person_columns} {row['won_deals']:>5} {row['credited_total']:>14,}{others}")


def _units(cents: int) -> int | float:
    """Return cents as units of the currency, a whole number where there are no cents."""
    return cents // 100 if cents % 100 == 0 else cents / 100


@commands.command()
def invite(name: str, email: str) -> None:
    """Print a one-use link with which a person sets a password."""
    settings = load_settings()
    with open_database(settings) as data, data.writing() as session:
        person = people_queries.by_names(session, [name]).get(name.casefold())
        if person is None:
            fail(f"there is no person named “{name}”. `townhall people list` shows the names.")
        token = people_service.invite(session, person, email, settings.invitation_days)
        session.commit()
    print(f"{settings.origin}/invitations/{token}")


def create_admin(
    email: Annotated[str, typer.Option(prompt="E-mail address")],
    name: Annotated[str, typer.Option(prompt="Name")],
    company: Annotated[str, typer.Option(help="the company's name")] = "",
) -> None:
    """Add an admin and print the one-use link with which they set a password."""
    settings = load_settings()
    with open_database(settings) as data, data.writing() as session:
        people_service.rename_company(session, company)
        person = people_service.add_person(session, NewPerson(name, email, Role.admin))
        token = people_service.invite(session, person, email, settings.invitation_days)
        session.commit()
    print(f"{settings.origin}/invitations/{token}")
