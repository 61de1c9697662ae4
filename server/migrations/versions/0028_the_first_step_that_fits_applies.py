"""The first step of a multiplier that fits applies; steps of which several may fit are reversed, to pay the same.

Before, the last one did. The texts of candidates, variants, drafts, versions and plans in force change, and the hashes
of what decides pay with them.
"""

import re
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

BLOCK = re.compile(r"(?P<fence>^```plan[^\n]*\n)(?P<plan>.*?)(?=^```)", re.MULTILINE | re.DOTALL)
PLANS = ("candidates", "variants", "plans_in_force")
"""Tables of plans, the first two with the hash of what decides pay."""


def upgrade() -> None:
    _rewrite()


def downgrade() -> None:
    _rewrite()


def _rewrite() -> None:
    connection = op.get_bind()
    for name in PLANS:
        plans = sa.table(name, sa.column("id"), sa.column("text"), sa.column("digest"))
        for key, text in connection.execute(sa.select(plans.c.id, plans.c.text)).all():
            new = with_reversed_steps(text)
            if new != text:
                values = {"text": new} | ({} if name == "plans_in_force" else {"digest": parse(new)[0].digest})
                op.execute(plans.update().where(plans.c.id == key).values(**values))
    drafts = sa.table("drafts", sa.column("id"), sa.column("markdown"))
    for key, markdown in connection.execute(sa.select(drafts.c.id, drafts.c.markdown)).all():
        new, _ = _with_reversed_blocks(markdown)
        if new != markdown:
            op.execute(drafts.update().where(drafts.c.id == key).values(markdown=new))
    versions = sa.table("versions", sa.column("id"), sa.column("markdown"), sa.column("parts", sa.JSON()))
    for key, markdown, parts in connection.execute(
        sa.select(versions.c.id, versions.c.markdown, versions.c.parts)
    ).all():
        new, changed = _with_reversed_blocks(markdown)
        if changed:
            escaped = {escape(old.strip()): escape(text.strip()) for old, text in changed.items()}
            values = {"markdown": new, "parts": _replaced(parts, escaped)}
            op.execute(versions.update().where(versions.c.id == key).values(**values))


def _with_reversed_blocks(markdown: str) -> tuple[str, dict[str, str]]:
    """Return a text with the steps of its plans reversed where several may fit, and the plans that changed."""
    changed: dict[str, str] = {}

    def reversed_block(match: re.Match[str]) -> str:
        new = with_reversed_steps(match["plan"])
        if new != match["plan"]:
            changed[match["plan"]] = new
        return f"{match['fence']}{new}"

    return BLOCK.sub(reversed_block, markdown), changed


def _replaced(value: Any, changed: dict[str, str]) -> Any:
    """Return a rendered text, or a list of such, with plans replaced wherever they occur, in one pass."""
    if isinstance(value, list):
        return [_replaced(part, changed) for part in value]
    if not isinstance(value, str):
        return value
    pattern = "|".join(re.escape(old) for old in sorted(changed, key=len, reverse=True))
    return re.sub(pattern, lambda match: changed[match[0]], value)
