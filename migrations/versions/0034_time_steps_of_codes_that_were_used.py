"""The time steps of accepted codes: a code that was accepted while a clock was ahead locks nobody out, and never works again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("authenticator", sa.Column("used_steps", sa.JSON(), nullable=False, server_default="[]"))
    apps = sa.table("authenticator", sa.column("last_step"), sa.column("used_steps"))
    postgres = op.get_context().dialect.name == "postgresql"
    array = sa.func.json_build_array if postgres else sa.func.json_array
    op.execute(sa.update(apps).values(used_steps=array(apps.c.last_step)))


def downgrade() -> None:
    op.drop_column("authenticator", "used_steps")
