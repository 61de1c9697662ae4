"""Sources know which measures their deals state, so that pay on others is not taken for nothing sold."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

SOURCES = sa.table("sources", sa.column("id", sa.Integer), sa.column("measures", sa.String))
DEALS = sa.table("deals", sa.column("source_id", sa.Integer), sa.column("amounts", sa.Text))


def upgrade() -> None:
    with op.batch_alter_table("sources") as batch_op:
        batch_op.add_column(sa.Column("measures", sa.String(400), nullable=False, server_default=""))
    with op.batch_alter_table("sources") as batch_op:
        batch_op.alter_column("measures", server_default=None)
    connection = op.get_bind()
    amounts = sa.cast(DEALS.c.amounts, sa.Text)
    names: dict[int, set[str]] = {}
    for source_id, text in connection.execute(sa.select(DEALS.c.source_id, amounts).where(amounts != "{}")):
        names.setdefault(source_id, set()).update(json.loads(text))
    for source_id, measures in names.items():
        connection.execute(
            SOURCES.update().where(SOURCES.c.id == source_id).values(measures=",".join(sorted(measures)))
        )


def downgrade() -> None:
    with op.batch_alter_table("sources") as batch_op:
        batch_op.drop_column("measures")
