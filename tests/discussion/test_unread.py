"""What is new since the last visit, per thread, on every device."""

from tests.cast import SLUG
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}"


def post_comment(townhall: Townhall, text: str, who: str) -> str:
    answer = townhall.client(who).submit(f"{PATH}/comments", version=2, text=text)
    assert answer.status_code == 303
    return str(answer.headers["location"]).removeprefix("/comments/")


def fresh(townhall: Townhall, who: str) -> set[str]:
    """Return the threads that a page marks as new for a person."""
    threads = townhall.client(who).get(PATH).text.split('<div class="thread ')[1:]
    return {thread.split('id="thread-')[1].split('"')[0] for thread in threads if "new" in thread.split('"')[0]}


def look(townhall: Townhall, who: str) -> None:
    client = townhall.client(who)
    until = client.get(PATH).text.split('name="until" value="')[1].split('"')[0]
    assert client.submit(f"{PATH}/seen", until=until).status_code == 303


def test_nothing_is_new_before_the_first_visit(townhall: Townhall) -> None:
    post_comment(townhall, "Why?", "Dana Rep")
    assert fresh(townhall, "Maya Rep") == set()


def test_later_comments_are_new_on_every_device_until_read(townhall: Townhall) -> None:
    old = post_comment(townhall, "Why?", "Dana Rep")
    look(townhall, "Maya Rep")
    assert fresh(townhall, "Maya Rep") == set()
    new = post_comment(townhall, "And how?", "Dana Rep")
    townhall.client("Mona Manager").submit(f"/comments/{old}/replies", text="Because.")
    assert fresh(townhall, "Maya Rep") == {old, new}
    assert fresh(townhall, "Maya Rep") == {old, new}
    look(townhall, "Maya Rep")
    assert fresh(townhall, "Maya Rep") == set()


def test_my_own_words_are_never_new_to_me(townhall: Townhall) -> None:
    thread = post_comment(townhall, "Why?", "Dana Rep")
    look(townhall, "Maya Rep")
    post_comment(townhall, "Mine.", "Maya Rep")
    townhall.client("Maya Rep").submit(f"/comments/{thread}/replies", text="Mine too.")
    assert fresh(townhall, "Maya Rep") == set()
    look(townhall, "Dana Rep")
    assert fresh(townhall, "Dana Rep") == set()


def test_read_marks_never_move_back(townhall: Townhall) -> None:
    post_comment(townhall, "Why?", "Dana Rep")
    look(townhall, "Maya Rep")
    townhall.client("Maya Rep").submit(f"{PATH}/seen", until=0)
    assert fresh(townhall, "Maya Rep") == set()


def test_only_proposals_that_are_there_can_be_seen(townhall: Townhall) -> None:
    assert townhall.client("Maya Rep").submit("/proposals/no-such/seen", until=1).status_code == 404


def key(townhall: Townhall, ulid: str) -> int:
    """Return the key of the last comment in a thread, as the page shows it."""
    page = townhall.client("Maya Rep").get(f"/comments/{ulid}").text
    return int(page.split('hx-vals=\'{"until":')[1].split("}")[0])


def test_a_thread_that_was_seen_is_not_new_and_the_others_are(townhall: Townhall) -> None:
    first, second = post_comment(townhall, "Why?", "Dana Rep"), post_comment(townhall, "And how?", "Dana Rep")
    look(townhall, "Maya Rep")
    for ulid in (first, second):
        townhall.client("Mona Manager").submit(f"/comments/{ulid}/replies", text="Because.")
    assert fresh(townhall, "Maya Rep") == {first, second}
    maya = townhall.client("Maya Rep")
    assert maya.submit(f"/comments/{second}/seen", until=key(townhall, second)).status_code == 303
    assert fresh(townhall, "Maya Rep") == {first}
    townhall.client("Mona Manager").submit(f"/comments/{second}/replies", text="One more.")
    assert fresh(townhall, "Maya Rep") == {first, second}
    look(townhall, "Maya Rep")
    assert fresh(townhall, "Maya Rep") == set()


def test_thread_pages_and_panels_mark_what_is_new(townhall: Townhall) -> None:
    answer = townhall.client("Dana Rep").submit(f"{PATH}/comments", version=2, text="Here?", block=1)
    ulid = str(answer.headers["location"]).removeprefix("/comments/")
    maya = townhall.client("Maya Rep")
    paths = (f"/comments/{ulid}", f"{PATH}/v/2/anchors?block=1", f"{PATH}/comments", f"{PATH}?pay=true")
    assert not any("new-tag" in maya.get(path).text for path in paths)
    look(townhall, "Maya Rep")
    townhall.client("Mona Manager").submit(f"/comments/{ulid}/replies", text="Because.")
    assert all("new-tag" in maya.get(path).text for path in paths)
    maya.submit(f"/comments/{ulid}/seen", until=key(townhall, ulid))
    assert not any("new-tag" in maya.get(path).text for path in paths)


def test_only_threads_can_be_seen(townhall: Townhall) -> None:
    ulid = post_comment(townhall, "Why?", "Dana Rep")
    maya = townhall.client("Maya Rep")
    assert maya.submit("/comments/01AAAAAAAAAAAAAAAAAAAAAAAA/seen", until=1).status_code == 404
    assert maya.submit(f"/comments/{ulid}/seen", until=1).status_code == 303  # before the first look: nothing to note
    assert fresh(townhall, "Maya Rep") == set()
