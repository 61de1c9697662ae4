"""One decimal sign and one order of day and month for each file: proved by its cells, by other files, or asked."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from server.deals.models import Deal
from server.imports.files.unpack import read_table
from server.imports.parse import parse_files
from server.imports.parsed import ImportPreview, KnownNames
from server.imports.values.numbers import DecimalSign, written_number
from tests.comp.profiles import examples
from tests.conftest import Townhall

HEADER = "id;rep;signed;amount\n"


def preview(*files: str, choices: dict[str, dict[str, str]] | None = None, currency: str = "USD") -> ImportPreview:
    tables = [read_table(f"{number}.csv", text.encode()) for number, text in enumerate(files)]
    return parse_files(tables, KnownNames(currency=currency), choices)


def deals(*rows: tuple[str, str]) -> str:
    return HEADER + "".join(f"D{number};Dana;{day};{amount}\n" for number, (day, amount) in enumerate(rows))


@pytest.mark.parametrize(
    ("amounts", "cents"),
    [
        (["10.000", "12.345,50"], [1_000_000, 1_234_550]),
        (["10,000", "12,345.50"], [1_000_000, 1_234_550]),
        (["1.250.000", "800.000"], [125_000_000, 80_000_000]),
        (["1,234.00", "(1,234.00)", "1234.00-", "−1,234", "—"], [123_400, -123_400, -123_400, -123_400, 0]),
        (["CHF 1’234.50".removeprefix("CHF "), "1 234"], [123_450, 123_400]),
        (["1,23,456.00", "2,499.00"], [12_345_600, 249_900]),
        (["1 234,50", "1\u202f234,5", "7"], [123_450, 123_450, 700]),
        (["۱۲۳٬۴۵۶", "۷٫۵"], [12_345_600, 750]),
        (["19567.7174", "1.005"], [1_956_772, 101]),
    ],
)
def test_the_other_amounts_of_a_file_tell_its_decimal_sign(amounts: list[str], cents: list[int]) -> None:
    parsed = preview(deals(*(("2026-03-01", amount) for amount in amounts)))
    assert (parsed.problems, parsed.questions) == ([], [])
    assert [deal.arr for deal in parsed.deals] == cents


def test_an_open_decimal_sign_is_asked_with_both_sums() -> None:
    text = deals(("2026-03-01", "10.000"), ("2026-03-01", "2.500"))
    [question] = preview(text).questions
    assert str(question.sentence) == "Which sign is the decimal one in numbers such as “10.000”?"
    assert [(option.value, str(option.details)) for option in question.answers] == [
        ("point", "10.000 is 10.00; the amounts add up to 12.50"),
        ("comma", "10.000 is 10,000.00; the amounts add up to 12,500.00"),
    ]
    for answer, cents in (("point", [1_000, 250]), ("comma", [1_000_000, 250_000])):
        answered = preview(text, choices={"0.csv": {"numbers": answer}})
        assert answered.questions == []
        assert [deal.arr for deal in answered.deals] == cents


def test_a_file_is_read_like_the_others_of_its_upload() -> None:
    quotas = "Rep;From;Until;Quota\nDana;2025-12;2026-11;800.000\n"
    parsed = preview(deals(("13/02/2026", "1.234,50")), quotas)
    assert parsed.questions == []
    assert parsed.quotas[0].quota == 80_000_000
    other = deals(("02/03/2026", "1,5")).replace("D0", "X0")
    assert [str(deal.signed_on) for deal in preview(deals(("25/01/2026", "1")), other).deals] == [
        "2026-01-25",
        "2026-03-02",
    ]


def test_contradictory_files_are_asked_about_and_the_cells_that_do_not_fit_are_named() -> None:
    text = deals(("2026-03-01", "1.234,50"), ("2026-03-01", "1,234.50"))
    [question] = preview(text).questions
    assert "has a decimal point and" in str(question.sentence)
    answered = preview(text, choices={"0.csv": {"numbers": "point"}})
    [problem] = answered.problems
    assert (problem.line, str(problem.fix)) == (2, "Numbers in this file have a point before the decimals. Correct it.")
    days = preview(deals(("13/02/2026", "1"), ("02/13/2026", "1")))
    assert "has the day first and" in str(days.questions[0].sentence)


@pytest.mark.parametrize(
    ("amount", "own", "currency", "fixes"),
    [
        ("$1,000.00", "USD", "", []),
        ("$1,000.00", "EUR", "USD", []),
        ("$1,000.00", "CAD", "", []),
        ("€1,000.00", "USD", "EUR", []),
        ("JPY 1000", "USD", "JPY", []),
        ("1 000 kr", "SEK", "", []),
        ("1 000 kr", "USD", "kr", ["Several currencies have this sign. Write three letters, like SEK."]),
    ],
)
def test_the_currency_of_an_amount_is_kept(amount: str, own: str, currency: str, fixes: list[str]) -> None:
    parsed = preview(deals(("2026-03-01", amount)), currency=own)
    assert [str(problem.fix) for problem in parsed.problems] == fixes
    assert (parsed.deals[0].arr, parsed.deals[0].currency) == (100_000, currency)


def test_a_currency_that_contradicts_its_column_or_the_company_is_refused() -> None:
    text = "id,rep,signed,amount,currency\nD,Dana,2026-03-01,€5.50,USD\n"
    assert [str(problem.fix) for problem in preview(text).problems] == ["The amount is in EUR. Correct one of them."]
    quotas = "Rep,From,Until,Quota\nDana,2025-12,2026-11,€800000\n"
    deal = "id,rep,signed,amount\nD,Dana,2026-03-01,5\n"
    assert [str(problem.fix) for problem in preview(deal, quotas).problems] == [
        "This is in EUR, not in USD. Convert it."
    ]


def test_more_than_two_decimals_are_rounded_and_noted() -> None:
    parsed = preview(deals(("2026-03-01", "19567.7174"), ("2026-03-01", "5.5")))
    assert "1 amount has more than two decimals. It is rounded to the cent." in [str(note) for note in parsed.notes]


@examples(200)
@given(
    st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=5),
    st.sampled_from([(".", ","), (",", "."), (",", "\u00a0"), (".", "’"), (",", "")]),
)
def test_amounts_written_in_any_locale_are_read_to_the_cent(amounts: list[Decimal], signs: tuple[str, str]) -> None:
    decimal, grouping = signs
    for amount in amounts:
        cell = f"{amount:,.2f}".replace(",", "G").replace(".", decimal).replace("G", grouping)
        written = written_number(cell)
        assert written is not None
        assert written.proves == DecimalSign(decimal)
        assert written.value(DecimalSign(decimal)) == amount


def test_a_question_is_answered_on_the_page(townhall: Townhall) -> None:
    ada = townhall.client("Ada Admin")
    content = b"id,rep,signed,amount\nQ1,Dana Rep,02/03/2026,10.000\n"
    files = [("files", ("deals.csv", content, "text/csv"))]
    answer = ada.post("/imports", data={"csrf": ada.csrf}, files=files)
    page = str(answer.headers["location"])
    text = ada.get(page).text
    assert "Which comes first in dates such as “02/03/2026”?" in text
    assert "10.000 is 10,000.00; the amounts add up to 10,000.00" in text
    assert ada.submit(page).status_code == 422
    assert ada.submit(f"{page}/answers", file="deals.csv", numbers="comma", dates="month").status_code == 303
    assert "No problems found." in ada.get(page).text
    assert "Import finished" in ada.submit(page).text
    with townhall.database.reading() as session:
        deal = session.exec(select(Deal).where(Deal.external_id == "Q1")).one()
        assert (deal.arr, deal.signed_on) == (1_000_000, date(2026, 2, 3))


def test_deals_in_a_currency_without_a_rate_are_noted() -> None:
    table = read_table(
        "deals.csv", b"id,rep,signed,amount\nA,Dana,2026-03-01,GBP 5\nB,Dana,2026-03-01,EUR 5\nC,Dana,2026-03-01,5\n"
    )
    known = KnownNames(currency="USD", convertible=frozenset({"USD", "EUR"}))
    says = "1 won deal is in GBP, for which a plan in force has no rate. It is not credited there."
    notes = [str(note) for note in parse_files([table], known).notes]
    assert [note for note in notes if "no rate" in note] == [says]
