"""One more deal: an open deal of the rep counts with every fact that the CRM has of it."""

from dataclasses import replace
from datetime import date

import pytest

from server.deals import queries as deal_queries
from server.deals import service as deal_service
from server.deals.conversion import WHOLE_CREDIT
from server.deals.rows import DealRow
from server.simulator.extra_deal import deal_of
from server.simulator.forms import ExtraDealForm, parse_extra_deal
from tests.cast import SLUG, flat
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}/candidates/a/deal"


@pytest.fixture
def pipeline(townhall: Townhall) -> dict[str, str]:
    """Give Maya five open deals; return their public ids by number."""
    maya, dana = (townhall.person(name).id for name in ("Maya Rep", "Dana Rep"))
    opened = date(2026, 10, 1)
    with townhall.database.writing() as session:
        deal_service.upsert_products(session, [("Harbor", "", 4_821_00), ("Buoy", "", 50_00)])
        source = deal_service.get_source(session, "cast", date(2026, 10, 31))
        rows = [
            DealRow("O1", stage="open", arr=0, customer="Zeta", product="Harbor", engaged_on=opened),
            DealRow("O2", stage="open", arr=90_000_00, customer="Acme", product="Buoy", term_months=24),
            DealRow("O3", stage="open", arr=0, customer="", product="", engaged_on=opened),
            DealRow("O4", stage="open", arr=0, customer="Alpha", product="Harbor", currency="EUR"),
            DealRow("O5", stage="open", arr=40_000_00, customer="Beta", product="Buoy", segment="Enterprise"),
        ]
        rows = [row._replace(credits={maya: WHOLE_CREDIT}) for row in rows]
        rows[-1] = rows[-1]._replace(credits={maya: 6_000_000_000, dana: 4_000_000_000})
        deal_service.upsert_deals(session, source, rows)
        session.commit()
        return {open_deal.deal.id: open_deal.ulid for open_deal in deal_queries.pipeline(session, maya)}


def test_open_deals_are_listed_by_amount_with_product_and_list_price(
    townhall: Townhall, pipeline: dict[str, str]
) -> None:
    assert list(pipeline) == ["O2", "O5", "O1", "O4", "O3"]
    text = flat(townhall.client("Maya Rep").get(PATH).text)
    options = [option.split("</option>")[0].split(">")[-1].strip() for option in text.split("<option value=")[2:7]]
    assert options == [
        "Acme · Buoy · $90,000",
        "Beta · Buoy · $40,000",
        "Zeta · Harbor · list price $4,821",
        "Alpha · Harbor · no amount",
        "no customer yet · no amount · O3",
    ]


def test_the_list_price_counts_without_an_amount_and_the_page_says_it(
    townhall: Townhall, pipeline: dict[str, str]
) -> None:
    maya = townhall.client("Maya Rep")
    text = flat(maya.get(f"{PATH}?deal={pipeline['O1']}").text)
    assert "it counts with the list price of Harbor, $4,821." in text
    typed = flat(maya.get(f"{PATH}?deal={pipeline['O1']}&amount=5000").text)
    assert "list price of" not in typed
    assert "Your CRM has no amount for this deal. Enter one" in maya.get(f"{PATH}?deal={pipeline['O3']}").text


def test_a_typed_amount_and_type_replace_those_of_the_crm(townhall: Townhall, pipeline: dict[str, str]) -> None:
    form = ExtraDealForm(deal=pipeline["O4"], amount="$60,000", kind="expansion")
    query = parse_extra_deal(form, date(2026, 10, 31))
    with townhall.database.reading() as session:
        open_deals = deal_queries.pipeline(session, townhall.person("Maya Rep").id)
    open_deal = next(each for each in open_deals if each.ulid == pipeline["O4"])
    stated = replace(open_deal, deal=replace(open_deal.deal, amounts=(("acv", 7), ("units", 3)), kind="renewal"))
    deal = deal_of(query, stated)
    assert (deal.arr, deal.currency, deal.amounts, deal.kind) == (60_000_00, "", (("units", 3),), "expansion")
    as_in_crm = deal_of(parse_extra_deal(ExtraDealForm(deal=pipeline["O4"]), date(2026, 10, 31)), stated)
    assert (as_in_crm.currency, as_in_crm.amounts, as_in_crm.kind) == ("EUR", (("acv", 7), ("units", 3)), "renewal")


def test_an_open_deal_keeps_its_share_segment_and_term(townhall: Townhall, pipeline: dict[str, str]) -> None:
    with townhall.database.reading() as session:
        open_deals = {
            each.deal.id: each.deal for each in deal_queries.pipeline(session, townhall.person("Maya Rep").id)
        }
    assert (open_deals["O5"].segment, open_deals["O5"].product) == ("Enterprise", "Buoy")
    assert open_deals["O5"].own_arr == 24_000_00
    assert open_deals["O2"].term == 24
    # Candidate A pays 7% up to the quota and 10.5% above; Maya is above it. Half comes at signing.
    text = flat(townhall.client("Maya Rep").get(f"{PATH}?deal={pipeline['O5']}&aha_after=10").text)
    assert "your share of a deal of $40,000" in text
    assert "<b>$2,520</b></td><td> Oct 2026: $1,260; Nov 2026: $1,260 </td>" in text  # 10.5% of 60% of $40,000
