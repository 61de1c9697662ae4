"""Single keys are turned off and on by the person who uses them."""

from tests.cast import SLUG
from tests.conftest import Townhall


def keys(townhall: Townhall, name: str, path: str) -> str:
    return townhall.client(name).get(path).text.split('data-keys="')[1].split('"')[0]


def test_keys_are_off_for_who_turned_them_off_on_shared_pages_too(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    assert keys(townhall, "Maya Rep", f"/proposals/{SLUG}") == ""
    assert maya.submit("/me/keys", keys="off").status_code == 303
    assert "Single-key shortcuts are off." in maya.get("/me").text
    assert keys(townhall, "Maya Rep", f"/proposals/{SLUG}") == "off"
    assert keys(townhall, "Maya Rep", "/ledger") == "off"
    assert keys(townhall, "Dana Rep", f"/proposals/{SLUG}") == ""
    maya.submit("/me/keys", keys="on")
    assert keys(townhall, "Maya Rep", f"/proposals/{SLUG}") == ""
