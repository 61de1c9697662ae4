"""Add pages, links between documents, former slugs, archiving, and the number of changes by kind of block."""

from itertools import pairwise

import sqlalchemy as sa
from alembic import op

from server.db.columns import UTCDateTime
from server.text.diff.hunks import diff_markdown

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

VERSIONS = sa.table(
    "versions", sa.column("id", sa.Integer), sa.column("proposal_id", sa.Integer), sa.column("number", sa.Integer),
    sa.column("markdown", sa.Text), sa.column("changed", sa.JSON),
)


def upgrade() -> None:
    op.add_column("proposals", sa.Column("kind", sa.String(length=12), nullable=False, server_default="proposal"))
    op.add_column("proposals", sa.Column("archived_at", UTCDateTime(timezone=True), nullable=True))
    with op.batch_alter_table("proposals") as batch_op:
        batch_op.add_column(sa.Column("imported_at", UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("imported_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("fk_proposals_imported_by_people", "people", ["imported_by"], ["id"])
    op.create_table(
        "former_slugs",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name="fk_former_slugs_proposal_id_proposals"),
        sa.PrimaryKeyConstraint("slug", name="pk_former_slugs"),
    )
    op.create_index("ix_former_slugs_proposal_id", "former_slugs", ["proposal_id"])
    op.create_table(
        "page_links",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["proposals.id"], name="fk_page_links_source_id_proposals"),
        sa.PrimaryKeyConstraint("source_id", "target", name="pk_page_links"),
    )
    op.create_index("ix_page_links_target", "page_links", ["target"])
    op.add_column("versions", sa.Column("changed", sa.JSON(), nullable=False, server_default="{}"))
    _look_back()
    # What names a proposal by its slug would stay behind when it moves; the worker makes the index anew.
    op.execute("DELETE FROM search_entries")


def _look_back() -> None:
    """Count what changed in the versions that are already there."""
    connection = op.get_bind()
    chosen = sa.select(VERSIONS.c.id, VERSIONS.c.proposal_id, VERSIONS.c.markdown)
    rows = connection.execute(chosen.order_by(VERSIONS.c.proposal_id, VERSIONS.c.number)).all()
    for before, after in pairwise(rows):
        if before.proposal_id == after.proposal_id:
            kinds = diff_markdown(before.markdown, after.markdown).kinds
            connection.execute(sa.update(VERSIONS).where(VERSIONS.c.id == after.id).values(changed=kinds))


def downgrade() -> None:
    with op.batch_alter_table("versions") as batch_op:
        batch_op.drop_column("changed")
    op.execute("DELETE FROM search_entries")
    op.drop_table("page_links")
    op.drop_table("former_slugs")
    for table, key in (("read_marks", "version_id"), ("candidates", "version_id")):
        op.execute(
            f"DELETE FROM {table} WHERE {key} IN (SELECT v.id FROM versions v JOIN proposals p ON p.id = v.proposal_id"  # noqa: S608
            " WHERE p.kind = 'page')"
        )
    op.execute(
        "DELETE FROM draft_shares WHERE draft_id IN (SELECT d.id FROM drafts d JOIN proposals p ON p.id = d.proposal_id"
        " WHERE p.kind = 'page')"
    )
    for table in ("versions", "drafts"):
        op.execute(f"DELETE FROM {table} WHERE proposal_id IN (SELECT id FROM proposals WHERE kind = 'page')")  # noqa: S608
    op.execute("DELETE FROM proposals WHERE kind = 'page'")
    with op.batch_alter_table("proposals") as batch_op:
        batch_op.drop_constraint("fk_proposals_imported_by_people", type_="foreignkey")
        batch_op.drop_column("imported_by")
        batch_op.drop_column("imported_at")
        batch_op.drop_column("archived_at")
        batch_op.drop_column("kind")
