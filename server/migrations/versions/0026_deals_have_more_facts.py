"""Deals have a first day of service, a stated average rating and the deal they refund; shares keep their order."""

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
        batch_op.add_column(sa.Column("refund_of", sa.String(120), nullable=False, server_default=""))
    with op.batch_alter_table("deals") as batch_op:
        batch_op.alter_column("refund_of", server_default=None)
    with op.batch_alter_table("deal_credits") as batch_op:
        batch_op.add_column(sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("deal_credits") as batch_op:
        batch_op.alter_column("position", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("deal_credits") as batch_op:
        batch_op.drop_column("position")
    with op.batch_alter_table("deals") as batch_op:
        batch_op.drop_column("refund_of")
        batch_op.drop_column("rep_average")
        batch_op.drop_column("starts_on")
