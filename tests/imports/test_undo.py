"""An import is undone exactly, or refused with the reason; large ones are written and undone in the background."""

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, select

from server.accounts.models import AccountMail
from server.audit.models import AuditEntry
from server.db.columns import now
from server.deals.models import Customer, Deal
from server.deals.service import deals as deal_writes
from server.errors import InvalidError
from server.imports import runs, service
from server.imports.files.unpack import read_table
from server.imports.models import ImportedRows, ImportRun, RunState
from server.imports.tasks import write_next
from server.imports.undo.service import preview_undo, undo_import
from server.people.models import Person
from tests.cli.command import call_townhall
from tests.conftest import Client, Townhall

DEALS = """\
id,rep,customer,product,stage,signed,amount
M1,Dana Rep,Customer M1,Harbor,Won,2026-01-15,77
M2,Maya Rep,Omega,Raft,Won,2026-02-15,78.5
N1,Nova Seller,Nova,Raft,Won,2026-04-01,70
N2,Dana Rep,Nova,Harbor,Open,,500
"""
FILES = {
    "new and changed deals": ("deals.csv", DEALS),
    "new people": (
        "people.csv",
        "name,email,role,manager,level,since\nFay Fresh,fay@example.com,rep,Mo Boss,Two,2026-01-01\n",
    ),
    "changed people": (
        "people.csv",
        """\
name,email,role,title,region,manager,started
Dana Rep,dana.kim@example.com,manager,Team lead,Denver,Otto Other,2020-01-02
""",
    ),
    "a leaver": ("people.csv", "name,role,left\nDana Rep,rep,2026-01-31\n"),
    "customers": ("customers.csv", "customer,sector,country\nCustomer M1,Boats,US\nNew One,Ships,DE\n"),
    "products": ("products.csv", "product,series,price\nHarbor,S,12\nRaft,R,5\n"),
    "usage": ("usage.csv", "customer,event,date,count\nCustomer M1,login,2026-03-01,4\nStranger,login,2026-03-02,1\n"),
    "events": ("events.csv", "deal id,churned on,rating,rated on\nM1,2026-04-01,4,2026-05-01\n"),
    "quotas": ("quotas.csv", "name,since,until,quota\nMaya Rep,2026-01-01,2026-12-31,900000\n"),
    "results": ("results.csv", "name,result,month,value\nMaya Rep,nrr,2026-03,1.05\n"),
    "balances": ("balances.csv", "name,draw balance\nMaya Rep,1200\n"),
}


def import_files(session: Session, *files: tuple[str, str], source: str = "crm") -> ImportRun:
    """Import files and return the import in the list."""
    tables = [read_table(name, text.encode()) for name, text in files]
    preview = service.preview_import(session, tables, {}, "UTC", source)
    assert preview.is_ready, (preview.problems, preview.questions)
    service.apply_import(session, preview, source)
    session.commit()
    return runs.recent_runs(session)[0][0]


def content_of(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row that imports write, with what sources state, but not how often they changed."""
    tables: list[Table] = [*runs.imported_tables(), SQLModel.metadata.tables["deal_credits"]]
    content = {
        table.name: sorted(map(tuple, session.connection().execute(sa_select(table))), key=repr) for table in tables
    }
    sources = SQLModel.metadata.tables["sources"]
    columns = (sources.c.name, sources.c.ends_on, sources.c.recorded)
    return content | {"sources": sorted(map(tuple, session.connection().execute(sa_select(*columns))))}


@pytest.mark.parametrize("name", FILES)
def test_everything_is_as_before(townhall: Townhall, name: str) -> None:
    with townhall.database.writing() as session:
        before = content_of(session)
        run = import_files(session, FILES[name])
        assert content_of(session) != before
        assert preview_undo(session, run).is_possible
        undo_import(session, run, None)
        session.commit()
    with townhall.database.reading() as session:
        assert content_of(session) == before
        assert session.exec(select(ImportedRows)).all() == []


def test_imports_upon_each_other_are_undone_one_after_the_other(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        states, imported = [content_of(session)], []
        for file in FILES.values():
            imported.append(import_files(session, file))
            states.append(content_of(session))
        for run, before in zip(reversed(imported), reversed(states[:-1]), strict=True):
            undo_import(session, run, None)
            session.commit()
            assert content_of(session) == before


def test_all_files_at_once(townhall: Townhall) -> None:
    files = [(f"{number} {file}", text) for number, (file, text) in enumerate(FILES.values())]
    with townhall.database.writing() as session:
        before = content_of(session)
        run = import_files(session, *files)
        undo_import(session, run, None)
        session.commit()
        assert content_of(session) == before


def refused(townhall: Townhall, run: ImportRun) -> str:
    """Return why an import cannot be undone; nothing changes."""
    with townhall.database.writing() as session:
        before = content_of(session)
        with pytest.raises(InvalidError) as caught:
            undo_import(session, session.get_one(ImportRun, run.id), None)
        session.rollback()
        assert content_of(session) == before
    return str(caught.value.sentence)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("new and changed deals", ("d.csv", DEALS.replace("78.5", "79")), "Deal M2 has been changed since."),
        (
            "new and changed deals",
            ("d.csv", DEALS.replace("N1,Nova Seller", "N1,Maya Rep").replace("70", "71")),
            "Deal N1",
        ),
        (
            "new and changed deals",
            ("c.csv", "customer,sector,country\nNova,Boats,US\n"),
            "Customer Nova has been changed",
        ),
        (
            "new and changed deals",
            ("u.csv", "customer,event,date,count\nNova,login,2026-03-01,4\n"),
            "other deals or usage",
        ),
        ("new people", ("p.csv", "name,title\nFay Fresh,Closer\n"), "Fay Fresh has been changed since."),
        ("new people", ("p.csv", "name,level,since\nFay Fresh,Three,2026-03-01\n"), "Fay Fresh came with this import"),
        (
            "new people",
            ("d.csv", "id,rep,customer,stage,signed,amount\nZ9,Mo Boss,Acme,Won,2026-03-01,5\n"),
            "Mo Boss came",
        ),
        ("usage", ("u.csv", "customer,event,date,count\nCustomer M1,login,2026-03-01,9\n"), "Usage of Customer M1"),
        (
            "quotas",
            ("q.csv", "name,since,until,quota\nMaya Rep,2026-01-01,2026-12-31,1\n"),
            "quotas or results of Maya Rep",
        ),
        ("events", ("e.csv", "deal id,churned on\nM1,2026-05-05\n"), "Deal M1 has been changed since."),
    ],
)
def test_what_has_changed_since_is_named(townhall: Townhall, first: str, second: tuple[str, str], reason: str) -> None:
    with townhall.database.writing() as session:
        run = import_files(session, FILES[first])
        import_files(session, second)
    assert reason in refused(townhall, run)


def test_corrections_of_pay_are_never_removed(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        run = import_files(session, ("c.csv", "name,date,amount,reason\nMaya Rep,2026-03-01,100,late deal\n"))
    assert "only ever added" in refused(townhall, run)


def test_someone_who_was_invited_stays(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        run = import_files(session, FILES["new people"])
        [fay] = session.exec(select(Person).where(Person.name == "Fay Fresh")).all()
        page = f"/people/{fay.ulid}"
    assert townhall.client("Ada Admin").submit(f"{page}/invitation").status_code in {200, 303}
    assert "Fay Fresh" in refused(townhall, run)


def test_no_one_gets_the_number_of_a_removed_person(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        run = import_files(session, FILES["new people"])
        keys = set(session.exec(select(Person.id)).all())
        undo_import(session, run, None)
        import_files(session, ("p.csv", "name,role\nOlga Other,rep\n"))
        [olga] = session.exec(select(Person).where(Person.name == "Olga Other")).all()
    assert olga.id not in keys


def test_an_address_is_told_that_it_is_no_longer_in_use(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        run = import_files(session, FILES["changed people"])
        undo_import(session, run, None)
        session.commit()
        mails = [mail.recipient for mail in session.exec(select(AccountMail))]
    assert mails == ["dana@example.com", "dana.kim@example.com"]


def upload(admin: Client, text: str = DEALS) -> str:
    """Upload and import a file, and return the page of the import."""
    path = admin.upload("deals.csv", text)
    response = admin.submit(path)
    if response.status_code == 303:
        return response.headers["location"]
    page: str = admin.get("/imports").text.partition('href="/imports/runs/')[2].partition('"')[0]
    return f"/imports/runs/{page}"


def test_the_page_shows_what_undoing_does_and_does_it(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    run_page = upload(admin)
    page = admin.get(run_page).text
    assert "Undo this import" in page
    assert admin.submit(f"{run_page}/undo").headers["location"] == run_page
    page = " ".join(admin.get(run_page).text.split())
    assert "Undone on" in page
    assert "by Ada Admin" in page
    assert "Undo this import" not in page
    assert admin.submit(f"{run_page}/undo").status_code == 409
    assert "undone" in admin.get("/imports").text
    with townhall.database.reading() as session:
        assert session.exec(select(Deal).where(Deal.external_id == "N1")).first() is None
        actions = [entry.action for entry in session.exec(select(AuditEntry))]
    assert actions[-2:] == ["import", "import undone"]


def test_the_page_says_why_it_cannot_be_undone(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    run_page = upload(admin)
    upload(admin, DEALS.replace("78.5", "79"))
    assert "Deal M2 has been changed since." in admin.get(run_page).text
    refusal = admin.submit(f"{run_page}/undo")
    assert refusal.status_code == 409
    assert "Deal M2 has been changed since." in refusal.text


def test_only_admins_see_imports(townhall: Townhall) -> None:
    run_page = upload(townhall.client("Ada Admin"))
    for name in ("Maya Rep", "Mona Manager", "Eve Executive"):
        client = townhall.client(name)
        assert client.get(run_page).status_code == 404
        assert client.submit(f"{run_page}/undo").status_code == 404


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let even four deals be many."""
    monkeypatch.setattr(runs, "MAX_AT_ONCE", 2)
    monkeypatch.setattr(deal_writes, "_ROWS_AT_ONCE", 2)


@pytest.mark.usefixtures("small_parts")
def test_a_large_import_is_written_and_undone_in_the_background(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    with townhall.database.reading() as session:
        before = content_of(session)
    run_page = upload(admin)
    while write_next(townhall.database, "UTC"):
        pass
    page = admin.get(run_page).text
    assert "Undo this import" in page
    assert "4 new" not in page
    with townhall.database.reading() as session:
        assert session.exec(select(Deal).where(Deal.external_id == "N1")).first()
        assert len(session.exec(select(ImportedRows)).all()) == 3
    admin.submit(f"{run_page}/undo")
    while write_next(townhall.database, "UTC"):
        pass
    assert "Undone on" in admin.get(run_page).text
    with townhall.database.reading() as session:
        assert content_of(session) == before


@pytest.mark.usefixtures("small_parts")
def test_a_large_import_shows_its_progress(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = townhall.client("Ada Admin")
    pages: list[str] = []
    give_way = townhall.database.give_way

    def look(session: Session) -> None:
        give_way(session)
        pages.append(" ".join(admin.get(f"{run_page}/progress").text.split()))

    path = admin.upload("deals.csv", DEALS)
    run_page = admin.submit(path).headers["location"]
    assert "Waiting to be imported." in admin.get(run_page).text
    monkeypatch.setattr(townhall.database, "give_way", look)
    assert write_next(townhall.database, "UTC")
    assert "0 of 4 deals written" in pages[0]
    assert "2 of 4 deals written" in pages[1]
    assert not write_next(townhall.database, "UTC")
    assert "This import is finished." in admin.get(run_page).text
    assert admin.get(f"{run_page}/progress").headers["hx-refresh"] == "true"


@pytest.mark.usefixtures("small_parts")
def test_an_import_that_fails_says_so_and_can_be_undone(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = townhall.client("Ada Admin")
    with townhall.database.reading() as session:
        before = content_of(session)
    path = admin.upload("deals.csv", DEALS)
    run_page = admin.submit(path).headers["location"]
    parts: list[int] = []
    give_way = townhall.database.give_way

    def stop(session: Session) -> None:
        give_way(session)
        parts.append(1)
        if len(parts) == 2:
            raise OSError("disk full")

    monkeypatch.setattr(townhall.database, "give_way", stop)
    with pytest.raises(OSError, match="disk full"):
        write_next(townhall.database, "UTC")
    monkeypatch.undo()
    page = admin.get(run_page).text
    assert "The import stopped: OSError" in page
    admin.submit(f"{run_page}/undo")
    with townhall.database.reading() as session:
        assert content_of(session) == before
        assert session.exec(select(ImportRun.state)).all() == [RunState.undone]


def test_the_rows_of_old_imports_are_forgotten(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "KEPT_RUNS", 1)
    with townhall.database.writing() as session:
        first = import_files(session, FILES["customers"])
        import_files(session, FILES["products"])
        assert not preview_undo(session, first).is_possible
    assert "too old" in refused(townhall, first)


def test_the_command_line_lists_and_undoes_imports(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(DEALS)
    assert call_townhall(tmp_path, "import", "deals.csv").returncode == 0
    [line] = call_townhall(tmp_path, "import", "list").stdout.splitlines()
    assert "done" in line
    assert "command line" in line
    assert "deals.csv: people 3 new" in line
    assert call_townhall(tmp_path, "import", "undo", line.split()[0]).stdout == "undone: deals.csv\n"
    assert call_townhall(tmp_path, "deals", "list").stdout == ""
    again = call_townhall(tmp_path, "import", "undo", line.split()[0])
    assert again.returncode == 1
    assert "It has already been undone." in again.stderr
    assert "undone" in call_townhall(tmp_path, "import", "list").stdout


def test_a_change_that_refers_to_something_new_is_undone(townhall: Townhall) -> None:
    text = "id,rep,customer,product,stage,signed,amount\nM1,Maya Rep,New Customer,Raft,Won,2026-01-15,77\n"
    people = "name,manager,since\nDana Rep,Bo Newman,2026-02-01\n"
    with townhall.database.writing() as session:
        before = content_of(session)
        own = import_files(session, ("deals.csv", text), ("people.csv", people), source="cast")
        assert [customer.name for customer in session.exec(select(Customer)) if customer.name == "New Customer"]
        undo_import(session, own, None)
        session.commit()
        assert content_of(session) == before


def test_a_line_that_the_import_replaced_comes_back(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        import_files(session, ("p.csv", "name,manager,since\nMaya Rep,Otto Other,2026-09-01\n"))
        before = content_of(session)
        run = import_files(session, ("p.csv", "name,manager,since\nMaya Rep,Eve Executive,2026-03-01\n"))
        undo_import(session, run, None)
        session.commit()
        assert content_of(session) == before


def test_a_former_customer_that_is_gone_is_named(townhall: Townhall) -> None:
    head = "id,rep,customer,stage,signed,amount\n"
    with townhall.database.writing() as session:
        customers = import_files(session, ("customers.csv", "customer,sector,country\nXeno,Boats,US\n"))
        import_files(session, ("d.csv", f"{head}Z1,Maya Rep,Xeno,Won,2026-01-15,5\n"))
        run = import_files(session, ("d.csv", f"{head}Z1,Maya Rep,Customer M2,Won,2026-01-15,5\n"))
        undo_import(session, customers, None)
        session.add(Customer(name="Zulu"))  # which gets the number of Xeno on SQLite
        session.commit()
    assert "Deal Z1 has been changed since." in refused(townhall, run)


def test_an_address_that_someone_else_has_now_is_named(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        run = import_files(session, FILES["changed people"])
        import_files(session, ("p.csv", "name,email,role\nSecond One,dana@example.com,rep\n"))
    assert "Second One has the address dana@example.com now." in refused(townhall, run)


def test_a_deal_that_a_later_credit_memo_takes_back_stays(townhall: Townhall) -> None:
    head = "id,rep,stage,signed,amount,refund of\n"
    with townhall.database.writing() as session:
        run = import_files(session, ("d.csv", f"{head}R1,Maya Rep,Won,2026-01-15,77000,\n"))
        import_files(session, ("d.csv", f"{head}CM1,Maya Rep,Won,2026-02-15,-77000,R1\n"))
    assert "Deal R1 is taken back by a later credit memo." in refused(townhall, run)


def test_no_import_is_undone_while_another_runs(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        run = import_files(session, FILES["customers"])
        session.add(
            ImportRun(source="upload", files=["x.csv"], state=RunState.due, upload="01M8QHCJT3ME897A2V0CH2FWRS")
        )
        session.commit()
    assert "Another import is running." in refused(townhall, run)


def test_only_one_of_two_undoes_an_import(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        run = import_files(session, FILES["customers"])
    answers: list[str] = []

    def undo() -> None:
        with townhall.database.writing() as session:
            try:
                undo_import(session, session.get_one(ImportRun, run.id), None)
                session.commit()
                answers.append("undone")
            except InvalidError as error:
                answers.append(str(error.sentence))

    threads = [threading.Thread(target=undo) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == ["The import cannot be undone. It has already been undone."] * 2 + ["undone"]


@pytest.mark.usefixtures("small_parts")
def test_an_import_that_is_being_undone_is_claimed_once(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    run_page = upload(admin)
    assert write_next(townhall.database, "UTC")
    admin.submit(f"{run_page}/undo")
    with townhall.database.writing() as session:
        assert runs.claim_run(session)
        session.commit()
        assert runs.claim_run(session) is None


@pytest.mark.usefixtures("small_parts")
def test_what_changes_before_the_task_runs_is_not_overwritten(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    run_page = upload(admin)
    assert write_next(townhall.database, "UTC")
    admin.submit(f"{run_page}/undo")
    with townhall.database.writing() as session:
        [deal] = session.exec(select(Deal).where(Deal.external_id == "N1")).all()
        deal.region, deal.changed_at = "East", now()
        session.add(deal)
        session.commit()
        before = content_of(session)
    assert write_next(townhall.database, "UTC")
    with townhall.database.reading() as session:
        assert content_of(session) == before
    assert "Deal N1 has been changed since." in admin.get(run_page).text


def test_a_role_that_is_changed_back_is_recorded(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        run = import_files(session, FILES["changed people"])
        undo_import(session, run, None)
        session.commit()
        shown = [entry.values["what"] for entry in session.exec(select(AuditEntry)) if entry.action == "person changed"]
    assert shown[-1] == "email dana.kim@example.com → dana@example.com; role manager → rep (import undone)"
