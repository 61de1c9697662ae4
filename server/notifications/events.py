"""What people can be told, and at which level they are: the one table that decides it."""

from dataclasses import dataclass
from enum import StrEnum

from server.messages import Message, message


class Subscription(StrEnum):
    """How much somebody wants to hear."""

    all = "all"
    mine = "mine"
    decisions = "decisions"


class Digest(StrEnum):
    """Whether mail comes at once, or gathered by day or week."""

    off = "off"
    daily = "daily"
    weekly = "weekly"


SUBSCRIPTIONS = {
    Subscription.all: message("everything that is said"),
    Subscription.mine: message("what concerns me, and decisions"),
    Subscription.decisions: message("decisions only"),
}
DIGESTS = {Digest.off: message("at once"), Digest.daily: message("once a day"), Digest.weekly: message("once a week")}


@dataclass(frozen=True, slots=True)
class Event:
    """Something to be told: from which levels on, in which words; `is_public` events may go to a team's chat."""

    levels: frozenset[Subscription]
    msgid: str
    is_public: bool = False

    def sentence(self, values: dict[str, str]) -> Message:
        """Say it."""
        return message(self.msgid, **values)


_EVERY = frozenset(Subscription)
_MINE = frozenset({Subscription.all, Subscription.mine})
_ALL = frozenset({Subscription.all})

EVENTS: dict[str, Event] = {
    "comment": Event(_ALL, "{who} said something on “{title}”."),
    "reply": Event(_MINE, "{who} replied in a thread of yours on “{title}”."),
    "mention": Event(_MINE, "{who} mentioned you on “{title}”."),
    "back": Event(_MINE, "A postponed comment on “{title}” is open again."),
    # Whoever said something always hears how it ended.
    "answered": Event(_EVERY, "{who} answered your comment on “{title}”."),
    "accepted": Event(_EVERY, "{who} accepted your comment on “{title}”."),
    "declined": Event(_EVERY, "{who} declined your comment on “{title}” and gave a reason."),
    "postponed": Event(_EVERY, "{who} postponed your comment on “{title}”."),
    "adopted": Event(_EVERY, "Version {number} of “{title}” takes up your comment."),
    "version": Event(_EVERY, "Version {number} of “{title}” is out.", is_public=True),
}
"""Which event reaches whom. An author is always told of an answer, of acceptance and of publication."""


def applies_to(event: str, level: Subscription) -> bool:
    """Say whether somebody at a level hears of an event."""
    return level in EVENTS[event].levels
