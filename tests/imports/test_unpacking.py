"""What is inside uploaded files: encodings, separators, spreadsheets, archives, and the extent of their tables."""

import io
import zipfile
from datetime import datetime

import pytest
import xlsxwriter

from server.imports.files.tables import FileTable, UnreadableFileError
from server.imports.files.unpack import read_table, read_tables
from server.imports.parse import parse_files
from server.imports.parsed import KnownNames
from tests.conftest import Townhall

GERMAN = "Deal ID;Rep;Stadt\nD1;Jürgen Groß;München\n"
FRENCH = "Id;Commercial;Montant\nD1;Hélène Lefèvre;5\nD2;François Noël;3\n"
POLISH = "Id;Rep;Kwota\nD1;Łukasz Wójcik;5\nD2;Zażółć Gęślą;3\n"
TURKISH = "Id;Rep;Tutar\nD1;Çağrı Yıldız;5\nD2;Gülşen Şahin;3\n"
PERSIAN = "Id;Rep;Amount\nD1;سارا احمدی;5\n".replace("ی", "ي")
RUSSIAN = "Id;Rep;Сумма\nD1;Иван Петров;5\nD2;Анна Сидорова;7\n"


def cells(table: FileTable) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-16-le"),
        (RUSSIAN, "utf-16-be"),
        (GERMAN, "cp1252"),
        (FRENCH, "cp1252"),
        (POLISH, "cp1250"),
        (TURKISH, "cp1254"),
        (PERSIAN, "cp1256"),
    ],
)
def test_encodings_are_recognized_by_their_words(text: str, encoding: str) -> None:
    table = read_table("deals.csv", text.encode(encoding))
    assert table.readings == ()
    assert [list(table.header), *map(list, cells(table))] == [line.split(";") for line in text.splitlines()]


def test_an_encoding_that_is_not_certain_is_asked_for_with_the_names() -> None:
    content = "id,name,arr,signed\nD1,田中太郎,5,2026-03-01\n".encode("shift_jis")
    [table] = read_tables("deals.csv", content)
    [question] = parse_files([table], KnownNames()).questions
    assert ("shift_jis", "田中太郎") in [(answer.value, str(answer.details)) for answer in question.answers]
    [chosen] = read_tables("deals.csv", content, {"deals.csv": {"encoding": "shift_jis"}})
    assert (chosen.readings, cells(chosen)[0][1]) == ((), "田中太郎")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("sep=;\nid;rep;arr\nA;Dana;5\n", [("A", "Dana", "5")]),
        ("id|rep|arr\nA|Kim, Dana|5\n", [("A", "Kim, Dana", "5")]),
        ("id\trep\tarr\nA\tKim; Dana\t5,5\n", [("A", "Kim; Dana", "5,5")]),
        ('id,rep,arr\nA,"He said \\"hi\\", ok",5\nB,\\N,6\n', [("A", 'He said "hi", ok', "5"), ("B", "", "6")]),
        ('id,rep,arr\nA,"two\nlines",5\nB,"a ""b""",6\n', [("A", "two\nlines", "5"), ("B", 'a "b"', "6")]),
        ("id,rep,arr\n\n\nA,Dana,5\n,,\n", [("A", "Dana", "5")]),
    ],
)
def test_separators_and_quotation_marks(text: str, rows: list[tuple[str, ...]]) -> None:
    assert cells(read_table("deals.csv", text.encode())) == rows


REPORT = """\
Won this quarter,,,,
Exported by Dana Kim,,,,
Opportunity Owner,Opportunity ID,Account Name,Amount,Close Date
Dana Kim,D1,Acme,5,1/31/2026
Opportunity Owner,Opportunity ID,Account Name,Amount,Close Date
Bo Li,D2,Total Energy,7,2/1/2026
Subtotal,,,12,
Total,,,12,

Confidential Information - Do Not Distribute
Copyright (c) 2026 A System
"""


def test_titles_totals_and_notes_are_left_out_and_can_be_included() -> None:
    table = read_table("report.csv", REPORT.encode())
    assert table.header[1] == "Opportunity ID"
    assert [row.cells[1] for row in table.rows] == ["D1", "D2"]
    assert [row.line for row in table.left_out] == [1, 2, 5, 7, 8, 10, 11]
    [everything] = read_tables("report.csv", REPORT.encode(), {"report.csv": {"rows": "all"}})
    assert [row.line for row in everything.rows] == [4, 5, 6, 7, 8, 10, 11]


def test_heads_are_made_unique_and_have_the_name_of_their_group() -> None:
    table = read_table("deals.csv", b",Amount,,Dates,\nid,USD,EUR,start,end\nA,5,6,2026-01-01,2026-02-01\n")
    assert table.header == ("id", "Amount USD", "Amount EUR", "Dates start", "Dates end")
    assert read_table("deals.csv", b"id,amount,Amount,rep\nA,5,6,Dana\n").header == (
        "id",
        "amount",
        "Amount (2)",
        "rep",
    )


def test_a_file_without_a_head_asks_what_its_columns_hold() -> None:
    table = read_table("deals.csv", b"A,Dana,5,2026-01-01\nB,Dana,6,2026-01-02\n")
    assert (table.has_head, table.header) == (False, ("Column 1", "Column 2", "Column 3", "Column 4"))
    preview = parse_files([table], KnownNames())
    assert "no row with the names of its columns" in str(preview.problems[0].fix)
    fields = zip(table.header, ("id", "person", "amount", "signed"), strict=True)
    choice = {"kind": "deals", **{f"column {column}": field for column, field in fields}}
    chosen = parse_files([table], KnownNames(), {"deals.csv": choice})
    assert [(deal.external_id, deal.arr) for deal in chosen.deals] == [("A", 500), ("B", 600)]


def workbook() -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    deals = book.add_worksheet("Deals")
    day = book.add_format({"num_format": "dd/mm/yy"})
    deals.write_row(0, 0, ["Deal", "Rep", "Amount", "Close Date"])
    deals.write_row(1, 0, ["A", "Dana", 1234.567])
    deals.write_datetime(1, 3, datetime(2026, 3, 2), day)  # noqa: DTZ001 - a cell has no zone
    book.add_worksheet("Empty")
    people = book.add_worksheet("People")
    people.write_row(0, 0, ["Name", "Email"])
    people.write_row(1, 0, ["Dana", "dana@example.com"])
    book.close()
    return content.getvalue()


def archive(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, member in members.items():
            file.writestr(name.replace("__", "/"), member)
    return content.getvalue()


def test_every_sheet_of_a_spreadsheet_is_a_table_that_can_be_read_one_way() -> None:
    tables = read_tables("book.xlsx", workbook())
    assert [table.file for table in tables] == ["book.xlsx: Deals", "book.xlsx: People"]
    preview = parse_files(tables, KnownNames())
    assert (preview.questions, preview.problems) == ([], [])
    assert (preview.deals[0].arr, str(preview.deals[0].signed_on)) == (123_457, "2026-03-02")


def test_the_files_of_an_archive_are_read_without_what_systems_add() -> None:
    content = archive(a__deals=b"id,arr,signed\n1,2,2026-01-01\n", MACOSX=b"x", b=workbook()).replace(
        b"MACOSX", b".acosx"
    )
    assert [table.file for table in read_tables("all.zip", content)] == ["deals", "b: Deals", "b: People"]


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00\x00\x00", b"\xd0\xcf\x11\xe0" + b"\x00" * 600])
def test_what_is_no_table_is_refused_with_a_remedy(content: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="Save"):
        read_tables("file.bin", content)


def test_rows_around_the_table_are_shown_on_the_page_and_included_with_one_click(townhall: Townhall) -> None:
    ada = townhall.client("Ada Admin")
    files = [("files", ("report.csv", REPORT.encode(), "text/csv"))]
    page = str(ada.post("/imports", data={"csrf": ada.csrf}, files=files).headers["location"])
    text = ada.get(page).text
    assert "7 rows around the table are left out." in text
    assert "Copyright (c) 2026 A System" in text
    assert ada.submit(f"{page}/answers", file="report.csv", rows="all").status_code == 303
    assert "2 rows around the table are left out." in ada.get(page).text


def test_cells_far_apart_and_archives_in_archives_are_refused() -> None:
    book = io.BytesIO()
    written = xlsxwriter.Workbook(book)
    sheet = written.add_worksheet()
    sheet.write_string(0, 0, "id")
    sheet.write_string(1_048_575, 16_383, "x")
    written.close()
    with pytest.raises(UnreadableFileError, match="1048576 rows and 16384 columns"):
        read_tables("far.xlsx", book.getvalue())
    content = archive(deals=b"id,arr,signed\n1,2,2026-01-01\n")
    for _ in range(3):
        content = archive(inner=content)
    with pytest.raises(UnreadableFileError, match="archive in an archive"):
        read_tables("deep.zip", content)


def test_a_number_with_a_large_exponent_is_refused_at_once() -> None:
    text = "id,rep,signed,amount,discount\nD1,Noa Berg,2026-01-31,5,1e99999999\n"
    [problem] = parse_files([read_table("deals.csv", text.encode())], KnownNames()).problems
    assert "This is not a discount" in str(problem.fix)
