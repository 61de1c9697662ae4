"""Add anonymous comments, which are published several at a time, if the redesign allows them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("redesigns", sa.Column("without_names", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("redesigns", sa.Column("opened_why", sa.String(length=500), nullable=False, server_default=""))
    with op.batch_alter_table("comments") as batch_op:
        batch_op.alter_column("author_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("seal", sa.String(length=64), nullable=False, server_default=""))
    op.create_table(
        "held_comments",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name="fk_held_comments_proposal_id_proposals"),
        sa.PrimaryKeyConstraint("key", name="pk_held_comments"),
    )


def downgrade() -> None:
    op.drop_table("held_comments")
    op.execute("DELETE FROM comments WHERE author_id IS NULL")
    with op.batch_alter_table("comments") as batch_op:
        batch_op.drop_column("seal")
        batch_op.alter_column("author_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("redesigns") as batch_op:
        batch_op.drop_column("opened_why")
        batch_op.drop_column("without_names")
