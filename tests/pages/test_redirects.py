"""Addresses of release 0.1 lead to what they led to, and keep their query and their form."""

import pytest

from tests.cast import PAGE, SLUG
from tests.conftest import Townhall

PROPOSAL = f"/proposals/{SLUG}"
FORMER = [
    (f"{PROPOSAL}/place", f"{PROPOSAL}/settings"),
    (f"/pages/{PAGE}/place", f"/pages/{PAGE}/settings"),
    (f"{PROPOSAL}/heard", f"{PROPOSAL}/status"),
    (f"{PROPOSAL}/news", f"{PROPOSAL}/updates"),
    (f"{PROPOSAL}/v/2/on?block=3", f"{PROPOSAL}/v/2/anchors?block=3"),
    (f"{PROPOSAL}/v/2/origins", f"{PROPOSAL}/v/2/blame"),
    (f"{PROPOSAL}/edit/as-a-rep", f"{PROPOSAL}/edit/preview"),
    ("/me/pay/picture?aha=70", "/me/pay/details?aha=70"),
    (f"{PROPOSAL}/candidates/a/simulator/picture", f"{PROPOSAL}/candidates/a/simulator/details"),
    ("/bundles", "/archives"),
]
FORMER_FORMS = [
    ("/comments/x/same", "/comments/x/endorse"),
    ("/comments/x/take-up", "/comments/x/apply-suggestion"),
    ("/comments/x/answering", "/comments/x/claim"),
    ("/tokens/x/end", "/tokens/x/revoke"),
]


@pytest.mark.parametrize(("former", "present"), FORMER)
def test_a_former_address_redirects_and_keeps_its_query(townhall: Townhall, former: str, present: str) -> None:
    answer = townhall.client("Mona Manager").get(former)
    assert (answer.status_code, answer.headers["location"]) == (307, present)


@pytest.mark.parametrize(("former", "present"), FORMER_FORMS)
def test_a_form_of_a_former_page_is_sent_to_the_present_address(townhall: Townhall, former: str, present: str) -> None:
    answer = townhall.client("Mona Manager").submit(former)
    assert (answer.status_code, answer.headers["location"]) == (307, present)


def test_an_address_that_never_was_is_not_found(townhall: Townhall) -> None:
    assert townhall.client("Mona Manager").get(f"{PROPOSAL}/no-such-place").status_code == 404
