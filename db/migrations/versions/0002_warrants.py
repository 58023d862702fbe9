"""Warrants of contracting officers"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("users", sa.Column("warrant_usd", sa.Numeric(15, 2), nullable=True))
    op.create_check_constraint(
        op.f("ck_users_warrant_usd_not_negative"), "users", "warrant_usd >= 0"
    )


def downgrade() -> None:
    op.drop_column("users", "warrant_usd")
