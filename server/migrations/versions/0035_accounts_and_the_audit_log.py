"""Companies have settings, people a second factor, actions an audit log, and mail to accounts a queue.

The database itself refuses to change or delete a row of the audit log.
"""

import sqlalchemy as sa
from alembic import op

from server.db.columns import UTCDateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

COMPANY = (
    sa.Column("time_zone", sa.String(60), nullable=False, server_default=""),
    sa.Column("fiscal_year_start", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("working_days", sa.String(7), nullable=False, server_default="12345"),
    sa.Column("answer_days", sa.Integer(), nullable=False, server_default="2"),
    sa.Column("language", sa.String(12), nullable=False, server_default=""),
    sa.Column("admins_need_second_factor", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("confirmed_at", UTCDateTime(timezone=True), nullable=True),
)
PERSON = (
    sa.Column("second_factor_secret", sa.String(64), nullable=False, server_default=""),
    sa.Column("second_factor_since", UTCDateTime(timezone=True), nullable=True),
    sa.Column("second_factor_step", sa.Integer(), nullable=False, server_default="0"),
)


def upgrade() -> None:
    for table, columns in (("companies", COMPANY), ("people", PERSON)):
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.add_column(column)
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ulid", sa.String(26), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("actor_ulid", sa.String(26), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("url", sa.String(300), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_ulid"), "audit_entries", ["ulid"], unique=True)
    op.create_index(op.f("ix_audit_entries_actor_ulid"), "audit_entries", ["actor_ulid"])
    op.create_index(op.f("ix_audit_entries_action"), "audit_entries", ["action"])
    _only_add()
    op.create_table(
        "account_mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ulid", sa.String(26), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("detail", sa.String(254), nullable=False),
        sa.Column("requested_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("due_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("sent_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(60), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_account_mails_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_mails")),
    )
    op.create_index(op.f("ix_account_mails_ulid"), "account_mails", ["ulid"], unique=True)
    op.create_index(op.f("ix_account_mails_person_id"), "account_mails", ["person_id"])
    op.create_index(op.f("ix_account_mails_due_at"), "account_mails", ["due_at"])
    with op.batch_alter_table("invitations") as batch_op:
        batch_op.add_column(sa.Column("is_reset", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("is_mailed", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("created_at", UTCDateTime(timezone=True), nullable=True))


def _only_add() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'rows of the audit log are only added'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_entries_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_entries_no_{event.lower()} BEFORE {event} ON audit_entries"
            " BEGIN SELECT RAISE(ABORT, 'rows of the audit log are only added'); END"
        )


def downgrade() -> None:
    with op.batch_alter_table("invitations") as batch_op:
        for name in ("is_reset", "is_mailed", "created_at"):
            batch_op.drop_column(name)
    op.drop_table("account_mails")
    op.drop_table("audit_entries")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")
    for table, columns in (("people", PERSON), ("companies", COMPANY)):
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.drop_column(column.name)
