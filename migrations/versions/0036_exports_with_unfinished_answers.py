"""Exports that were made before end: they hold unfinished sittings and pending results, and a withdrawal no longer ends exports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    exports = sa.table("data_export", sa.column("state"), sa.column("outdated_at"))
    holding = exports.c.state.in_(["waiting", "making", "ready"]), exports.c.outdated_at.is_(None)
    op.execute(sa.update(exports).where(*holding).values(outdated_at=sa.func.now()))


def downgrade() -> None:
    """An export that has ended stays so."""
