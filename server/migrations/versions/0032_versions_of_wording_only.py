"""Votes count for later versions that change nothing material, also those that are said to change wording only."""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

VERSIONS = sa.table(
    "versions",
    sa.column("id", sa.Integer),
    sa.column("proposal_id", sa.Integer),
    sa.column("number", sa.Integer),
    sa.column("material", sa.Boolean),
)
CANDIDATES = sa.table(
    "candidates",
    sa.column("version_id", sa.Integer),
    sa.column("key", sa.String),
    sa.column("name", sa.String),
)
PULSES = sa.table(
    "pulses",
    *(sa.column(name) for name in ("version_id", "candidate", "person_id", "choice", "reason", "cast_at")),
)


def upgrade() -> None:
    for table in ("versions", "drafts"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("wording_only", sa.Boolean(), nullable=False, server_default=sa.false()))
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column("wording_only", server_default=None)
    _copy_votes()


def _copy_votes() -> None:
    """Count votes for the versions after them that changed nothing material, unless the same person voted again."""
    connection = op.get_bind()
    keys: dict[int, dict[str, str]] = defaultdict(dict)
    for version_id, key, name in connection.execute(sa.select(CANDIDATES)):
        keys[version_id][name] = key
    versions = connection.execute(sa.select(VERSIONS).order_by(VERSIONS.c.proposal_id, VERSIONS.c.number)).all()
    for earlier, later in zip(versions, versions[1:], strict=False):
        if later.proposal_id != earlier.proposal_id or later.material:
            continue
        new_keys = {key: keys[later.id].get(name) for name, key in keys[earlier.id].items()}
        voted = set(
            connection.execute(
                sa.select(PULSES.c.candidate, PULSES.c.person_id).where(PULSES.c.version_id == later.id)
            ).tuples()
        )
        votes = connection.execute(sa.select(PULSES).where(PULSES.c.version_id == earlier.id)).mappings()
        copies = [
            {**vote, "version_id": later.id, "candidate": candidate}
            for vote in votes
            if (candidate := new_keys.get(vote["candidate"], vote["candidate"]))
            and (candidate, vote["person_id"]) not in voted
        ]
        if copies:
            connection.execute(PULSES.insert(), copies)


def downgrade() -> None:
    for table in ("versions", "drafts"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("wording_only")
