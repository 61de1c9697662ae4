"""What is new since somebody looked, per thread, on every device."""

from tests.cast import SLUG
from tests.conftest import House

PATH = f"/proposals/{SLUG}"


def say(house: House, text: str, who: str) -> str:
    answer = house.as_(who).submit(f"{PATH}/comments", version=2, text=text)
    assert answer.status_code == 303
    return str(answer.headers["location"]).removeprefix("/comments/")


def fresh(house: House, who: str) -> set[str]:
    """Return the threads that a page marks as new for somebody."""
    threads = house.as_(who).get(PATH).text.split('<div class="thread ')[1:]
    return {thread.split('id="thread-')[1].split('"')[0] for thread in threads if "new" in thread.split('"')[0]}


def look(house: House, who: str) -> None:
    client = house.as_(who)
    until = client.get(PATH).text.split('name="until" value="')[1].split('"')[0]
    assert client.submit(f"{PATH}/seen", until=until).status_code == 303


def test_to_somebody_who_never_looked_nothing_is_new(house: House) -> None:
    say(house, "Why?", "Dana Rep")
    assert fresh(house, "Maya Rep") == set()


def test_what_others_say_afterwards_is_new_on_every_device_until_one_looks(house: House) -> None:
    old = say(house, "Why?", "Dana Rep")
    look(house, "Maya Rep")
    assert fresh(house, "Maya Rep") == set()
    new = say(house, "And how?", "Dana Rep")
    house.as_("Mona Manager").submit(f"/comments/{old}/replies", text="Because.")
    assert fresh(house, "Maya Rep") == {old, new}
    assert fresh(house, "Maya Rep") == {old, new}
    look(house, "Maya Rep")
    assert fresh(house, "Maya Rep") == set()


def test_my_own_words_are_never_new_to_me(house: House) -> None:
    thread = say(house, "Why?", "Dana Rep")
    look(house, "Maya Rep")
    say(house, "Mine.", "Maya Rep")
    house.as_("Maya Rep").submit(f"/comments/{thread}/replies", text="Mine too.")
    assert fresh(house, "Maya Rep") == set()
    look(house, "Dana Rep")
    assert fresh(house, "Dana Rep") == set()


def test_a_look_never_goes_back(house: House) -> None:
    say(house, "Why?", "Dana Rep")
    look(house, "Maya Rep")
    house.as_("Maya Rep").submit(f"{PATH}/seen", until=0)
    assert fresh(house, "Maya Rep") == set()


def test_only_proposals_that_are_there_can_be_seen(house: House) -> None:
    assert house.as_("Maya Rep").submit("/proposals/no-such/seen", until=1).status_code == 404


def key(house: House, ulid: str) -> int:
    """Return the key of what was said last in a thread, as a page says it."""
    page = house.as_("Maya Rep").get(f"/comments/{ulid}").text
    return int(page.split('hx-vals=\'{"until":')[1].split("}")[0])


def test_a_thread_that_was_seen_is_not_new_and_the_others_are(house: House) -> None:
    first, second = say(house, "Why?", "Dana Rep"), say(house, "And how?", "Dana Rep")
    look(house, "Maya Rep")
    for ulid in (first, second):
        house.as_("Mona Manager").submit(f"/comments/{ulid}/replies", text="Because.")
    assert fresh(house, "Maya Rep") == {first, second}
    maya = house.as_("Maya Rep")
    assert maya.submit(f"/comments/{second}/seen", until=key(house, second)).status_code == 303
    assert fresh(house, "Maya Rep") == {first}
    house.as_("Mona Manager").submit(f"/comments/{second}/replies", text="One more.")
    assert fresh(house, "Maya Rep") == {first, second}
    look(house, "Maya Rep")
    assert fresh(house, "Maya Rep") == set()


def test_a_thread_by_itself_and_beside_a_part_says_what_is_new(house: House) -> None:
    answer = house.as_("Dana Rep").submit(f"{PATH}/comments", version=2, text="Here?", block=1)
    ulid = str(answer.headers["location"]).removeprefix("/comments/")
    maya = house.as_("Maya Rep")
    paths = (f"/comments/{ulid}", f"{PATH}/v/2/anchors?block=1", f"{PATH}/comments", f"{PATH}?pay=true")
    assert not any("new-tag" in maya.get(path).text for path in paths)
    look(house, "Maya Rep")
    house.as_("Mona Manager").submit(f"/comments/{ulid}/replies", text="Because.")
    assert all("new-tag" in maya.get(path).text for path in paths)
    maya.submit(f"/comments/{ulid}/seen", until=key(house, ulid))
    assert not any("new-tag" in maya.get(path).text for path in paths)


def test_only_threads_can_be_seen(house: House) -> None:
    ulid = say(house, "Why?", "Dana Rep")
    maya = house.as_("Maya Rep")
    assert maya.submit("/comments/01AAAAAAAAAAAAAAAAAAAAAAAA/seen", until=1).status_code == 404
    assert maya.submit(f"/comments/{ulid}/seen", until=1).status_code == 303  # before the first look: nothing to note
    assert fresh(house, "Maya Rep") == set()
