"""The authorizations of revoked connections end, all of them: they alone say now whether a token is valid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    given = sa.table("authorization", *map(sa.column, ("connection_id", "ended_at", "end_reason")))
    connections = sa.table("connection", sa.column("id"), sa.column("revoked_at"))
    revoked = sa.select(connections.c.revoked_at).where(connections.c.id == given.c.connection_id).scalar_subquery()
    going_on = given.c.ended_at.is_(None), revoked.is_not(None)
    op.execute(sa.update(given).where(*going_on).values(ended_at=revoked, end_reason="revoked"))


def downgrade() -> None:
    """What has ended stays so."""
