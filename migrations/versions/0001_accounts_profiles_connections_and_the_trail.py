"""Accounts, people, profiles, connections and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("assessments", sa.JSON(), nullable=False),
        sa.Column("eco_printing", sa.Boolean(), nullable=False),
        sa.Column("core_extended", sa.Boolean(), nullable=False),
        sa.Column("audit_retention_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("type IN ('team', 'personal')", name=op.f("ck_account_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("client_name", sa.Text(), nullable=True),
        sa.Column("tool", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("resources", sa.JSON(), nullable=False),
        sa.Column("resource_count", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("arguments_digest", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("revision", sa.Text(), nullable=True),
        sa.Column("duration_us", sa.Integer(), nullable=True),
        sa.Column("personal_digest", sa.Text(), nullable=False),
        sa.Column("entry_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_account", "audit_entry", ["account_id", "id"], unique=False)
    op.create_index("ix_audit_entry_connection", "audit_entry", ["connection_id", "id"], unique=False)
    op.create_table(
        "audit_personal",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_personal")),
    )
    op.create_index("ix_audit_personal_account", "audit_personal", ["account_id"], unique=False)
    op.create_table(
        "user",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email_key", name=op.f("uq_user_email_key")),
    )
    op.create_table(
        "client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("redirect_uris", sa.JSON(), nullable=False),
        sa.Column("grant_types", sa.JSON(), nullable=False),
        sa.Column("auth_method", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("likeness", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(auth_method IN ('none', 'private_key_jwt')) = (secret_hash IS NULL)", name=op.f("ck_client_secret")
        ),
        sa.CheckConstraint(
            "auth_method IN ('none', 'client_secret_post', 'client_secret_basic', 'private_key_jwt')",
            name=op.f("ck_client_auth_method"),
        ),
        sa.CheckConstraint("kind IN ('registered', 'preregistered', 'document')", name=op.f("ck_client_kind")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_client_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        sa.UniqueConstraint("client_id", name=op.f("uq_client_client_id")),
    )
    op.create_index(
        "ix_client_unused",
        "client",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("first_used_at IS NULL"),
        postgresql_where=sa.text("first_used_at IS NULL"),
    )
    op.create_index(
        "uq_client_likeness",
        "client",
        ["likeness"],
        unique=True,
        sqlite_where=sa.text("likeness IS NOT NULL"),
        postgresql_where=sa.text("likeness IS NOT NULL"),
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_login_session_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_login_session_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_session_token_hash")),
    )
    op.create_index(op.f("ix_login_session_user_id"), "login_session", ["user_id"], unique=False)
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('User', 'Manager', 'Owner')", name=op.f("ck_member_role")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_member_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_member_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_member_account_id_id")),
    )
    op.create_index("ix_member_user", "member", ["user_id"], unique=False)
    op.create_index(
        "uq_member_present",
        "member",
        ["account_id", "user_id"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "profile",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("disc_style", sa.Text(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sort_name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'completed')", name=op.f("ck_profile_status")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_profile_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile")),
        sa.UniqueConstraint("account_id", "email_key", name=op.f("uq_profile_account_id_email_key")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_profile_account_id_id")),
    )
    op.create_index("ix_profile_completed", "profile", ["account_id", "completed_at", "id"], unique=False)
    op.create_index("ix_profile_name", "profile", ["account_id", "sort_name", "id"], unique=False)
    op.create_index("ix_profile_status", "profile", ["account_id", "status", "sort_name", "id"], unique=False)
    op.create_index("ix_profile_style", "profile", ["account_id", "disc_style", "sort_name", "id"], unique=False)
    op.create_table(
        "tag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("label_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("color", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "color IN ('emerald', 'red', 'yellow', 'orange', 'blue', 'indigo', 'purple', 'pink', 'zinc')",
            name=op.f("ck_tag_color"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_tag_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_tag_account_id_id")),
        sa.UniqueConstraint("account_id", "label_key", name=op.f("uq_tag_account_id_label_key")),
    )
    op.create_table(
        "alias",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("consumer_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("resource_type = 'profile'", name=op.f("ck_alias_resource_type")),
        sa.ForeignKeyConstraint(
            ["account_id", "resource_id"],
            ["profile.account_id", "profile.id"],
            name=op.f("fk_alias_account_id_resource_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_alias_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alias")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_alias_account_id_id")),
        sa.UniqueConstraint(
            "account_id", "resource_type", "consumer_key", name=op.f("uq_alias_account_id_resource_type_consumer_key")
        ),
    )
    op.create_index("ix_alias_resource", "alias", ["account_id", "resource_id"], unique=False)
    op.create_table(
        "connection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("ceiling", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "member_id"],
            ["member.account_id", "member.id"],
            name=op.f("fk_connection_account_id_member_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_connection_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_connection_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_connection_account_id_id")),
    )
    op.create_index("ix_connection_account", "connection", ["account_id", "id"], unique=False)
    op.create_index("ix_connection_client", "connection", ["client_id"], unique=False)
    op.create_index(
        "uq_connection_live",
        "connection",
        ["member_id", "client_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "consent_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("redirect_uri_given", sa.Boolean(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("code_challenge", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_consent_request_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["login_session.id"], name=op.f("fk_consent_request_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_consent_request_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_request")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_consent_request_token_hash")),
    )
    op.create_index(op.f("ix_consent_request_client_id"), "consent_request", ["client_id"], unique=False)
    op.create_index(op.f("ix_consent_request_session_id"), "consent_request", ["session_id"], unique=False)
    op.create_table(
        "debrief",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("author IN ('model', 'embedded', 'person')", name=op.f("ck_debrief_author")),
        sa.ForeignKeyConstraint(
            ["account_id", "profile_id"],
            ["profile.account_id", "profile.id"],
            name=op.f("fk_debrief_account_id_profile_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_debrief_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debrief")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_debrief_account_id_id")),
    )
    op.create_index("ix_debrief_profile", "debrief", ["account_id", "profile_id", "id"], unique=False)
    op.create_table(
        "member_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('User', 'Manager', 'Owner')", name=op.f("ck_member_invitation_role")),
        sa.ForeignKeyConstraint(
            ["account_id", "invited_by"],
            ["member.account_id", "member.id"],
            name=op.f("fk_member_invitation_account_id_invited_by"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_member_invitation_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_member_invitation_token_hash")),
    )
    op.create_index(
        "uq_member_invitation_open",
        "member_invitation",
        ["account_id", "email_key"],
        unique=True,
        sqlite_where=sa.text("accepted_at IS NULL AND cancelled_at IS NULL"),
        postgresql_where=sa.text("accepted_at IS NULL AND cancelled_at IS NULL"),
    )
    op.create_table(
        "profile_tag",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "profile_id"],
            ["profile.account_id", "profile.id"],
            name=op.f("fk_profile_tag_account_id_profile_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "tag_id"],
            ["tag.account_id", "tag.id"],
            name=op.f("fk_profile_tag_account_id_tag_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "tag_id", "profile_id", name=op.f("pk_profile_tag")),
    )
    op.create_index("ix_profile_tag_profile", "profile_tag", ["account_id", "profile_id", "tag_id"], unique=False)
    op.create_table(
        "result",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.Text(), nullable=False),
        sa.Column("instrument", sa.Text(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("assessment IN ('disc', 'focus', 'core')", name=op.f("ck_result_assessment")),
        sa.ForeignKeyConstraint(
            ["account_id", "profile_id"],
            ["profile.account_id", "profile.id"],
            name=op.f("fk_result_account_id_profile_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_result_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_result_account_id_id")),
    )
    op.create_index("ix_result_profile", "result", ["account_id", "profile_id", "id"], unique=False)
    op.create_table(
        "authorization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("requested", sa.Text(), nullable=False),
        sa.Column("granted", sa.Text(), nullable=False),
        sa.Column("denied", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connection.account_id", "connection.id"],
            name=op.f("fk_authorization_account_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_authorization_account_id_id")),
    )
    op.create_index("ix_authorization_connection", "authorization", ["connection_id"], unique=False)
    op.create_table(
        "connection_use",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_connection_use_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_connection_use")),
    )
    op.create_table(
        "access_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authorization_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["authorization_id"],
            ["authorization.id"],
            name=op.f("fk_access_token_authorization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_token_token_hash")),
    )
    op.create_index(op.f("ix_access_token_authorization_id"), "access_token", ["authorization_id"], unique=False)
    op.create_table(
        "authorization_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authorization_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("code_challenge", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["authorization_id"],
            ["authorization.id"],
            name=op.f("fk_authorization_code_authorization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_authorization_code_code_hash")),
    )
    op.create_index(
        op.f("ix_authorization_code_authorization_id"), "authorization_code", ["authorization_id"], unique=False
    )
    op.create_table(
        "refresh_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authorization_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["authorization_id"],
            ["authorization.id"],
            name=op.f("fk_refresh_token_authorization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_refresh_token_token_hash")),
    )
    op.create_index("uq_refresh_token_generation", "refresh_token", ["authorization_id", "generation"], unique=True)
    op.create_table(
        "refusal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("for_good", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "member_id"],
            ["member.account_id", "member.id"],
            name=op.f("fk_refusal_account_id_member_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_refusal_client_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusal")),
        sa.UniqueConstraint("member_id", "client_id", "scope", name=op.f("uq_refusal_member_id_client_id_scope")),
    )
    op.create_index(op.f("ix_refusal_client_id"), "refusal", ["client_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_refusal_client_id"), table_name="refusal")
    op.drop_table("refusal")
    op.drop_index("uq_refresh_token_generation", table_name="refresh_token")
    op.drop_table("refresh_token")
    op.drop_index(op.f("ix_authorization_code_authorization_id"), table_name="authorization_code")
    op.drop_table("authorization_code")
    op.drop_index(op.f("ix_access_token_authorization_id"), table_name="access_token")
    op.drop_table("access_token")
    op.drop_table("connection_use")
    op.drop_index("ix_authorization_connection", table_name="authorization")
    op.drop_table("authorization")
    op.drop_index("ix_result_profile", table_name="result")
    op.drop_table("result")
    op.drop_index("ix_profile_tag_profile", table_name="profile_tag")
    op.drop_table("profile_tag")
    op.drop_index(
        "uq_member_invitation_open",
        table_name="member_invitation",
        sqlite_where=sa.text("accepted_at IS NULL AND cancelled_at IS NULL"),
        postgresql_where=sa.text("accepted_at IS NULL AND cancelled_at IS NULL"),
    )
    op.drop_table("member_invitation")
    op.drop_index("ix_debrief_profile", table_name="debrief")
    op.drop_table("debrief")
    op.drop_index(op.f("ix_consent_request_session_id"), table_name="consent_request")
    op.drop_index(op.f("ix_consent_request_client_id"), table_name="consent_request")
    op.drop_table("consent_request")
    op.drop_index(
        "uq_connection_live",
        table_name="connection",
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_index("ix_connection_client", table_name="connection")
    op.drop_index("ix_connection_account", table_name="connection")
    op.drop_table("connection")
    op.drop_index("ix_alias_resource", table_name="alias")
    op.drop_table("alias")
    op.drop_table("tag")
    op.drop_index("ix_profile_style", table_name="profile")
    op.drop_index("ix_profile_status", table_name="profile")
    op.drop_index("ix_profile_name", table_name="profile")
    op.drop_index("ix_profile_completed", table_name="profile")
    op.drop_table("profile")
    op.drop_index(
        "uq_member_present",
        table_name="member",
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_index("ix_member_user", table_name="member")
    op.drop_table("member")
    op.drop_index(op.f("ix_login_session_user_id"), table_name="login_session")
    op.drop_table("login_session")
    op.drop_index(
        "uq_client_likeness",
        table_name="client",
        sqlite_where=sa.text("likeness IS NOT NULL"),
        postgresql_where=sa.text("likeness IS NOT NULL"),
    )
    op.drop_index(
        "ix_client_unused",
        table_name="client",
        sqlite_where=sa.text("first_used_at IS NULL"),
        postgresql_where=sa.text("first_used_at IS NULL"),
    )
    op.drop_table("client")
    op.drop_table("user")
    op.drop_index("ix_audit_personal_account", table_name="audit_personal")
    op.drop_table("audit_personal")
    op.drop_index("ix_audit_entry_connection", table_name="audit_entry")
    op.drop_index("ix_audit_entry_account", table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_table("account")
