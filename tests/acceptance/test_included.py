"""Which accepted comments a version takes up: offered before it comes out, chosen by the manager."""

import re
from typing import Any

from tests.cast import SLUG, flat
from tests.conftest import House

PATH = f"/proposals/{SLUG}"


def accepted(house: House, text: str, **fields: Any) -> str:
    answer = house.as_("Maya Rep").submit(f"{PATH}/comments", version=2, text=text, **fields)
    ulid = str(answer.headers["location"]).removeprefix("/comments/")
    house.as_("Mona Manager").submit(f"/comments/{ulid}/answer", state="accepted", seen="open")
    return ulid


def reviewed(house: House) -> tuple[str, dict[str, Any]]:
    """Write a draft that changes the first paragraph; return its review and the fields to bring it out with."""
    version = house.newest()
    fields = {
        "title": version.title,
        "markdown": version.markdown.replace("they leave", "half of them leave"),
        "note": "Half.",
        "base": version.number,
        "revision": 0,
    }
    mona = house.as_("Mona Manager")
    assert mona.submit(f"{PATH}/edit", **fields).status_code == 303
    page = flat(mona.get(f"{PATH}/edit/review").text)
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    return page, fields | {"revision": int(revision[1])}


def test_those_whose_words_change_are_ticked(house: House) -> None:
    likely, other = accepted(house, "Half.", block=1, quote="they leave"), accepted(house, "Something else.")
    page, _ = reviewed(house)
    assert re.search(rf'name="included" value="{likely}" checked', page)
    assert re.search(rf'name="included" value="{other}" >', page)


def test_a_version_takes_up_what_was_chosen_and_nothing_else(house: House) -> None:
    likely, other = accepted(house, "Half.", block=1, quote="they leave"), accepted(house, "Something else.")
    _, fields = reviewed(house)
    answer = house.as_("Mona Manager").submit(f"{PATH}/edit/publish", **fields, included_asked="yes", included=[other])
    assert answer.status_code == 303
    dana = house.as_("Dana Rep")
    assert "Included in version 3" in dana.get(f"/comments/{other}").text
    assert "Included in version 3" not in dana.get(f"/comments/{likely}").text
    assert "Your comment is included in version" in house.as_("Maya Rep").get("/notices").text


def test_where_nobody_was_asked_it_takes_up_what_it_changed(house: House) -> None:
    likely, other = accepted(house, "Half.", block=1, quote="they leave"), accepted(house, "Something else.")
    _, fields = reviewed(house)
    assert house.as_("Mona Manager").submit(f"{PATH}/edit/publish", **fields).status_code == 303
    dana = house.as_("Dana Rep")
    assert "Included in version 3" in dana.get(f"/comments/{likely}").text
    assert "Included in version 3" not in dana.get(f"/comments/{other}").text
