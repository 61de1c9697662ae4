"""Pay can be corrected by hand, with a reason, and it is kept who did."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pay_corrections",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("entered_by", sa.Integer(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("person_id", "day", "amount", "reason"),
    )
    op.create_index("ix_pay_corrections_person_id", "pay_corrections", ["person_id"])


def downgrade() -> None:
    op.drop_index("ix_pay_corrections_person_id", "pay_corrections")
    op.drop_table("pay_corrections")
