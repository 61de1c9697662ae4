"""Reads of what people say."""

from server.discussion.queries.seats import Seat, on_blocks, seats, threads_on
from server.discussion.queries.threads import (
    PAGE_SIZE,
    Said,
    accepted_in,
    comment,
    comment_held,
    proposal_of,
    said_since,
    thread,
    threads,
    version_shown,
)
from server.discussion.queries.waiting import (
    PROMISED_DAYS,
    Unanswered,
    Waiting,
    inbox,
    late,
    oldest_open,
    open_by_candidate,
    own_threads,
    parked_too_long,
    promised_by,
)

__all__ = [
    "PAGE_SIZE",
    "PROMISED_DAYS",
    "Said",
    "Seat",
    "Unanswered",
    "Waiting",
    "accepted_in",
    "comment",
    "comment_held",
    "inbox",
    "late",
    "oldest_open",
    "on_blocks",
    "open_by_candidate",
    "own_threads",
    "parked_too_long",
    "promised_by",
    "proposal_of",
    "said_since",
    "seats",
    "thread",
    "threads",
    "threads_on",
    "version_shown",
]
