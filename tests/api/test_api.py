"""Programs send rows with a token: all or none, problems by row, and no way to read anything."""

import re
from datetime import date

import pytest
from sqlmodel import select

from server.deals import queries as deal_queries
from server.deals import service as deal_service
from server.deals.conversion import WHOLE_CREDIT
from server.deals.models import Deal, Source
from server.deals.rows import DealRow
from server.deals.service import WriteResult
from tests.conftest import Client, Townhall

ROWS = [
    {"id": "A1", "person": "Dana Rep", "customer": "Acme", "amount": 1200.5, "signed": "2026-10-01", "prepaid": True},
    {"id": "A2", "person": "Dana Rep", "amount": 900, "signed": "2026-10-02", "units": 3},
]


def token(townhall: Townhall) -> str:
    ada = townhall.client("Ada Admin")
    text = ada.submit("/tokens", name="CRM sync").text
    return re.search(r'value="(th_[\w-]+)"', text)[1]


def program(townhall: Townhall, secret: str | None) -> Client:
    client = Client(townhall.app)
    client.headers.pop("origin", None)
    if secret:
        client.headers["authorization"] = f"Bearer {secret}"
    return client


def test_rows_sent_again_change_nothing(townhall: Townhall) -> None:
    client = program(townhall, token(townhall))
    first = client.post("/api/v1/deals", json=ROWS)
    assert (first.status_code, first.json()["deals"]) == (200, {"added": 2, "changed": 0, "same": 0})
    assert client.post("/api/v1/deals", json=ROWS).json()["deals"] == {"added": 0, "changed": 0, "same": 2}
    changed = [ROWS[0] | {"amount": 1300}]
    assert client.post("/api/v1/deals", json=changed).json()["deals"] == {"added": 0, "changed": 1, "same": 0}
    usage = [{"customer": "Acme", "event": "file shared", "day": "2026-10-03", "count": 4}]
    assert client.post("/api/v1/usage", json=usage).json()["usage"]["added"] == 1
    assert client.post("/api/v1/usage", json=usage).json()["usage"]["same"] == 1
    assert "Acme" in townhall.client("Dana Rep").get("/me/pay/statement").text


def test_an_invalid_row_is_named_and_nothing_is_written(townhall: Townhall) -> None:
    client = program(townhall, token(townhall))
    response = client.post("/api/v1/deals", json=[ROWS[0], ROWS[1] | {"amount": "much", "signed": "soon"}])
    assert response.status_code == 422
    fields = {(error["row"], error["field"]) for error in response.json()["errors"]}
    assert fields == {(2, "amount"), (2, "signed")}
    assert "Acme" not in townhall.client("Dana Rep").get("/me/pay/statement").text


@pytest.mark.parametrize(
    ("body", "expected_text"),
    [
        ([], "There are no rows"),
        ([{"id": "1", "amount": {"x": 1}}], "Row 1, “amount”"),
        ([{"id": "1"}], "signed"),
        ([{"id": "1", "amount": 5, "bogus": 1}], "There is no field “bogus”"),
        ([{"id": "1", "owner": "Dana Rep", "column kind": "x"}], "There is no field"),
    ],
)
def test_an_invalid_body_is_explained(townhall: Townhall, body: object, expected_text: str) -> None:
    response = program(townhall, token(townhall)).post("/api/v1/deals", json=body)
    assert response.status_code == 422
    assert expected_text in response.text


def test_fields_may_have_the_names_of_file_columns(townhall: Townhall) -> None:
    client = program(townhall, token(townhall))
    row = {"Deal ID": "A9", "Owner": "Dana Rep", "ARR": 900, "Close Date": "2026-10-02"}
    assert client.post("/api/v1/deals", json=[row]).json()["deals"]["added"] == 1
    assert "A9" in townhall.client("Dana Rep").get("/me/pay/statement").text
    invalid_text = client.post(
        "/api/v1/deals", content=b'[{"id": "\\ud800", "amount": 5}]', headers={"content-type": "application/json"}
    )
    assert invalid_text.status_code == 422


def test_without_a_valid_token_nothing_is_written(townhall: Townhall) -> None:
    secret = token(townhall)
    for wrong in (None, "th_nothing", secret[:-1]):
        response = program(townhall, wrong).post("/api/v1/deals", json=ROWS)
        assert response.status_code == 401
        assert "<html" not in response.text
    assert program(townhall, secret).get("/me/pay").status_code == 303
    assert program(townhall, secret).get("/people").status_code == 303
    page = townhall.client("Ada Admin").get("/tokens").text
    assert "CRM sync" in page
    assert secret not in page
    token_ulid = re.search(r'action="/tokens/(\w+)/revoke"', page)[1]
    assert townhall.client("Ada Admin").submit(f"/tokens/{token_ulid}/revoke").status_code == 303
    assert program(townhall, secret).post("/api/v1/deals", json=ROWS).status_code == 401


def test_only_admins_create_tokens(townhall: Townhall) -> None:
    for name in ("Mona Manager", "Maya Rep", "Eve Executive"):
        assert townhall.client(name).get("/tokens").status_code == 404
        assert townhall.client(name).submit("/tokens", name="x").status_code == 404
    assert townhall.client("Ada Admin").submit("/tokens", name=" ").status_code == 422


def test_an_invalid_row_is_named_by_its_number(townhall: Townhall) -> None:
    client = program(townhall, token(townhall))
    for body, row in (
        ([ROWS[0], 7], 2),
        ([ROWS[0], ROWS[1] | {"bogus": 1}], 2),
        ([{"id": {"x": 1}}], 1),
        ({"id": "1"}, None),
    ):
        response = client.post("/api/v1/deals", json=body)
        assert (response.status_code, response.json()["errors"][0]["row"]) == (422, row)
    broken = client.post("/api/v1/deals", content=b'[{"id": ', headers={"content-type": "application/json"})
    assert "This is not valid JSON" in broken.text


def upsert(townhall: Townhall, source: str, *rows: DealRow) -> WriteResult:
    """Write deals under the name of a source."""
    with townhall.database.writing() as session:
        result = deal_service.upsert_deals(session, deal_service.get_source(session, source, date(2026, 9, 1)), rows)
        session.commit()
        return result


def deals_of(townhall: Townhall, number: str) -> list[Deal]:
    with townhall.database.reading() as session:
        return list(session.exec(select(Deal).where(Deal.external_id == number)))


def test_a_deal_of_another_source_counts_once_and_keeps_unstated_values(townhall: Townhall) -> None:
    dana, maya = townhall.person("Dana Rep").id or 0, townhall.person("Maya Rep").id or 0
    full_row = DealRow(
        "N1",
        "won",
        5_000_000,
        customer="Ridge",
        product="Flow",
        kind="expansion",
        signed_on=date(2026, 5, 1),
        aha_on=date(2026, 6, 1),
        rating=5,
        rated_on=date(2026, 8, 1),
        segment="small",
        credits={dana: WHOLE_CREDIT},
    )
    short_row = DealRow("N1", "won", 6_000_000, customer="Ridge", signed_on=date(2026, 5, 1))
    assert upsert(townhall, "one", full_row).added == 1
    assert (upsert(townhall, "two", short_row).changed, upsert(townhall, "two", short_row).same) == (1, 1)
    [stored] = deals_of(townhall, "N1")
    assert (stored.arr, stored.kind, stored.segment, stored.aha_on, stored.rating) == (
        6_000_000,
        "expansion",
        "small",
        date(2026, 6, 1),
        5,
    )
    with townhall.database.reading() as session:
        assert {deal.id: deal.arr for deal in deal_queries.book(session, dana)}["N1"] == 6_000_000
    assert upsert(townhall, "two", short_row._replace(credits={maya: WHOLE_CREDIT})).changed == 1
    with townhall.database.reading() as session:
        assert "N1" not in {deal.id for deal in deal_queries.book(session, dana)}


def test_different_deals_with_one_id_stay_separate(townhall: Townhall) -> None:
    first = DealRow("N2", "won", 5_000_000, signed_on=date(2026, 5, 1))
    assert upsert(townhall, "one", first).added == 1
    assert upsert(townhall, "two", first._replace(arr=700_000, signed_on=date(2026, 4, 1))).added == 1
    assert upsert(townhall, "three", first._replace(customer="Ridge")).added == 1
    assert upsert(townhall, "four", first).same == 1  # no customer, but the same day and amount
    assert upsert(townhall, "five", first._replace(customer="Ridge")).same == 1
    assert len(deals_of(townhall, "N2")) == 3


def test_a_source_without_its_own_deals_does_not_move_the_end_of_the_data(townhall: Townhall) -> None:
    row = DealRow("N3", "won", 5_000_000, customer="Ridge", signed_on=date(2026, 5, 1))
    upsert(townhall, "one", row)
    for day in (date(2026, 11, 27), date(2026, 5, 2)):
        with townhall.database.writing() as session:
            other = deal_service.get_source(session, "two", day)
            deal_service.upsert_deals(session, other, [row._replace(signed_on=day)])
            deal_service.update_data_end(session, other)
            session.commit()
    with townhall.database.reading() as session:
        ends = {source.name: source.ends_on for source in session.exec(select(Source))}
        assert ends["two"] <= max(day for name, day in ends.items() if name != "two")
        assert deal_queries.newest_day(session) < date(2026, 11, 27)


def test_invalid_requests_are_explained(townhall: Townhall) -> None:
    client = program(townhall, token(townhall))
    invalid_name = client.post(
        "/api/v1/deals", content=b'[{"\\ud800": 1}]', headers={"content-type": "application/json"}
    )
    assert (invalid_name.status_code, "is not valid text" in invalid_name.text) == (422, True)
    plain = client.post("/api/v1/deals", content=b'[{"id": "1"}]', headers={"content-type": "text/plain"})
    assert "content-type: application/json" in plain.text
    empty = client.post("/api/v1/deals", headers={"content-type": "application/json"})
    assert "The request is empty" in empty.text


def test_a_credit_memo_of_a_deal_that_is_not_known_is_noted(townhall: Townhall) -> None:
    memo = {"id": "M1", "owner": "Dana Rep", "amount": -500, "closed": "2026-05-01", "refund of": "GONE"}
    response = program(townhall, token(townhall)).post("/api/v1/deals", json=[memo])
    assert response.json()["deals"]["added"] == 1
    assert response.json()["notes"] == [
        "1 deal has no customer yet.",
        "1 credit memo refunds a deal that is not here: GONE. It is paid like any deal.",
    ]


def test_the_answer_compares_no_names_with_those_of_the_company(townhall: Townhall) -> None:
    row = {"id": "N1", "owner": "Dana Repp", "amount": 500, "closed": "2026-05-01"}
    response = program(townhall, token(townhall)).post("/api/v1/deals", json=[row])
    assert response.json()["people"]["added"] == 1
    assert response.json()["notes"] == ["1 deal has no customer yet."]


def test_the_rep_of_a_won_deal_moves_only_if_the_program_says_so(townhall: Townhall) -> None:
    client = program(townhall, token(townhall))
    client.post("/api/v1/deals", json=ROWS)
    moved = [ROWS[0] | {"person": "Maya Rep"}]
    kept = client.post("/api/v1/deals", json=moved).json()
    assert kept["deals"]["same"] == 1
    assert "1 won deal has another rep now. It keeps the rep who sold it." in kept["notes"]
    assert client.post("/api/v1/deals?owners=move", json=moved).json()["deals"]["changed"] == 1
    assert client.post("/api/v1/deals?owners=take", json=moved).status_code == 422
