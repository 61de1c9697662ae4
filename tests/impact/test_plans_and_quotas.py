"""The impact with several plans in force and own quotas: what it pays, and what it must not reveal."""

import re
from datetime import date

import pytest
from sqlmodel import select

from server.comp import Window
from server.documents import queries as document_queries
from server.impact.models import ImpactRun
from server.impact.service import ReportingScope, impact_input
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import PersonalTerms
from server.plans_in_force import service as plan_service
from server.plans_in_force.service import Audience, NewPlan
from tests.cast import SLUG, TODAY
from tests.conftest import Townhall
from tests.impact.test_impact_page import PATH, hire_reps, run_all

YEAR = date(2025, 1, 1)


def computed(townhall: Townhall, name: str = "Ada Admin") -> str:
    client = townhall.client(name)
    client.get(PATH)
    run_all(townhall)
    return client.get(PATH).text


def costs(page: str) -> list[str]:
    """Return the costs of the plans as the page shows them; none where it has no table of costs."""
    _, _, below = page.partition("Cost of retained sales")
    table = below.split("</table>", maxsplit=1)[0]
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<b>(.*?)</b>", table, re.DOTALL)]


def put(townhall: Townhall, text: str, since: date = YEAR, **audience: tuple[object, ...]) -> None:
    with townhall.database.writing() as session:
        chosen = Audience(**audience)  # type: ignore[arg-type]
        plan_service.put_in_force(session, NewPlan(text, since, audience=chosen))
        session.commit()


def give_quota(townhall: Townhall, name: str, quota: int) -> None:
    with townhall.database.writing() as session:
        person = townhall.person(name)
        terms = PersonalTerms(
            person_id=person.id, since=date(2025, 11, 1), until=date(2026, 10, 31), quota=quota, reason="Territory"
        )
        people_service.set_personal_terms(session, terms)
        session.commit()


def test_everyone_is_paid_under_their_own_plan_of_today(townhall: Townhall) -> None:
    hire_reps(townhall, 6)
    put(townhall, TODAY.replace("quota: $800,000", "quota: $400,000"), regions=("North",))
    with townhall.database.reading() as session:
        scope = ReportingScope(None, tuple(person.id for person in people_queries.paid_people(session)))
        version = document_queries.version_ref(session, SLUG)
        assert version
        candidates = document_queries.candidates(session, version.version_id)
        given = impact_input(session, scope, candidates, version.version_id, Window.ending(date(2026, 10, 31)))
        regions = {str(person.id): person.region for person in people_queries.paid_people(session)}
    for own, index in zip(given.group.histories, given.group.plan_of, strict=True):
        is_north = regions[own.rep] == "North"
        assert given.plans[0][index].levels[0].quota == (40_000_000 if is_north else 80_000_000)
        assert given.plans[1][index].levels[0].own_quota_factor == (2 if is_north else 1)


def test_a_plan_for_one_person_reveals_no_pay_even_after_a_harmless_one_for_all(townhall: Townhall) -> None:
    hire_reps(townhall, 12)
    before = costs(computed(townhall))
    assert before
    put(townhall, TODAY + "exchange: [{currency: CHF, rate: 1}]\n")
    assert costs(computed(townhall)) == before
    cheap = TODAY.replace("base: $50,000, variable: $50,000", "base: $0, variable: $1")
    put(townhall, cheap, people=(townhall.person("Rep 7").id,))
    page = computed(townhall)
    assert costs(page) == before
    assert "fewer than five people" in page


def test_switching_the_rule_for_quotas_does_not_reveal_the_pay_of_one_person(townhall: Townhall) -> None:
    hire_reps(townhall, 20)
    give_quota(townhall, "Rep 9", 50_000_000)
    before = costs(computed(townhall))
    assert before
    townhall.client("Mona Manager").submit(f"/proposals/{SLUG}/stages", own_quotas="plan")
    after = costs(computed(townhall))
    assert all(old == new or "Hidden" in {old, new} for old, new in zip(before, after, strict=True))


def test_people_without_a_plan_or_at_an_unknown_level_are_left_out_and_counted(townhall: Townhall) -> None:
    hire_reps(townhall, 12)
    with townhall.database.writing() as session:
        people_service.set_level(session, townhall.person("Rep 3"), "Boss", date(2025, 2, 1))
        session.commit()
    two = TODAY.replace("levels: [", "levels: [{name: Lead, variable: $9,000, quota: $90,000}, ")
    put(townhall, two, date(2025, 2, 1))
    page = computed(townhall)
    assert "1 person has a level that one of the plans does not name" in page
    assert "of 14 people" in page


def test_plans_in_several_currencies_are_not_added_up(townhall: Townhall) -> None:
    hire_reps(townhall, 12)
    assert costs(computed(townhall))
    put(townhall, TODAY + "currency: EUR\n", regions=("North",))
    page = computed(townhall)
    assert "are in several currencies" in page
    assert costs(page) == []


@pytest.mark.parametrize("rule", ["own", "scaled", "plan"])
def test_the_impact_pays_what_a_reps_own_page_shows(townhall: Townhall, rule: str) -> None:
    hire_reps(townhall, 12)
    for index in range(12):
        give_quota(townhall, f"Rep {index}", 60_000_000)
    put(townhall, TODAY.replace("quota: $800,000", "quota: $400,000"), regions=("North",))
    townhall.client("Mona Manager").submit(f"/proposals/{SLUG}/stages", own_quotas=rule)
    people = ["Maya Rep", "Dana Rep", "Newt Newcomer", *(f"Rep {index}" for index in range(12))]
    total = 0
    for name in people:
        text = townhall.client(name).get(f"/proposals/{SLUG}/candidates/a/simulator").text
        shown = re.search(r'id="total">\$([\d,.]+)', text)
        assert shown
        total += round(float(shown[1].replace(",", "")) * 100) if name != "Newt Newcomer" else 5_000_000
    computed(townhall)
    with townhall.database.reading() as session:
        runs = session.exec(select(ImpactRun).where(ImpactRun.state == "done")).all()
    cost = next(run.result["plans"][1]["cost"] for run in reversed(runs) if run.manager_id is None)
    assert cost is None or abs(cost - total) <= total // 100
