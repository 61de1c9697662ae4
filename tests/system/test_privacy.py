"""No one sees another person's pay: a rep's planted figures are searched for in all that others can reach."""

import io
import re
import zipfile
from datetime import date

from fastapi import FastAPI
from httpx2 import Response

from server.books.offers import load_offers
from server.books.own_book import own_book
from server.comp import read_plan
from server.documents import queries as document_queries
from server.plans_in_force import queries as plan_queries
from server.simulator.projection import project
from tests.cast import SLUG
from tests.conftest import Townhall
from tests.system.test_routes import EVERYBODY, addresses


def spellings(cents: int) -> set[str]:
    """Return six ways a figure may be written."""
    whole, rest = divmod(cents, 100)
    return {
        f"{whole:,}.{rest:02d}",
        f"{whole}.{rest:02d}",
        f"{whole:,}",
        str(cents),
        f"{whole},{rest:02d}",
        f"{whole:,}".replace(",", "\u202f"),
    }


def planted(townhall: Townhall, name: str) -> set[int]:
    """Return every amount of a person's pay: totals and months under every plan, and each deal's own amount."""
    with townhall.database.reading() as session:
        person = townhall.person(name).id or 0
        edition = document_queries.version_page(session, SLUG)
        assert edition
        offers = load_offers(session, document_queries.candidates(session, edition.version_id))
        book = own_book(session, person, offers[0].plan)
        assert book
    amounts = {deal.arr for deal in book.history.deals}
    for projection in project(book.history, offers, book.window):
        amounts |= {projection.total, *projection.by_month, *(cents for _, cents in projection.by_element)}
    base = read_plan(proposals_text(townhall)).levels[0].base
    common = {0, base, *(read_plan(proposals_text(townhall)).levels[0].base_in(month) for month in range(12))}
    # A round thousand may stand anywhere: a reference year counts in them.
    odd = {cents for cents in amounts if cents // 100 % 1000}
    return {cents for cents in odd if cents not in common and abs(cents) > 100_000}


def proposals_text(townhall: Townhall) -> str:
    with townhall.database.reading() as session:
        plan = plan_queries.main_plan(session, date(2026, 11, 1))
        assert plan
        return plan.text


def figures(text: str) -> set[str]:
    return set(re.findall(r"[\d.,\u202f]*\d", text))


def reachable(townhall: Townhall, name: str | None) -> dict[str, str]:
    """Return all pages, fragments and files that a person can reach."""
    client = townhall.client(name)
    extra = {
        "pay in the page": f"/proposals/{SLUG}?pay=1",
        "old version": f"/proposals/{SLUG}/v/1?pay=1",
        "statement": "/me/pay/statement.csv",
        "workbook": "/me/pay/statement.xlsx",
        "workbook of a candidate": f"/proposals/{SLUG}/candidates/a/statement.xlsx",
        "what if": f"/proposals/{SLUG}/candidates/b/simulator?attainment=100",
    }
    return {address: text_of(client.get(path)) for address, path in {**addresses(townhall), **extra}.items()}


def text_of(answer: Response) -> str:
    """Return the text of a response; a workbook is unpacked."""
    if not answer.content.startswith(b"PK"):
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        return "\n".join(packed.read(name).decode() for name in packed.namelist())


def test_a_rep_alone_sees_the_own_figures(townhall: Townhall) -> None:
    secret = {spelt for cents in planted(townhall, "Maya Rep") for spelt in spellings(cents)}
    own = figures("\n".join(reachable(townhall, "Maya Rep").values()))
    assert secret & own, "the planted figures must be where their owner looks, or this test could not fail"
    leaks = []
    for name in ({*EVERYBODY, "Dana Rep", "Newt Newcomer", "Otto Other"} - {"Maya Rep"}) | {None}:
        for address, text in reachable(townhall, name).items():
            if amounts := secret & figures(text):
                leaks.append((name, address, amounts))
    assert leaks == []


def test_pages_behind_sign_in_are_kept_nowhere(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    for path in addresses(townhall).values():
        answer = client.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_no_address_carries_pay(townhall: Townhall, app: FastAPI) -> None:
    del app
    secret = {spelt for cents in planted(townhall, "Maya Rep") for spelt in spellings(cents)}
    for text in reachable(townhall, "Maya Rep").values():
        for address in re.findall(r'(?:href|action|hx-get|hx-post)="([^"]*)"', text):
            assert not secret & figures(address)


def test_a_person_who_left_sees_nothing(townhall: Townhall) -> None:
    from server.people.service import deactivate  # noqa: PLC0415

    client = townhall.client("Maya Rep")
    assert client.get("/me/pay").status_code == 200
    with townhall.database.writing() as session:
        deactivate(session, townhall.person("Maya Rep"), date(2027, 1, 1))
        session.commit()
    assert client.get("/me/pay").status_code == 303


def test_the_window_ends_with_the_data(townhall: Townhall) -> None:
    with townhall.database.reading() as session:
        book = own_book(session, townhall.person("Maya Rep").id or 0, read_plan(proposals_text(townhall)))
    assert book
    assert book.window.ends == date(2026, 10, 31)
