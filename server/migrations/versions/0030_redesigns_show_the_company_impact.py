"""A redesign can show its managers the impact on the whole company."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("redesigns") as batch_op:
        batch_op.add_column(
            sa.Column("shows_company_impact", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("redesigns") as batch_op:
        batch_op.alter_column("shows_company_impact", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("redesigns") as batch_op:
        batch_op.drop_column("shows_company_impact")
