"""Access tokens of an authorization are found by their end: each renewal looked through all of a day's."""

from __future__ import annotations

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_access_token_expiry", "access_token", ["authorization_id", "expires_at"])
    op.drop_index("ix_access_token_authorization_id", table_name="access_token")


def downgrade() -> None:
    op.create_index("ix_access_token_authorization_id", "access_token", ["authorization_id"])
    op.drop_index("ix_access_token_expiry", table_name="access_token")
