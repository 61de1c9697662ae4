"""Create the search index: FTS5 on SQLite, tsvector on PostgreSQL, over the same terms.

A later migration that copies `search_entries` on SQLite must create the triggers again: they are dropped with the table.
"""

import sqlalchemy as sa
from alembic import op

from server.db.columns import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FTS = (
    """CREATE VIRTUAL TABLE search_fts USING fts5(
         terms, content='search_entries', content_rowid='id', detail=none, prefix='4 5 6',
         tokenize="unicode61 remove_diacritics 0")""",
    """CREATE TRIGGER search_entries_in AFTER INSERT ON search_entries BEGIN
         INSERT INTO search_fts(rowid, terms) VALUES (new.id, new.terms);
       END""",
    """CREATE TRIGGER search_entries_out AFTER DELETE ON search_entries BEGIN
         INSERT INTO search_fts(search_fts, rowid, terms) VALUES ('delete', old.id, old.terms);
       END""",
    """CREATE TRIGGER search_entries_changed AFTER UPDATE OF terms ON search_entries BEGIN
         INSERT INTO search_fts(search_fts, rowid, terms) VALUES ('delete', old.id, old.terms);
         INSERT INTO search_fts(rowid, terms) VALUES (new.id, new.terms);
       END""",
)
TSVECTOR = (
    """ALTER TABLE search_entries ADD COLUMN lexemes tsvector
         GENERATED ALWAYS AS (array_to_tsvector(string_to_array(terms, ' '))) STORED""",
    "CREATE INDEX ix_search_entries_lexemes ON search_entries USING gin (lexemes) WITH (fastupdate = off)",
)


def upgrade() -> None:
    op.create_table(
        "search_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("ref", sa.String(length=120), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_entries"),
        sa.UniqueConstraint("kind", "ref", name="uq_search_entries_kind_ref"),
    )
    op.create_index("ix_search_entries_proposal_id", "search_entries", ["proposal_id"])
    for statement in FTS if op.get_bind().dialect.name == "sqlite" else TSVECTOR:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_fts")
    op.drop_table("search_entries")
