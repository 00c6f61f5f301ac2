"""What was chosen on a consent page that was not answered yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consent_request", sa.Column("choices", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("consent_request", "choices")
