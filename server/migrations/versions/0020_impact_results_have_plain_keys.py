"""Rename keys in the stored results of impact runs."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

RUNS = sa.table("impact_runs", sa.column("id"), sa.column("result", sa.JSON))
NAMES = {
    "held": "is_withheld",
    "marks": "fingerprints",
    "everybody": "everyone",
    "sales": "cost_of_sales",
    "stayed": "cost_of_retained_sales",
    "range": "next_year_range",
    "at": "reference_pay",
    "then": "proposed",
}


def upgrade() -> None:
    _rename(NAMES)


def downgrade() -> None:
    _rename({new: old for old, new in NAMES.items()})


def _rename(names: dict[str, str]) -> None:
    for run_id, result in op.get_bind().execute(sa.select(RUNS.c.id, RUNS.c.result)).all():
        op.execute(RUNS.update().where(RUNS.c.id == run_id).values(result=_renamed(result, names)))


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """Return a JSON value with the keys of its objects renamed; no person or group has such a key."""
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(inner, names) for key, inner in value.items()}
    return [_renamed(inner, names) for inner in value] if isinstance(value, list) else value
