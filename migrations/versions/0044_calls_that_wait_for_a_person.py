"""Calls of apps that wait until a person has allowed them, and the limits and the policy that say which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

CURRENT = "account_id = NULLIF(current_setting('app.account_id', true), '')::uuid"


def upgrade() -> None:
    op.add_column("connection", sa.Column("ask_first", sa.JSON(), nullable=True))
    op.add_column("connection_policy", sa.Column("ask_first", sa.JSON(), nullable=True))
    off = {"server_default": sa.false(), "nullable": False}
    op.add_column("connection_policy", sa.Column("owners_answer", sa.Boolean(), **off))
    op.add_column("authorization", sa.Column("opens_pages", sa.Boolean(), **off))
    moment = sa.DateTime(timezone=True)
    op.add_column("login_session", sa.Column("passkey_at", moment, nullable=True))
    op.create_table(
        "approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("mailed", sa.Boolean(), nullable=False),
        sa.Column("answered_at", moment, nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("allowed", sa.Boolean(), nullable=True),
        sa.Column("used_at", moment, nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connection.account_id", "connection.id"],
            name=op.f("fk_approval_account_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_approval_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index("ix_approval_connection", "approval", ["connection_id", "digest"])
    op.create_index("ix_approval_expires", "approval", ["account_id", "expires_at"])
    if is_postgresql():
        op.execute("ALTER TABLE approval ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE approval FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY approval_of_this_account ON approval USING ({CURRENT}) WITH CHECK ({CURRENT})")


def downgrade() -> None:
    op.drop_table("approval")
    op.drop_column("login_session", "passkey_at")
    op.drop_column("authorization", "opens_pages")
    op.drop_column("connection_policy", "owners_answer")
    op.drop_column("connection_policy", "ask_first")
    op.drop_column("connection", "ask_first")


def is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
