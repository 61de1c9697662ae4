"""Store the blame and the number of changes of each version; schedule drafts and share them."""

from itertools import pairwise

import sqlalchemy as sa
from alembic import op

from server.db.columns import UTCDateTime
from server.text.blocks import blocks_of
from server.text.diff.blame import blame
from server.text.diff.hunks import diff_markdown

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

VERSIONS = sa.table(
    "versions", sa.column("id", sa.Integer), sa.column("proposal_id", sa.Integer), sa.column("number", sa.Integer),
    sa.column("markdown", sa.Text), sa.column("origins", sa.JSON), sa.column("changes", sa.Integer),
    sa.column("material", sa.Boolean),
)


def upgrade() -> None:
    with op.batch_alter_table("versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("origins", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("changes", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("material", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("window", sa.String(length=26), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("publish_at", UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("held_up", sa.String(length=500), nullable=False, server_default=""))
    op.create_table(
        "draft_shares",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_draft_shares_draft_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_draft_shares_person_id"),
        sa.PrimaryKeyConstraint("draft_id", "person_id", name="pk_draft_shares"),
    )
    _look_back()


def _look_back() -> None:
    """Work out for the versions that are already there what a new one is given when it comes out."""
    connection = op.get_bind()
    for (proposal,) in connection.execute(sa.select(VERSIONS.c.proposal_id).distinct()).all():
        chosen = sa.select(VERSIONS.c.id, VERSIONS.c.number, VERSIONS.c.markdown)
        rows = connection.execute(chosen.where(VERSIONS.c.proposal_id == proposal).order_by(VERSIONS.c.number)).all()
        origins = [rows[0].number] * len(blocks_of(rows[0].markdown))
        _note(rows[0].id, origins=origins)
        for before, after in pairwise(rows):
            found = diff_markdown(before.markdown, after.markdown)
            origins = blame(found, origins, after.number)
            _note(after.id, origins=origins, changes=len(found.changed), material=found.is_material)


def _note(version_id: int, **values: object) -> None:
    op.get_bind().execute(sa.update(VERSIONS).where(VERSIONS.c.id == version_id).values(**values))


def downgrade() -> None:
    op.drop_table("draft_shares")
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.drop_column("held_up")
        batch_op.drop_column("publish_at")
        batch_op.drop_column("window")
    with op.batch_alter_table("versions", schema=None) as batch_op:
        batch_op.drop_column("material")
        batch_op.drop_column("changes")
        batch_op.drop_column("origins")
