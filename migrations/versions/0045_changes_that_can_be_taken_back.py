"""What rows were before a change and after it, so that people can take it back for thirty days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

CURRENT = "account_id = NULLIF(current_setting('app.account_id', true), '')::uuid"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "before_image",
        sa.Column("number", number, autoincrement=True, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("row_name", sa.Text(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=True),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_before_image_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_before_image")),
    )
    op.create_index("ix_before_image_entry", "before_image", ["account_id", "entry_id"])
    op.create_index("ix_before_image_connection", "before_image", ["account_id", "connection_id", "entry_id"])
    op.create_index("ix_before_image_row", "before_image", ["account_id", "row_name"])
    if is_postgresql():
        op.execute("ALTER TABLE before_image ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE before_image FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY before_image_of_this_account ON before_image USING ({CURRENT}) WITH CHECK ({CURRENT})"
        )


def downgrade() -> None:
    op.drop_table("before_image")


def is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
