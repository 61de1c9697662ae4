"""Identify the terms that comments are about by their path in the plan instead of their English label."""

import sqlalchemy as sa
from alembic import op

from server.comp.analysis.terms import terms_table
from server.comp.language.diagnostics import PlanError
from server.comp.plan import parse

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COMMENTS = sa.table(
    "comments",
    sa.column("id"),
    sa.column("proposal_id"),
    sa.column("version"),
    sa.column("candidate"),
    sa.column("term"),
)
VERSIONS = sa.table("versions", sa.column("id"), sa.column("proposal_id"), sa.column("number"))
CANDIDATES = sa.table("candidates", sa.column("version_id"), sa.column("key"), sa.column("text"))
PENDING = sa.table("pending_comments", sa.column("key"), sa.column("proposal_id"), sa.column("content", sa.JSON))


def upgrade() -> None:
    _rename(back=False)


def downgrade() -> None:
    _rename(back=True)


def _rename(*, back: bool) -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(COMMENTS).where(COMMENTS.c.term != "")).mappings().all():
        names = _names(row["proposal_id"], row["version"], row["candidate"], back=back)
        if row["term"] in names:
            op.execute(COMMENTS.update().where(COMMENTS.c.id == row["id"]).values(term=names[row["term"]]))
    for row in connection.execute(sa.select(PENDING)).mappings().all():
        content = row["content"]
        selection = content.get("selection") or {}
        names = _names(row["proposal_id"], content["number"], content["candidate"], back=back)
        if selection.get("term") in names:
            changed = content | {"selection": selection | {"term": names[selection["term"]]}}
            op.execute(PENDING.update().where(PENDING.c.key == row["key"]).values(content=changed))


def _names(proposal_id: int, number: int, key: str, *, back: bool) -> dict[str, str]:
    """Return the paths of a candidate's terms by label, or the labels by path."""
    statement = (
        sa.select(CANDIDATES.c.text)
        .join(VERSIONS, VERSIONS.c.id == CANDIDATES.c.version_id)
        .where(VERSIONS.c.proposal_id == proposal_id, VERSIONS.c.number == number, CANDIDATES.c.key == key)
    )
    text = op.get_bind().execute(statement).scalar()
    if text is None:
        return {}
    try:
        plan = parse(text)[0]
    except PlanError:
        return {}
    pairs = [(str(term.label), term.path) for term in terms_table(plan)]
    return {path: label for label, path in pairs} if back else dict(pairs)
