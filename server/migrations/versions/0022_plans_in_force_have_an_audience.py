"""Plans in force get an audience, a last day, a note and an author; plans that stood in for none are removed.

The digests of plans are computed again: they depend on the terms that a plan states.
"""

import sqlalchemy as sa
from alembic import op
from ulid import ULID

from server.comp.language.diagnostics import PlanError
from server.comp.plan import parse
from server.db.columns import UTCDateTime, now

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

LISTS = ("titles", "levels", "regions", "people")
PLANS = sa.table("plans_in_force", sa.column("id"), sa.column("ulid"), sa.column("is_starter", sa.Boolean))


def upgrade() -> None:
    op.execute(PLANS.delete().where(PLANS.c.is_starter.is_(True)))
    with op.batch_alter_table("plans_in_force") as batch_op:
        batch_op.add_column(sa.Column("ulid", sa.String(26), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("until", sa.Date(), nullable=True))
        for name in LISTS:
            batch_op.add_column(sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("note", sa.String(500), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("entered_by", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("entered_at", UTCDateTime(), nullable=False, server_default=sa.literal(now(), UTCDateTime()))
        )
        batch_op.add_column(sa.Column("withdrawn_at", UTCDateTime(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_plans_in_force_entered_by"), "people", ["entered_by"], ["id"])
        batch_op.drop_constraint(op.f("uq_plans_in_force_since"), type_="unique")
        batch_op.drop_column("is_starter")
    for (plan_id,) in op.get_bind().execute(sa.select(PLANS.c.id)).all():
        op.execute(PLANS.update().where(PLANS.c.id == plan_id).values(ulid=str(ULID())))
    with op.batch_alter_table("plans_in_force") as batch_op:
        for name in ("ulid", *LISTS, "note", "entered_at"):
            batch_op.alter_column(name, server_default=None)
        batch_op.create_index(op.f("ix_plans_in_force_ulid"), ["ulid"], unique=True)
        batch_op.create_index(op.f("ix_plans_in_force_since"), ["since"])
    _compute_digests()


def downgrade() -> None:
    """Only one plan for everyone was possible before: of those in force for all, the ones that start last stay."""
    everyone = " AND ".join(f"CAST({name} AS VARCHAR) = '[]'" for name in LISTS)
    today = sa.text(
        f"DELETE FROM plans_in_force WHERE withdrawn_at IS NOT NULL OR since > :today OR until < :today OR NOT ({everyone})"
    )
    op.execute(today.bindparams(today=now().date()))
    with op.batch_alter_table("plans_in_force") as batch_op:
        batch_op.drop_index(op.f("ix_plans_in_force_since"))
        batch_op.drop_index(op.f("ix_plans_in_force_ulid"))
        batch_op.drop_constraint(op.f("fk_plans_in_force_entered_by"), type_="foreignkey")
        for name in ("ulid", "until", *LISTS, "note", "entered_by", "entered_at", "withdrawn_at"):
            batch_op.drop_column(name)
        batch_op.add_column(sa.Column("is_starter", sa.Boolean(), nullable=False, server_default=sa.false()))
    newest = sa.text("DELETE FROM plans_in_force WHERE id NOT IN (SELECT max(id) FROM plans_in_force GROUP BY since)")
    op.execute(newest)
    with op.batch_alter_table("plans_in_force") as batch_op:
        batch_op.alter_column("is_starter", server_default=None)
        batch_op.create_unique_constraint(op.f("uq_plans_in_force_since"), ["since"])


def _compute_digests() -> None:
    for name in ("candidates", "variants"):
        table = sa.table(name, sa.column("id"), sa.column("text"), sa.column("digest"))
        for row_id, text in op.get_bind().execute(sa.select(table.c.id, table.c.text)).all():
            try:
                digest = parse(text)[0].digest
            except PlanError:  # the text of a withdrawn variant is empty
                continue
            op.execute(table.update().where(table.c.id == row_id).values(digest=digest))
