"""Imports of many deals: written in parts, between which others write."""

import re
import threading
from datetime import date

import pytest
from sqlmodel import func, select

from server.deals import service as deal_service
from server.deals.matching import has_number
from server.deals.models import Deal, Product
from server.deals.rows import DealRow
from server.deals.service import deals as deal_writes
from server.imports import service
from server.imports.files.unpack import read_table
from tests.conftest import Townhall


def test_others_write_between_the_parts_of_a_large_import(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deal_writes, "_ROWS_AT_ONCE", 10)
    rows = [DealRow(f"L{number}", "won", 100, signed_on=date(2026, 5, 1)) for number in range(35)]
    seen: list[int] = []
    waits = threading.Event()

    def write_something() -> None:
        waits.set()
        with townhall.database.writing() as session:
            seen.append(session.exec(select(func.count()).where(Deal.external_id.startswith("L"))).one())
            session.add(Product(name="Raft"))
            session.commit()

    other = threading.Thread(target=write_something)
    with townhall.database.writing() as session:

        def give_way(_written: int) -> None:
            if not other.ident:
                other.start()
                waits.wait(10)
            townhall.database.give_way(session)

        source = deal_service.get_source(session, "large", date(2026, 5, 1))
        result = deal_service.upsert_deals(session, source, rows, give_way=give_way)
        session.commit()
        assert result.added == 35
    other.join(10)
    assert len(seen) == 1
    assert seen[0] < 35
    with townhall.database.reading() as session:
        assert session.exec(select(func.count()).where(Deal.external_id.startswith("L"))).one() == 35
        assert session.exec(select(Product).where(Product.name == "Raft")).one()


def test_an_import_that_stopped_in_between_is_completed_by_the_same_import(townhall: Townhall) -> None:
    rows = [DealRow(f"L{number}", "won", 100, signed_on=date(2026, 5, 1)) for number in range(20)]
    with townhall.database.writing() as session:
        source = deal_service.get_source(session, "large", date(2026, 5, 1))
        deal_service.upsert_deals(session, source, rows[:7])
        session.commit()
        result = deal_service.upsert_deals(session, source, rows)
        session.commit()
    assert (result.added, result.same) == (13, 7)


STORED = """\
id,rep,customer,product,stage,signed,amount
D1,Maya Rep,Acme,Buoy,Won,2026-03-02,1000
D2,Dana Rep,Zeta,,Open,,500
"""
LATER = """\
id,rep,customer,product,stage,signed,amount
D1,Dana Rep,Acme,Buoy,Won,2026-03-02,1000
D2,Maya Rep,Zeta,,Open,,500
D3,New Rep,Nova,Raft,Won,2026-04-01,70
M1,Maya Rep,Customer M1,Harbor,Won,2026-01-15,123456.78
"""


@pytest.mark.parametrize("text", [STORED, LATER, LATER.replace("1000", "1001"), LATER.replace("Acme", "Omega")])
def test_a_large_import_is_counted_as_a_dry_run_counts_it(
    townhall: Townhall, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = townhall.client("Ada Admin")

    admin.submit(admin.upload("deals.csv", STORED))
    url = admin.upload("deals.csv", text)
    with townhall.database.writing() as session:
        preview = service.preview_import(session, [read_table("deals.csv", text.encode())])
        compared = service.count_import(session, preview)
        written = service.dry_run(session, preview)
    assert (compared.deals, compared.customers.added) == (written.deals, written.customers.added)
    assert compared.people.added == written.people.added
    small = admin.get(url).text.split("<tbody>")[1].split("</tbody>")[0]
    monkeypatch.setattr("server.imports.runs.MAX_AT_ONCE", 0)
    large = admin.get(url).text.split("<tbody>")[1].split("</tbody>")[0]
    assert small.split("Deals</th>")[1].split("</tr>")[0] == large.split("Deals</th>")[1].split("</tr>")[0]


def test_deals_are_found_by_an_index_so_that_imports_grow_linearly(townhall: Townhall) -> None:
    with townhall.database.reading() as session:
        wanted = select(Deal.id).where(has_number(session, ["L1", "L2"]))
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a few rows are read faster than an index
            compiled = wanted.compile(connection)
            rows = connection.exec_driver_sql(f"EXPLAIN {compiled}", {"param_1": '["L1", "L2"]'})
        else:
            compiled = wanted.compile(connection, compile_kwargs={"literal_binds": True})
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")
        plan = "\n".join(map(str, rows))
    assert re.search(r"deals_source_id_external_id|INDEX \S+deals\S* \(source_id=\? AND external_id=\?\)", plan), plan
