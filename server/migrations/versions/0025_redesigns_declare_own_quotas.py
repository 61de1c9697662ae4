"""A redesign declares how people's own quotas count under its candidates."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("redesigns") as batch_op:
        batch_op.add_column(sa.Column("own_quotas", sa.String(8), nullable=False, server_default="scaled"))
    with op.batch_alter_table("redesigns") as batch_op:
        batch_op.alter_column("own_quotas", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("redesigns") as batch_op:
        batch_op.drop_column("own_quotas")
