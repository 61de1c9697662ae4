"""Changes that are new to a reader are marked in the text."""

import re

from server.pages.changes_since import ChangesSince, mark_changes
from server.text.rendered import join_blocks, split_blocks
from tests.cast import SLUG
from tests.conftest import Townhall


def test_parts_that_came_or_changed_since_a_version_are_marked() -> None:
    html = [
        '<h2 id="user-why">Why</h2>\n<p id="b1">Old &amp; <strong>new</strong> words.</p>',
        0,
        '<ul>\n<li id="b3">One\n<ul>\n<li id="b4">Two</li>\n</ul>\n</li>\n</ul>',
    ]
    parts = split_blocks(html)
    change, fresh = mark_changes(parts, [1, 2, 2, 3, 1], 1)
    assert fresh == [ChangesSince(1, "Old & new words."), ChangesSince(3, "One")]
    shown = join_blocks(change)
    assert shown[0] == html[0].replace('<p id="b1"', '<p id="b1" class="is-new"')  # type: ignore[attr-defined]
    assert shown[1] == 0
    assert str(shown[2]).count("is-new") == 1
    assert join_blocks(parts) == html
    assert mark_changes(parts, [1, 2, 2, 3, 1], 3) == (parts, [])
    assert mark_changes(split_blocks(['<p id="b0">' + "word " * 40 + "</p>"]), [2], 1)[1][0].excerpt.endswith("word…")


def test_a_reader_sees_what_is_new_until_it_is_hidden(townhall: Townhall) -> None:
    maya, path = townhall.client("Maya Rep"), f"/proposals/{SLUG}"
    text = maya.get(path).text
    assert re.search(r'<p id="b1" class="is-new"><a [^>]*></a>Because they leave.</p>', text)
    assert '<a href="#b1" dir="auto">Because they leave.</a>' in text
    assert "You last read version 1." in text
    assert 'class="is-new"' not in maya.get(f"{path}?since=2").text
    assert 'class="is-new"' not in townhall.client("Dana Rep").get(path).text
    assert "Changes since version 1 are marked." in townhall.client("Dana Rep").get(f"{path}?since=1").text
    assert maya.get(f"{path}?since=soon").status_code == 422
    maya.submit(f"{path}/v/2/read")
    assert 'class="is-new"' not in maya.get(path).text
