"""Link an accepted comment to the block that includes it, and before that to its text in a draft."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comments", sa.Column("in_block", sa.Integer(), nullable=True))
    op.add_column("comments", sa.Column("planned", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("comments", "planned")
    op.drop_column("comments", "in_block")
