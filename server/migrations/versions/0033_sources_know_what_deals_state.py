"""Sources know which measures and payments their deals state, so that pay on others does not count as nothing."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

SOURCES = sa.table("sources", sa.column("id", sa.Integer), sa.column("recorded", sa.String))
DEALS = sa.table(
    "deals", sa.column("source_id", sa.Integer), sa.column("amounts", sa.Text), sa.column("payments", sa.Text)
)


def upgrade() -> None:
    with op.batch_alter_table("sources") as batch_op:
        batch_op.add_column(sa.Column("recorded", sa.String(400), nullable=False, server_default=""))
    with op.batch_alter_table("sources") as batch_op:
        batch_op.alter_column("recorded", server_default=None)
    connection = op.get_bind()
    amounts = sa.cast(DEALS.c.amounts, sa.Text)
    names: dict[int, set[str]] = {}
    for source_id, text in connection.execute(sa.select(DEALS.c.source_id, amounts).where(amounts != "{}")):
        names.setdefault(source_id, set()).update(json.loads(text))
    with_payments = sa.select(DEALS.c.source_id).where(sa.cast(DEALS.c.payments, sa.Text) != "[]").distinct()
    for (source_id,) in connection.execute(with_payments):
        names.setdefault(source_id, set()).add("paid")
    for source_id, measures in names.items():
        connection.execute(
            SOURCES.update().where(SOURCES.c.id == source_id).values(recorded=",".join(sorted(measures)))
        )


def downgrade() -> None:
    with op.batch_alter_table("sources") as batch_op:
        batch_op.drop_column("recorded")
