"""Files in any usual format are read, problems are reported by line, and an import is all or nothing."""

import re
import time
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, func, select

from server.deals.models import Deal, DealCredit, Source
from server.deals.queries import WonDeals, won_by_person
from server.errors import InvalidError
from server.imports import service as import_service
from server.imports.files.tables import UnreadableFileError
from server.imports.files.unpack import read_table
from server.imports.parse import parse_files
from server.imports.parsed import KnownNames
from server.imports.values.days import DayOrder
from server.people import queries as people_queries
from tests.cli.command import call_townhall
from tests.conftest import Townhall

DEALS = "deal id,rep,product,customer,stage,signed,arr\nX1,Maya Rep,Harbor,Acme,Won,2026-05-01,1000\n"


def preview(text: str | bytes, name: str = "deals.csv"):  # noqa: ANN201 - a preview
    content = text.encode() if isinstance(text, str) else text
    return parse_files([read_table(name, content)], KnownNames(people=["Maya Rep"]))


def test_a_real_crm_export_is_imported(session: Session, shared: Path) -> None:
    import_preview = import_service.preview_import(session, import_service.read_folder(shared / "data" / "crm"))
    assert import_preview.problems == []
    assert import_preview.respellings == {"GTXPro": "GTX Pro"}
    assert import_preview.stages == {"Won": "won", "Engaging": "open", "Lost": "lost", "Prospecting": "open"}
    assert {file.order for file in import_preview.files} == {DayOrder.day}
    first = import_service.apply_import(session, import_preview, "crm")
    assert (first.deals.added, first.products.added, first.customers.added) == (8800, 7, 85)
    darcel = people_queries.by_names(session, ["Darcel Schlecht"])["darcel schlecht"]
    assert won_by_person(session)[darcel.id] == WonDeals(349, {"": 115_321_400})
    again = import_service.apply_import(
        session, import_service.preview_import(session, import_service.read_folder(shared / "data" / "crm")), "crm"
    )
    for result in (again.people, again.customers, again.products, again.deals):
        assert (result.added, result.changed) == (0, 0)


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [
        ("utf-8", ","),
        ("utf-8-sig", ";"),
        ("utf-16", "\t"),
        ("cp1252", "|"),
        ("latin-1", ";"),
    ],
)
def test_encodings_and_separators(encoding: str, separator: str) -> None:
    text = DEALS.replace("Acme", "Müller & Söhne").replace(",", separator)
    import_preview = preview(text.encode(encoding))
    assert import_preview.problems == []
    assert import_preview.deals[0].customer == "Müller & Söhne"


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["31-12-2025", "01-02-2026"], "2026-02-01"),
        (["12/31/2025", "02/01/2026"], "2026-02-01"),
        (["2026-02-01", "2026-03-01"], "2026-03-01"),
        (["03.02.2026", "04.02.2026"], "2026-02-04"),
        (["1 Feb 2026", "5 Mar 2026"], "2026-03-05"),
        (["20260201", "20260203"], "2026-02-03"),
        (["2026-02-01T10:00:00Z", "2026-02-02T10:00:00Z"], "2026-02-02"),
        (["05/06/2026", "13/06/2026"], "2026-06-13"),
        (["2026-05-01 14:05", "1/31/2026 2:05 PM"], "2026-01-31"),
        (["31-Jan-26", "46053"], "2026-01-31"),
    ],
)
def test_dates_are_read_in_the_order_of_their_file(dates: list[str], expected: str) -> None:
    rows = "".join(f"X{n},Maya Rep,Won,{day},5\n" for n, day in enumerate(dates))
    import_preview = preview("id,rep,stage,signed,arr\n" + rows)
    assert import_preview.problems == []
    assert import_preview.deals[-1].signed_on.isoformat() == expected


@pytest.mark.parametrize(
    ("row", "column", "expected_text"),
    [
        ("X2,Maya Rep,Won,2026-13-45,5", "signed", "not a date"),
        ("X2,Maya Rep,Won,,5", "signed", "needs its signing date"),
        ("X2,Maya Rep,Won,2026-05-01,five", "arr", "not an amount"),
        (",Maya Rep,Won,2026-05-01,5", "id", "is required"),
        ("X2,Maya Rep 160%,Won,2026-05-01,5", "rep", "from 0% to 100%"),
        ("X2,Maya Rep 60%; Maya Rep 40%,Won,2026-05-01,5", "rep", "named twice"),
        ("X2,Maya Rep,Won,2026-05-01,1e99", "arr", "not an amount"),
        ("X2,Maya Rep,Won,2026-05-01,99999999999999", "arr", "implausibly large"),
        ("X2,Maya Rep,Won,2026-05-01,5%", "arr", "not an amount"),
    ],
)
def test_problems_are_reported_by_line(row: str, column: str, expected_text: str) -> None:
    import_preview = preview(f"id,rep,stage,signed,arr\nX1,Maya Rep,Won,2026-05-01,5\n{row}\n")
    [problem] = [problem for problem in import_preview.problems if expected_text in str(problem.fix)]
    assert (problem.line, problem.column) == (3, column)
    assert not import_preview.is_ready


def test_dates_before_the_signing_are_refused() -> None:
    import_preview = preview("id,rep,stage,signed,arr,churned,rating\nX1,Maya Rep,Won,2026-05-01,5,2026-04-01,6\n")
    assert {problem.column for problem in import_preview.problems} == {"churned", "rating"}


def test_an_import_with_problems_writes_nothing(session: Session) -> None:
    before = session.exec(select(func.count()).select_from(Deal)).one()
    import_preview = preview("id,rep,stage,signed,arr\nX1,Maya Rep,Won,2026-05-01,5\nX2,Maya Rep,Won,soon,5\n")
    with pytest.raises(InvalidError):
        import_service.apply_import(session, import_preview, "test")
    assert session.exec(select(func.count()).select_from(Deal)).one() == before


@pytest.mark.parametrize(
    ("content", "expected_text"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"\x00\x01\x02PK\x03", "not a text file"),
        (b"PK\x03\x04\x00\x00", "cannot be opened"),
        (b'a,b\n"never closed', "cannot be read"),
        ((",".join(f"c{n}" for n in range(300)) + "\n1").encode(), "more than 200 columns"),
        (b"a,b\n" + b"x" * 20_000 + b",1\n", "cannot be read"),
    ],
)
def test_hostile_files_get_a_clear_error(content: bytes, expected_text: str) -> None:
    with pytest.raises(UnreadableFileError, match=expected_text):
        read_table("file.csv", content)


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.imports.files.text_tables.MAX_ROWS", 20)
    with pytest.raises(UnreadableFileError, match="more than 20 rows"):
        read_table("file.csv", b"a\n" + b"1\n" * 22)


def test_a_file_of_unknown_type_is_reported() -> None:
    import_preview = preview("colour,shape\nred,round\n", "paint.csv")
    [question] = import_preview.questions
    assert (question.file, question.key) == ("paint.csv", "kind")
    assert [answer.value for answer in question.answers] == ["left out"]
    assert not import_preview.is_ready


def test_the_shares_of_a_split_deal_add_up_to_the_cent(session: Session) -> None:
    text = "id,rep,stage,signed,arr\nS1,Maya Rep 33.33%; Dana Rep 66.67%,Won,2026-05-01,0.05\n"
    import_service.apply_import(
        session,
        parse_files([read_table("deals.csv", text.encode())], KnownNames(people=["Maya Rep", "Dana Rep"])),
        "split",
    )
    shares = session.exec(select(DealCredit.share).join(Deal).where(Deal.external_id == "S1")).all()
    assert sorted(shares) == [3_333_000_000, 6_667_000_000]
    maya, dana = (people_queries.by_names(session, [name])[name.casefold()].id for name in ("Maya Rep", "Dana Rep"))
    won = won_by_person(session)
    assert won[maya].credited[""] + won[dana].credited[""] == 90_370_361 + 45_678_912 + 56_789_123 + 5


def test_a_hundred_thousand_rows_are_read_within_a_minute() -> None:
    rows = "".join(f"X{n},Maya Rep,Harbor,Acme {n % 500},Won,2026-05-{n % 28 + 1:02d},{n}\n" for n in range(100_000))
    began = time.process_time()
    import_preview = preview(DEALS.split("\n", maxsplit=1)[0] + "\n" + rows)
    assert len(import_preview.deals) == 100_000
    assert import_preview.is_ready
    assert time.process_time() - began < 60


def test_an_upload_is_previewed_and_then_imported(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    files = [("files", ("deals.csv", DEALS.encode(), "text/csv"))]
    response = admin.post("/imports", data={"csrf": admin.csrf}, files=files)
    assert response.status_code == 303
    url = response.headers["location"]
    page = admin.get(url).text
    assert "Nothing has been imported yet." in page
    assert re.sub(r"<[^>]*>", " ", page).split().count("Deals") >= 1
    assert ">New</th>" in page
    with townhall.database.reading() as session:
        assert session.exec(select(func.count()).where(Deal.external_id == "X1")).one() == 0
    assert re.search(r'<option value="id"\s+selected>id</option>', page)
    assert "7 of 7 columns are used" in page
    assert townhall.client("Mona Manager").get(url).status_code == 404
    finished = admin.submit(url)
    assert "Import finished" in finished.text
    assert ">Unchanged</th>" in admin.submit(url).text
    with townhall.database.reading() as session:
        assert session.exec(select(func.count()).where(Deal.external_id == "X1")).one() == 1


def test_an_unreadable_file_is_refused(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    for content, expected_text in ((b"\x00\x00", "not a text file"), (b"", "empty")):
        response = admin.post(
            "/imports", data={"csrf": admin.csrf}, files=[("files", ("bad.csv", content, "text/csv"))]
        )
        assert response.status_code == 422
        assert expected_text in response.text
        assert "bad.csv" in response.text


def test_the_preview_names_the_line_of_a_problem(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    wrong = DEALS + "X2,Maya Rep,Harbor,Acme,Won,sometime,7\n"
    response = admin.post(
        "/imports", data={"csrf": admin.csrf}, files=[("files", ("deals.csv", wrong.encode(), "text/csv"))]
    )
    text = admin.get(response.headers["location"]).text
    assert "sometime" in text
    assert "3: <code>" in text
    assert admin.submit(response.headers["location"]).status_code == 422


def test_columns_can_be_mapped_by_hand(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    unusual = "Nr,Seller,Closed at,Worth\nZ1,Maya Rep,2026-05-01,1000\n"
    files = [("files", ("unusual.csv", unusual.encode(), "text/csv"))]
    url = admin.post("/imports", data={"csrf": admin.csrf}, files=files).headers["location"]
    assert "The columns of this file match no type of file for certain." in admin.get(url).text
    incomplete = {"file": "unusual.csv", "kind": "deals", "column Nr": "", "column Seller": "person"}
    assert admin.submit(f"{url}/columns", **incomplete).status_code == 303
    assert "No column is mapped to the required field “id”" in admin.get(url).text
    complete = incomplete | {"column Nr": "id", "column Closed at": "signed", "column Worth": "amount"}
    admin.submit(f"{url}/columns", **complete)
    page = admin.get(url).text
    assert "Nothing has been imported yet." in page
    assert re.sub(r"<[^>]*>", " ", page).split().count("Deals") >= 1
    assert ">New</th>" in page
    with townhall.database.reading() as session:
        assert session.exec(select(func.count()).where(Deal.external_id == "X1")).one() == 0
    assert re.search(r'name="column Worth">.*?<option value="amount"\s+selected>', page, re.DOTALL)
    assert "chosen" in page
    assert "Import finished" in admin.submit(url).text
    assert townhall.client("Mona Manager").submit(f"{url}/columns", **incomplete).status_code == 404
    with townhall.database.reading() as session:
        assert session.exec(select(Deal.arr).where(Deal.external_id == "Z1")).one() == 100_000


@pytest.mark.parametrize(
    ("header", "row", "expected_text"),
    [
        ("id,rep,stage,signed,arr", "X2,Maya Rep,Won,2099-05-01,5", "is in the future"),
        ("id,rep,stage,signed,arr", "X2,Maya Rep 60%; Maya Rep 40%,Won,2026-05-01,5", "same person is named twice"),
        ("id,rep,stage,signed,arr", f"{'X' * 121},Maya Rep,Won,2026-05-01,5", "longer than 120 characters"),
        ("id,customer,stage,signed,arr", f"X2,{'C' * 201},Won,2026-05-01,5", "longer than 200 characters"),
        ("name,email,manager", "New One,not-an-address,", "not an e-mail address"),
    ],
)
def test_values_that_cannot_be_stored_are_reported(header: str, row: str, expected_text: str) -> None:
    known = KnownNames(people=["Maya Rep"], today=date(2026, 11, 23))
    import_preview = parse_files([read_table("deals.csv", f"{header}\n{row}\n".encode())], known)
    assert [problem.line for problem in import_preview.problems if expected_text in str(problem.fix)] == [2]


def test_deals_of_two_files_are_asked_about_once() -> None:
    later = DEALS.replace("1000", "1500") + "X2,Maya Rep,Harbor,Acme,Won,2026-05-02,7\n"
    tables = [read_table("one.csv", DEALS.encode()), read_table("two.csv", later.encode())]
    [question] = parse_files(tables, KnownNames()).questions
    assert str(question.sentence) == "1 deal is in one.csv as well, such as X1. Which file counts for it?"
    for answer, amount in (("this file", 150_000), ("earlier file", 100_000)):
        parsed = parse_files(tables, KnownNames(), {"two.csv": {question.key: answer}})
        assert sorted((deal.external_id, deal.arr) for deal in parsed.deals) == [("X1", amount), ("X2", 700)]


def test_a_corrected_date_moves_the_end_of_the_data_back(session: Session) -> None:
    for day in ("2026-11-20", "2026-05-01"):
        import_preview = import_service.preview_import(
            session, [read_table("deals.csv", DEALS.replace("2026-05-01", day).encode())]
        )
        import_service.apply_import(session, import_preview, "moving")
        ends = session.exec(select(Source.ends_on).where(Source.name == "moving")).one()
        assert ends.isoformat() == day


def test_new_names_similar_to_known_ones_are_noted() -> None:
    import_preview = parse_files(
        [read_table("deals.csv", DEALS.replace("Maya Rep", "Maya Repp").encode())], KnownNames(people=["Maya Rep"])
    )
    assert any("“Maya Repp” is new. Did you mean “Maya Rep”?" in str(note) for note in import_preview.notes_on_names)


def test_stages_and_date_formats_can_be_chosen() -> None:
    text = "id,rep,stage,signed,arr\nX1,Maya Rep,Maybe,03/04/2026,5\n"
    table = read_table("deals.csv", text.encode())
    asked = parse_files([table], KnownNames())
    assert asked.deals[0].stage == "open"
    question, stages = asked.questions
    assert [(answer.value, str(answer.details)) for answer in stages.answers] == [
        ("Maybe", "1 deal"),
        ("none of them", "no deal of this file is won"),
    ]
    assert [str(option.details) for option in question.answers] == [
        "03/04/2026 is 2026-04-03; the days run from 2026-04-03 to 2026-04-03",
        "03/04/2026 is 2026-03-04; the days run from 2026-03-04 to 2026-03-04",
    ]
    assert not asked.is_ready
    chosen = parse_files([table], KnownNames(), {"deals.csv": {"stage Maybe": "won", "dates": "month"}}).deals[0]
    assert (chosen.stage, chosen.signed_on) == ("won", date(2026, 3, 4))


def test_cells_with_the_same_problem_are_one_sentence(townhall: Townhall, tmp_path: Path) -> None:
    rows = "".join(f"X{n},Maya Rep,Won,2026-05-01,about {n}\n" for n in range(200))
    text = "id,rep,stage,signed,arr\n" + rows
    (tmp_path / "deals.csv").write_text(text)
    shown = call_townhall(tmp_path, "import", "deals.csv").stdout
    [line] = [line for line in shown.splitlines() if line.startswith("problem")]
    assert "deals.csv, arr: line 2 “about 0”, line 3 “about 1”, line 4 “about 2” and 197 more: This is not" in line
    admin = townhall.client("Ada Admin")
    files = [("files", ("deals.csv", text, "text/csv"))]
    page = admin.get(admin.post("/imports", data={"csrf": admin.csrf}, files=files).headers["location"]).text
    assert page.count("This is not an amount.") == 1
    assert "200 cells have problems" in page


def test_parts_of_a_deal_are_credited_to_the_cent(session: Session) -> None:
    text = "id,rep,stage,signed,amount\nP1,Maya Rep,Won,2026-05-01,330000.01\nP1,Dana Rep,Won,2026-05-01,67001234.56\n"
    known = KnownNames(people=["Maya Rep", "Dana Rep"])
    before = won_by_person(session)
    preview = parse_files([read_table("parts.csv", text.encode())], known, {"parts.csv": {"rows of a deal": "sum"}})
    assert not [note for note in preview.notes if "rounded shares" in str(note)]
    import_service.apply_import(session, preview, "parts")
    after = won_by_person(session)
    for name, cents in (("Maya Rep", 330_000_01), ("Dana Rep", 67_001_234_56)):
        person = people_queries.by_names(session, [name])[name.casefold()].id
        assert after[person].credited[""] - before[person].credited[""] == cents
