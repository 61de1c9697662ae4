"""What an admin chose for the columns of a file is kept by its name, for the file of the next month."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import UTCDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_mappings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pattern", sa.String(length=200), nullable=False),
        sa.Column("choice", sa.JSON(), nullable=False),
        sa.Column("saved_at", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_mappings")),
        sa.UniqueConstraint("pattern", name=op.f("uq_kept_mappings_pattern")),
    )


def downgrade() -> None:
    op.drop_table("kept_mappings")
