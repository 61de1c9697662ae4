"""Impact runs: requested, computed with progress, and never out of date without a notice."""

import re
from datetime import date

import pytest
from sqlmodel import Session, select

from server.deals import service as deal_service
from server.documents.models import Redesign
from server.impact import service as impact_service
from server.impact.models import ImpactRun
from server.impact.tasks import run_next
from server.people import service as people_service
from server.people.models import Role
from server.people.service import NewPerson
from tests.cast import SLUG, TODAY, deal, page
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}/impact"


def hire_reps(townhall: Townhall, number: int, manager: str = "Mona Manager") -> None:
    """Hire reps, each with deals of their own size."""
    with townhall.database.writing() as session:
        source = deal_service.get_source(session, "cast", date(2026, 10, 31))
        rows = []
        for index in range(number):
            rep = people_service.add_person(
                session, NewPerson(f"Rep {index}", None, Role.rep, "", ("North", "South")[index % 2])
            )
            people_service.set_manager(session, rep, townhall.person(manager), date(2025, 1, 1))
            people_service.set_level(session, rep, "Associate 1", date(2025, 1, 1))
            rows.append(
                deal(f"H{index}", rep.id, 50_000_000 + index * 3_333_333, date(2026, 3, 3), aha_on=date(2026, 3, 30))
            )
        deal_service.upsert_deals(session, source, rows)
        deal_service.update_data_end(session, source)
        session.commit()


def run_all(townhall: Townhall) -> None:
    while run_next(townhall.database):
        pass


def test_a_run_is_computed_by_a_task_and_shows_its_progress(townhall: Townhall) -> None:
    hire_reps(townhall, 12)
    ada = townhall.client("Ada Admin")
    before = ada.get(PATH).text
    assert "Waiting to be calculated." in before
    run_all(townhall)
    done = ada.get(PATH).text
    assert "Who gains, who loses" in done
    assert "15 people in the company are on a plan." in done
    assert "15" in done
    fragment = ada.get(PATH, headers={"hx-request": "true"}).text
    assert "<html" not in fragment
    with townhall.database.reading() as session:
        of_versions = ImpactRun.manager_id.is_(None)  # type: ignore[union-attr]
        run = session.exec(select(ImpactRun).where(ImpactRun.state == "done", of_versions)).first()
    assert run
    assert (run.done, run.total) == (15, 15)


def test_a_team_of_fewer_than_five_gets_an_explanation(townhall: Townhall) -> None:
    text = townhall.client("Mona Manager").get(PATH).text
    assert "Fewer than five people on your team are on a plan." in text
    assert "$" not in text.split("<main")[1]
    assert townhall.client("Maya Rep").get(PATH).status_code == 404
    assert townhall.client("Sam Success").get(PATH).status_code == 404


def test_a_manager_sees_only_their_own_team(townhall: Townhall) -> None:
    hire_reps(townhall, 9, "Otto Other")
    otto = townhall.client("Otto Other")
    otto.get(PATH)
    run_all(townhall)
    text = otto.get(PATH).text
    assert "9 people on your team are on a plan." in text
    assert "Who gains, who loses" in text
    assert "Fewer than five people on your team are on a plan." in townhall.client("Mona Manager").get(PATH).text


def test_a_manager_gets_figures_of_the_company_or_of_the_team_and_never_both(townhall: Townhall) -> None:
    hire_reps(townhall, 9, "Otto Other")
    mona, otto = townhall.client("Mona Manager"), townhall.client("Otto Other")
    assert "Impact on your team" in otto.get(PATH).text
    assert "impact (Stages and rules)" in mona.get(PATH).text
    run_all(townhall)
    assert mona.submit(f"/proposals/{SLUG}/stages", shows_company_impact="yes").status_code == 303
    mona.get(PATH)
    run_all(townhall)
    text = mona.get(PATH).text
    assert "Impact on the company" in text
    assert "12 people in the company are on a plan." in text
    assert "Impact on your team" in otto.get(PATH).text  # he may have seen the figures of his team


def test_who_sees_the_company_under_one_redesign_sees_no_team_under_another(townhall: Townhall) -> None:
    hire_reps(townhall, 9, "Mona Manager")
    mona = townhall.client("Mona Manager")
    with townhall.database.writing() as session:
        session.add(Redesign(title="Another", shows_company_impact=True))
        session.commit()
    text = mona.get(PATH).text
    assert "You see the impact of another redesign on the whole company." in text
    assert "Waiting to be calculated." not in text


def change_deals_of(townhall: Townhall, people: int) -> None:
    with townhall.database.writing() as session:
        source = deal_service.get_source(session, "cast", date(2026, 10, 31))
        rows = [
            deal(f"NEW{n}", townhall.person(f"Rep {n}").id or 0, 9_999_900, date(2026, 9, 9)) for n in range(people)
        ]
        deal_service.upsert_deals(session, source, rows)
        deal_service.update_data_end(session, source)
        session.commit()


def costs(text: str) -> list[str]:
    return re.findall(r"\$[\d,]+", text.split("<h2")[1])


def test_outdated_figures_are_marked_until_they_are_recomputed(townhall: Townhall) -> None:
    hire_reps(townhall, 8)
    eve = townhall.client("Eve Executive")
    eve.get(PATH)
    run_all(townhall)
    before = eve.get(PATH).text
    assert "Out of date" not in before
    change_deals_of(townhall, 6)
    assert "Out of date: the data or a plan has changed since." in eve.get(PATH).text
    run_all(townhall)
    after = eve.get(PATH).text
    assert "Out of date" not in after
    assert costs(after) != costs(before)


def test_figures_are_withheld_while_the_data_of_only_a_few_has_changed(townhall: Townhall) -> None:
    hire_reps(townhall, 8)
    eve = townhall.client("Eve Executive")
    eve.get(PATH)
    run_all(townhall)
    before = eve.get(PATH).text
    change_deals_of(townhall, 1)
    eve.get(PATH)
    run_all(townhall)
    withheld = eve.get(PATH).text
    assert "The data of fewer than five people has changed" in withheld
    assert costs(withheld) == costs(before)
    mona = townhall.client("Mona Manager")
    publish = {"title": "Pay", "markdown": page("57,000", "A third."), "note": "Third.", "base": 2, "revision": 0}
    assert mona.submit(f"/proposals/{SLUG}/edit/publish", **publish).status_code == 303
    eve.get(PATH)
    run_all(townhall)
    other = eve.get(PATH).text
    assert "The data of fewer than five people has changed" in other
    assert "Who gains, who loses" not in other


QUERIES = {
    "one customer": (
        "  - {name: X, where: {customer: Customer H3}, accumulates: deal, tiers: [{from: $0, pays: 900%}]}\n"
    ),
    "one size": "  - {name: X, where: {size: {from: $730,000}}, accumulates: deal, tiers: [{from: $0, pays: 900%}]}\n",
    "above all others": (
        "  - {name: X, tiers: [{from: $0, pays: nothing}, {above: $720,000, pays: 1000%, method: retroactive}]}\n"
    ),
}


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("base", ["$50,000", "$1,050,000"])
def test_no_candidate_can_single_out_a_persons_deals(townhall: Townhall, query: str, base: str) -> None:
    hire_reps(townhall, 9)
    targeting = TODAY.replace("base: $50,000", f"base: {base}").replace(
        "components: [{name: New business, tiers: [{from: 0%, pays: 1x}, {from: 100%, pays: 1.5x}]}]",
        "components:\n  - {name: New business, tiers: [{from: 0%, pays: 1x}, {from: 100%, pays: 1.5x}]}\n"
        + QUERIES[query],
    )
    markdown = f"## Goals\n\n1. One\n\n```plan\n{TODAY.replace('$50,000', base, 1)}```\n\n```plan\n{targeting}```\n"
    publish = {"title": "Pay", "markdown": markdown, "note": "Targeting.", "base": 2, "revision": 0}
    assert townhall.client("Mona Manager").submit(f"/proposals/{SLUG}/edit/publish", **publish).status_code == 303
    ada = townhall.client("Ada Admin")
    ada.get(PATH)
    run_all(townhall)
    cells = ada.get(PATH).text
    row = cells.split('<span dir="auto">B ·')[1].split("</tr>")[0]
    assert ">hidden<" in row
    assert "$" not in row


def test_an_abandoned_run_is_claimed_again_and_a_failed_one_is_marked(
    townhall: Townhall, monkeypatch: pytest.MonkeyPatch
) -> None:
    hire_reps(townhall, 8)
    ada = townhall.client("Ada Admin")
    ada.get(PATH)
    with townhall.database.writing() as session:
        run = impact_service.claim_run(session)
        assert run
        session.commit()
    with townhall.database.writing() as session:
        assert run_by_id(session, run.id).state == "running"
        assert impact_service.claim_run(session) is None or run_by_id(session, run.id).state == "running"
    monkeypatch.setattr("server.impact.service.STALE", -impact_service.STALE)

    def broken(*_: object) -> None:
        raise RuntimeError("private words")

    monkeypatch.setattr("server.impact.tasks.compute_impact", broken)
    with pytest.raises(RuntimeError):
        run_next(townhall.database)
    assert state_of(townhall, run.id) in {"failed", "running"}


def run_by_id(session: Session, run_id: int) -> ImpactRun:
    run = session.get(ImpactRun, run_id)
    assert run
    return run


def state_of(townhall: Townhall, run_id: int) -> str:
    with townhall.database.reading() as session:
        return run_by_id(session, run_id).state


def test_the_stored_result_contains_no_persons_figure(townhall: Townhall) -> None:
    hire_reps(townhall, 12)
    townhall.client("Ada Admin").get(PATH)
    run_all(townhall)
    with townhall.database.reading() as session:
        stored = " ".join(repr(run.result) for run in session.exec(select(ImpactRun)))
    assert "'people': 15" in stored
    for figure in ("10972221", "109722", "7869136", "12345678", "45678912"):
        assert figure not in stored
