"""Exports can be imported again without a change, and each person gets only what they may see."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cli.command import call_townhall
from tests.conftest import Townhall

HEAD = (
    *("id", "rep", "customer", "product", "status", "kind", "signed", "amount", "currency", "aha", "churned"),
    *("rating", "rated", "discount", "prepaid", "mrr", "payments"),
)
DEALS = f"""\
{",".join(HEAD)}
D1,Noa Berg 60%; Ira Holm 40%,Acme,Harbor,Won,new,2026-01-31,1250.50,,2026-02-10,,5,2026-05-01,12.5%,yes,104.21,
D2,Noa Berg 100%; Ira Holm 50% overlay,"Müller, Söhne",Buoy,Won,renewal,2026-02-28,-900,EUR,,2026-06-01,,,,no,,
D3,Ira Holm,=SUM(A1),,Open,expansion,,77,,,,,,,,,
D4,Ira Holm,Acme,,Won,new,2026-02-28,900,EUR,,,,,,,,2026-03-01 450; 2026-04-01 450
"""
PEOPLE = """\
name,email,title,manager,started
Noa Berg,noa@harbor.example,Account executive,Uma Sand,2025-01-01
Ira Holm,ira@harbor.example,,Uma Sand,
"""


def listed(folder: Path) -> dict[str, Any]:
    return {kind: json.loads(call_townhall(folder, kind, "list", "--json").stdout) for kind in ("deals", "people")}


@pytest.mark.parametrize("name", ["data.zip", "data.xlsx"])
def test_what_is_exported_is_imported_as_it_was(tmp_path: Path, name: str) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    (first / "deals.csv").write_text(DEALS.replace("=SUM(A1)", "Sum"), encoding="utf-8")
    (first / "people.csv").write_text(PEOPLE, encoding="utf-8")
    assert call_townhall(first, "import", "deals.csv", "people.csv").returncode == 0
    assert call_townhall(first, "export", "data", str(second / name)).returncode == 0
    done = json.loads(call_townhall(second, "import", name, "--json").stdout)
    assert (done["problems"], done["questions"], done["is_imported"]) == ([], [], True)
    assert listed(second) == listed(first)
    again = json.loads(call_townhall(first, "import", str(second / name), "--json").stdout)
    assert {kind: (row["added"], row["changed"]) for kind, row in again["counts"].items()} == dict.fromkeys(
        again["counts"], (0, 0)
    )


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(DEALS, encoding="utf-8")
    call_townhall(tmp_path, "import", "deals.csv")
    call_townhall(tmp_path, "export", "data", "data.zip")
    with zipfile.ZipFile(tmp_path / "data.zip") as archive:
        assert "'=SUM(A1)" in archive.read("deals.csv").decode("utf-8-sig")
    call_townhall(tmp_path, "export", "data", "data.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "data.xlsx")["deals"]
    assert [cell.value for cell in sheet["D"]] == ["customer", "Acme", "Müller, Söhne", "'=SUM(A1)", "Acme"]
    assert {cell.data_type for cell in sheet["J"][1:]} == {"n"}


def test_the_admin_gets_neither_deals_nor_personal_terms(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    book = openpyxl.load_workbook(io.BytesIO(admin.get("/exports/company.xlsx").content))
    assert book.sheetnames == ["people", "customers", "products"]
    assert "Maya Rep" in [cell.value for cell in book["people"]["A"]]
    assert not {"quota", "base", "variable"} & {cell.value for sheet in book for cell in sheet[1]}
    with zipfile.ZipFile(io.BytesIO(admin.get("/exports/company.zip").content)) as archive:
        assert archive.namelist() == ["people.csv", "customers.csv", "products.csv"]
    for name in ("Maya Rep", "Mona Manager", "Eve Executive"):
        assert townhall.client(name).get("/exports/company.xlsx").status_code == 404


def test_a_rep_gets_the_own_deals_only(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    text = maya.get("/me/deals.csv").content.decode("utf-8-sig")
    assert [line.split(",")[0] for line in text.splitlines()] == ["id", "M1", "M2", "M3", "M4"]
    assert "Dana" not in text
    assert openpyxl.load_workbook(io.BytesIO(maya.get("/me/deals.xlsx").content)).sheetnames == ["deals"]
    assert "/me/deals.csv" in maya.get("/me/pay/statement").text
    assert townhall.client("Ada Admin").get("/me/deals.csv").status_code == 404
