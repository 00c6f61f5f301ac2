"""Devices without a browser that ask by a code, and the wrong codes that people entered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_authorization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("device_code_hash", sa.Text(), nullable=False),
        sa.Column("user_code", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("interval", sa.Integer(), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authorization_id", sa.Uuid(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["authorization_id"],
            ["authorization.id"],
            name=op.f("fk_device_authorization_authorization_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_device_authorization_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_authorization")),
        sa.UniqueConstraint("device_code_hash", name=op.f("uq_device_authorization_device_code_hash")),
        sa.UniqueConstraint("user_code", name=op.f("uq_device_authorization_user_code")),
    )
    op.create_index(op.f("ix_device_authorization_client_id"), "device_authorization", ["client_id"])
    op.create_index(op.f("ix_device_authorization_authorization_id"), "device_authorization", ["authorization_id"])
    op.create_table(
        "code_try",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["login_session.id"], name=op.f("fk_code_try_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_code_try_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_try")),
    )
    op.create_index(op.f("ix_code_try_session_id"), "code_try", ["session_id"])
    op.create_index("ix_code_try_user", "code_try", ["user_id", "tried_at"])
    with op.batch_alter_table("consent_request") as table:
        table.add_column(sa.Column("device_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(
            op.f("fk_consent_request_device_id"), "device_authorization", ["device_id"], ["id"], ondelete="CASCADE"
        )
        table.create_index(op.f("ix_consent_request_device_id"), ["device_id"])


def downgrade() -> None:
    with op.batch_alter_table("consent_request") as table:
        table.drop_index(op.f("ix_consent_request_device_id"))
        table.drop_constraint(op.f("fk_consent_request_device_id"), type_="foreignkey")
        table.drop_column("device_id")
    op.drop_table("code_try")
    op.drop_table("device_authorization")
