"""Exports of accounts, kept in pieces; deletions that take their time; and when an account that is locked will be deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MEANT = "account_id = NULLIF(current_setting('app.account_id', true), '')::uuid"
UNFINISHED = sa.text("state IN ('waiting', 'making')")
OPEN = sa.text("finished_at IS NULL AND cancelled_at IS NULL")


def upgrade() -> None:
    op.add_column("account", sa.Column("delete_after", sa.DateTime(timezone=True), nullable=True))
    make_exports()
    make_erasures()


def make_exports() -> None:
    op.create_table(
        "data_export",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outdated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'making', 'ready', 'failed', 'ended')", name=op.f("ck_data_export_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_data_export_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_export")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_data_export_account_id_id")),
    )
    op.create_index(
        "uq_data_export_unfinished", "data_export", ["account_id"], unique=True,
        sqlite_where=UNFINISHED, postgresql_where=UNFINISHED,
    )  # fmt: skip
    op.create_index("ix_data_export_state", "data_export", ["state", "asked_at"])
    op.create_table(
        "data_export_piece",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "export_id"],
            ["data_export.account_id", "data_export.id"],
            name=op.f("fk_data_export_piece_account_id_export_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "export_id", "number", name=op.f("pk_data_export_piece")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE data_export_piece ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE data_export_piece FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY data_export_piece_of_this_account ON data_export_piece USING ({MEANT}) WITH CHECK ({MEANT})"
        )
        # It is compressed already.
        op.execute("ALTER TABLE data_export_piece ALTER COLUMN content SET STORAGE EXTERNAL")


def make_erasures() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("account_ids", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('account', 'person')", name=op.f("ck_erasure_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index("uq_erasure_open", "erasure", ["subject_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_erasure_due", "erasure", ["due_at"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_table("erasure")
    op.drop_table("data_export_piece")
    op.drop_table("data_export")
    op.drop_column("account", "delete_after")
