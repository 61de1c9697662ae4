"""What pay needs beside deals: events, quotas, results, balances, employment, and what only some plans ask of a deal."""

from datetime import date
from fractions import Fraction

import pytest
from sqlmodel import Session

from server.comp.calendar import month_of
from server.comp.history import Person
from server.deals import queries as deal_queries
from server.imports import service as import_service
from server.imports.csv_reader import read_table
from server.people import queries as people_queries
from tests.conftest import House


def bring_in(session: Session, **files: str) -> import_service.ImportCounts:
    tables = [read_table(f"{name}.csv", text.encode()) for name, text in files.items()]
    found = import_service.preview_import(session, tables)
    assert [f"{p.file} {p.line} {p.column}: {p.fix}" for p in found.problems] == []
    return import_service.apply_import(session, found, "upload")


def problems(house: House, text: str) -> list[str]:
    with house.database.reading() as session:
        found = import_service.preview_import(session, [read_table("file.csv", text.encode())])
    return [f"{problem.line} {problem.column}: {problem.fix}" for problem in found.problems]


def facts(house: House, name: str = "Dana Rep") -> Person:
    person = house.person(name).id or 0
    with house.database.reading() as session:
        return people_queries.person_facts(session, [person])[person]


def test_everything_a_plan_may_ask_of_a_deal_is_kept(house: House) -> None:
    header = "id,person,amount,signed,paid,go live,segment,region,currency,discount,prepaid,margin,units,credit role"
    with house.database.writing() as session:
        bring_in(
            session,
            deals=f"{header}\nX1,Dana Rep,1000,2026-10-01,2026-10-05,2026-10-20,small,North,eur,12.5%,yes,400.50,7,overlay\n",
        )
        session.commit()
    with house.database.reading() as session:
        found = next(d for d in deal_queries.book(session, house.person("Dana Rep").id or 0) if d.id == "X1")
    assert (found.paid, found.live) == (date(2026, 10, 5), date(2026, 10, 20))
    assert (found.segment, found.region, found.currency, found.role) == ("small", "North", "EUR", "overlay")
    assert (found.discount, found.prepaid) == (Fraction(1, 8), True)
    assert found.amounts == (("margin", 40_050), ("units", 7))


def test_events_change_known_deals_and_the_same_again_changes_nothing(house: House) -> None:
    text = "deal id,churned,rating,rated,aha\nD1,2026-09-09,4,2026-05-05,\nD2,,,,2026-09-01\n"
    for expected in ((2, 0), (0, 2)):
        with house.database.writing() as session:
            written = bring_in(session, events=text).events
            session.commit()
        assert (written.changed, written.same) == expected
    with house.database.reading() as session:
        book = {deal.id: deal for deal in deal_queries.book(session, house.person("Dana Rep").id or 0)}
    assert (book["D1"].churned, book["D1"].rating, book["D1"].aha) == (date(2026, 9, 9), 4, date(2026, 3, 1))
    assert book["D2"].aha == date(2026, 9, 1)


def test_quotas_results_balances_and_employment_reach_the_engine(house: House) -> None:
    for _ in range(2):
        with house.database.writing() as session:
            imported = bring_in(
                session,
                people="person,started,left,level,since\nDana Rep,2026-02-01,2026-12-31,Associate 1,2025-01-01\n",
                quotas='person,from,until,quota,reason\nDana Rep,2026-04,2026-06,"400,000.00",parental leave\n',
                results="person,result,month,value\nDana Rep,NRR,2026-09,104.5%\nDana Rep,CSAT,2026-09,4.6\n",
                balances="person,opening balance\nDana Rep,1500\n",
            )
            session.commit()
    assert (imported.quotas.same, imported.results.same, imported.balances.same) == (1, 2, 1)
    found = facts(house)
    assert (found.started, found.left, found.opening) == (date(2026, 2, 1), date(2026, 12, 31), 150_000)
    assert {(r.of, r.month, r.value) for r in found.results} == {
        ("nrr", month_of(date(2026, 9, 1)), Fraction("1.045")),
        ("csat", month_of(date(2026, 9, 1)), Fraction("4.6")),
    }
    [terms] = found.adjustments
    assert (terms.quota, terms.reason, terms.base) == (40_000_000, "parental leave", None)
    assert terms.covers(month_of(date(2026, 5, 1)))
    assert not terms.covers(month_of(date(2026, 7, 1)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("deal id,churned\nNOBODY,2026-01-01\n", "There is no deal with this ID"),
        ("deal id,churned\nD1,2020-01-01\n", "This is before the deal was signed"),
        ("deal id,rating\nD1,6\n", "whole number from 1 to 5"),
        ("person,from,until,quota\nNobody Here,2026-01,2026-02,5\n", "There is no person with this name"),
        ("person,from,until,quota\nDana Rep,2026-03,2026-02,5\n", "before the first month"),
        ("person,from,until,quota\nDana Rep,soon,2026-02,5\n", "This is not a month"),
        ("name,quota\nMaya Rep,900000\n", "belongs to a file of quotas"),
        ("person,from,until,quota\nDana Rep,2026-01,2026-02,\n", "Enter a quota, a variable amount or a base salary."),
        ("person,result,month,value\nDana Rep,NRR,2026-01,many\n", "This is not a number"),
        ("id,person,amount,signed,discount\nX,Dana Rep,5,2026-01-01,200%\n", "A discount is between 0% and 100%"),
        ("id,person,amount,signed,prepaid\nX,Dana Rep,5,2026-01-01,perhaps\n", "Write yes or no."),
        ("id,person,amount,signed,currency\nX,Dana Rep,5,2026-01-01,euro\n", "A currency is three letters"),
        ("id,person,amount,signed,credit role\nX,Dana Rep,5,2026-01-01,mine\n", "not a credit role"),
    ],
)
def test_what_cannot_be_used_is_said_by_line(house: House, text: str, says: str) -> None:
    assert any(says in problem for problem in problems(house, text)), problems(house, text)


def test_an_own_quota_is_what_attainment_is_measured_against(house: House) -> None:
    with house.database.writing() as session:
        bring_in(session, quotas="person,quota,from\nDana Rep,1600000,2025-11\n")
        session.commit()
    text = house.as_("Dana Rep").get("/me/pay").text
    assert "of $1,600,000, your own quota" in text
    assert "64" in text.split("Attainment")[1][:120]


def test_an_own_quota_counts_for_the_periods_whose_last_month_it_holds_in(house: House) -> None:
    with house.database.writing() as session:
        bring_in(session, quotas="person,quota,from,until\nDana Rep,1600000,2025-11,2026-04\n")
        session.commit()
    text = house.as_("Dana Rep").get("/me/pay").text
    assert "of $800,000, the quota of Associate 1" in text  # a yearly plan is paid on the terms of its last month
    assert "your own quota" not in text


def test_level_history_may_repeat_its_persons_address(house: House) -> None:
    text = "person,e-mail,level,since\nDana Rep,dana@example.com,Associate 1,2026-01-01\nDana Rep,dana@example.com,Associate 2,2026-05-01\n"
    with house.database.writing() as session:
        assert bring_in(session, people=text).people.changed == 1
    assert problems(
        house, text.replace("Dana Rep,dana@example.com,Associate 2", "Maya Rep,dana@example.com,Associate 2")
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("person,started,left\nDana Rep,2026-05-01,2026-04-01\n", "This is before the first day of work"),
        ("person,manager\nDana Rep,Dana Rep\n", "People cannot be their own manager"),
        ("person,level,since\nDana Rep,Associate 1,2026-05-01\nDana Rep,Associate 2,2026-05-01\n", "from the same day"),
        ("person,e-mail\nNora New,dana@example.com\n", "Another person has this e-mail address"),
        ("person,owed\nDana Rep,100\nDana Rep,200\n", "is on line 2 too"),
        ("person,quota,from\nDana Rep,100,9999-01\n", "This is not a month"),
        ("person,owed\nDana Rep,-100\n", "This cannot be negative"),
        ("person,quota,from\nDana Rep,-100,2026-01\n", "This cannot be negative"),
        ("customer,event,day\nAcme,opened,2040-01-01\n", "This date is in the future"),
    ],
)
def test_what_cannot_be_true_is_refused(house: House, text: str, says: str) -> None:
    assert any(says in problem for problem in problems(house, text)), problems(house, text)


def test_a_wrong_day_is_reported_once(house: House) -> None:
    assert len(problems(house, "customer,event,day\nAcme,opened,soonish\n")) == 1
    assert len(problems(house, "person,quota,from\nDana Rep,100,soonish\n")) == 1


def test_a_level_that_no_plan_has_is_pointed_out(house: House) -> None:
    with house.database.reading() as session:
        found = import_service.preview_import(
            session, [read_table("p.csv", b"person,level,since\nDana Rep,Associate 9,2026-05-01\n")]
        )
    assert any("Today's plan has no level “Associate 9”" in str(note) for note in found.notes)
