"""Debriefs by a language model: to whom an Owner let scores go, which model was asked, and what a stand-in stands for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("debriefs_sent_to", sa.Text(), nullable=True))
    op.add_column("debrief", sa.Column("stands_in_for", sa.Text(), nullable=True))
    op.add_column("debrief_request", sa.Column("model", sa.Text(), nullable=True))
    op.create_index("ix_debrief_request_asked", "debrief_request", ["account_id", "asked_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_debrief_request_asked", table_name="debrief_request")
    op.drop_column("debrief_request", "model")
    op.drop_column("debrief", "stands_in_for")
    op.drop_column("account", "debriefs_sent_to")
