"""Managers who are paid: team credit and team quotas from reporting lines, and deals of their own."""

from datetime import date

import pytest

from server.books.offers import Offer
from server.books.own_book import OwnBook, own_book
from server.books.team import with_teams
from server.comp import History, explain, pay, read_plan
from server.comp.book import book_of
from server.deals import service as deal_service
from server.deals.conversion import WHOLE_CREDIT
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import PersonalTerms
from server.people.queries import TeamMembership
from server.plans_in_force import service as plan_service
from server.plans_in_force.service import Audience, NewPlan
from server.simulator.projection import Comparison, Projection, project
from tests.cast import LEVELS, SLUG, TODAY, deal, flat
from tests.conftest import Townhall

PLAN = """\
name: Managers
year: 2025-11
levels: [{name: Manager, variable: $40,000, quota: team}]
components:
  - {name: Team, where: {role: team}, accumulates: year, tiers: [{from: 0%, pays: 1x}]}
  - {name: Own, tiers: [{from: $0, pays: 1%}]}
"""


@pytest.fixture
def led(townhall: Townhall) -> Townhall:
    """Dana reports to Mona until July 2026 and to Otto after; Mona holds the managers' level and has a deal."""
    with townhall.database.writing() as session:
        mona, otto, dana = (townhall.person(name) for name in ("Mona Manager", "Otto Other", "Dana Rep"))
        people_service.set_level(session, mona, "Manager", date(2025, 1, 1))
        people_service.set_manager(session, dana, otto, date(2026, 7, 1))
        source = deal_service.get_source(session, "cast", date(2026, 10, 31))
        deal_service.upsert_deals(session, source, [deal("X1", mona.id or 0, 1_000_000, date(2026, 5, 5))])
        plan_service.put_in_force(session, NewPlan(PLAN, date(2025, 1, 1), audience=Audience(levels=("Manager",))))
        session.commit()
    return townhall


def mona_book(townhall: Townhall) -> OwnBook:
    with townhall.database.reading() as session:
        book = own_book(session, townhall.person("Mona Manager").id or 0, read_plan(PLAN))
    assert book
    return book


def test_team_credit_follows_reporting_lines_by_date(led: Townhall) -> None:
    deals = {(deal.id, deal.role) for deal in mona_book(led).history.deals}
    assert deals == {("X1", "own"), *((f"team/{number}", "team") for number in ("M1", "M2", "M3", "M4", "D1"))}


def test_a_team_quota_counts_members_for_their_days_in_the_team(led: Townhall) -> None:
    book = mona_book(led)
    # Maya and Newt for the year, Dana from November to June, each at $800,000 a year.
    quota = 2 * 80_000_000 + 80_000_000 * 8 // 12
    credited = 12_345_678 + 23_456_789 + 34_567_891 + 20_000_003 + 45_678_912
    statement = explain(book.history, read_plan(PLAN), book.window)
    assert statement.total == round(4_000_000 * credited / quota) + 10_000
    assert pay(book_of([book.history]), read_plan(PLAN), book.window).totals[0] == statement.total


def test_a_members_own_quota_replaces_that_of_the_level_for_its_months(led: Townhall) -> None:
    with led.database.writing() as session:
        own = PersonalTerms(
            person_id=led.person("Maya Rep").id or 0, since=date(2026, 1, 1), until=date(2026, 6, 30), quota=40_000_000
        )
        people_service.set_personal_terms(session, own)
        session.commit()
    quotas = sorted((member.since, member.quota) for member in mona_book(led).history.person.team)
    assert (date(2026, 1, 1), 40_000_000) in quotas
    assert (date(2026, 7, 1), 80_000_000) in quotas


def test_a_deal_that_a_manager_shares_with_the_team_is_credited_both_ways(led: Townhall) -> None:
    with led.database.writing() as session:
        mona, maya = led.person("Mona Manager").id or 0, led.person("Maya Rep").id or 0
        source = deal_service.get_source(session, "cast", date(2026, 10, 31))
        shared = deal("S1", maya, 1_000_001, date(2026, 4, 4), kind="new")
        shared.credits.clear()
        shared.credits.update({mona: WHOLE_CREDIT // 2, maya: WHOLE_CREDIT // 2})
        deal_service.upsert_deals(session, source, [shared])
        session.commit()
    own_arr = {deal.id: deal.own_arr for deal in mona_book(led).history.deals if deal.id.endswith("S1")}
    assert sorted(own_arr) == ["S1", "team/S1"]
    assert own_arr["S1"] in {500_000, 500_001}


@pytest.mark.parametrize(("moved", "credited"), [("2026-05-01", 0), ("2026-01-15", None)])
def test_a_credit_memo_follows_the_team_of_its_deal(led: Townhall, moved: str, credited: int | None) -> None:
    with led.database.writing() as session:
        newt, otto = led.person("Newt Newcomer"), led.person("Otto Other")
        people_service.set_manager(session, newt, otto, date.fromisoformat(moved))
        source = deal_service.get_source(session, "cast", date(2026, 10, 31))
        memo = deal("NM", newt.id or 0, -5_000_000, date(2026, 6, 1), refund_of="N1")
        deal_service.upsert_deals(session, source, [deal("N1", newt.id or 0, 5_000_000, date(2026, 2, 2)), memo])
        session.commit()
    plan = read_plan(PLAN.replace("pays: 1x", "pays: 10%"))
    book = mona_book(led)
    own = [entry for entry in explain(book.history, plan, book.window).deals if entry.deal.id in {"team/N1", "team/NM"}]
    assert sum(line.cents for entry in own for line in entry.lines) == 0
    assert (len(own) == 2) == (credited == 0)


def test_a_member_who_left_adds_no_quota_after_the_last_day(led: Townhall) -> None:
    with led.database.writing() as session:
        people_service.set_employment(session, led.person("Newt Newcomer"), None, date(2026, 1, 31))
        session.commit()
    ends = [member.until for member in mona_book(led).history.person.team]
    assert date(2026, 2, 1) in ends


def test_a_paid_manager_sees_their_own_pay_and_does_not_vote(led: Townhall) -> None:
    mona = led.client("Mona Manager")
    page = mona.get("/me/pay")
    assert page.status_code == 200
    text = flat(page.text)
    assert "$25,609.24" in text
    assert "of $2,133,333.33, the quota of Manager" in text
    assert "This plan has no level “Manager”." in text
    assert "My pay" in mona.get("/").text
    answer = mona.submit(f"/proposals/{SLUG}/candidates/a/pulse", version=2, choice="yes")
    assert answer.status_code == 404
    otto = led.client("Otto Other")
    assert otto.get("/me/pay").status_code == 404
    assert "My pay" not in otto.get("/").text


def test_managers_see_no_pay_of_their_team(led: Townhall) -> None:
    mona = led.client("Mona Manager")
    with led.database.reading() as session:
        maya = own_book(session, led.person("Maya Rep").id or 0, read_plan(TODAY))
    assert maya
    statement = explain(maya.history, read_plan(TODAY), maya.window)
    amounts = {f"{cents / 100:,.2f}" for cents in (statement.total, *(deal.commission for deal in statement.deals))}
    paths = ("/me/pay", "/me/pay/statement", "/me/pay/statement.csv", f"/proposals/{SLUG}?pay=1")
    pages = [mona.get(path).text for path in paths]
    assert not [amount for amount in amounts for page in pages if amount in page or amount.replace(",", "") in page]


def test_reports_of_reports_count_from_the_later_of_both_days_and_circles_end(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        mona, otto, maya = (townhall.person(name) for name in ("Mona Manager", "Otto Other", "Maya Rep"))
        people_service.set_manager(session, mona, otto, date(2026, 3, 1))
        people_service.set_manager(session, otto, mona, date(2026, 6, 1))
        teams = people_queries.teams(session, [otto.id or 0])[otto.id or 0]
    assert TeamMembership(maya.id or 0, date(2026, 3, 1), None) in teams
    assert all(member.person_id != otto.id for member in teams)


def test_a_member_who_left_before_joining_the_team_adds_no_quota_to_it(led: Townhall) -> None:
    with led.database.writing() as session:
        people_service.set_employment(session, led.person("Maya Rep"), None, date(2026, 3, 31))
        people_service.set_manager(session, led.person("Maya Rep"), led.person("Otto Other"), date(2026, 7, 1))
        session.commit()
    with led.database.reading() as session:
        otto = led.person("Otto Other").id or 0
        window = mona_book(led).window
        histories = {otto: History("Otto Other", ())}
        team = with_teams(session, histories, [otto], window)[otto].person.team
    assert [(member.quota, member.since, member.left) for member in team] == [
        (80_000_000, date(2026, 7, 1), None),
    ]


def test_a_team_quota_without_that_of_a_member_is_noted_and_not_compared(led: Townhall) -> None:
    plans = {"now": PLAN, "A": PLAN.replace("pays: 1%", "pays: 2%")}
    offers = [Offer(key, "", "Managers", read_plan(text)) for key, text in plans.items()]

    def projections() -> list[Projection]:
        book = mona_book(led)
        return project(book.history, offers, book.window, comparison=Comparison("now", book.recorded))

    assert [shown.difference for shown in projections()] == [0, 10_000]
    with led.database.writing() as session:
        people_service.set_level(session, led.person("Newt Newcomer"), "Unheard of", date(2025, 1, 1))
        audience = Audience(levels=("Unheard of",))
        plan_service.put_in_force(session, NewPlan(LEVELS, date(2025, 1, 1), audience=audience))
        session.commit()
    assert [shown.difference for shown in projections()] == [None, None]
    words = "The quota of 1 person in your team is not known, so your team's quota lacks it."
    assert words in [str(note) for note in projections()[0].notes()]
