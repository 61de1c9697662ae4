"""Store the rendered HTML of a version as a list of blocks."""

import sqlalchemy as sa
from alembic import op

from server.text.rendered import dump_parts, join_blocks, load_parts, split_blocks

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

VERSIONS = sa.table("versions", sa.column("id"), sa.column("parts", sa.JSON))


def upgrade() -> None:
    for version_id, parts in op.get_bind().execute(sa.select(VERSIONS.c.id, VERSIONS.c.parts)).all():
        html = [part if isinstance(part, int) else part.replace('class="mid"', 'class="center"') for part in parts]
        blocks = dump_parts(split_blocks(html))
        op.execute(VERSIONS.update().where(VERSIONS.c.id == version_id).values(parts=blocks))


def downgrade() -> None:
    for version_id, parts in op.get_bind().execute(sa.select(VERSIONS.c.id, VERSIONS.c.parts)).all():
        html = join_blocks(load_parts(parts))
        op.execute(VERSIONS.update().where(VERSIONS.c.id == version_id).values(parts=html))
