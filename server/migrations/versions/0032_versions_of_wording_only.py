"""Authors can say that a version changes wording only, so that votes on the one before still count."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("versions", "drafts"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("wording_only", sa.Boolean(), nullable=False, server_default=sa.false()))
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column("wording_only", server_default=None)


def downgrade() -> None:
    for table in ("versions", "drafts"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("wording_only")
