"""A redesign has an audience, who are told of it, asked and shown it, and owners, who alone may change it."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("redesigns") as batch:
        batch.add_column(sa.Column("is_for_everyone", sa.Boolean(), nullable=False, server_default=sa.true()))
        for name in ("titles", "levels", "regions", "people"):
            batch.add_column(sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "redesign_owners",
        sa.Column("redesign_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["redesign_id"], ["redesigns.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("redesign_id", "person_id"),
    )


def downgrade() -> None:
    redesigns = sa.table("redesigns", sa.column("id"), sa.column("is_for_everyone", sa.Boolean()))
    limited = sa.select(sa.func.count()).select_from(redesigns).where(redesigns.c.is_for_everyone.is_(False))
    if op.get_bind().execute(limited).scalar():
        raise RuntimeError("Some redesigns are not for everyone, and an older Townhall would show them to all.")
    op.drop_table("redesign_owners")
    with op.batch_alter_table("redesigns") as batch:
        for name in ("is_for_everyone", "titles", "levels", "regions", "people"):
            batch.drop_column(name)
