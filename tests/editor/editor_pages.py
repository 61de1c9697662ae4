"""The fields of the editor, and what its page shows of a draft."""

import html
import re

from tests.cast import SLUG, flat, page
from tests.conftest import Client

EDIT = f"/proposals/{SLUG}/edit"
REVIEW = f"{EDIT}/review"
BASE = page("56,000", "Because they leave.")
"""The text of version 2 in the cast."""


def fields(**more: object) -> dict[str, object]:
    return {
        "title": "Pay for customers who stay",
        "markdown": BASE,
        "note": "So.",
        "base": 2,
        "revision": 0,
        "editor_id": "one",
    } | more


def draft_text(client: Client, path: str = EDIT) -> str:
    match = re.search(r'<textarea[^>]*name="markdown"[^>]*>\n?(.*?)</textarea>', client.get(path).text, re.DOTALL)
    assert match
    return html.unescape(match[1])


def draft_revision(client: Client) -> int:
    match = re.search(r'name="revision" value="(\d+)"', flat(client.get(EDIT).text))
    assert match
    return int(match[1])
