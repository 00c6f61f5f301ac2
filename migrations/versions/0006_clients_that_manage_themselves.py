"""Clients that manage their own registration, and clients that were removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("client", sa.Column("registration_hash", sa.Text(), nullable=True))
    op.add_column("client", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("client", "removed_at")
    op.drop_column("client", "registration_hash")
