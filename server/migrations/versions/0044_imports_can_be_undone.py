"""An import keeps which rows it wrote, so that it can be undone; large ones run in the background."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import UTCDateTime, new_ulid

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_CHANGED = ("customers", "products", "deals", "usage_events")
_STATE = "state in ('due','running','done','failed','undoing','undone')"


def upgrade() -> None:
    for name in _CHANGED:
        op.add_column(name, sa.Column("changed_at", UTCDateTime(timezone=True)))
    _add_product_ids()
    with op.batch_alter_table("import_runs") as batch:
        batch.add_column(sa.Column("state", sa.String(8), nullable=False, server_default="done"))
        batch.add_column(sa.Column("upload", sa.String(26), nullable=False, server_default=""))
        batch.add_column(sa.Column("done", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("total", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("failure", sa.String(500), nullable=False, server_default=""))
        batch.add_column(sa.Column("progress_at", UTCDateTime(timezone=True)))
        batch.add_column(sa.Column("undone_at", UTCDateTime(timezone=True)))
        batch.add_column(sa.Column("undone_by", sa.Integer()))
        batch.create_foreign_key("fk_import_runs_undone_by", "people", ["undone_by"], ["id"])
        batch.create_check_constraint("state", _STATE)
        batch.create_index("ix_import_runs_state", ["state"])
    op.create_table(
        "imported_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("referred", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["import_runs.id"], name="fk_imported_rows_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_imported_rows"),
    )
    op.create_index("ix_imported_rows_run_id", "imported_rows", ["run_id"])
    _rename_numbers("merged_people", "removed_people")


def _add_product_ids() -> None:
    with op.batch_alter_table("products") as batch:
        batch.add_column(sa.Column("ulid", sa.String(26)))
    connection = op.get_bind()
    products = sa.table("products", sa.column("id", sa.Integer()), sa.column("ulid", sa.String()))
    for (key,) in connection.execute(sa.select(products.c.id)).all():
        connection.execute(products.update().where(products.c.id == key).values(ulid=new_ulid()))
    with op.batch_alter_table("products") as batch:
        batch.alter_column("ulid", existing_type=sa.String(26), nullable=False)
        batch.create_index("ix_products_ulid", ["ulid"], unique=True)


def _rename_numbers(before: str, after: str) -> None:
    op.create_table(
        after,
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=f"pk_{after}"),
    )
    op.execute(f"INSERT INTO {after} (person_id, at) SELECT person_id, at FROM {before}")  # noqa: S608
    op.drop_table(before)


def downgrade() -> None:
    _rename_numbers("removed_people", "merged_people")
    op.drop_table("imported_rows")
    with op.batch_alter_table("import_runs") as batch:
        batch.drop_index("ix_import_runs_state")
        batch.drop_constraint("state", type_="check")
        batch.drop_constraint("fk_import_runs_undone_by", type_="foreignkey")
        for name in ("undone_by", "undone_at", "progress_at", "failure", "total", "done", "upload", "state"):
            batch.drop_column(name)
    with op.batch_alter_table("products") as batch:
        batch.drop_index("ix_products_ulid")
        batch.drop_column("ulid")
    for name in _CHANGED:
        with op.batch_alter_table(name) as batch:
            batch.drop_column("changed_at")
