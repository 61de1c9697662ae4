"""The search index is rebuilt when Townhall starts: its tokens have changed."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM search_entries")


def downgrade() -> None:
    op.execute("DELETE FROM search_entries")
