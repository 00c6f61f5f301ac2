"""How many profiles each account has: triggers keep the number, so that a list need not count them anew at every call.

No row-level security: it is a number, and triggers write it while an account is being deleted and none is meant.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TRIGGER profile_count_insert AFTER INSERT ON profile BEGIN
        INSERT INTO profile_count (account_id, profiles) VALUES (new.account_id, 1)
            ON CONFLICT (account_id) DO UPDATE SET profiles = profiles + 1;
    END""",
    """CREATE TRIGGER profile_count_delete AFTER DELETE ON profile BEGIN
        UPDATE profile_count SET profiles = profiles - 1 WHERE account_id = old.account_id;
    END""",
)

# Once a statement and not once a row: ten thousand new profiles would leave ten thousand dead versions of one row behind.
POSTGRESQL = (
    """CREATE FUNCTION count_new_profiles() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO profile_count AS counted (account_id, profiles) SELECT account_id, count(*) FROM came GROUP BY account_id
            ON CONFLICT (account_id) DO UPDATE SET profiles = counted.profiles + EXCLUDED.profiles;
        RETURN NULL;
    END $$""",
    """CREATE FUNCTION count_gone_profiles() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE profile_count AS counted SET profiles = counted.profiles - gone.profiles
            FROM (SELECT account_id, count(*) AS profiles FROM went GROUP BY account_id) AS gone
            WHERE counted.account_id = gone.account_id;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER profile_count_insert AFTER INSERT ON profile REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION count_new_profiles()""",
    """CREATE TRIGGER profile_count_delete AFTER DELETE ON profile REFERENCING OLD TABLE AS went
    FOR EACH STATEMENT EXECUTE FUNCTION count_gone_profiles()""",
)


def upgrade() -> None:
    op.create_table(
        "profile_count",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("profiles", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_profile_count_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_profile_count")),
    )
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    if on_postgresql:
        # The wall would hide every row from this count; it stands again before this transaction ends.
        op.execute("ALTER TABLE profile NO FORCE ROW LEVEL SECURITY")
    op.execute("INSERT INTO profile_count SELECT account_id, count(*) FROM profile GROUP BY account_id")
    if on_postgresql:
        op.execute("ALTER TABLE profile FORCE ROW LEVEL SECURITY")
    for statement in POSTGRESQL if on_postgresql else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for event in ("insert", "delete"):
        op.execute(f"DROP TRIGGER profile_count_{event}" + (" ON profile" if on_postgresql else ""))
    if on_postgresql:
        op.execute("DROP FUNCTION count_new_profiles()")
        op.execute("DROP FUNCTION count_gone_profiles()")
    op.drop_table("profile_count")
