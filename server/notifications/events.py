"""The events people are notified of, with the subscriptions that include each."""

from dataclasses import dataclass
from enum import StrEnum

from server.messages import Message, message


class Subscription(StrEnum):
    """How much a person wants to be notified of."""

    all = "all"
    mine = "mine"
    decisions = "decisions"


class Digest(StrEnum):
    """How often e-mail is sent: immediately, or gathered daily or weekly."""

    off = "off"
    daily = "daily"
    weekly = "weekly"


SUBSCRIPTIONS = {
    Subscription.all: message("all activity"),
    Subscription.mine: message("activity that concerns me, and decisions"),
    Subscription.decisions: message("decisions only"),
}
DIGESTS = {
    Digest.off: message("immediately"),
    Digest.daily: message("once a day"),
    Digest.weekly: message("once a week"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """An event: the subscriptions that include it, and its sentence; public ones also go to the chat."""

    subscriptions: frozenset[Subscription]
    msgid: str
    is_public: bool = False

    def sentence(self, values: dict[str, str]) -> Message:
        """Return the event's sentence with its values."""
        return message(self.msgid, **values)


_EVERY = frozenset(Subscription)
_MINE = frozenset({Subscription.all, Subscription.mine})
_ALL = frozenset({Subscription.all})

EVENTS: dict[str, Event] = {
    "comment": Event(_ALL, "{who} commented on “{title}”."),
    "feedback": Event(_MINE, "{who} commented on “{title}”, which you are responsible for."),
    "variant": Event(_MINE, "{who} proposed a variant of “{title}”, which you are responsible for."),
    "reply": Event(_MINE, "{who} replied in a thread you are part of on “{title}”."),
    "mention": Event(_MINE, "{who} mentioned you on “{title}”."),
    "shared": Event(_EVERY, "{who} shared a draft of “{title}” with you. You can edit it."),
    "back": Event(_MINE, "A postponed comment on “{title}” is open again."),
    # Authors are always notified of what becomes of their comment.
    "answered": Event(_EVERY, "{who} answered your comment on “{title}”."),
    "accepted": Event(_EVERY, "{who} accepted your comment on “{title}”."),
    "declined": Event(_EVERY, "{who} declined your comment on “{title}” and gave a reason."),
    "postponed": Event(_EVERY, "{who} postponed your comment on “{title}”."),
    "included": Event(_EVERY, "Your comment is included in version {number} of “{title}”."),
    "account": Event(_EVERY, "{what}"),
    "version": Event(_EVERY, "Version {number} of “{title}” has been published.", is_public=True),
    "withdrawn": Event(_EVERY, "{who} withdrew version {number} of “{title}”."),
}
"""Every event. Authors are always notified when their comment is answered, decided or published."""


def applies_to(event: str, subscription: Subscription) -> bool:
    """Return whether a subscription includes an event."""
    return subscription in EVENTS[event].subscriptions
