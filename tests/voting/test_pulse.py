"""Pulse votes: one per person and version, which can be changed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import func, select

from server.db.columns import now
from server.documents.models import Redesign
from server.text.candidates import swap_candidates
from server.voting import service as voting_service
from server.voting.models import Pulse
from server.voting.service import Vote
from tests.cast import SLUG, flat, page
from tests.conftest import Townhall
from tests.editor.editor_pages import BASE

PATH = f"/proposals/{SLUG}/candidates/a/pulse"


def votes(townhall: Townhall) -> int:
    with townhall.database.reading() as session:
        return session.exec(select(func.count()).select_from(Pulse)).one()


def tally(townhall: Townhall, number: int = 2, key: str = "a") -> str:
    return flat(townhall.client("Mona Manager").get(f"/proposals/{SLUG}/v/{number}/candidates/{key}/tally").text)


def four_more_votes(townhall: Townhall, key: str = "a") -> None:
    """Add the votes of four people, gladly, on version 2."""
    with townhall.database.writing() as session:
        for name in ("Newt Newcomer", "Mona Manager", "Otto Other", "Eve Executive"):
            voting_service.cast_pulse(session, Vote(SLUG, 2, key, "gladly"), townhall.person(name).id)
        session.commit()


def publish(townhall: Townhall, markdown: str, **fields: object) -> int:
    form = {"title": "T", "markdown": markdown, "note": "More.", "base": 2, **fields}
    return townhall.client("Mona Manager").submit(f"/proposals/{SLUG}/edit/publish", **form).status_code


def test_a_vote_counts_and_can_be_changed(townhall: Townhall) -> None:
    four_more_votes(townhall)
    client = townhall.client("Maya Rep")
    assert client.submit(PATH, version=2, choice="yes", reason="It pays for the risk.").status_code == 303
    assert "4 gladly, 1 yes, 0 with changes, 0 no" in tally(townhall)
    assert "It pays for the risk." in client.get(f"/proposals/{SLUG}").text
    client.submit(PATH, version=2, choice="no")
    assert "4 gladly, 0 yes, 0 with changes, 1 no" in tally(townhall)


def test_a_vote_can_be_withdrawn(townhall: Townhall) -> None:
    four_more_votes(townhall)
    client = townhall.client("Maya Rep")
    client.submit(PATH, version=2, choice="yes", reason="It pays for the risk.")
    assert client.submit(f"{PATH}/withdraw", version=2).status_code == 303
    assert "4 votes so far." in tally(townhall)
    shown = client.get(f"/proposals/{SLUG}").text
    assert "It pays for the risk." not in shown
    assert "Withdraw my vote" not in shown
    assert client.submit(f"{PATH}/withdraw", version=2).status_code == 303  # pressed twice
    client.submit(PATH, version=2, choice="no")
    assert "4 gladly, 0 yes, 0 with changes, 1 no" in tally(townhall)


def test_withdrawing_a_vote_in_an_open_page_says_so(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    client.submit(PATH, version=2, choice="yes")
    fields, headers = {"csrf": client.csrf, "version": 2}, {"HX-Request": "true"}
    shown = client.post(f"{PATH}/withdraw", data=fields, headers=headers)
    assert shown.status_code == 200
    assert "Your vote is withdrawn." in shown.text
    assert "Withdraw my vote" not in shown.text
    again = client.post(PATH, data=fields | {"choice": "yes"}, headers=headers)
    assert "Your vote is withdrawn." not in again.text


def test_only_the_own_vote_on_the_current_version_is_withdrawn(townhall: Townhall) -> None:
    four_more_votes(townhall)
    townhall.client("Maya Rep").submit(PATH, version=2, choice="yes")
    assert townhall.client("Dana Rep").submit(f"{PATH}/withdraw", version=2).status_code == 303
    assert "4 gladly, 1 yes" in tally(townhall)
    assert townhall.client("Maya Rep").submit(f"{PATH}/withdraw", version=1).status_code == 409
    assert "1 vote so far." in tally(townhall, 1)
    for key in ("z", "variant-unknown"):
        path = f"/proposals/{SLUG}/candidates/{key}/pulse/withdraw"
        assert townhall.client("Maya Rep").submit(path, version=2).status_code == 404


def test_a_vote_counted_for_a_later_version_is_withdrawn_there(townhall: Townhall) -> None:
    four_more_votes(townhall)
    townhall.client("Maya Rep").submit(PATH, version=2, choice="yes")
    assert publish(townhall, f"{BASE}\n\nMore words.\n") == 303
    assert "4 gladly, 1 yes" in tally(townhall, 3)
    townhall.client("Maya Rep").submit(f"{PATH}/withdraw", version=3)
    assert "4 votes so far." in tally(townhall, 3)
    assert "You voted on version 2" not in townhall.client("Maya Rep").get(f"/proposals/{SLUG}").text


def test_fewer_than_five_answers_are_not_shown(townhall: Townhall) -> None:
    assert "No votes yet." in tally(townhall)
    four_more_votes(townhall)
    for text in (tally(townhall), flat(townhall.client("Newt Newcomer").get(f"/proposals/{SLUG}").text)):
        assert "4 votes so far. Results are shown once there are 5 votes." in text
        assert "gladly," not in text
        assert "vote-gladly" not in text


def results_shown_to(townhall: Townhall, who: str, number: int = 2) -> bool:
    """Whether a person sees the results for candidate A: on the page, with pay, and where open pages refresh them."""
    client = townhall.client(who)
    paths = (f"/proposals/{SLUG}/v/{number}", f"/proposals/{SLUG}/v/{number}?pay=true")
    shown = {"gladly," in client.get(f"/proposals/{SLUG}/v/{number}/candidates/a/tally").text}
    for path in paths:
        card = client.get(path).text.split('id="tally-a"')[1].split("</section>")[0]
        shown.add("gladly," in card)
    assert len(shown) == 1
    return shown.pop()


def test_results_are_shown_to_voters_after_they_vote(townhall: Townhall) -> None:
    four_more_votes(townhall)
    townhall.client("Maya Rep").submit(PATH, version=2, choice="yes")
    assert results_shown_to(townhall, "Maya Rep")
    assert not results_shown_to(townhall, "Dana Rep")
    assert "Results are shown after you vote." in flat(townhall.client("Dana Rep").get(f"/proposals/{SLUG}").text)
    assert results_shown_to(townhall, "Mona Manager")  # does not vote
    townhall.client("Maya Rep").submit(f"{PATH}/withdraw", version=2)
    townhall.client("Dana Rep").submit(PATH, version=2, choice="yes")
    assert results_shown_to(townhall, "Dana Rep")
    assert not results_shown_to(townhall, "Maya Rep")


def test_results_are_shown_to_everyone_once_the_vote_is_closed(townhall: Townhall) -> None:
    four_more_votes(townhall)
    townhall.client("Maya Rep").submit(PATH, version=2, choice="yes")
    with townhall.database.writing() as session:
        redesign = session.exec(select(Redesign)).one()
        redesign.closed_at = now()
        session.add(redesign)
        session.commit()
    assert results_shown_to(townhall, "Dana Rep")


def test_results_of_an_earlier_version_are_shown_to_everyone(townhall: Townhall) -> None:
    four_more_votes(townhall)
    townhall.client("Maya Rep").submit(PATH, version=2, choice="yes")
    assert publish(townhall, BASE.replace("$300,000", "$310,000")) == 303
    assert results_shown_to(townhall, "Dana Rep")


def test_a_reason_is_private(townhall: Townhall) -> None:
    townhall.client("Maya Rep").submit(PATH, version=2, choice="no", reason="Something private")
    for name in ("Dana Rep", "Mona Manager"):
        assert "Something private" not in townhall.client(name).get(f"/proposals/{SLUG}").text


def test_a_vote_on_an_older_version_is_shown_and_not_counted(townhall: Townhall) -> None:
    page_text = townhall.client("Maya Rep").get(f"/proposals/{SLUG}").text
    assert "You voted on version 1. That vote does not count for this version;" in page_text
    assert "No votes yet." in tally(townhall)
    assert "1 vote so far." in tally(townhall, 1)


def test_votes_on_an_old_version_are_not_counted_for_the_new_one(townhall: Townhall) -> None:
    townhall.client("Maya Rep").submit(PATH, version=2, choice="gladly")
    assert publish(townhall, page("70,000", "More.")) == 303
    assert "No votes yet." in tally(townhall, 3)
    stale = townhall.client("Maya Rep").submit(PATH, version=2, choice="no", reason="From an open page")
    assert stale.status_code == 409
    assert "From an open page" in stale.text
    assert "1 vote so far." in tally(townhall, 2)


def test_votes_still_count_for_a_version_that_changes_nothing_material(townhall: Townhall) -> None:
    maya, dana = townhall.client("Maya Rep"), townhall.client("Dana Rep")
    four_more_votes(townhall)
    maya.submit(PATH, version=2, choice="no", reason="Too slow.")
    variant = "v1"
    dana.submit(f"/proposals/{SLUG}/candidates/{variant}/pulse", version=2, choice="yes")
    assert publish(townhall, BASE.replace("they leave", "they go")) == 303
    assert "4 gladly, 0 yes, 0 with changes, 1 no" in tally(townhall, 3)
    assert "1 vote so far." in tally(townhall, 3, variant)
    assert "Too slow." in maya.get(f"/proposals/{SLUG}").text
    changes = maya.get(f"/proposals/{SLUG}/changes?from=2&to=3").text
    assert "Votes on version 2 still count, because nothing material changed." in flat(changes)
    maya.submit(PATH, version=3, choice="gladly")
    assert "5 gladly" in tally(townhall, 3)
    assert "These votes count for version 3, where the results are shown." in tally(townhall, 2)
    history = flat(maya.get(f"/proposals/{SLUG}/history").text)
    assert "gladly" not in history


@pytest.mark.parametrize(
    "markdown",
    [
        BASE.replace("name: Half at the aha moment", "name: X").replace(
            "name: Three levels", "name: Half at the aha moment"
        ),
        BASE.replace("name: Half at the aha moment", "name: Three levels"),
    ],
)
def test_votes_stay_with_the_terms_and_not_with_a_name(townhall: Townhall, markdown: str) -> None:
    four_more_votes(townhall, "a")
    townhall.client("Maya Rep").submit(PATH, version=2, choice="no")
    townhall.client("Dana Rep").submit(PATH.replace("/a/", "/b/"), version=2, choice="yes")
    assert publish(townhall, markdown) == 303
    assert "4 gladly, 0 yes, 0 with changes, 1 no" in tally(townhall, 3, "a")
    assert "1 vote so far." in tally(townhall, 3, "b")
    again = {"title": "T", "markdown": f"{markdown}\n\nWords.", "note": "More.", "base": 3}
    assert townhall.client("Mona Manager").submit(f"/proposals/{SLUG}/edit/publish", **again).status_code == 303
    assert "4 gladly, 0 yes, 0 with changes, 1 no" in tally(townhall, 4, "a")


@pytest.mark.parametrize(
    ("old", "new"), [("name: Associate 1,", "name: Intern,"), ("name: New business", "name: Sales")]
)
def test_names_that_decide_pay_are_terms(townhall: Townhall, old: str, new: str) -> None:
    four_more_votes(townhall)
    assert publish(townhall, BASE.replace(old, new)) == 303
    assert "No votes yet." in tally(townhall, 3)
    changes = flat(townhall.client("Dana Rep").get(f"/proposals/{SLUG}/changes?from=2&to=3").text)
    assert "Votes on version 2 do not count" in changes


def test_a_vote_that_moved_with_its_plan_is_not_asked_for_again(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    maya.submit(PATH, version=2, choice="no")
    assert publish(townhall, swap_candidates(BASE, 0, 1)) == 303
    text = flat(maya.get(f"/proposals/{SLUG}").text)
    assert "You voted on version 2" not in text


def test_votes_follow_their_candidate_to_another_letter(townhall: Townhall) -> None:
    four_more_votes(townhall, "a")
    townhall.client("Maya Rep").submit(PATH, version=2, choice="no")
    assert publish(townhall, swap_candidates(BASE, 0, 1)) == 303
    assert "4 gladly, 0 yes, 0 with changes, 1 no" in tally(townhall, 3, "b")
    assert "No votes yet." in tally(townhall, 3, "a")


def test_an_author_can_declare_a_change_of_wording_only(townhall: Townhall) -> None:
    four_more_votes(townhall)
    townhall.client("Maya Rep").submit(PATH, version=2, choice="no")
    reworded = BASE.replace("A way up.", "A clear way up.")
    mona = townhall.client("Mona Manager")
    mona.submit(f"/proposals/{SLUG}/edit", title="T", markdown=reworded, note="Clearer.", base=2)
    review = flat(mona.get(f"/proposals/{SLUG}/edit/review").text)
    assert "Only the wording changes, so votes on version 2 still count" in review
    assert publish(townhall, reworded, wording_only="yes", revision=1) == 303
    assert "4 gladly, 0 yes, 0 with changes, 1 no" in tally(townhall, 3)
    dana = townhall.client("Dana Rep")
    assert "wording only, according to the author" in dana.get(f"/proposals/{SLUG}/history").text
    changes = flat(dana.get(f"/proposals/{SLUG}/changes?from=2&to=3").text)
    assert "Votes on version 2 still count: Mona Manager published this as a change of wording only." in changes
    assert dana.get(f"/proposals/{SLUG}/changes.json?from=2&to=3").json()["votes_still_count"] is True
    assert "Votes on version 1 do not count" in dana.get(f"/proposals/{SLUG}/changes?from=1&to=3").text


def test_changed_terms_are_never_wording_only(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    form = {"title": "T", "markdown": page("70,000", "More."), "note": "More.", "base": 2}
    mona.submit(f"/proposals/{SLUG}/edit", **form)
    assert "Only the wording changes" not in mona.get(f"/proposals/{SLUG}/edit/review").text
    refused = mona.submit(f"/proposals/{SLUG}/edit/publish", **form, wording_only="yes", revision=1)
    assert refused.status_code == 422
    assert "Terms of a candidate change, so people must vote again." in refused.text
    assert "No votes yet." in tally(townhall, 2)


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        (PATH, {"choice": "maybe"}, 422),
        (PATH, {"choice": "yes", "reason": "x" * 301}, 422),
        (PATH.replace("/a/", "/z/"), {"choice": "yes"}, 404),
        (PATH, {"choice": "yes", "version": 9}, 404),
        (PATH, {"choice": "yes", "person_id": 1}, 422),
    ],
)
def test_an_invalid_vote_is_refused(townhall: Townhall, path: str, fields: dict[str, object], status: int) -> None:
    before = votes(townhall)
    assert townhall.client("Maya Rep").submit(path, **{"version": 2, **fields}).status_code == status
    assert votes(townhall) == before


@pytest.mark.parametrize("name", ["Mona Manager", "Eve Executive", "Sam Success", "Ada Admin"])
def test_only_people_paid_by_the_plan_vote(townhall: Townhall, name: str) -> None:
    before = votes(townhall)
    assert townhall.client(name).submit(PATH, version=2, choice="yes").status_code == 404
    assert votes(townhall) == before


def test_simultaneous_clicks_are_one_vote(townhall: Townhall) -> None:
    before = votes(townhall)
    client = townhall.client("Maya Rep")
    choices = ["gladly", "yes", "with_changes", "no"] * 6
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda choice: client.submit(PATH, version=2, choice=choice).status_code, choices))
    assert set(statuses) == {303}
    assert votes(townhall) == before + 1
