"""Files of people change what they say they change; namesakes are told apart; names are composed."""

from datetime import date

import pytest
from sqlmodel import select

from server.accounts.models import AccountMail
from server.audit.models import AuditEntry
from server.deals.models import Customer, Deal, DealCredit
from server.imports.template_files import TEMPLATE_FILES
from server.people import queries as people_queries
from server.people.models import Person
from tests.conftest import Client, Townhall


@pytest.fixture
def admin(townhall: Townhall) -> Client:
    return townhall.client("Ada Admin")


def do_import(admin: Client, text: str, name: str = "people.csv") -> str:
    """Import a file and return the page of its preview."""
    path = admin.upload(name, text)
    preview = admin.get(path).text
    done = admin.submit(path)
    assert done.status_code == 200, preview.partition("<main")[2]
    return preview


def test_address_role_and_title_of_a_known_person_change(townhall: Townhall, admin: Client) -> None:
    preview = do_import(
        admin,
        "name,email,role,title,region\nDana Rep,dana.kim@example.com,manager,Team lead,Denver\n",
    )
    for text in ("dana@example.com", "dana.kim@example.com", "Account executive", "Team lead", "Boston", "Denver"):
        assert text in preview
    dana = townhall.person("Dana Rep")
    assert (dana.email, dana.role, dana.title, dana.region) == (
        "dana.kim@example.com",
        "manager",
        "Team lead",
        "Denver",
    )
    with townhall.database.reading() as session:
        assert [mail.recipient for mail in session.exec(select(AccountMail))] == ["dana@example.com"]


def test_an_empty_cell_changes_nothing(townhall: Townhall, admin: Client) -> None:
    preview = do_import(admin, "name,email,role,title,region\nDana Rep,,,,Boston\n")
    assert "Changes to people" not in preview
    assert townhall.person("Dana Rep").email == "dana@example.com"


def test_the_only_admin_keeps_the_role(townhall: Townhall, admin: Client) -> None:
    preview = do_import(admin, "name,role,title\nAda Admin,rep,Operations\n")
    assert "not changed: the only admin" in preview
    ada = townhall.person("Ada Admin")
    assert (ada.role, ada.title) == ("admin", "Operations")


def test_an_import_is_listed_with_who_when_and_counts(townhall: Townhall, admin: Client) -> None:
    do_import(admin, "name,region\nDana Rep,Denver\nFresh Face,Denver\n", "team.csv")
    page = " ".join(admin.get("/imports").text.split())
    assert "team.csv" in page
    assert "Ada Admin" in page
    assert "1 new, 1 changed, 0 unchanged" in page
    with townhall.database.reading() as session:
        [entry] = session.exec(select(AuditEntry))
    assert (entry.action, entry.actor, entry.values["files"]) == ("import", "Ada Admin", "team.csv")


def add_namesake(admin: Client) -> None:
    fields = {"name": "Maya Rep", "email": "maya2@example.com", "role": "rep", "is_namesake": "true"}
    assert admin.submit("/people", **fields).status_code == 303


DEALS = "deal id,customer,rep,signed,amount\n{number},Acme,{who},2026-02-11,48000\n"


def test_a_shared_name_is_refused_by_line_with_the_remedy(admin: Client) -> None:
    add_namesake(admin)
    preview = admin.get(admin.upload("deals.csv", DEALS.format(number="N-1", who="Maya Rep"))).text
    assert "Several people have this name: Maya Rep (maya@example.com), Maya Rep (maya2@example.com)." in preview
    assert "Write the e-mail address instead." in preview


def test_an_address_tells_namesakes_apart(townhall: Townhall, admin: Client) -> None:
    add_namesake(admin)
    do_import(admin, DEALS.format(number="N-1", who="maya2@example.com"), "deals.csv")
    with townhall.database.reading() as session:
        owner = session.exec(
            select(Person)
            .join(DealCredit, DealCredit.person_id == Person.id)  # type: ignore[arg-type]
            .join(Deal, Deal.id == DealCredit.deal_id)  # type: ignore[arg-type]
            .where(Deal.external_id == "N-1")
        ).one()
    assert owner.email == "maya2@example.com"


def test_the_owner_of_a_deal_keeps_it_when_the_name_becomes_shared(townhall: Townhall, admin: Client) -> None:
    do_import(admin, DEALS.format(number="N-1", who="Maya Rep"), "deals.csv")
    add_namesake(admin)
    do_import(admin, DEALS.format(number="N-1", who="Maya Rep").replace("48000", "50000"), "deals.csv")
    with townhall.database.reading() as session:
        deal = session.exec(select(Deal).where(Deal.external_id == "N-1")).one()
        credits_ = session.exec(select(DealCredit).where(DealCredit.deal_id == deal.id)).all()
    assert deal.arr == 5_000_000
    assert [credit.person_id for credit in credits_] == [townhall.client("Maya Rep") and maya_id(townhall)]


def maya_id(townhall: Townhall) -> int:
    with townhall.database.reading() as session:
        [maya] = people_queries.matching(session, "maya@example.com")
        return maya.id


def test_a_row_of_people_finds_a_namesake_by_address(townhall: Townhall, admin: Client) -> None:
    add_namesake(admin)
    do_import(admin, "name,email,role,region\nMaya Rep,maya2@example.com,rep,Denver\n")
    with townhall.database.reading() as session:
        regions = {person.email: person.region for person in people_queries.matching(session, "Maya Rep")}
    assert regions == {"maya@example.com": "Chicago", "maya2@example.com": "Denver"}
    preview = admin.get(admin.upload("people.csv", "name,role,region\nMaya Rep,rep,Denver\n")).text
    assert "Several people have this name" in preview


@pytest.mark.parametrize("column", ["manager", "person"])
def test_other_columns_refuse_a_shared_name_too(admin: Client, column: str) -> None:
    add_namesake(admin)
    text = {
        "manager": "name,manager\nDana Rep,Maya Rep\n",
        "person": "person,from,until,quota\nMaya Rep,2027-01,2027-12,400000\n",
    }[column]
    assert "Several people have this name" in admin.get(admin.upload("file.csv", text)).text


def test_names_are_composed_whatever_the_file_has(townhall: Townhall, admin: Client) -> None:
    rows = ("N-1,Cafe\u0301,Zoe\u0308 Kim,2026-02-11,1", "N-2,Caf\u00e9,Zo\u00eb Kim,2026-02-11,1")
    text = "\n".join(("deal id,customer,rep,signed,amount", *rows))
    do_import(admin, text, "deals.csv")
    with townhall.database.reading() as session:
        assert [name for name in session.exec(select(Customer.name)) if name.startswith("Caf")] == ["Caf\u00e9"]
        assert len(people_queries.matching(session, "Zoe\u0308 Kim")) == 1


def test_every_template_file_is_imported_as_its_type(townhall: Townhall, admin: Client) -> None:
    for name, text in TEMPLATE_FILES.items():
        assert admin.get(f"/imports/templates/{name}.csv").text == text
        do_import(admin, text, f"{name}.csv")
    with townhall.database.reading() as session:
        [dana] = people_queries.matching(session, "Dana Kim")
        assert dana.started_on == date(2024, 3, 1)
        runs = session.exec(select(AuditEntry).where(AuditEntry.action == "import")).all()
    for run, name in zip(runs, TEMPLATE_FILES, strict=True):
        assert f"{name} " in run.values["counts"], name
    assert admin.get("/imports/templates/nothing.csv").status_code == 404
