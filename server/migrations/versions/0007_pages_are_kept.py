"""Count the changes to what pages show, to invalidate cached pages."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stirs",
        sa.Column("proposal_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", name="pk_stirs"),
    )


def downgrade() -> None:
    op.drop_table("stirs")
