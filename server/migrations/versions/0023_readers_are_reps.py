"""Count the reps among the readers of a version, as its page says of how many reps."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

COUNT = """
    UPDATE versions SET readers = (
        SELECT count(*) FROM read_marks JOIN people ON people.id = read_marks.person_id
        WHERE read_marks.version_id = versions.id{condition}
    )
"""


def upgrade() -> None:
    op.execute(COUNT.format(condition=" AND people.role = 'rep'"))


def downgrade() -> None:
    op.execute(COUNT.format(condition=""))
