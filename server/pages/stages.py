"""The stages of a redesign, from the town hall to the day its plan is in force."""

from dataclasses import dataclass
from datetime import date

from server.documents.models import Redesign
from server.messages import Message, message
from server.town_halls.models import TownHall

STAGE_NAMES = {
    "town hall": message("Town hall"),
    "draft": message("Draft"),
    "feedback": message("Open for feedback"),
    "vote": message("Vote"),
    "decision": message("Decision"),
    "in force": message("In force"),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a redesign by its key; its state is "done", "now" or "to come"."""

    key: str
    first: date | None
    last: date | None
    state: str

    @property
    def name(self) -> Message:
        """The name of the stage."""
        return STAGE_NAMES[self.key]


def stages_of(redesign: Redesign, town_hall: TownHall | None, today: date, concerns: int = 0) -> list[Stage]:
    """Return the stages of a redesign.

    With open concerns the feedback stage goes on, unless the redesign has a reason for opening the vote anyway.
    """
    dates = {
        "town hall": (town_hall.held_on if town_hall else None, None),
        "draft": (redesign.drafted_on, None),
        "feedback": (None, redesign.feedback_until),
        "vote": (redesign.vote_from, redesign.vote_until),
        "decision": (redesign.decided_on, None),
        "in force": (redesign.in_force_on, None),
    }
    is_blocked = bool(concerns) and not redesign.vote_override_reason
    stages: list[Stage] = []
    is_reached = False
    for key, (first, last) in dates.items():
        end = last or first
        state = "to come" if is_reached else "done"
        if not is_reached and (end is None or end >= today or (key == "feedback" and is_blocked)):
            state, is_reached = "now", True
        stages.append(Stage(key, first, last, state))
    return stages
