"""The outbox is read by state, and what was settled long ago is forgotten: neither may mean looking at every message."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_message_outbox", "message", ["account_id", "state", "id"], unique=False)
    op.create_index("ix_message_settled", "message", ["settled_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_message_settled", table_name="message")
    op.drop_index("ix_message_outbox", table_name="message")
