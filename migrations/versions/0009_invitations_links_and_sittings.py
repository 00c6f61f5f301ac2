"""Instruments that an operator loads; invitations and links to them; sittings with their answers; wishes to be removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WALLED_OFF = ("assessment_link", "assessment_invitation", "sitting", "answer", "removal_request")
MEANT = "account_id = NULLIF(current_setting('app.account_id', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "instrument",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("assessment", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_instrument")),
    )
    op.create_table(
        "assessment_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("tag_ids", sa.JSON(), nullable=False),
        sa.Column("custom_id", sa.Text(), nullable=True),
        sa.Column("likeness", sa.Text(), nullable=False),
        sa.Column("finished", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_assessment_link_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_link")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_assessment_link_account_id_id")),
    )
    op.create_index(
        "uq_assessment_link_open",
        "assessment_link",
        ["account_id", "likeness"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "assessment_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("assessments", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "profile_id"],
            ["profile.account_id", "profile.id"],
            name=op.f("fk_assessment_invitation_account_id_profile_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_assessment_invitation_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_invitation")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_assessment_invitation_account_id_id")),
    )
    op.create_index(
        "ix_assessment_invitation_profile", "assessment_invitation", ["account_id", "profile_id", "id"], unique=False
    )
    op.create_index(
        "uq_assessment_invitation_open",
        "assessment_invitation",
        ["account_id", "profile_id"],
        unique=True,
        sqlite_where=sa.text("completed_at IS NULL AND cancelled_at IS NULL"),
        postgresql_where=sa.text("completed_at IS NULL AND cancelled_at IS NULL"),
    )
    op.create_table(
        "sitting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("profile_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("instruments", sa.JSON(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'finished', 'held', 'discarded')", name=op.f("ck_sitting_state")),
        sa.ForeignKeyConstraint(
            ["account_id", "invitation_id"],
            ["assessment_invitation.account_id", "assessment_invitation.id"],
            name=op.f("fk_sitting_account_id_invitation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "link_id"],
            ["assessment_link.account_id", "assessment_link.id"],
            name=op.f("fk_sitting_account_id_link_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "profile_id"],
            ["profile.account_id", "profile.id"],
            name=op.f("fk_sitting_account_id_profile_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sitting_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_sitting_account_id_id")),
        sa.UniqueConstraint("account_id", "invitation_id", name=op.f("uq_sitting_account_id_invitation_id")),
    )
    op.create_index("ix_sitting_link", "sitting", ["account_id", "link_id"], unique=False)
    op.create_index("ix_sitting_profile", "sitting", ["account_id", "profile_id"], unique=False)
    op.create_index("ix_sitting_state", "sitting", ["account_id", "state", "touched_at"], unique=False)
    op.create_table(
        "answer",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "sitting_id"],
            ["sitting.account_id", "sitting.id"],
            name=op.f("fk_answer_account_id_sitting_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "sitting_id", "assessment", "item", name=op.f("pk_answer")),
    )
    op.create_table(
        "removal_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "profile_id"],
            ["profile.account_id", "profile.id"],
            name=op.f("fk_removal_request_account_id_profile_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_removal_request_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removal_request")),
    )
    op.create_index(
        "uq_removal_request_open",
        "removal_request",
        ["account_id", "profile_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.add_column("account", sa.Column("reminder_days", sa.Integer(), server_default="3", nullable=False))
    if op.get_bind().dialect.name == "postgresql":
        for table in WALLED_OFF:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY {table}_of_this_account ON {table} USING ({MEANT}) WITH CHECK ({MEANT})")


def downgrade() -> None:
    op.drop_column("account", "reminder_days")
    op.drop_table("removal_request")
    op.drop_table("answer")
    op.drop_table("sitting")
    op.drop_table("assessment_invitation")
    op.drop_table("assessment_link")
    op.drop_table("instrument")
