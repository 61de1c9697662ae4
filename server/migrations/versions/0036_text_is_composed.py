"""Names are kept in composed Unicode (NFC), and every import leaves a row that says who imported what and when.

A name that would then be another's stays as it was: whether they are the same is for an admin to decide.
"""

import sqlalchemy as sa
from alembic import op

from server.db.columns import UTCDateTime
from server.text.unicode import composed

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

TEXTS = {
    "people": ("name", "title", "region"),
    "customers": ("name", "sector", "country"),
    "products": ("name", "series"),
    "level_assignments": ("level",),
}
UNIQUE = {("customers", "name"), ("products", "name")}


def upgrade() -> None:
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ulid", sa.String(26), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_import_runs_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_index(op.f("ix_import_runs_ulid"), "import_runs", ["ulid"], unique=True)
    op.create_index(op.f("ix_import_runs_person_id"), "import_runs", ["person_id"])
    for name, columns in TEXTS.items():
        for column in columns:
            _compose(name, column)


def _compose(name: str, column: str) -> None:
    table = sa.table(name, sa.column("id"), sa.column(column))
    rows = op.get_bind().execute(sa.select(table.c.id, table.c[column])).all()
    used = {text for _, text in rows}
    for row_id, text in rows:
        kept = composed(text)
        if kept == text or ((name, column) in UNIQUE and kept in used):
            continue
        used.add(kept)
        op.execute(table.update().where(table.c.id == row_id).values({column: kept}))


def downgrade() -> None:
    op.drop_table("import_runs")
