"""Pay on measures and results that no one has recorded is named, and not shown as a loss."""

from datetime import date
from fractions import Fraction

import pytest

from server.deals import queries as deal_queries
from server.deals import service as deal_service
from server.deals.conversion import WHOLE_CREDIT
from server.deals.rows import DealRow
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import PersonResult
from tests.cast import SLUG, flat
from tests.conftest import Townhall
from tests.editor.editor_pages import BASE
from tests.impact.test_impact_page import hire_reps, run_all

PATH = f"/proposals/{SLUG}/candidates/a/simulator"
FIRST = "components: [{name: New business, tiers:"


def publish(townhall: Townhall, component: str) -> None:
    """Publish version 3, in which the component of the first candidate begins with other terms."""
    markdown = BASE.replace(FIRST, component, 1)
    form = {"title": "T", "markdown": markdown, "note": "Margin.", "base": 2}
    answer = townhall.client("Mona Manager").submit(f"/proposals/{SLUG}/edit/publish", **form)
    assert answer.status_code == 303, answer.text


def test_margin_is_not_recorded_until_someone_states_one(townhall: Townhall) -> None:
    publish(townhall, "components: [{name: New business, credits: margin, quota: $400,000, tiers:")
    maya = townhall.client("Maya Rep")
    text = flat(maya.get(PATH).text)
    assert "does not include pay that depends on gross margin, because no data on it is recorded for you." in text
    assert "less than today" not in text.split('id="figures"')[1].split("</aside>")[0]
    with townhall.database.writing() as session:
        source = deal_service.get_source(session, "cast", date(2026, 10, 31))
        dana = townhall.person("Dana Rep").id
        row = DealRow(
            "N1", "won", 100, signed_on=date(2026, 10, 1), amounts={"margin": 50}, credits={dana: WHOLE_CREDIT}
        )
        deal_service.upsert_deals(session, source, [row])
        session.commit()
        assert "margin" in deal_queries.recorded_inputs(session)
    text = flat(maya.get(PATH).text)
    assert "does not include pay that depends on" not in text
    assert "less than today" in text


def test_a_result_is_recorded_for_each_person(townhall: Townhall) -> None:
    publish(townhall, "components: [{name: New business, gate: {needs: [{of: NRR, from: 90%}]}, tiers:")
    with townhall.database.writing() as session:
        dana = townhall.person("Dana Rep").id
        value = int(Fraction(95, 100) * 10**8)
        people_service.set_result(
            session, PersonResult(person_id=dana, name="NRR", month=date(2026, 3, 1), value=value)
        )
        session.commit()
        assert people_queries.recorded_results(session) == {"nrr"}
    note = "does not include pay that depends on the result “nrr”"
    assert note in flat(townhall.client("Maya Rep").get(PATH).text)
    assert note not in flat(townhall.client("Dana Rep").get(PATH).text)


@pytest.mark.parametrize("component", ["credits: units, quota: 400, ", ""])
def test_the_impact_names_what_is_not_recorded(townhall: Townhall, component: str) -> None:
    hire_reps(townhall, 12)
    publish(townhall, FIRST.replace("tiers:", f"{component}tiers:"))
    run_all(townhall)
    text = flat(townhall.client("Ada Admin").get(f"/proposals/{SLUG}/impact").text)
    says = "We cannot say who gains or loses: your company has not recorded units." in text
    assert says is bool(component)
