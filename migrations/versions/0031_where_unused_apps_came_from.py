"""When an app last introduced itself and from which network, so that tidying takes the right ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

LONG_AGO = "1970-01-01 00:00:00+00:00"
UNUSED = sa.text("first_used_at IS NULL")


def upgrade() -> None:
    op.add_column("client", sa.Column("network", sa.Text(), nullable=True))
    # With a default, because SQLite would otherwise make the whole table anew.
    long_ago = sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, server_default=LONG_AGO)
    op.add_column("client", long_ago)
    op.execute("UPDATE client SET seen_at = COALESCE(document_fetched_at, created_at)")
    # An app with a connection is used, however the connection was made.
    op.execute(
        "UPDATE client SET first_used_at = created_at WHERE first_used_at IS NULL "
        "AND EXISTS (SELECT 1 FROM connection WHERE connection.client_id = client.id)"
    )
    index_unused_by("seen_at")


def downgrade() -> None:
    index_unused_by("created_at")
    op.drop_column("client", "seen_at")
    op.drop_column("client", "network")


def index_unused_by(column: str) -> None:
    op.drop_index("ix_client_unused", "client")
    op.create_index("ix_client_unused", "client", [column], sqlite_where=UNUSED, postgresql_where=UNUSED)
