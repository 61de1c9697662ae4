"""Merging two entries of one person: all that names the duplicate names the other; nothing is lost or doubled."""

from datetime import date

import pytest
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from server.administration.merge import person_columns
from server.deals.conversion import WHOLE_CREDIT
from server.deals.models import Deal, DealCredit
from server.discussion.models import Comment
from server.people.models import LevelAssignment, Person
from server.people.service import NewPerson, add_person
from tests.cast import SLUG
from tests.conftest import Townhall


def add_duplicate(townhall: Townhall, email: str | None = None) -> Person:
    with townhall.database.writing() as session:
        duplicate = add_person(session, NewPerson("Dana R. Rep", email, title="From the CRM", region="Reno"))
        session.commit()
        return duplicate


def merge(townhall: Townhall, duplicate: Person, into: str = "Dana Rep") -> int:
    answer = townhall.client("Ada Admin").submit(f"/people/{duplicate.ulid}/merge", into=townhall.person(into).ulid)
    return answer.status_code


def shares(session: Session, person_id: int) -> dict[str, int]:
    statement = select(Deal.external_id, DealCredit.share).join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
    return dict(session.exec(statement.where(DealCredit.person_id == person_id)).all())


def test_deals_and_words_move(townhall: Townhall) -> None:
    dana, duplicate = townhall.person("Dana Rep"), add_duplicate(townhall, "dana.r@example.com")
    townhall.browser("Dana R. Rep").submit(f"/proposals/{SLUG}/comments", version=2, text="Mine too")
    with townhall.database.writing() as session:
        before = shares(session, dana.id)
        moved, shared = sorted(shares(session, townhall.person("Maya Rep").id))[:2]
        for number, share in ((moved, WHOLE_CREDIT // 2), (shared, WHOLE_CREDIT // 4)):
            deal = session.exec(select(Deal).where(Deal.external_id == number)).one()
            session.add(DealCredit(deal_id=deal.id, person_id=duplicate.id, share=share, position=1))
            if number == shared:
                session.add(DealCredit(deal_id=deal.id, person_id=dana.id, share=WHOLE_CREDIT // 4, position=2))
        session.commit()
    assert merge(townhall, duplicate) == 303
    with townhall.database.reading() as session:
        after = shares(session, dana.id)
        assert after == before | {moved: WHOLE_CREDIT // 2, shared: WHOLE_CREDIT // 2}
        comment = session.exec(select(Comment).where(col(Comment.html).contains("Mine too"))).one()
        assert comment.author_id == dana.id
        assert session.get(Person, duplicate.id) is None


def test_the_one_who_stays_keeps_what_both_have(townhall: Townhall) -> None:
    dana, duplicate = townhall.person("Dana Rep"), add_duplicate(townhall, "dana.r@example.com")
    with townhall.database.writing() as session:
        for person_id, level in ((dana.id, "Kept"), (duplicate.id, "Dropped")):
            session.add(LevelAssignment(person_id=person_id, level=level, since=date(2027, 8, 1)))
        session.add(LevelAssignment(person_id=duplicate.id, level="Moved", since=date(2027, 9, 1)))
        session.commit()
    assert merge(townhall, duplicate) == 303
    with townhall.database.reading() as session:
        levels = {
            row.since: row.level
            for row in session.exec(select(LevelAssignment).where(LevelAssignment.person_id == dana.id))
        }
    assert (levels[date(2027, 8, 1)], levels[date(2027, 9, 1)]) == ("Kept", "Moved")
    dana = townhall.person("Dana Rep")
    assert (dana.email, dana.title) == ("dana@example.com", "Account executive")


def test_empty_fields_are_filled_and_a_session_of_the_duplicate_ends(townhall: Townhall) -> None:
    duplicate = add_duplicate(townhall, "dana.r@example.com")
    client = townhall.browser("Dana R. Rep")
    with townhall.database.writing() as session:
        dana = session.get_one(Person, townhall.person("Dana Rep").id)
        dana.email = None
        session.add(dana)
        session.commit()
    assert merge(townhall, duplicate) == 303
    assert townhall.person("Dana Rep").email == "dana.r@example.com"
    assert client.get("/me").status_code == 303


def test_no_row_names_the_duplicate_afterwards(townhall: Townhall) -> None:
    duplicate = add_duplicate(townhall)
    merge(townhall, duplicate)
    with townhall.database.reading() as session:
        for table, column in person_columns():
            assert session.execute(sa_select(column).where(column == duplicate.id)).all() == [], table.name


def test_every_table_with_people_is_moved() -> None:
    names = {f"{table.name}.{column.name}" for table, column in person_columns()}
    assert {"deal_credits.person_id", "comments.author_id", "reporting_lines.manager_id", "pulses.person_id"} <= names
    assert len(names) > 25


def test_the_preview_says_what_moves_and_moves_nothing(townhall: Townhall) -> None:
    duplicate = add_duplicate(townhall, "dana.r@example.com")
    with townhall.database.writing() as session:
        session.add(LevelAssignment(person_id=duplicate.id, level="Moved", since=date(2027, 9, 1)))
        session.commit()
    page = " ".join(
        townhall.client("Ada Admin").get(f"/people/{duplicate.ulid}/merge?into=dana@example.com").text.split()
    )
    assert "Levels: 1" in page
    assert "Dana R. Rep goes, and Dana Rep stays" in page
    assert townhall.person("Dana R. Rep")


@pytest.mark.parametrize("into", ["Dana R. Rep", "Nobody Known"])
def test_a_person_is_merged_only_into_another(townhall: Townhall, into: str) -> None:
    duplicate = add_duplicate(townhall)
    answer = townhall.client("Ada Admin").get(f"/people/{duplicate.ulid}/merge", params={"into": into})
    assert answer.status_code == 422
    assert into in answer.text
