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
