"""People can see their report before others, and comment on it; a declined removal request has a reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("account", sa.Column("results_seen_first", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sitting", sa.Column("seen_first", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sitting", sa.Column("share_due_at", TIME, nullable=True))
    op.add_column("sitting", sa.Column("comment", sa.Text(), server_default="", nullable=False))
    op.add_column("profile", sa.Column("comment", sa.Text(), server_default="", nullable=False))
    op.add_column("profile", sa.Column("commented_at", TIME, nullable=True))
    op.add_column("removal_request", sa.Column("reason", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    # An older server would share a result that only its person may see, and show it in an export.
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE sitting NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM sitting WHERE share_due_at IS NOT NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE sitting FORCE ROW LEVEL SECURITY")
    op.drop_column("removal_request", "reason")
    op.drop_column("profile", "commented_at")
    op.drop_column("profile", "comment")
    op.drop_column("sitting", "comment")
    op.drop_column("sitting", "share_due_at")
    op.drop_column("sitting", "seen_first")
    op.drop_column("account", "results_seen_first")
