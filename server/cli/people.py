"""`townhall people` and `townhall create-admin`."""

import json
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlmodel import Session

from server.accounts import service as account_service
from server.administration import service as administration
from server.audit.service import record
from server.cli.database import fail, load_settings, open_database
from server.deals.queries import WonDeals, won_by_person
from server.errors import AppError
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Person, Role
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
        today = people_queries.company_today(session)
        levels, managers = people_queries.levels_now(session, today), people_queries.managers_now(session, today)
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
def invite(
    name: Annotated[str, typer.Argument(help="name, or the e-mail address of today")],
    email: Annotated[str, typer.Argument(help="the address with which they sign in")],
) -> None:
    """Print a one-use link with which a person sets a password."""
    settings = load_settings()
    with open_database(settings) as data, data.writing() as session:
        person = _person(session, name)
        former = person.email
        try:
            token = people_service.invite(session, person, email, settings.invitation_days)
        except AppError as error:
            fail(str(error))
        if former and former != person.email:
            administration.tell_of_new_address(session, person, former, "The command line")
            what = f"e-mail address {former} → {person.email}"
            record(session, "person changed", None, person.name, f"/people/{person.ulid}", what=what)
        record(session, "person invited", None, person.name, f"/people/{person.ulid}", how="link")
        session.commit()
    print(f"{settings.origin}/invitations/{token}")


def _person(session: Session, name_or_email: str) -> Person:
    """Return the one person with a name or an e-mail address; otherwise end with a sentence."""
    people = people_queries.matching(session, name_or_email)
    if not people:
        fail(f"there is no person “{name_or_email}”. `townhall people list` shows names and addresses.")
    if len(people) > 1:
        addresses = ", ".join(person.email or "no address" for person in people)
        fail(f"{len(people)} people are named “{name_or_email}” ({addresses}). Name one by e-mail address.")
    return people[0]


@commands.command("end-access")
def end_access(
    person: Annotated[str, typer.Argument(help="name or e-mail address")],
    last_day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day of work; today")] = None,
) -> None:
    """End a person's access at once: sessions, links, mail, mentions and their API tokens."""
    with open_database() as data, data.writing() as session:
        leaver = _person(session, person)
        try:
            administration.end_access(session, None, leaver, last_day.date() if last_day else None)
        except AppError as error:
            fail(str(error))
        session.commit()
        print(f"{leaver.name} has no access any more. Last day of work: {leaver.left_on}.")


@commands.command("restore-access")
def restore_access(person: Annotated[str, typer.Argument(help="name or e-mail address")]) -> None:
    """Give a person access again."""
    with open_database() as data, data.writing() as session:
        returning = _person(session, person)
        people_service.restore_access(session, returning, people_queries.company_today(session))
        record(session, "access restored", None, returning.name, f"/people/{returning.ulid}")
        session.commit()
        print(f"{returning.name} has access again.")


@commands.command("remove-second-factor")
def remove_second_factor(person: Annotated[str, typer.Argument(help="name or e-mail address")]) -> None:
    """Remove the authenticator app of a person who has lost it."""
    with open_database() as data, data.writing() as session:
        found = _person(session, person)
        account_service.remove_second_factor(session, found, "The command line")
        record(session, "second factor removed", None, found.name, f"/people/{found.ulid}")
        session.commit()
        print(f"{found.name} signs in without a code now.")


def create_admin(
    email: Annotated[str, typer.Option(prompt="E-mail address")],
    name: Annotated[str, typer.Option(prompt="Name")],
    company: Annotated[str, typer.Option(help="the company's name")] = "",
) -> None:
    """Add an admin and print the one-use link with which they set a password."""
    settings = load_settings()
    with open_database(settings) as data, data.writing() as session:
        if former := people_service.rename_company(session, company):
            record(session, "company settings", None, company, "/settings", what=f"name {former} → {company}")
        people_service.adopt_time_zone(session, settings.time_zone)
        try:
            person = people_service.add_person(session, NewPerson(name, email, Role.admin))
        except AppError as error:
            fail(str(error))
        record(session, "person added", None, person.name, f"/people/{person.ulid}")
        token = people_service.invite(session, person, email, settings.invitation_days)
        session.commit()
    print(f"{settings.origin}/invitations/{token}")
