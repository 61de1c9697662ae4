"""Store what a reader has seen of each thread."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("visits", sa.Column("threads", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("visits", "threads")
