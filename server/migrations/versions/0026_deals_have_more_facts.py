"""Deals have a first day of service and a stated average rating; those who share a deal keep their order."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deals") as batch_op:
        batch_op.add_column(sa.Column("starts_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("rep_average", sa.Integer(), nullable=True))
    with op.batch_alter_table("deal_credits") as batch_op:
        batch_op.add_column(sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("deal_credits") as batch_op:
        batch_op.alter_column("position", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("deal_credits") as batch_op:
        batch_op.drop_column("position")
    with op.batch_alter_table("deals") as batch_op:
        batch_op.drop_column("rep_average")
        batch_op.drop_column("starts_on")
