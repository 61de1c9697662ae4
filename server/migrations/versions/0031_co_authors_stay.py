"""Co-authors are those of an author's drafts of a document, so that the next draft has them as well."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "co_authors",
        sa.Column("proposal_id", sa.Integer(), sa.ForeignKey("proposals.id"), primary_key=True),
        sa.Column("author_id", sa.Integer(), sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), primary_key=True),
    )
    op.execute(
        "INSERT INTO co_authors (proposal_id, author_id, person_id)"
        " SELECT drafts.proposal_id, drafts.author_id, draft_shares.person_id"
        " FROM draft_shares JOIN drafts ON drafts.id = draft_shares.draft_id"
    )
    op.drop_table("draft_shares")


def downgrade() -> None:
    op.create_table(
        "draft_shares",
        sa.Column("draft_id", sa.Integer(), sa.ForeignKey("drafts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"), primary_key=True),
    )
    op.execute(
        "INSERT INTO draft_shares (draft_id, person_id)"
        " SELECT drafts.id, co_authors.person_id FROM co_authors JOIN drafts"
        " ON drafts.proposal_id = co_authors.proposal_id AND drafts.author_id = co_authors.author_id"
    )
    op.drop_table("co_authors")
