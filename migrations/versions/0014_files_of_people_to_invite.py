"""Files of people to be invited, kept between looking at them and confirming; and a quick way to open invitations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MEANT = "account_id = NULLIF(current_setting('app.account_id', true), '')::uuid"
OPEN = sa.text("completed_at IS NULL AND cancelled_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "invitation_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("read_as", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "member_id"],
            ["member.account_id", "member.id"],
            name=op.f("fk_invitation_file_account_id_member_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_invitation_file_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_file")),
    )
    op.create_index("ix_invitation_file_expires", "invitation_file", ["account_id", "expires_at"])
    op.create_index(
        "ix_assessment_invitation_open",
        "assessment_invitation",
        ["account_id", "id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE invitation_file ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE invitation_file FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY invitation_file_of_this_account ON invitation_file USING ({MEANT}) WITH CHECK ({MEANT})"
        )


def downgrade() -> None:
    op.drop_index("ix_assessment_invitation_open", table_name="assessment_invitation")
    op.drop_table("invitation_file")
