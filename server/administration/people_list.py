"""The list of people: search, filters and order, and how many are in which state."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session

from server.accounts import service as account_service
from server.people import queries
from server.people.models import Person
from server.people.queries import Account, AccountState

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people to show, and in which order; an empty field shows all."""

    words: str = ""
    role: str = ""
    level: str = ""
    region: str = ""
    manager: str = ""
    state: str = ""
    sort: str = "name"
    page: int = 1


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in the list; `failure` says why the last mail to them could not be sent."""

    person: Person
    level: str
    manager: str
    account: Account
    is_namesake: bool
    is_waiting: bool = False
    failure: str = ""


@dataclass(frozen=True, slots=True)
class PeopleList:
    """One page of the people that a filter chooses, and the values that each filter can have."""

    rows: Sequence[PersonRow]
    chosen: int
    total: int
    pages: int
    states: Mapping[str, int]
    levels: Sequence[str]
    regions: Sequence[str]
    managers: Sequence[str]


def person_rows(session: Session, on: date) -> list[PersonRow]:
    """Return everyone, by name."""
    levels, managers = queries.levels_now(session, on), queries.managers_now(session, on)
    accounts, mails = queries.accounts(session), account_service.last_mails(session)
    namesakes = queries.namesakes(session)
    rows = []
    for person in queries.list_people(session):
        mail = mails.get(person.id)
        rows.append(
            PersonRow(
                person=person,
                level=levels.get(person.id, ""),
                manager=managers.get(person.id, ""),
                account=accounts[person.id],
                is_namesake=person.name.casefold() in namesakes,
                is_waiting=bool(mail and mail.due_at and not mail.sent_at),
                failure=mail.failure if mail and not mail.sent_at else "",
            )
        )
    return rows


def people_list(session: Session, chosen: PeopleFilter, on: date) -> PeopleList:
    """Return one page of the people that a filter chooses."""
    rows = person_rows(session, on)
    matching = [row for row in rows if _matches(row, chosen)]
    if chosen.sort != "name":
        matching.sort(key=lambda row: (_sort_key(row, chosen.sort), row.person.name.casefold()))
    pages = max(-(-len(matching) // PAGE_SIZE), 1)
    first = (min(max(chosen.page, 1), pages) - 1) * PAGE_SIZE
    return PeopleList(
        rows=matching[first : first + PAGE_SIZE],
        chosen=len(matching),
        total=len(rows),
        pages=pages,
        states=Counter(str(row.account.state) for row in rows),
        levels=sorted({row.level for row in rows if row.level}),
        regions=sorted({row.person.region for row in rows if row.person.region}),
        managers=sorted({row.manager for row in rows if row.manager}),
    )


def _matches(row: PersonRow, chosen: PeopleFilter) -> bool:
    person = row.person
    text = f"{person.name} {person.email or ''} {person.title}".casefold()
    pairs = (
        (chosen.role, str(person.role)),
        (chosen.level, row.level),
        (chosen.region, person.region),
        (chosen.manager, row.manager),
        (chosen.state, str(row.account.state)),
    )
    has_words = all(word in text for word in chosen.words.casefold().split())
    return has_words and all(not wanted or wanted == value for wanted, value in pairs)


def _sort_key(row: PersonRow, sort: str) -> str:
    keys = {
        "role": str(row.person.role),
        "level": row.level,
        "manager": row.manager,
        "region": row.person.region,
        "state": str(list(AccountState).index(row.account.state)),
    }
    return keys.get(sort, "").casefold()


def pages_around(chosen: PeopleFilter, pages: int) -> tuple[PeopleFilter | None, PeopleFilter | None]:
    """Return the filters of the page before and the page after, None where there is none."""
    before = replace(chosen, page=chosen.page - 1) if chosen.page > 1 else None
    after = replace(chosen, page=chosen.page + 1) if chosen.page < pages else None
    return before, after
