"""Rename two columns of impact runs, and the notice of a comment that a version includes."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NAMES = {"line_id": "manager_id", "of": "total"}
LINE_KEY = ("uq_impact_runs_version_id_line_id_key", ["version_id", "line_id", "key"])
MANAGER_KEY = ("uq_impact_runs_version_id_manager_id_key", ["version_id", "manager_id", "key"])


def upgrade() -> None:
    _rename_event("adopted", "included")
    _replace(LINE_KEY[0], NAMES, MANAGER_KEY)


def downgrade() -> None:
    _rename_event("included", "adopted")
    _replace(MANAGER_KEY[0], {new: old for old, new in NAMES.items()}, LINE_KEY)


def _rename_event(old: str, new: str) -> None:
    notices = sa.table("notices", sa.column("event"))
    op.execute(notices.update().where(notices.c.event == old).values(event=new))


def _replace(former_key: str, names: dict[str, str], key: tuple[str, list[str]]) -> None:
    with op.batch_alter_table("impact_runs") as batch_op:
        batch_op.drop_constraint(former_key, type_="unique")
    for old, new in names.items():
        op.alter_column("impact_runs", old, new_column_name=new)
    with op.batch_alter_table("impact_runs") as batch_op:
        batch_op.create_unique_constraint(*key)
