"""The ledger writes itself from accepted comments and from what versions changed."""

import re
from typing import Any

from tests.cast import SLUG
from tests.conftest import Townhall
from tests.notifications.test_notify import publish

PATH = f"/proposals/{SLUG}"


def accepted(townhall: Townhall, text: str, who: str = "Maya Rep", **fields: Any) -> str:
    answer = townhall.client(who).submit(f"{PATH}/comments", version=2, text=text, **fields)
    ulid = str(answer.headers["location"]).removeprefix("/comments/")
    townhall.client("Mona Manager").submit(f"/comments/{ulid}/answer", state="accepted", seen="open")
    return ulid


def entries(townhall: Townhall, query: str = "") -> list[str]:
    return townhall.client("Dana Rep").get(f"/ledger{query}").text.split('<article class="ledger-entry">')[1:]


def mine(townhall: Townhall, words: str, query: str = "") -> list[str]:
    return [entry for entry in entries(townhall, query) if words in entry]


def test_an_accepted_comment_is_pending_and_then_included_with_its_change(townhall: Townhall) -> None:
    accepted(townhall, "Half of them.", block=1, quote="they leave")
    [entry] = mine(townhall, "Half of them.")
    assert "Accepted, not included yet" in entry
    publish(townhall, "Because they leave.", "Because half of them leave.")
    [entry] = mine(townhall, "Half of them.")
    assert "Included in version 3" in entry
    assert f"{PATH}/changes?from=2&amp;to=3" in entry
    assert "<del>" in entry
    assert "half of them" in entry


def test_the_ledger_can_be_filtered(townhall: Townhall) -> None:
    accepted(townhall, "About a way up.", goal=2)
    accepted(townhall, "About customers.", "Dana Rep", block=1)
    publish(townhall, "Because they leave.", "Because half of them leave.")
    dana = townhall.person("Dana Rep").ulid
    assert [
        len(mine(townhall, "About", query))
        for query in (
            "",
            "?goal=2",
            f"?person={dana}",
            "?state=included",
            "?state=pending",
            f"?proposal={SLUG}",
            "?proposal=x",
        )
    ] == [2, 1, 1, 1, 1, 2, 0]
    assert townhall.client("Dana Rep").get("/ledger?state=lost").status_code == 422


def test_credit_can_be_nameless(townhall: Townhall) -> None:
    ulid = accepted(townhall, "No credit, please.")
    maya = townhall.client("Maya Rep")
    assert "Hide my name" in maya.get(f"/comments/{ulid}").text
    assert "Hide my name" not in townhall.client("Dana Rep").get(f"/comments/{ulid}").text
    assert maya.submit(f"/comments/{ulid}/credit").status_code == 303
    [entry] = mine(townhall, "No credit, please.")
    assert "Maya Rep" not in entry
    assert ulid not in entry
    assert mine(townhall, "No credit, please.", f"?person={townhall.person('Maya Rep').ulid}") == []
    assert townhall.client("Dana Rep").submit(f"/comments/{ulid}/credit").status_code == 404


def test_an_entry_about_a_term_shows_that_term_and_no_other(townhall: Townhall) -> None:
    accepted(townhall, "Later.", candidate="a", term="release")
    publish(townhall, "within: 60 days", "within: 90 days", "variable: $56,000", "variable: $60,000")
    [entry] = mine(townhall, "Later.")
    assert "within <del>60</del><ins>90</ins> days" in entry
    assert "60,000" not in entry


def test_only_goals_of_included_comments_are_offered(townhall: Townhall) -> None:
    accepted(townhall, "About a way up.", goal=2)
    page = townhall.client("Dana Rep").get("/ledger").text
    offered = page.split('id="l-goal"')[1].split("</select>")[0]
    assert re.findall(r'value="(\d)"', offered) == ["0", "2"]
