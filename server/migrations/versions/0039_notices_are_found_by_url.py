"""Notices are found by the comment that they quote, whose words can be hidden, withdrawn or edited."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_notices_url", "notices", ["url"])


def downgrade() -> None:
    op.drop_index("ix_notices_url", table_name="notices")
