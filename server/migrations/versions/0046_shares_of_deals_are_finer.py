"""Shares of deals are kept in ten-billionths instead of hundredths of a percent: parts of a deal pay to the cent."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_FINER = 1_000_000


def upgrade() -> None:
    _set_limit(sa.Integer(), sa.BigInteger(), "share > 0")
    op.execute(f"UPDATE deal_credits SET share = share * {_FINER}")  # noqa: S608
    with op.batch_alter_table("deal_credits") as batch:
        batch.drop_constraint("share", type_="check")
        batch.create_check_constraint("share", "share > 0 and share <= 10000000000")


def downgrade() -> None:
    _set_limit(sa.BigInteger(), sa.BigInteger(), "share > 0")
    op.execute(f"UPDATE deal_credits SET share = CASE WHEN share < {_FINER} THEN 1 ELSE share / {_FINER} END")  # noqa: S608
    _set_limit(sa.BigInteger(), sa.Integer(), "share > 0 and share <= 10000")


def _set_limit(before: sa.types.TypeEngine[int], after: sa.types.TypeEngine[int], limit: str) -> None:
    with op.batch_alter_table("deal_credits") as batch:
        batch.drop_constraint("share", type_="check")
        batch.alter_column("share", existing_type=before, type_=after, existing_nullable=False)
        batch.create_check_constraint("share", limit)
