"""Who paused a connection, and which scopes its member took from it when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connection", sa.Column("paused_by", sa.Uuid(), nullable=True))
    op.add_column("connection", sa.Column("taken", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("connection", "taken")
    op.drop_column("connection", "paused_by")
