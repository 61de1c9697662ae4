"""Which accepted comments a version includes: offered in the review, chosen by the manager."""

import re
from typing import Any

from tests.cast import SLUG, flat
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}"


def accepted(townhall: Townhall, text: str, **fields: Any) -> str:
    answer = townhall.client("Maya Rep").submit(f"{PATH}/comments", version=2, text=text, **fields)
    ulid = str(answer.headers["location"]).removeprefix("/comments/")
    townhall.client("Mona Manager").submit(f"/comments/{ulid}/answer", state="accepted", seen="open")
    return ulid


def reviewed(townhall: Townhall) -> tuple[str, dict[str, Any]]:
    """Write a draft that changes the first paragraph; return its review and the fields that publish it."""
    version = townhall.newest()
    fields = {
        "title": version.title,
        "markdown": version.markdown.replace("they leave", "half of them leave"),
        "note": "Half.",
        "base": version.number,
        "revision": 0,
    }
    mona = townhall.client("Mona Manager")
    assert mona.submit(f"{PATH}/edit", **fields).status_code == 303
    page = flat(mona.get(f"{PATH}/edit/review").text)
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    return page, fields | {"revision": int(revision[1])}


def test_those_whose_words_change_are_ticked(townhall: Townhall) -> None:
    likely, other = accepted(townhall, "Half.", block=1, quote="they leave"), accepted(townhall, "Something else.")
    page, _ = reviewed(townhall)
    assert re.search(rf'name="included" value="{likely}" checked', page)
    assert re.search(rf'name="included" value="{other}" >', page)


def test_a_version_includes_the_chosen_comments_only(townhall: Townhall) -> None:
    likely, other = accepted(townhall, "Half.", block=1, quote="they leave"), accepted(townhall, "Something else.")
    _, fields = reviewed(townhall)
    answer = townhall.client("Mona Manager").submit(
        f"{PATH}/edit/publish", **fields, included_asked="yes", included=[other]
    )
    assert answer.status_code == 303
    dana = townhall.client("Dana Rep")
    assert "Included in version 3" in dana.get(f"/comments/{other}").text
    assert "Included in version 3" not in dana.get(f"/comments/{likely}").text
    assert "Your comment is included in version" in townhall.client("Maya Rep").get("/notices").text


def test_without_a_choice_a_version_includes_the_comments_on_changed_blocks(townhall: Townhall) -> None:
    likely, other = accepted(townhall, "Half.", block=1, quote="they leave"), accepted(townhall, "Something else.")
    _, fields = reviewed(townhall)
    assert townhall.client("Mona Manager").submit(f"{PATH}/edit/publish", **fields).status_code == 303
    dana = townhall.client("Dana Rep")
    assert "Included in version 3" in dana.get(f"/comments/{likely}").text
    assert "Included in version 3" not in dana.get(f"/comments/{other}").text
