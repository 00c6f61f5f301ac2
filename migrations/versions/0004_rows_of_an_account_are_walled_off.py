"""Row-level security on PostgreSQL: rows of an account exist only for a transaction that has said which account it means.

The tables that establish who is asking (people, sessions, members, clients, connections, tokens) have none: the look-up of
a token cannot know the account before it has found it.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("profile", "profile_word", "tag", "profile_tag", "alias", "result", "debrief")
MEANT = "account_id = NULLIF(current_setting('app.account_id', true), '')::uuid"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        # FORCE: a PaaS gives one role, so the app owns its tables, and an owner is exempt otherwise.
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_of_this_account ON {table} USING ({MEANT}) WITH CHECK ({MEANT})")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"DROP POLICY {table}_of_this_account ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
