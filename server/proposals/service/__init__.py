"""What is decided about proposals and the pages beside them."""

from server.proposals.service.drafts import (
    StaleDraftError,
    discard_draft,
    hold_up,
    restore,
    save_draft,
    schedule,
    share_draft,
    take_due,
)
from server.proposals.service.shelves import (
    archive,
    move,
    start_proposal,
    start_redesign,
)
from server.proposals.service.texts import (
    MOST_CANDIDATES,
    Earlier,
    Manuscript,
    Reading,
    Text,
    compared_with,
    prepare,
    read,
    words_of,
)
from server.proposals.service.versions import (
    StaleVersionError,
    count_comments,
    let_find,
    let_find_again,
    mark_read,
    publish_version,
    put_in_force,
)

__all__ = [
    "MOST_CANDIDATES",
    "Earlier",
    "Manuscript",
    "Reading",
    "StaleDraftError",
    "StaleVersionError",
    "Text",
    "archive",
    "compared_with",
    "count_comments",
    "discard_draft",
    "hold_up",
    "let_find",
    "let_find_again",
    "mark_read",
    "move",
    "prepare",
    "publish_version",
    "put_in_force",
    "read",
    "restore",
    "save_draft",
    "schedule",
    "share_draft",
    "start_proposal",
    "start_redesign",
    "take_due",
    "words_of",
]
