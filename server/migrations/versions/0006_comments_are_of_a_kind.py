"""Add the kind and goal of a comment, and endorsements."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comments", sa.Column("kind", sa.String(length=10), nullable=False, server_default=""))
    op.add_column("comments", sa.Column("goal", sa.Integer(), nullable=True))
    op.add_column("comments", sa.Column("echoes", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "comment_echoes",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name="fk_comment_echoes_comment_id_comments", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_comment_echoes_person_id_people"),
        sa.PrimaryKeyConstraint("comment_id", "person_id", name="pk_comment_echoes"),
    )


def downgrade() -> None:
    op.drop_table("comment_echoes")
    with op.batch_alter_table("comments") as batch_op:
        batch_op.drop_column("echoes")
        batch_op.drop_column("goal")
        batch_op.drop_column("kind")
