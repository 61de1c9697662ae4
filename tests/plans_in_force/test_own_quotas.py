"""People's own quotas: one rule for all candidates of a redesign, last year and next year, and it is shown."""

from datetime import date

import pytest

from server.comp import History, Window, explain, read_plan
from server.comp.analysis.own_quotas import OwnQuotas, under_rule
from server.comp.history import Adjustment, Deal, Person
from server.people import service as people_service
from server.people.models import PersonalTerms
from server.plans_in_force import service as plan_service
from server.plans_in_force.service import NewPlan
from tests.cast import SLUG, TODAY
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}"
PLAN = """\
name: P
year: 2026-01
levels: [{name: AE, variable: $50,000, quota: $%s}]
components: [{name: Sales, tiers: [{from: 0%%, pays: 1x}]}]
"""
YEAR = 672  # 2026
OWN = Adjustment(YEAR, YEAR + 11, "own quota", quota=40_000_000)


@pytest.mark.parametrize(
    ("rule", "cents"),
    [(OwnQuotas.own, 5_000_000), (OwnQuotas.scaled, 4_000_000), (OwnQuotas.plan, 3_200_000)],
)
def test_an_own_quota_counts_as_the_redesign_declares(rule: OwnQuotas, cents: int) -> None:
    history = History("1", (Deal("D", date(2026, 3, 1), 40_000_000),), person=Person(adjustments=(OWN,)))
    today, proposed = read_plan(PLAN % "500,000"), read_plan(PLAN % "625,000")
    plan = under_rule(proposed, today, rule)
    assert explain(history, plan, Window(plan.year), trace=False).total == cents
    assert explain(history, today, Window(plan.year), trace=False).total == 5_000_000


def test_without_a_plan_of_today_the_proposed_quota_counts() -> None:
    plan = read_plan(PLAN % "625,000")
    assert under_rule(plan, None, OwnQuotas.scaled).levels[0].own_quota_factor is None
    assert under_rule(plan, None, OwnQuotas.own) is plan


def give_maya_a_quota(townhall: Townhall, name: str = "Maya Rep") -> None:
    with townhall.database.writing() as session:
        person = townhall.person(name)
        terms = PersonalTerms(
            person_id=person.id, since=date(2025, 11, 1), until=date(2026, 10, 31), quota=40_000_000, reason="Territory"
        )
        people_service.set_personal_terms(session, terms)
        session.commit()


def test_the_page_says_which_quota_counts(townhall: Townhall) -> None:
    give_maya_a_quota(townhall)
    maya, mona = townhall.client("Maya Rep"), townhall.client("Mona Manager")
    for path in ("/", f"{PATH}?pay=1", f"{PATH}/compare"):
        assert "Quota $400,000, your own." in maya.get(path).text, path
    assert mona.submit(f"{PATH}/stages", own_quotas="plan").status_code == 303
    assert "your own quota does not count under the candidates." in maya.get(f"{PATH}/candidates/a/simulator").text
    assert mona.submit(f"{PATH}/stages", own_quotas="no such rule").status_code == 422


def test_a_variant_with_another_quota_changes_the_pay_of_a_rep_with_an_own_quota(townhall: Townhall) -> None:
    give_maya_a_quota(townhall)
    maya = townhall.client("Maya Rep")
    base = {"base": "today", "seen": ""}
    text = "name: Mine\nlevels: [{name: Associate 1, base: $50,000, variable: $50,000, quota: $%s}]\n"
    text += "components: [{name: New business, tiers: [{from: 0%%, pays: 1x}, {from: 100%%, pays: 1.5x}]}]\n"
    pays = []
    for quota in ("800,000", "400,000"):
        preview = maya.submit(f"{PATH}/variants/preview", **base, text=text % quota).text
        row = preview.split("This variant")[1].split("</tr>")[0]
        pays.append(row.split("<b>")[1].split("</b>")[0])
    assert pays[0] != pays[1]


def test_a_reference_year_uses_the_quota_that_divides_it(townhall: Townhall) -> None:
    give_maya_a_quota(townhall, "Newt Newcomer")
    text = townhall.client("Newt Newcomer").get("/me/pay").text
    assert "exactly 100% of the Associate 1 quota" in text
    assert 'id="total">$100,000<' in text


def test_a_later_term_without_a_quota_leaves_the_quota(townhall: Townhall) -> None:
    give_maya_a_quota(townhall)
    with townhall.database.writing() as session:
        person = townhall.person("Maya Rep")
        terms = PersonalTerms(
            person_id=person.id, since=date(2026, 5, 1), until=date(2026, 10, 31), base=6_000_000, reason="Raise"
        )
        people_service.set_personal_terms(session, terms)
        session.commit()
    text = townhall.client("Maya Rep").get("/me/pay").text
    assert "of $400,000, your own quota" in text


def test_nothing_is_compared_across_currencies(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        plan_service.put_in_force(session, NewPlan(TODAY + "currency: EUR\n", date(2026, 2, 1)))
        session.commit()
    text = townhall.client("Maya Rep").get("/").text
    assert "€" in text
    assert "than today" not in text
