"""Changes of won deals that are known: listed before they are written, and reps stay unless told otherwise."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from server.deals.models import Deal, DealCredit
from server.imports import service as import_service
from server.imports.files.unpack import read_table
from server.imports.parsed import ImportPreview
from tests.cli.command import call_townhall
from tests.conftest import Townhall

FIRST = "id,rep,customer,stage,signed,amount\nD1,Dana Kim,Acme,Won,2026-03-02,1000\nD2,Bo Li,Zeta,Open,,500\n"
LATER = "id,rep,customer,stage,signed,amount\nD1,Bo Li,Acme,Won,2026-03-04,1100\nD2,Dana Kim,Zeta,Won,2026-04-01,500\n"
CHANGES = [
    {"number": "D1", "customer": "Acme", "what": "rep", "before": "Dana Kim", "after": "Bo Li", "is_kept": True},
    {
        "number": "D1",
        "customer": "Acme",
        "what": "amount",
        "before": "1,000.00 USD",
        "after": "1,100.00 USD",
        "is_kept": False,
    },
    {
        "number": "D1",
        "customer": "Acme",
        "what": "signed",
        "before": "2026-03-02",
        "after": "2026-03-04",
        "is_kept": False,
    },
]


def listed(folder: Path) -> dict[str, Any]:
    rows = json.loads(call_townhall(folder, "deals", "list", "--json").stdout)
    return {row["number"]: (row["amount"], row["signed"], row["credits"][0]["name"]) for row in rows}


def test_the_rep_of_a_won_deal_stays_unless_the_mapping_moves_it(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(FIRST)
    assert call_townhall(tmp_path, "import", "deals.csv").returncode == 0
    (tmp_path / "deals.csv").write_text(LATER)
    shown = call_townhall(tmp_path, "import", "deals.csv", "--preview")
    assert "changed    D1 (Acme): rep stays Dana Kim, the file has Bo Li" in shown.stdout
    assert json.loads(call_townhall(tmp_path, "import", "deals.csv", "--json").stdout)["changes"] == CHANGES
    # The open deal has got the rep who won it, and the won one kept the rep who sold it.
    assert listed(tmp_path) == {"D1": (110_000, "2026-03-04", "Dana Kim"), "D2": (50_000, "2026-04-01", "Dana Kim")}
    (tmp_path / "mapping.yaml").write_text("deals.csv: {owners: move}\n")
    moved = call_townhall(tmp_path, "import", "deals.csv", "--json", "--mapping", "mapping.yaml")
    assert [change["is_kept"] for change in json.loads(moved.stdout)["changes"]] == [False]
    assert listed(tmp_path)["D1"] == (110_000, "2026-03-04", "Bo Li")
    again = json.loads(call_townhall(tmp_path, "import", "deals.csv", "--json").stdout)
    assert (again["changes"], again["counts"]["deals"]) == ([], {"added": 0, "changed": 0, "same": 2})


def test_a_won_deal_that_is_lost_in_the_file_is_listed(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(FIRST)
    call_townhall(tmp_path, "import", "deals.csv")
    (tmp_path / "deals.csv").write_text(FIRST.replace("Won", "Lost"))
    [change] = json.loads(call_townhall(tmp_path, "import", "deals.csv", "--json").stdout)["changes"]
    assert (change["what"], change["before"], change["after"]) == ("stage", "won", "lost")


def test_the_page_lists_the_changes_and_moves_reps_on_demand(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")

    admin.submit(admin.upload("deals.csv", FIRST))
    url = admin.upload("deals.csv", LATER)
    page = admin.get(url).text
    assert "Won deals keep the reps who sold them." in page
    assert page.count("not changed") == 1
    admin.submit(f"{url}/answers", file="deals.csv", owners="move")
    assert "Won deals get the reps of the file." in admin.get(url).text
    assert admin.submit(url).status_code == 200
    assert "Changes to won deals" not in admin.get(admin.upload("deals.csv", LATER)).text


def test_a_short_file_of_another_source_moves_no_rep_either(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(FIRST)
    call_townhall(tmp_path, "import", "deals.csv")
    (tmp_path / "short.csv").write_text("id,rep,amount,stage\nD1,Bo Li,1000,Won\n")
    done = json.loads(call_townhall(tmp_path, "import", "short.csv", "--source", "billing", "--json").stdout)
    assert [(change["what"], change["is_kept"]) for change in done["changes"]] == [("rep", True)]
    assert listed(tmp_path)["D1"] == (100_000, "2026-03-02", "Dana Kim")


def test_a_deal_that_was_won_after_the_preview_keeps_its_rep(townhall: Townhall) -> None:
    text = "id,rep,customer,stage,signed,amount\nW1,{who},Acme,{stage},{signed},900\n"

    def preview_of(session: Session, who: str, stage: str, signed: str) -> ImportPreview:
        table = read_table("deals.csv", text.format(who=who, stage=stage, signed=signed).encode())
        return import_service.preview_import(session, [table], {}, "UTC", "crm")

    with townhall.database.writing() as session:
        import_service.apply_import(session, preview_of(session, "Maya Rep", "Open", ""), "crm")
        late = preview_of(session, "Dana Rep", "Won", "2026-06-01")
        assert late.changes == []
        import_service.apply_import(session, preview_of(session, "Maya Rep", "Won", "2026-05-01"), "crm")
        import_service.apply_import(session, late, "crm")
        [deal] = session.exec(select(Deal).where(Deal.external_id == "W1")).all()
        credited = session.exec(select(DealCredit.person_id).where(DealCredit.deal_id == deal.id)).all()
    assert deal.signed_on == date(2026, 6, 1)
    assert credited == [townhall.person("Maya Rep").id]
