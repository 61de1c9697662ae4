"""Customers' payments of a deal are known one by one."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deals") as batch_op:
        batch_op.add_column(sa.Column("payments", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("deals") as batch_op:
        batch_op.alter_column("payments", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("deals") as batch_op:
        batch_op.drop_column("payments")
