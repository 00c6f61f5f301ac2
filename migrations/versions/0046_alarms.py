"""Tripwires of connections and the alarms about them, and the weekly digest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("connection", "connection_policy"):
        op.add_column(table, sa.Column("tripwires", sa.JSON(), nullable=True))
    zero = {"server_default": "0", "nullable": False}
    off = {"server_default": sa.false(), "nullable": False}
    op.add_column("connection_use", sa.Column("people_of_day", sa.BigInteger(), **zero))
    op.add_column("connection_use", sa.Column("people_checked_day", sa.Text(), nullable=True))
    op.add_column("connection_use", sa.Column("people_check_at", sa.BigInteger(), **zero))
    op.add_column("connection_use", sa.Column("changed", sa.Boolean(), **off))
    op.add_column("connection_use", sa.Column("deleted", sa.Boolean(), **off))
    op.add_column("account", sa.Column("decoy_id", sa.Uuid(), nullable=True))
    op.add_column("user", sa.Column("weekly_digest", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("member", sa.Column("whole_digest", sa.Boolean(), **off))
    op.add_column("member", sa.Column("digested", sa.Text(), nullable=True))
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "alarm",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("tripwire", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("seen_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_alarm_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    op.create_index("ix_alarm_connection", "alarm", ["connection_id", "id"])
    op.create_index("ix_alarm_at", "alarm", ["at"])


def downgrade() -> None:
    op.drop_table("alarm")
    op.drop_column("member", "digested")
    op.drop_column("member", "whole_digest")
    op.drop_column("user", "weekly_digest")
    op.drop_column("account", "decoy_id")
    for column in ("deleted", "changed", "people_check_at", "people_checked_day", "people_of_day"):
        op.drop_column("connection_use", column)
    for table in ("connection_policy", "connection"):
        op.drop_column(table, "tripwires")
