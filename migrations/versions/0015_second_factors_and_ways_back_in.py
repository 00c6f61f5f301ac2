"""Second factors (passkeys, authenticator apps, recovery codes), sign-ins in two steps, and links to a new password or address.

No row-level security: these tables say who somebody is, before any account is meant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("short_password", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(
        "account", sa.Column("second_factor_required", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    a_persons(
        "passkey",
        column("credential_id", sa.Text),
        column("public_key", sa.Text),
        column("sign_count", sa.BigInteger),
        column("synced", sa.Boolean),
        column("name", sa.Text),
        moment("created_at"),
        moment("last_used_at", nullable=True),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    a_persons(
        "authenticator",
        column("seed", sa.Text),
        column("last_step", sa.BigInteger),
        moment("created_at"),
        moment("last_used_at", nullable=True),
        sa.UniqueConstraint("user_id", name=op.f("uq_authenticator_user_id")),
        indexed=False,
    )
    a_persons(
        "recovery_code",
        column("code_hash", sa.Text),
        moment("created_at"),
        moment("used_at", nullable=True),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_code_code_hash")),
    )
    a_persons("password_reset", *named_by_a_secret("password_reset"), moment("used_at", nullable=True))
    a_persons(
        "email_change",
        column("email", sa.Text),
        *named_by_a_secret("email_change"),
        moment("ended_at", nullable=True),
    )
    a_persons(
        "second_step",
        *named_by_a_secret("second_step"),
        column("failures", sa.Integer),
        moment("ended_at", nullable=True),
    )
    # Whoever signs in by a passkey is not known yet when the challenge is made.
    a_persons("ceremony", *named_by_a_secret("ceremony"), column("purpose", sa.Text), known=False)
    for table in SHORT_LIVED:
        op.create_index(f"ix_{table}_expires_at", table, ["expires_at"], unique=False)


SHORT_LIVED = ("password_reset", "email_change", "second_step", "ceremony")


def column(name: str, kind: Callable[[], Any]) -> sa.Column[Any]:
    return sa.Column(name, kind(), nullable=False)


def moment(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def named_by_a_secret(table: str) -> tuple[Any, ...]:
    unique = sa.UniqueConstraint("token_hash", name=op.f(f"uq_{table}_token_hash"))
    return column("token_hash", sa.Text), moment("expires_at"), unique


def a_persons(table: str, *parts: Any, known: bool = True, indexed: bool = True) -> None:
    """A table whose rows belong to a person and go with them."""
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=not known),
        *parts,
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    if indexed:
        op.create_index(f"ix_{table}_user_id", table, ["user_id"], unique=False)


def downgrade() -> None:
    for table in (*SHORT_LIVED, "recovery_code", "authenticator", "passkey"):
        op.drop_table(table)
    op.drop_column("account", "second_factor_required")
    op.drop_column("user", "short_password")
