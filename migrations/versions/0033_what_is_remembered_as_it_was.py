"""Where removal requests came from, what a denied app was called, and which set-up tokens are spent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
WALLED = ("removal_request", "profile")


def upgrade() -> None:
    op.add_column("removal_request", sa.Column("asked_from", sa.Text(), nullable=True))
    op.add_column("refusal", sa.Column("app_name", sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE refusal SET app_name = (SELECT name FROM client WHERE client.id = refusal.client_id)")
    op.create_table(
        "set_up", sa.Column("id", sa.Uuid(), nullable=False), sa.Column("spent_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_set_up"),
    )  # fmt: skip
    # Whichever token created an account here was the first one. Deleted accounts are known by their deletion.
    op.execute("INSERT INTO set_up (id, spent_at) SELECT id, CURRENT_TIMESTAMP FROM account ORDER BY id LIMIT 1")
    op.execute(
        "INSERT INTO set_up (id, spent_at) SELECT subject_id, CURRENT_TIMESTAMP FROM erasure "
        "WHERE kind = 'account' AND finished_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM set_up) "
        "ORDER BY subject_id LIMIT 1"
    )
    set_forced("NO FORCE")
    # Nobody knows the former address of a profile that was changed since: the present one is the best that there is.
    op.execute(
        "UPDATE removal_request SET asked_from = (SELECT email FROM profile WHERE profile.id = removal_request.profile_id) "
        "WHERE personal"
    )
    op.drop_column("removal_request", "personal")
    set_forced("FORCE")


def set_forced(how: str) -> None:
    """Row-level security would hide every row; it applies again before this transaction ends."""
    if op.get_bind().dialect.name == "postgresql":
        for table in WALLED:
            op.execute(f"ALTER TABLE {table} {how} ROW LEVEL SECURITY")


def downgrade() -> None:
    set_forced("NO FORCE")
    op.add_column("removal_request", sa.Column("personal", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE removal_request SET personal = true WHERE asked_from IS NOT NULL")
    set_forced("FORCE")
    op.drop_column("removal_request", "asked_from")
    op.drop_column("refusal", "app_name")
    op.drop_table("set_up")
