"""What people can be told, and at which level they are: the one table that decides it."""

from dataclasses import dataclass
from enum import StrEnum

from server.messages import Sentence, say


class Level(StrEnum):
    """How much somebody wants to hear."""

    all = "all"
    mine = "mine"
    decisions = "decisions"


class Digest(StrEnum):
    """Whether mail comes at once, or gathered by day or week."""

    off = "off"
    daily = "daily"
    weekly = "weekly"


LEVELS = {
    Level.all: say("everything that is said"),
    Level.mine: say("what concerns me, and decisions"),
    Level.decisions: say("decisions only"),
}
DIGESTS = {Digest.off: say("at once"), Digest.daily: say("once a day"), Digest.weekly: say("once a week")}


@dataclass(frozen=True, slots=True)
class Event:
    """Something to be told: from which levels on, in which words; `is_public` events may go to a team's chat."""

    levels: frozenset[Level]
    msgid: str
    is_public: bool = False

    def sentence(self, values: dict[str, str]) -> Sentence:
        """Say it."""
        return say(self.msgid, **values)


_EVERY = frozenset(Level)
_MINE = frozenset({Level.all, Level.mine})
_ALL = frozenset({Level.all})

EVENTS: dict[str, Event] = {
    "comment": Event(_ALL, "{who} said something on “{title}”."),
    "reply": Event(_MINE, "{who} replied in a thread of yours on “{title}”."),
    "mention": Event(_MINE, "{who} mentioned you on “{title}”."),
    "back": Event(_MINE, "A parked comment on “{title}” is open again."),
    # Whoever said something always hears how it ended.
    "answered": Event(_EVERY, "{who} answered your comment on “{title}”."),
    "accepted": Event(_EVERY, "{who} accepted your comment on “{title}”."),
    "not_taken": Event(_EVERY, "{who} did not take up your comment on “{title}”, and says why."),
    "parked": Event(_EVERY, "{who} parked your comment on “{title}”."),
    "adopted": Event(_EVERY, "Version {number} of “{title}” takes up your comment."),
    "version": Event(_EVERY, "Version {number} of “{title}” is out.", is_public=True),
}
"""Which event reaches whom. An author is always told of an answer, of acceptance and of publication."""


def reaches(event: str, level: Level) -> bool:
    """Say whether somebody at a level hears of an event."""
    return level in EVENTS[event].levels
