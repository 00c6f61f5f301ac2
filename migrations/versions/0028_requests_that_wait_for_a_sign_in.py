"""Authorization requests that wait until their person has signed in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pending_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_request")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_pending_request_token_hash")),
    )
    op.create_index(op.f("ix_pending_request_expires_at"), "pending_request", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_table("pending_request")
