"""An account can show its members only the profiles that have one of their tags."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("profiles_by_tags", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("member", sa.Column("tag_ids", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("member", "tag_ids")
    op.drop_column("account", "profiles_by_tags")
