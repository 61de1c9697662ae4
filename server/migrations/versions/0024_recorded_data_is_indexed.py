"""Index the deals that have an aha moment, a payment, a go-live date or a rating."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

COLUMNS = ("aha_on", "paid_on", "live_on", "rating")


def upgrade() -> None:
    for name in COLUMNS:
        where = sa.text(f"{name} is not null")
        op.create_index(f"ix_deals_recorded_{name}", "deals", [name], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_index(f"ix_deals_recorded_{name}", "deals")
