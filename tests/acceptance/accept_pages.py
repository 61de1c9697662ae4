"""What the tests of accepting share: posting a comment, its form, the draft and its publication."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from sqlmodel import select

from server.discussion import queries as discussion_queries
from server.discussion.models import Comment
from server.documents.models import Draft
from tests.cast import SLUG, flat
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}"


def post_comment(townhall: Townhall, text: str = "Half of them.", **fields: Any) -> str:
    answer = townhall.client("Maya Rep").submit(f"{PATH}/comments", version=2, text=text, **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removeprefix("/comments/")


def accept_form(townhall: Townhall, ulid: str, query: str = "") -> dict[str, str]:
    """Open the page and return what its form would send."""
    page = townhall.client("Mona Manager").get(f"/comments/{ulid}/accept{query}")
    assert page.status_code == 200
    return fields_of(page.text)


def fields_of(page: str) -> dict[str, str]:
    start = re.search(r'<form class="form"\s+method="post"', page)
    assert start
    form = page[start.start() :]
    inputs = flat(form)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', inputs))
    selected = re.search(r'<option value="(\d*)"[^>]* selected>', inputs)
    hidden["part"] = selected[1] if selected else ""
    areas = dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL))
    return {name: unescape(value) for name, value in (hidden | areas).items() if name != "csrf"}


def accept(townhall: Townhall, ulid: str, **changed: str) -> Any:
    return townhall.client("Mona Manager").submit(f"/comments/{ulid}/accept", **(accept_form(townhall, ulid) | changed))


def draft(townhall: Townhall) -> Draft | None:
    with townhall.database.reading() as session:
        mona = townhall.person("Mona Manager").id
        return session.exec(select(Draft).where(Draft.author_id == mona)).first()


def comment(townhall: Townhall, ulid: str) -> Comment:
    with townhall.database.reading() as session:
        comment_row = discussion_queries.comment(session, ulid)
        assert comment_row
        return comment_row


def publish(townhall: Townhall, **more: Any) -> None:
    current_draft = draft(townhall)
    assert current_draft
    fields = {
        "title": current_draft.title,
        "markdown": current_draft.markdown,
        "base": current_draft.base,
        "revision": current_draft.revision,
    }
    answer = townhall.client("Mona Manager").submit(f"{PATH}/edit/publish", **fields, note="Heard.", **more)
    assert answer.status_code == 303, answer.text


def save_draft(townhall: Townhall, change: Callable[[str], str]) -> None:
    """Change Mona's draft, or start a draft from the newest version, as another window would."""
    current_draft = draft(townhall)
    newest = townhall.newest()
    fields = {
        "title": newest.title,
        "markdown": change(current_draft.markdown if current_draft else newest.markdown),
        "note": "n",
        "base": newest.number,
        "revision": current_draft.revision if current_draft else 0,
    }
    answer = townhall.client("Mona Manager").submit(f"{PATH}/edit", **fields)
    assert answer.status_code == 303


def offered_blocks(townhall: Townhall, ulid: str) -> list[tuple[str, str]]:
    page = townhall.client("Mona Manager").get(f"/comments/{ulid}/accept").text
    return [
        (number, opening.strip().split(" · ")[0].split(": ", 1)[1])
        for number, opening in re.findall(r'<option value="(\d+)"[^>]*>([^<]*)</option>', flat(page))
    ]
