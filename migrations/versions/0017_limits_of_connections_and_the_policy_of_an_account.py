"""What a member limits a connection to, what Owners decide for all connections of their account, and the words of names alone."""

from __future__ import annotations

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

LIMITS = ("paused_at", "ends_at", "read_only", "hide_contact", "only_tags", "daily_calls")
WORD = re.compile(r"[^\W_]+")


def upgrade() -> None:
    op.add_column("connection", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("connection", sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("connection", sa.Column("read_only", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("connection", sa.Column("hide_contact", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("connection", sa.Column("only_tags", sa.JSON(), nullable=True))
    op.add_column("connection", sa.Column("daily_calls", sa.Integer(), nullable=True))
    op.add_column("connection_use", sa.Column("day", sa.Text(), nullable=True))
    op.add_column("connection_use", sa.Column("calls_of_day", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "connection_policy",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=True),
        sa.Column("apps", sa.JSON(), nullable=True),
        sa.Column("registration", sa.Boolean(), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("longest_days", sa.Integer(), nullable=True),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("hide_contact", sa.Boolean(), nullable=False),
        sa.Column("only_tags", sa.JSON(), nullable=True),
        sa.Column("daily_calls", sa.Integer(), nullable=True),
        sa.CheckConstraint("longest_days > 0", name=op.f("ck_connection_policy_longest_days")),
        sa.CheckConstraint("daily_calls > 0", name=op.f("ck_connection_policy_daily_calls")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_connection_policy_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_connection_policy")),
    )
    op.add_column("profile", sa.Column("name_text", sa.Text(), server_default="", nullable=False))
    keep_names()


def keep_names() -> None:
    """Give every profile the words of its name, as the app makes them."""
    connection = op.get_bind()
    on_postgresql = connection.dialect.name == "postgresql"
    if on_postgresql:
        # The wall would hide every row; it stands again before this transaction ends.
        op.execute("ALTER TABLE profile NO FORCE ROW LEVEL SECURITY")
    rows = connection.execute(sa.text("SELECT id, first_name, last_name FROM profile")).all()
    named = [{"id": id_, "name": words_of(f"{first} {last}")} for id_, first, last in rows]
    if named:
        connection.execute(sa.text("UPDATE profile SET name_text = :name WHERE id = :id"), named)
    if on_postgresql:
        op.execute("ALTER TABLE profile FORCE ROW LEVEL SECURITY")


def words_of(name: str) -> str:
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name.casefold()).casefold())
    return " ".join(WORD.findall("".join(c for c in bare if not unicodedata.combining(c))))


def downgrade() -> None:
    op.drop_column("profile", "name_text")
    op.drop_table("connection_policy")
    op.drop_column("connection_use", "calls_of_day")
    op.drop_column("connection_use", "day")
    for column in reversed(LIMITS):
        op.drop_column("connection", column)
