"""The readers of deals, events, quotas, results, balances and people."""

from datetime import date
from fractions import Fraction

import pytest
from sqlmodel import Session, select

from server.comp import Person
from server.comp.calendar import month_of
from server.deals import queries as deal_queries
from server.deals.models import Deal
from server.imports import service as import_service
from server.imports.files.unpack import read_table
from server.people import queries as people_queries
from tests.conftest import Townhall


def run_import(session: Session, **files: str) -> import_service.ImportCounts:
    tables = [read_table(f"{name}.csv", text.encode()) for name, text in files.items()]
    preview = import_service.preview_import(session, tables)
    assert [f"{p.file} {p.line} {p.column}: {p.fix}" for p in preview.problems] == []
    return import_service.apply_import(session, preview, "upload")


def problems(townhall: Townhall, text: str) -> list[str]:
    with townhall.database.reading() as session:
        preview = import_service.preview_import(session, [read_table("file.csv", text.encode())])
    return [f"{problem.line} {problem.column}: {problem.fix}" for problem in preview.problems]


def facts(townhall: Townhall, name: str = "Dana Rep") -> Person:
    person = townhall.person(name).id or 0
    with townhall.database.reading() as session:
        return people_queries.pay_facts(session, [person])[person].person


def test_all_fields_of_a_deal_are_stored(townhall: Townhall) -> None:
    header = "id,person,amount,signed,paid,go live,segment,region,currency,discount,prepaid,margin,units,credit role"
    with townhall.database.writing() as session:
        run_import(
            session,
            deals=(
                f"{header}\nX1,Dana"
                " Rep,1000,2026-10-01,2026-10-05,2026-10-20,small,North,eur,12.5%,yes,400.50,7,overlay\n"
            ),
        )
        session.commit()
    with townhall.database.reading() as session:
        deal = next(d for d in deal_queries.book(session, townhall.person("Dana Rep").id or 0) if d.id == "X1")
    assert (deal.paid, deal.live) == (date(2026, 10, 5), date(2026, 10, 20))
    assert (deal.segment, deal.region, deal.currency, deal.role) == ("small", "North", "EUR", "overlay")
    assert (deal.discount, deal.prepaid) == (Fraction(1, 8), True)
    assert deal.amounts == (("margin", 40_050), ("units", 7))


def test_events_update_existing_deals_once(townhall: Townhall) -> None:
    text = "deal id,churned,rating,rated,aha\nD1,2026-09-09,4,2026-05-05,\nD2,,,,2026-09-01\n"
    for expected in ((2, 0), (0, 2)):
        with townhall.database.writing() as session:
            result = run_import(session, events=text).events
            session.commit()
        assert (result.changed, result.same) == expected
    with townhall.database.reading() as session:
        book = {deal.id: deal for deal in deal_queries.book(session, townhall.person("Dana Rep").id or 0)}
    assert (book["D1"].churned, book["D1"].rating, book["D1"].aha) == (date(2026, 9, 9), 4, date(2026, 3, 1))
    assert book["D2"].aha == date(2026, 9, 1)


def test_payments_are_kept_by_day_and_release_pay(townhall: Townhall) -> None:
    first = "deal id,payment date,amount paid\nD1,2026-03-01,1000\nD1,2026-04-01,500\nD1,2026-04-01,250\n"
    later = "deal id,payment date,amount paid\nD1,2026-04-01,800\nD1,2026-05-01,100.50\n"
    for text, expected in ((first, (1, 0)), (first, (0, 1)), (later, (1, 0))):
        with townhall.database.writing() as session:
            result = run_import(session, payments=text).payments
            session.commit()
        assert (result.changed, result.same) == expected
    with townhall.database.reading() as session:
        [deal] = [d for d in deal_queries.book(session, townhall.person("Dana Rep").id or 0) if d.id == "D1"]
    assert [(str(day), cents) for day, cents in deal.payments] == [
        ("2026-03-01", 100_000),
        ("2026-04-01", 80_000),
        ("2026-05-01", 10_050),
    ]
    assert problems(townhall, "deal id,payment date,amount paid\nX77,2026-03-01,1\n") == [
        "2 deal id: There is no deal with this ID. Import the deals first."
    ]
    assert problems(townhall, "id,rep,amount,signed,payments\nX9,Dana Rep,5,2026-03-01,soon\n") == [
        "2 payments: Write payments like 2027-02-01 $10,000; 2027-05-01 $20,000."
    ]


def test_a_newer_file_without_a_column_leaves_what_is_known(townhall: Townhall) -> None:
    file = "id,rep,amount,signed{}\nX1,Dana Rep,1000,2026-03-01{}\n"
    with townhall.database.writing() as session:
        run_import(session, deals=file.format(",aha,region,margin,customer", ",2026-04-01,North,50,Acme"))
        run_import(session, events="deal id,churned\nX1,2026-09-09\n")
        run_import(session, deals="id,amount,signed\nX1,1200,2026-03-01\n")
        session.commit()
    with townhall.database.reading() as session:
        [deal] = [d for d in deal_queries.book(session, townhall.person("Dana Rep").id or 0) if d.id == "X1"]
    assert (deal.arr, deal.aha, deal.churned) == (120_000, date(2026, 4, 1), date(2026, 9, 9))
    assert (deal.region, deal.amounts, deal.customer) == ("North", (("margin", 5_000),), "Acme")
    with townhall.database.writing() as session:
        run_import(session, deals=file.format(",aha,region", ",,"))
        session.commit()
    with townhall.database.reading() as session:
        [deal] = [d for d in deal_queries.book(session, townhall.person("Dana Rep").id or 0) if d.id == "X1"]
    assert (deal.aha, deal.region, deal.churned) == (None, "", date(2026, 9, 9))


def test_quotas_results_balances_and_employment_reach_the_engine(townhall: Townhall) -> None:
    for _ in range(2):
        with townhall.database.writing() as session:
            imported = run_import(
                session,
                people="person,started,left,level,since\nDana Rep,2026-02-01,2026-12-31,Associate 1,2025-01-01\n",
                quotas='person,from,until,quota,reason\nDana Rep,2026-04,2026-06,"400,000.00",parental leave\n',
                results="person,result,month,value\nDana Rep,NRR,2026-09,104.5%\nDana Rep,CSAT,2026-09,4.6\n",
                balances="person,opening balance\nDana Rep,1500\n",
            )
            session.commit()
    assert (imported.quotas.same, imported.results.same, imported.balances.same) == (1, 2, 1)
    person = facts(townhall)
    assert (person.started, person.left, person.opening) == (date(2026, 2, 1), date(2026, 12, 31), 150_000)
    assert {(r.of, r.month, r.value) for r in person.results} == {
        ("nrr", month_of(date(2026, 9, 1)), Fraction("1.045")),
        ("csat", month_of(date(2026, 9, 1)), Fraction("4.6")),
    }
    [terms] = person.adjustments
    assert (terms.quota, terms.reason, terms.base) == (40_000_000, "parental leave", None)
    assert terms.covers(month_of(date(2026, 5, 1)))
    assert not terms.covers(month_of(date(2026, 7, 1)))


@pytest.mark.parametrize(
    ("text", "expected_text"),
    [
        ("deal id,churned\nNOBODY,2026-01-01\n", "There is no deal with this ID"),
        ("deal id,churned\nD1,2020-01-01\n", "This is before the deal was signed"),
        ("deal id,rating\nD1,6\n", "whole number from 1 to 5"),
        ("person,from,until,quota\nNobody Here,2026-01,2026-02,5\n", "There is no person with this name"),
        ("person,from,until,quota\nDana Rep,2026-03,2026-02,5\n", "before the first month"),
        ("person,from,until,quota\nDana Rep,soon,2026-02,5\n", "This is not a month"),
        ("person,manager,quota\nMaya Rep,Mona Manager,900000\n", "belongs to a file of quotas"),
        ("person,from,until,quota\nDana Rep,2026-01,2026-02,\n", "Enter a quota, a variable amount or a base salary."),
        ("person,result,month,value\nDana Rep,NRR,2026-01,many\n", "This is not a number"),
        ("id,person,amount,signed,discount\nX,Dana Rep,5,2026-01-01,200%\n", "A discount is between 0% and 100%"),
        ("id,person,amount,signed,prepaid\nX,Dana Rep,5,2026-01-01,perhaps\n", "Write yes or no."),
        ("id,person,amount,signed,currency\nX,Dana Rep,5,2026-01-01,eurodollars\n", "A currency is three letters"),
        ("id,person,amount,signed,credit role\nX,Dana Rep,5,2026-01-01,mine\n", "not a credit role"),
    ],
)
def test_invalid_cells_are_reported(townhall: Townhall, text: str, expected_text: str) -> None:
    assert any(expected_text in problem for problem in problems(townhall, text)), problems(townhall, text)


def test_attainment_is_measured_against_a_persons_own_quota(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        run_import(session, quotas="person,quota,from\nDana Rep,1600000,2025-11\n")
        session.commit()
    text = townhall.client("Dana Rep").get("/me/pay").text
    assert "of $1,600,000, your own quota" in text
    assert "64" in text.split("Attainment")[1][:120]


def test_an_own_quota_counts_for_its_months(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        run_import(session, quotas="person,quota,from,until\nDana Rep,1600000,2025-11,2026-04\n")
        session.commit()
    text = townhall.client("Dana Rep").get("/me/pay").text
    assert "of $1,200,000, your own quota" in text  # six months of it, and six of the $800,000 of the level


def test_rows_of_the_same_person_may_repeat_the_address(townhall: Townhall) -> None:
    text = (
        "person,e-mail,level,since\nDana Rep,dana@example.com,Associate 1,2026-01-01\nDana"
        " Rep,dana@example.com,Associate 2,2026-05-01\n"
    )
    with townhall.database.writing() as session:
        assert run_import(session, people=text).people.changed == 1
    assert problems(
        townhall, text.replace("Dana Rep,dana@example.com,Associate 2", "Maya Rep,dana@example.com,Associate 2")
    )


@pytest.mark.parametrize(
    ("text", "expected_text"),
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
def test_contradictory_rows_are_reported(townhall: Townhall, text: str, expected_text: str) -> None:
    assert any(expected_text in problem for problem in problems(townhall, text)), problems(townhall, text)


def test_a_wrong_day_is_reported_once(townhall: Townhall) -> None:
    assert len(problems(townhall, "customer,event,day\nAcme,opened,soonish\n")) == 1
    assert len(problems(townhall, "person,quota,from\nDana Rep,100,soonish\n")) == 1


def test_an_unknown_level_is_noted(townhall: Townhall) -> None:
    with townhall.database.reading() as session:
        preview = import_service.preview_import(
            session, [read_table("p.csv", b"person,level,since\nDana Rep,Associate 9,2026-05-01\n")]
        )
    assert any("No plan in force has the level “Associate 9”" in str(note) for note in preview.notes)


@pytest.mark.parametrize(
    ("cell", "zone", "day"),
    [
        ("2026-03-31T22:00:00Z", "Australia/Sydney", date(2026, 4, 1)),
        ("2026-03-31T22:00:00Z", "UTC", date(2026, 3, 31)),
        ("2026-03-31T23:30:00-05:00", "America/Chicago", date(2026, 3, 31)),
        ("2026-03-31 14:05", "Australia/Sydney", date(2026, 3, 31)),
    ],
)
def test_a_time_with_its_zone_is_the_day_of_the_company(townhall: Townhall, cell: str, zone: str, day: date) -> None:
    text = f"id,person,amount,signed\nZoned,Dana Rep,5,{cell}\n"
    table = read_table("deals.csv", text.encode())
    with townhall.database.writing() as session:
        company = people_queries.company(session)
        assert company
        company.time_zone = zone
        session.add(company)
        session.flush()
        preview = import_service.preview_import(session, [table])
    assert preview.problems == []
    assert preview.deals[0].signed_on == day
    assert any("zone" in str(note) for note in preview.notes) == (cell != "2026-03-31 14:05")


def test_a_credit_memo_of_an_unknown_deal_is_noted(townhall: Townhall) -> None:
    header = "id,person,amount,signed,refund of\n"
    for named, is_noted in (("D1", False), ("Own", False), ("D9999", True)):
        text = f"{header}Own,Dana Rep,5,2026-05-01,\nMemo,Dana Rep,-5,2026-06-01,{named}\n"
        with townhall.database.reading() as session:
            preview = import_service.preview_import(session, [read_table("deals.csv", text.encode())])
        assert any("not here" in str(note) for note in preview.notes) == is_noted


def test_a_correction_is_added_once_and_shows_its_reason_and_author(townhall: Townhall) -> None:
    text = "person,date,amount,reason\nDana Rep,2026-05-04,-120.50,Wrong split in April\n"
    ada = townhall.person("Ada Admin").id
    for expected in (1, 0):
        with townhall.database.writing() as session:
            preview = import_service.preview_import(session, [read_table("corrections.csv", text.encode())])
            imported = import_service.apply_import(session, preview, "upload", ada)
            session.commit()
        assert imported.corrections.added == expected
    [correction] = facts(townhall).corrections
    assert (correction.day, correction.cents, correction.reason) == (date(2026, 5, 4), -12_050, "Wrong split in April")
    page = townhall.client("Dana Rep").get("/me/pay/statement").text
    assert "Wrong split in April (entered by Ada Admin on" in page
    assert "Wrong split" not in townhall.client("Maya Rep").get("/me/pay/statement").text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("person,date,amount,reason\nDana Rep,2026-05-04,,Why\n", "2 amount: This cell is required. Fill it in."),
        ("person,date,amount,reason\nDana Rep,2026-05-04,5,\n", "2 reason: This cell is required. Fill it in."),
        ("person,date,amount,reason\nDana Rep,,5,Why\n", "2 date: This cell is required. Fill it in."),
        ("deal id,payment date,amount paid\nD1,2026-03-01,\n", "2 amount paid: This cell is required. Fill it in."),
    ],
)
def test_corrections_and_payments_need_all_their_cells(townhall: Townhall, text: str, says: str) -> None:
    assert problems(townhall, text) == [says]


def test_a_file_without_a_stage_leaves_known_stages_and_needs_no_day_of_signing(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        run_import(session, deals="id,rep,amount,stage,signed\nL1,Dana Rep,10,Lost,2026-03-01\n")
        run_import(session, deals="id,rep,amount,signed\nL1,Dana Rep,10,2026-03-01\nL2,Dana Rep,20,2026-03-01\n")
        run_import(session, deals="id,amount\nD1,777\n")
        session.commit()
    with townhall.database.reading() as session:
        book = {deal.id: deal for deal in deal_queries.book(session, townhall.person("Dana Rep").id or 0)}
    assert "L1" not in book
    assert book["L2"].arr == 2_000
    assert (book["D1"].arr, book["D1"].signed) == (77_700, date(2026, 2, 3))


def test_payments_of_several_files_add_up_and_go_to_the_deal_of_their_own_source(townhall: Townhall) -> None:
    deals = "id,rep,amount,signed,customer\nD1,Dana Rep,500,2026-05-01,Somebody else\n"
    paid = "deal id,payment date,amount paid\nD1,2026-06-01,{}\n"
    with townhall.database.writing() as session:
        run_import(session, deals=deals, first=paid.format(100), second=paid.format(50))
        session.commit()
    with townhall.database.reading() as session:
        stored = {
            (deal.arr, tuple(cents for _, cents in deal.payments))
            for deal in session.exec(select(Deal).where(Deal.external_id == "D1"))
        }
    assert stored == {(45_678_912, ()), (50_000, (15_000,))}
    assert problems(townhall, "deal id,payment date,amount paid\nD2,2026-09-01,-5\n") == [
        "2 amount paid: A payment is more than 0. What a customer gets back is a deal with a negative amount."
    ]
