"""Clients whose identifier is the address of a document: what the document said, until when that holds, and what bounds the asking."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = {
    "document_fetched_at": sa.DateTime(timezone=True),
    "document_fresh_until": sa.DateTime(timezone=True),
    "document_etag": sa.Text(),
    "jwks": sa.JSON(),
    "jwks_uri": sa.Text(),
    "jwks_fetched_at": sa.DateTime(timezone=True),
    "jwks_fresh_until": sa.DateTime(timezone=True),
}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("client", sa.Column(name, kind, nullable=True))
    op.create_table(
        "fetch_count",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetches", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_fetch_count")),
    )
    op.create_table(
        "used_assertion",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_used_assertion")),
    )
    op.create_index(op.f("ix_used_assertion_expires_at"), "used_assertion", ["expires_at"])


def downgrade() -> None:
    op.drop_table("used_assertion")
    op.drop_table("fetch_count")
    for name in reversed(COLUMNS):
        op.drop_column("client", name)
