"""Attach comments to text, a block or a term, and anchor them in every version."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comments", sa.Column("quote", sa.String(length=600), nullable=False, server_default=""))
    op.add_column("comments", sa.Column("term", sa.String(length=120), nullable=False, server_default=""))
    for name in ("block", "start", "end", "seated_in"):
        op.add_column("comments", sa.Column(name, sa.Integer(), nullable=True))
    op.create_table(
        "placements",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.String(length=20), nullable=False),
        sa.Column("block", sa.Integer(), nullable=True),
        sa.Column("start", sa.Integer(), nullable=True),
        sa.Column("end", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("alike", sa.Integer(), nullable=False),
        sa.CheckConstraint("state in ('exact','edited','moved','gone')", name="ck_placements_state"),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_placements_version_id_versions"),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name="fk_placements_comment_id_comments", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", "comment_id", name="pk_placements"),
    )
    op.create_index("ix_placements_comment_id", "placements", ["comment_id"])


def downgrade() -> None:
    op.drop_table("placements")
    with op.batch_alter_table("comments") as batch_op:
        for name in ("seated_in", "end", "start", "block", "term", "quote"):
            batch_op.drop_column(name)
