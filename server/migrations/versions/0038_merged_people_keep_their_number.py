"""The numbers of merged people are never given to anyone again: signatures of anonymous comments depend on them.

The audit log also refuses a row that would replace another.
"""

import sqlalchemy as sa
from alembic import op

from server.db.columns import UTCDateTime

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "merged_people",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_merged_people")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER audit_entries_no_replace BEFORE INSERT ON audit_entries"
            " WHEN EXISTS (SELECT 1 FROM audit_entries WHERE id = NEW.id OR ulid = NEW.ulid)"
            " BEGIN SELECT RAISE(ABORT, 'rows of the audit log are only added'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_entries_no_replace")
    op.drop_table("merged_people")
