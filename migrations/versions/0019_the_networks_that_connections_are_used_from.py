"""The networks that a connection was used from, so that its member can be told of a new one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connection_use", sa.Column("last_network", sa.Text(), nullable=True))
    op.add_column("connection_use", sa.Column("network_told_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "connection_network",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_connection_network_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection_network")),
        sa.UniqueConstraint("connection_id", "network", name=op.f("uq_connection_network_connection_id_network")),
    )
    op.create_index("ix_connection_network_last_used_at", "connection_network", ["last_used_at"], unique=False)


def downgrade() -> None:
    op.drop_table("connection_network")
    op.drop_column("connection_use", "network_told_at")
    op.drop_column("connection_use", "last_network")
