"""Who has the address for which a password is lost is looked up in the background: an answer's time tells nothing."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import UTCDateTime

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lost_passwords",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lost_passwords"),
    )


def downgrade() -> None:
    op.drop_table("lost_passwords")
