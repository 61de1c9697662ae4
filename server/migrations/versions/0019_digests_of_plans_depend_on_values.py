"""Compute the stored digests of plans again: they no longer depend on the names of classes."""

import sqlalchemy as sa
from alembic import op

from server.comp.language.diagnostics import PlanError
from server.comp.plan import parse

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("candidates", "variants"):
        table = sa.table(name, sa.column("id"), sa.column("text"), sa.column("digest"))
        for row_id, text in op.get_bind().execute(sa.select(table.c.id, table.c.text)).all():
            try:
                digest = parse(text)[0].digest
            except PlanError:  # the text of a withdrawn variant is empty
                continue
            op.execute(table.update().where(table.c.id == row_id).values(digest=digest))


def downgrade() -> None:
    """A former release computes a digest when it publishes a plan, and compares it with those of its own."""
