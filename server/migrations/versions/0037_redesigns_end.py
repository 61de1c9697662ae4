"""Redesigns end: with a day, who closed them, and the result in words."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import UTCDateTime

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("redesigns") as batch_op:
        batch_op.add_column(sa.Column("closed_at", UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("result", sa.String(2000), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("redesigns") as batch_op:
        batch_op.drop_column("result")
        batch_op.drop_column("closed_at")
