"""Whom a link and a message are for, declined invitations and removal requests, and which connections a deletion must forget."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

WALLED = ("assessment_invitation", "removal_request", "profile", "sitting")
TIME = sa.DateTime(timezone=True)
WHOSE = (
    """UPDATE message SET user_id = about_id WHERE about_id IN (SELECT id FROM "user")""",
    """UPDATE message SET user_id = (SELECT user_id FROM password_reset WHERE password_reset.id = message.about_id)
       WHERE kind = 'password_reset'""",
    """UPDATE message SET user_id = (SELECT user_id FROM email_change WHERE email_change.id = message.about_id)
       WHERE kind = 'email_change'""",
    """UPDATE message SET user_id = (SELECT user_id FROM member WHERE member.id = message.about_id)
       WHERE kind IN ('role_changed', 'member_removed')""",
    """UPDATE message SET user_id = (SELECT member.user_id FROM connection JOIN member
         ON member.id = connection.member_id WHERE connection.id = message.about_id)
       WHERE kind IN ('app_connected', 'app_widened', 'app_cut_off', 'app_elsewhere', 'app_stopped', 'app_renamed')""",
    """UPDATE member_invitation SET accepted_by = (SELECT id FROM "user" WHERE "user".email_key = member_invitation.email_key
         AND EXISTS (SELECT 1 FROM member WHERE member.user_id = "user".id
           AND member.account_id = member_invitation.account_id))
       WHERE accepted_at IS NOT NULL""",
    """UPDATE message SET user_id = (SELECT accepted_by FROM member_invitation WHERE member_invitation.id = message.about_id)
       WHERE kind = 'member_invitation'""",
    # These name a member by their address alone.
    """UPDATE message SET user_id = (SELECT "user".id FROM "user" JOIN member ON member.user_id = "user".id
         WHERE "user".email_key = lower(message.recipient) AND member.account_id = message.account_id
         ORDER BY member.id LIMIT 1)
       WHERE kind IN ('results_arrived', 'removal_asked', 'export_ready', 'deletion_asked', 'deletion_cancelled')""",
)


def upgrade() -> None:
    op.add_column("assessment_invitation", sa.Column("email_key", sa.Text(), server_default="", nullable=False))
    op.add_column("assessment_invitation", sa.Column("declined_at", TIME, nullable=True))
    op.add_column("sitting", sa.Column("removal_id", sa.Uuid(), nullable=True))
    op.add_column("sitting", sa.Column("shown_until", TIME, nullable=True))
    op.add_column("removal_request", sa.Column("personal", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("message", sa.Column("user_id", sa.Uuid(), nullable=True))
    op.create_index("ix_message_user", "message", ["user_id"])
    op.add_column("member_invitation", sa.Column("accepted_by", sa.Uuid(), nullable=True))
    op.create_index("ix_member_invitation_expires_at", "member_invitation", ["expires_at"])
    op.add_column("erasure", sa.Column("connection_ids", sa.JSON(), server_default="[]", nullable=False))
    op.drop_column("user", "email_verified_at")
    set_forced("NO FORCE")
    bind_links()
    set_forced("FORCE")
    for statement in WHOSE:
        op.execute(statement)
    name_who_asked_for_an_address()
    keep_connections()


def set_forced(how: str) -> None:
    """Row-level security would hide every row; it stands again before this transaction ends."""
    if op.get_bind().dialect.name == "postgresql":
        for table in WALLED:
            op.execute(f"ALTER TABLE {table} {how} ROW LEVEL SECURITY")


def bind_links() -> None:
    """A link is for the profile's address. One that was sent to another address before is cancelled: a stranger may have it."""
    op.execute(
        "UPDATE assessment_invitation SET email_key = "
        "(SELECT profile.email_key FROM profile WHERE profile.id = assessment_invitation.profile_id)"
    )
    # Who has answered did so at the address of that time.
    op.execute(
        "UPDATE assessment_invitation SET email_key = (SELECT max(sitting.email_key) FROM sitting "
        "WHERE sitting.invitation_id = assessment_invitation.id) "
        "WHERE EXISTS (SELECT 1 FROM sitting WHERE sitting.invitation_id = assessment_invitation.id)"
    )
    # Of an old one nobody knows any more where it went: it is not sent again.
    op.execute(
        "UPDATE assessment_invitation SET cancelled_at = CURRENT_TIMESTAMP WHERE completed_at IS NULL "
        "AND cancelled_at IS NULL AND expires_at < CURRENT_TIMESTAMP "
        "AND NOT EXISTS (SELECT 1 FROM message WHERE message.about_id = assessment_invitation.id)"
    )
    op.execute(
        "UPDATE removal_request SET personal = true WHERE profile_id IN (SELECT profile_id FROM assessment_invitation)"
    )
    connection = op.get_bind()
    sent = connection.execute(
        sa.text(
            "SELECT i.id, p.email, m.recipient FROM assessment_invitation i JOIN message m ON m.about_id = i.id "
            "JOIN profile p ON p.id = i.profile_id "
            "WHERE i.completed_at IS NULL AND i.cancelled_at IS NULL AND m.kind LIKE 'assessment_%'"
        ).columns(id=sa.Uuid())
    )
    astray = {row.id for row in sent.all() if row.recipient.lower() != row.email.lower()}
    if astray:
        invitation = sa.table("assessment_invitation", sa.column("id", sa.Uuid), sa.column("cancelled_at", TIME))
        cancelled = sa.update(invitation).where(invitation.c.id == sa.bindparam("which"))
        connection.execute(cancelled.values(cancelled_at=sa.func.now()), [{"which": id_} for id_ in astray])


def name_who_asked_for_an_address() -> None:
    """Mail to a new address named its person among its facts."""
    connection = op.get_bind()
    message = sa.table(
        "message", sa.column("id", sa.Uuid), sa.column("kind", sa.Text), sa.column("facts", sa.JSON),
        sa.column("user_id", sa.Uuid),
    )  # fmt: skip
    asked = sa.select(message.c.id, message.c.facts).where(
        message.c.kind == "email_change", message.c.user_id.is_(None)
    )
    for id_, facts in connection.execute(asked).all():
        if "person" in facts:
            named = sa.update(message).where(message.c.id == id_)
            connection.execute(named.values(user_id=uuid.UUID(facts["person"])))


def keep_connections() -> None:
    """Deletions that have not finished: their people are gone, and so nothing but their entries names their connections."""
    connection = op.get_bind()
    erasure = sa.table(
        "erasure", sa.column("id", sa.Uuid), sa.column("kind", sa.Text), sa.column("subject_id", sa.Uuid),
        sa.column("connection_ids", sa.JSON), sa.column("finished_at", TIME),
    )  # fmt: skip
    entry = sa.table("audit_entry", sa.column("user_id", sa.Uuid), sa.column("connection_id", sa.Uuid))
    open_ones = sa.select(erasure.c.id, erasure.c.subject_id).where(
        erasure.c.kind == "person", erasure.c.finished_at.is_(None)
    )
    for id_, user_id in connection.execute(open_ones).all():
        theirs = sa.select(entry.c.connection_id).where(
            entry.c.user_id == user_id, entry.c.connection_id.is_not(None)
        )  # fmt: skip
        found = sorted(str(each) for each in set(connection.execute(theirs).scalars()))
        connection.execute(sa.update(erasure).where(erasure.c.id == id_).values(connection_ids=found))


def downgrade() -> None:
    op.add_column("user", sa.Column("email_verified_at", TIME, nullable=True))
    op.drop_column("erasure", "connection_ids")
    op.drop_index("ix_member_invitation_expires_at", table_name="member_invitation")
    op.drop_column("member_invitation", "accepted_by")
    op.drop_index("ix_message_user", table_name="message")
    op.drop_column("message", "user_id")
    op.drop_column("removal_request", "personal")
    op.drop_column("sitting", "shown_until")
    op.drop_column("sitting", "removal_id")
    op.drop_column("assessment_invitation", "declined_at")
    op.drop_column("assessment_invitation", "email_key")
