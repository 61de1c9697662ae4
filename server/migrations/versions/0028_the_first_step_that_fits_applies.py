"""The first step of a multiplier that fits applies; steps of which several may fit are reversed, to pay the same.

Before, the last one did. The texts of candidates, variants, drafts, versions and plans in force change, and the hashes
of what decides pay with them.
"""

from html import escape
from typing import Any

import sqlalchemy as sa
from alembic import op

from server.comp.plan import parse
from server.comp.plan_text.step_order import with_reversed_steps

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

PLANS = ("candidates", "variants", "plans_in_force")
"""Tables of plans, the first two with the hash of what decides pay."""


def upgrade() -> None:
    _rewrite()


def downgrade() -> None:
    _rewrite()


def _rewrite() -> None:
    connection = op.get_bind()
    changed: dict[str, str] = {}
    for name in PLANS:
        plans = sa.table(name, sa.column("id"), sa.column("text"), sa.column("digest"))
        for key, text in connection.execute(sa.select(plans.c.id, plans.c.text)).all():
            new = with_reversed_steps(text)
            if new != text:
                changed[text.strip()] = new.strip()
                values = {"text": new} | ({} if name == "plans_in_force" else {"digest": parse(new)[0].digest})
                op.execute(plans.update().where(plans.c.id == key).values(**values))
    if changed:
        _replace("versions", changed, ("markdown",))
        _replace("drafts", changed, ("markdown",))
        _replace("versions", {escape(old): escape(new) for old, new in changed.items()}, ("parts",))


def _replace(name: str, changed: dict[str, str], columns: tuple[str, ...]) -> None:
    """Replace texts wherever they occur in some columns of a table."""

    def replaced(value: Any) -> Any:
        if isinstance(value, list):
            return [replaced(part) for part in value]
        if not isinstance(value, str):
            return value
        for old, new in changed.items():
            value = value.replace(old, new)
        return value

    types = {"parts": sa.JSON()}
    table = sa.table(name, sa.column("id"), *(sa.column(column, types.get(column, sa.Text())) for column in columns))
    for row in op.get_bind().execute(sa.select(table)).mappings().all():
        values = {column: replaced(row[column]) for column in columns}
        if any(values[column] != row[column] for column in columns):
            op.execute(table.update().where(table.c.id == row["id"]).values(**values))
