"""The language in which a person reads, the one of an account, and the one in which somebody was invited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("language", sa.Text(), nullable=True))
    for table in ("account", "assessment_invitation"):
        op.add_column(table, sa.Column("language", sa.Text(), nullable=False, server_default="en"))


def downgrade() -> None:
    for table in ("assessment_invitation", "account", "user"):
        op.drop_column(table, "language")
