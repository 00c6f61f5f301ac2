"""Limits, counted in the database for all processes together; and what lets secrets that have ended be found and forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEPT = sa.text("reaped_at IS NULL")
ENDED = sa.text("reaped_at IS NULL AND ended_at IS NOT NULL")
COUNTERS = ("calls", "calls_empty_at", "writes_empty_at", "refreshes_empty_at")
EXPIRING = {"consent_request": "expires_at", "device_authorization": "expires_at", "login_session": "seen_at"}


def upgrade() -> None:
    op.drop_table("fetch_count")
    op.create_table(
        "throttle",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("empty_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    op.create_index(op.f("ix_throttle_empty_at"), "throttle", ["empty_at"])
    for counter in COUNTERS:
        op.add_column("connection_use", sa.Column(counter, sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("connection_use", sa.Column("refusal_noted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("client", sa.Column("auth_signing_alg", sa.Text(), nullable=True))
    op.add_column("authorization", sa.Column("reaped_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_authorization_expires", "authorization", ["expires_at"], sqlite_where=KEPT, postgresql_where=KEPT
    )
    op.create_index("ix_authorization_ended", "authorization", ["ended_at"], sqlite_where=ENDED, postgresql_where=ENDED)
    for table, column in EXPIRING.items():
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    for table, column in EXPIRING.items():
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    op.drop_index("ix_authorization_ended", table_name="authorization")
    op.drop_index("ix_authorization_expires", table_name="authorization")
    op.drop_column("authorization", "reaped_at")
    op.drop_column("client", "auth_signing_alg")
    op.drop_column("connection_use", "refusal_noted_at")
    for counter in reversed(COUNTERS):
        op.drop_column("connection_use", counter)
    op.drop_table("throttle")
    op.create_table(
        "fetch_count",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetches", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_fetch_count")),
    )
