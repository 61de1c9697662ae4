"""The stages of a redesign by its days: which is now, what it opens, and when the next one opens."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from server.documents.models import Redesign
from server.errors import ConflictError
from server.messages import Message, message
from server.people.queries import company_today

STAGE_NAMES = {
    "town hall": message("Town hall"),
    "draft": message("Draft"),
    "feedback": message("Open for feedback"),
    "vote": message("Vote"),
    "decision": message("Decision"),
    "in force": message("In force"),
}


class ClosedStageError(ConflictError):
    """A comment or vote outside the days of feedback and vote, or on a closed redesign."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a redesign by its key; its state is "done", "now", "next" or "to come".

    A stage is next if none is now: it has not opened yet.
    """

    key: str
    first: date | None
    last: date | None
    state: str

    @property
    def name(self) -> Message:
        """The name of the stage."""
        return STAGE_NAMES[self.key]


def stages_of(
    redesign: Redesign, held_on: date | None, today: date, concerns: int = 0, *, is_published: bool = True
) -> list[Stage]:
    """Return the stages of a redesign that have a day; `held_on` is the day of its town hall.

    With open concerns the feedback stage goes on when the vote should begin, unless the redesign has a reason for
    opening the vote anyway. A closed redesign has no stage that is now, except its plan being in force.
    """
    states = {
        "town hall": (held_on, None, _day_state(held_on, today)),
        "draft": (redesign.drafted_on, None, "done" if is_published else "now"),
        "feedback": (None, redesign.feedback_until, _feedback_state(redesign, today, concerns, is_published)),
        "vote": (redesign.vote_from, redesign.vote_until, _vote_state(redesign, today, concerns)),
        "decision": (redesign.decided_on, None, _day_state(redesign.decided_on, today)),
        "in force": (redesign.in_force_on, None, _since_state(redesign.in_force_on, today)),
    }
    stages = [Stage(key, first, last, state) for key, (first, last, state) in states.items() if first or last]
    if redesign.closed_at is not None:
        stages = [stage if stage.key == "in force" else _ended(stage) for stage in stages]
    if any(stage.state == "now" for stage in stages):
        return stages
    coming = next((position for position, stage in enumerate(stages) if stage.state == "to come"), None)
    return [
        Stage(stage.key, stage.first, stage.last, "next") if position == coming else stage
        for position, stage in enumerate(stages)
    ]


def _ended(stage: Stage) -> Stage:
    return Stage(stage.key, stage.first, stage.last, "done" if stage.state == "now" else stage.state)


def _day_state(day: date | None, today: date) -> str:
    if day is None or day > today:
        return "to come"
    return "now" if day == today else "done"


def _since_state(day: date | None, today: date) -> str:
    return "now" if day is not None and day <= today else "to come"


def _feedback_state(redesign: Redesign, today: date, concerns: int, is_published: bool) -> str:  # noqa: FBT001 - stated
    if not is_published:
        return "to come"
    return "now" if _is_in_feedback(redesign, today) or is_vote_blocked(redesign, today, concerns) else "done"


def _is_in_feedback(redesign: Redesign, today: date) -> bool:
    """Return whether feedback is open by its days; without a last day until the vote begins or has ended."""
    if redesign.feedback_until is not None:
        return today <= redesign.feedback_until
    return not _has_vote_begun(redesign, today) and not _has_vote_ended(redesign, today)


def _vote_state(redesign: Redesign, today: date, concerns: int) -> str:
    if _has_vote_ended(redesign, today):
        return "done"
    if is_vote_blocked(redesign, today, concerns) or not _has_vote_begun(redesign, today):
        return "to come"
    return "now"


def _has_vote_begun(redesign: Redesign, today: date) -> bool:
    """Return whether the vote has begun; without a first day it begins after the feedback."""
    if redesign.vote_from is not None:
        return redesign.vote_from <= today
    has_vote = redesign.vote_until is not None and redesign.feedback_until is not None
    return has_vote and redesign.feedback_until is not None and redesign.feedback_until < today


def _has_vote_ended(redesign: Redesign, today: date) -> bool:
    return redesign.vote_until is not None and redesign.vote_until < today


def is_vote_due(redesign: Redesign, today: date) -> bool:
    """Return whether the vote should be open by its days."""
    return _has_vote_begun(redesign, today) and not _has_vote_ended(redesign, today)


def is_vote_blocked(redesign: Redesign, today: date, concerns: int) -> bool:
    """Return whether the vote should be open, but open concerns must be answered first; feedback goes on then."""
    return is_vote_due(redesign, today) and bool(concerns) and not redesign.vote_override_reason


def is_open(redesign: Redesign, today: date) -> bool:
    """Return whether comments, suggestions, variants and the pulse are open: during feedback and vote.

    While concerns keep the vote from opening, feedback goes on, so that it is open either way.
    """
    if redesign.closed_at is not None or _is_decided(redesign, today):
        return False
    return _is_in_feedback(redesign, today) or is_vote_due(redesign, today)


def _is_decided(redesign: Redesign, today: date) -> bool:
    days = [day for day in (redesign.decided_on, redesign.in_force_on) if day is not None]
    return bool(days) and min(days) < today


def closed_sentence(redesign: Redesign, today: date) -> Message:
    """Return why comments or votes are closed now, and when they open again."""
    if redesign.closed_at is not None:
        return message("This redesign was closed on {day}.", day=redesign.closed_at.date())
    if redesign.vote_from is not None and today < redesign.vote_from:
        return message(
            "Feedback closed on {day}. The vote opens on {opens}.",
            day=redesign.feedback_until or today,
            opens=redesign.vote_from,
        )
    return message("Comments and votes closed on {day}.", day=_last_open_day(redesign) or today)


def _last_open_day(redesign: Redesign) -> date | None:
    """Return the last day of the vote, or of the feedback if there is none; a decision before that ends both."""
    has_vote = redesign.vote_from is not None or redesign.vote_until is not None
    days = (
        redesign.vote_until if has_vote else redesign.feedback_until,
        redesign.decided_on,
        redesign.in_force_on,
    )
    return min((day for day in days if day is not None), default=None)


def check_open(session: Session, redesign: Redesign, day: date | None = None) -> None:
    """Raise ClosedStageError unless comments and votes are open on a day, by default today in the company's zone."""
    today = day or company_today(session)
    if not is_open(redesign, today):
        raise ClosedStageError(closed_sentence(redesign, today))


def check_not_closed(redesign: Redesign) -> None:
    """Raise ClosedStageError if the redesign is closed."""
    if redesign.closed_at is not None:
        raise ClosedStageError(closed_sentence(redesign, redesign.closed_at.date()))
