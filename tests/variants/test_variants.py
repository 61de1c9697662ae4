"""Variants: proposed from a form or as text, anonymous or not, withdrawn, promoted with credit."""

import html
import re

from sqlmodel import select

from server.documents.models import Draft, Variant
from tests.cast import SLUG, flat
from tests.conftest import Client, Townhall

BASE = f"/proposals/{SLUG}/variants"


def form_of(client: Client, base: str = "a") -> dict[str, str]:
    """Return the fields of the form as a browser would send them."""
    text = client.get(f"{BASE}/new?base={base}").text
    fields = dict(re.findall(r'<input id="f-[^"]*" name="(f:[^"]*)" value="([^"]*)"', flat(text)))
    plan = re.search(r'<textarea id="text"[^>]*>(.*?)</textarea>', text, re.DOTALL)[1]
    return {**fields, "text": plan, "seen": plan, "base": base}


def test_a_changed_field_changes_the_text_the_diff_and_my_pay(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    fields = form_of(client) | {"f:components/0/tiers/1/pays": "3x"}
    preview = client.post(f"{BASE}/preview", data={"csrf": client.csrf, **fields}, headers={"hx-request": "true"}).text
    assert "pays: 3x" in preview
    assert "1.5× to 3×" in preview
    assert 'hx-swap-oob="true"' in preview
    assert "This variant" in preview
    assert "<html" not in preview
    assert "pays: 3x" in client.submit(f"{BASE}/preview", **fields).text


def test_a_changed_text_takes_precedence_over_the_fields(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    fields = form_of(client)
    fields |= {"text": fields["text"].replace("within: 60 days", "within: 90 days"), "f:name": "Not this"}
    preview = client.submit(f"{BASE}/preview", **fields).text
    assert 'value="90 days"' in preview
    assert "Not this" not in preview
    broken = client.submit(f"{BASE}/preview", **(fields | {"text": "levels: {"})).text
    assert "This plan has errors." in broken
    assert "levels: {" in broken


def test_a_variant_is_published_discussed_voted_on_and_simulated(townhall: Townhall) -> None:
    maya, dana = townhall.client("Maya Rep"), townhall.client("Dana Rep")
    fields = form_of(maya) | {"f:components/0/tiers/1/pays": "3x", "reason": "Because it is steeper."}
    response = maya.submit(BASE, **fields)
    assert response.status_code == 303
    path = response.headers["location"]
    key = path.rsplit("/", 1)[1]
    shown = dana.get(path).text
    assert "Proposed by Maya Rep" in shown
    assert "Because it is steeper." in shown
    assert "Withdraw variant" not in shown
    assert dana.submit(f"/proposals/{SLUG}/comments", text="Too steep.", version=2, candidate=key).status_code == 303
    assert "Too steep." in maya.get(path).text
    assert (
        dana.submit(f"/proposals/{SLUG}/candidates/{key}/pulse", version=2, choice="gladly").headers["location"] == path
    )
    assert 'aria-pressed="true"' in dana.get(path).text
    assert dana.get(f"/proposals/{SLUG}/candidates/{key}/simulator").status_code == 200
    assert dana.submit(f"{path}/withdraw").status_code == 404
    assert maya.submit(f"{path}/withdraw").status_code == 303
    assert maya.get(path).status_code == 404


def test_a_refused_variant_keeps_what_was_entered(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    fields = form_of(client)
    copy = client.submit(BASE, **fields, reason="The same.")
    assert copy.status_code == 409
    assert "has the same terms" in copy.text
    assert "The same." in copy.text
    changed = fields | {"f:components/0/tiers/1/pays": "3x"}
    without_reason = client.submit(BASE, **changed)
    assert without_reason.status_code == 422
    assert "why your variant is better" in without_reason.text
    assert "pays: 3x" in without_reason.text
    invalid = client.submit(BASE, **(changed | {"f:components/0/tiers/1/pays": "much"}), reason="More.")
    assert invalid.status_code == 422
    assert "pays: much" in invalid.text
    for number in range(5):
        more = changed | {"f:components/0/tiers/1/pays": f"{4 + number}x", "reason": "More."}
        assert client.submit(BASE, **more).status_code == 303
    assert client.submit(BASE, **(changed | {"reason": "More."})).status_code == 422


def test_the_author_of_an_anonymous_variant_is_not_stored(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    fields = form_of(maya) | {"f:components/0/tiers/1/pays": "3x", "reason": "Quietly.", "anonymous": "yes"}
    path = maya.submit(BASE, **fields).headers["location"]
    for name in ("Dana Rep", "Mona Manager", "Ada Admin"):
        text = townhall.client(name).get(path).text
        assert "Proposed anonymously" in text
        assert "Maya" not in text.split("<main")[1]
    with townhall.database.reading() as session:
        stored = session.exec(select(Variant).where(Variant.reason == "Quietly.")).one()
    assert stored.author_id is None
    assert "Withdraw variant" in maya.get(path).text
    assert maya.submit(f"{path}/withdraw").status_code == 303


def test_a_manager_adds_a_variant_to_the_draft_with_credit(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    assert mona.submit(f"{BASE}/v1/promote").status_code == 303
    draft = mona.get(f"/proposals/{SLUG}/edit").text
    assert "Proposed by Dana Rep as a variant of version 2" in draft
    assert "name: Steeper" in draft
    assert mona.submit(f"{BASE}/v1/promote").status_code == 409
    assert townhall.client("Maya Rep").submit(f"{BASE}/v1/promote").status_code == 404
    maya = townhall.client("Maya Rep")
    assert "Included in version" not in maya.get(f"{BASE}/v1").text
    newest = townhall.newest()
    with townhall.database.reading() as session:
        draft = session.exec(select(Draft)).one()
    fields = {"title": draft.title, "markdown": draft.markdown, "base": newest.number, "revision": draft.revision}
    mona.submit(f"/proposals/{SLUG}/edit/publish", **fields, note="With Dana's variant.")
    assert "Included in version 3" in maya.get(f"{BASE}/v1").text


def test_a_promoted_variant_waits_for_the_version_that_has_it(townhall: Townhall) -> None:
    mona, newest = townhall.client("Mona Manager"), townhall.newest()
    assert mona.submit(f"{BASE}/v1/promote").status_code == 303
    with townhall.database.reading() as session:
        draft = session.exec(select(Draft)).one()
    fields = {"title": newest.title, "base": newest.number, "revision": draft.revision, "note": "Without it."}
    markdown = f"{newest.markdown}\n\nOne more sentence."
    assert mona.submit(f"/proposals/{SLUG}/edit/publish", **fields, markdown=markdown).status_code == 303
    assert "Included in version" not in townhall.client("Maya Rep").get(f"{BASE}/v1").text


def test_two_variants_of_one_author_cannot_be_linked(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    for number, anonymous in ((3, "yes"), (4, "")):
        fields = form_of(maya) | {"f:components/0/tiers/1/pays": f"{number}x", "reason": "So.", "anonymous": anonymous}
        assert maya.submit(BASE, **fields).status_code == 303
    with townhall.database.reading() as session:
        signatures = [variant.owner_signature for variant in session.exec(select(Variant))]
    assert len(set(signatures)) == len(signatures) == 3
    assert len({signature[16:] for signature in signatures}) == 3


def test_a_plan_text_cannot_close_its_code_block_in_the_draft(townhall: Townhall) -> None:
    maya, mona = townhall.client("Maya Rep"), townhall.client("Mona Manager")
    fields = form_of(maya)
    broken_out = "summary: |\n ```\n ## Decision\n Accepted.\n ```plan\n name: Q\n"
    text = re.sub(r"summary:.*\n", broken_out, fields["text"]).replace("60 days", "61 days")
    path = maya.submit(BASE, **(fields | {"text": text, "reason": "Sly."})).headers["location"]
    assert mona.submit(f"{path}/promote").status_code == 303
    draft = re.search(
        r'<textarea[^>]*name="markdown"[^>]*>(.*?)</textarea>', mona.get(f"/proposals/{SLUG}/edit").text, re.DOTALL
    )
    preview = mona.submit(f"/proposals/{SLUG}/preview", markdown=html.unescape(draft[1])).text
    assert "Decision</h2>" not in preview
