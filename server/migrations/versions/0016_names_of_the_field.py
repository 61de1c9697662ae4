"""Rename tables and columns to the glossary's words; comments are declined and postponed."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = {
    "stirs": "change_counters",
    "sign_ins": "user_sessions",
    "attempts": "login_attempts",
    "level_spells": "level_assignments",
    "comment_echoes": "endorsements",
    "held_comments": "pending_comments",
    "visits": "last_seen",
    "placements": "anchors",
    "announcements": "chat_messages",
}
COLUMNS = {
    "api_tokens": {"made_by": "created_by", "made_at": "created_at", "ended_at": "revoked_at"},
    "opening_balances": {"owed": "draw_balance"},
    "questions": {"taken_up": "moved_to_proposal", "also": "endorsements"},
    "chat_messages": {"said": "message", "item": "subject", "address": "url"},
    "notices": {"said": "message", "item": "subject", "address": "url"},
    "notice_settings": {"level": "subscription"},
    "scenarios": {"typed": "inputs", "kept_at": "saved_at"},
    "redesigns": {"without_names": "allow_anonymous", "opened_why": "vote_override_reason"},
    "variants": {"owner_mark": "owner_signature"},
    "drafts": {"window": "editor_id", "held_up": "publish_error"},
    "comments": {
        "band": "pay_impact",
        "nameless": "hides_name",
        "seal": "author_signature",
        "echoes": "endorsements",
        "seated_in": "anchored_in",
        "wanted": "suggestion",
        "parked_until": "postponed_until",
    },
    "pending_comments": {"said": "content", "seal": "author_signature"},
    "anchors": {"alike": "similarity"},
    "search_entries": {"address": "url"},
}
INDEXES = {
    "user_sessions": ("ix_sign_ins_person_id", "ix_user_sessions_person_id", "person_id"),
    "level_assignments": ("ix_level_spells_person_id", "ix_level_assignments_person_id", "person_id"),
    "anchors": ("ix_placements_comment_id", "ix_anchors_comment_id", "comment_id"),
}
UNIQUE = {
    "user_sessions": ("uq_sign_ins_token_hash", "uq_user_sessions_token_hash", ["token_hash"]),
    "login_attempts": ("uq_attempts_key", "uq_login_attempts_key", ["key"]),
    "level_assignments": (
        "uq_level_spells_person_id_since",
        "uq_level_assignments_person_id_since",
        ["person_id", "since"],
    ),
    "chat_messages": ("uq_announcements_item", "uq_chat_messages_subject", ["subject"]),
    "notices": ("uq_notices_person_id_item", "uq_notices_person_id_subject", ["person_id", "subject"]),
}
WORDS = {"not_taken": "declined", "parked": "postponed"}
CONTENT = {"band": "pay_impact", "wanted": "suggestion", "marked": "selection"}
"""The keys of a pending comment's JSON."""
STATES = "state in ('open','answered','accepted','{declined}','{postponed}')"


def upgrade() -> None:
    for old, new in TABLES.items():
        op.rename_table(old, new)
    for table, names in COLUMNS.items():
        for old, new in names.items():
            op.alter_column(table, old, new_column_name=new)
    _rename_constraints()
    with _states_replaced(declined="declined", postponed="postponed"):
        _replace_words(WORDS)
    _rename_content(CONTENT)


def downgrade() -> None:
    _rename_content({new: old for old, new in CONTENT.items()})
    with _states_replaced(declined="not_taken", postponed="parked"):
        _replace_words({new: old for old, new in WORDS.items()})
    _rename_constraints(back=True)
    for table, names in COLUMNS.items():
        for old, new in names.items():
            op.alter_column(table, new, new_column_name=old)
    for old, new in TABLES.items():
        op.rename_table(new, old)


def _rename_constraints(*, back: bool = False) -> None:
    for table, (old, new, column) in INDEXES.items():
        before, after = (new, old) if back else (old, new)
        op.drop_index(before, table)
        op.create_index(after, table, [column])
    for table, (old, new, columns) in UNIQUE.items():
        before, after = (new, old) if back else (old, new)
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(before, type_="unique")
            batch_op.create_unique_constraint(after, columns)


@contextmanager
def _states_replaced(declined: str, postponed: str) -> Iterator[None]:
    """Change the words of the states while no check forbids the new ones."""
    check = STATES.format(declined=declined, postponed=postponed)
    with op.batch_alter_table("comments") as batch_op:
        batch_op.drop_constraint(op.f("ck_comments_state"), type_="check")
    yield
    with op.batch_alter_table("comments") as batch_op:
        batch_op.create_check_constraint(op.f("ck_comments_state"), check)


def _replace_words(words: dict[str, str]) -> None:
    comments = sa.table("comments", sa.column("state"))
    notices = sa.table("notices", sa.column("event"))
    for old, new in words.items():
        op.execute(comments.update().where(comments.c.state == old).values(state=new))
        op.execute(notices.update().where(notices.c.event == old).values(event=new))


def _rename_content(names: dict[str, str]) -> None:
    pending = sa.table("pending_comments", sa.column("key"), sa.column("content", sa.JSON))
    for key, content in op.get_bind().execute(sa.select(pending.c.key, pending.c.content)).all():
        renamed = {names.get(name, name): value for name, value in content.items()}
        op.execute(pending.update().where(pending.c.key == key).values(content=renamed))
