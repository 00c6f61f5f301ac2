"""Teams: people whose group report is saved under a name, by tags or picked one by one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

TABLES = ("team", "team_tag", "team_profile")
CURRENT = "account_id = NULLIF(current_setting('app.account_id', true), '')::uuid"


def upgrade() -> None:
    sort_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "team",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sort_text, nullable=False),
        sa.Column("sort_name", sort_text, nullable=False),
        sa.Column("any_tag", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_team_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_team_account_id_id")),
        sa.UniqueConstraint("account_id", "name_key", name=op.f("uq_team_account_id_name_key")),
    )
    create_ties("tag")
    create_ties("profile")
    if is_postgresql():
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY {table}_of_this_account ON {table} USING ({CURRENT}) WITH CHECK ({CURRENT})")
    # Audit entries are no longer found by the name of a team that was deleted.
    forget = (
        "EXECUTE FUNCTION forget_names()"
        if is_postgresql()
        else "BEGIN DELETE FROM audit_name WHERE thing_id = old.id; END"
    )
    op.execute(f"CREATE TRIGGER team_forgets_its_name AFTER DELETE ON team FOR EACH ROW {forget}")


def create_ties(to: str) -> None:
    name = f"team_{to}"
    op.create_table(
        name,
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column(f"{to}_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "team_id"],
            ["team.account_id", "team.id"],
            name=op.f(f"fk_{name}_account_id_team_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", f"{to}_id"],
            [f"{to}.account_id", f"{to}.id"],
            name=op.f(f"fk_{name}_account_id_{to}_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "team_id", f"{to}_id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_{to}", name, ["account_id", f"{to}_id"], unique=False)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
