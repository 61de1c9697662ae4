"""Store what a reader has seen, hide comments with a reason, and hide an author's name in the ledger."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_visits_person_id_people"),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name="fk_visits_proposal_id_proposals"),
        sa.PrimaryKeyConstraint("person_id", "proposal_id", name="pk_visits"),
    )
    with op.batch_alter_table("comments") as batch_op:
        batch_op.add_column(sa.Column("hidden_at", UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("hidden_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("hidden_why", sa.String(length=300), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("nameless", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_foreign_key("fk_comments_hidden_by_people", "people", ["hidden_by"], ["id"])
    op.create_index("ix_comments_said", "comments", ["author_id", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_comments_said", "comments")
    with op.batch_alter_table("comments") as batch_op:
        batch_op.drop_constraint("fk_comments_hidden_by_people", type_="foreignkey")
        for name in ("nameless", "hidden_why", "hidden_by", "hidden_at"):
            batch_op.drop_column(name)
    op.drop_table("visits")
