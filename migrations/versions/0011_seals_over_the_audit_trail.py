"""Seals over the audit trail, and the one way in which an entry may go: sealed, and older than the account keeps entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SEALS = ("audit_seal", "audit_sealed")
DAYS = "(SELECT audit_retention_days FROM account WHERE account.id = {old}.account_id)"
IS_SEALED = "EXISTS (SELECT 1 FROM audit_sealed WHERE audit_sealed.entry_id = {old}.id)"

REFUSE_SQLITE = """CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry {when}
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"""
UNLESS_EXPIRED_SQLITE = f"""WHEN NOT {IS_SEALED.format(old="old")}
    OR old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || COALESCE({DAYS.format(old="old")}, 30) || ' days')"""

PURGE_POSTGRESQL = f"""CREATE FUNCTION audit_entry_may_go() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF {IS_SEALED.format(old="OLD")}
            AND OLD.at < now() - make_interval(days => COALESCE({DAYS.format(old="OLD")}, 30)) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'the audit trail is append-only';
    END $$"""
ON_DELETE_POSTGRESQL = (
    "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION {function}()"
)


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("seal_hash", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "number", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("seal_hash", name=op.f("uq_audit_seal_seal_hash")),
    )
    op.create_table(
        "audit_sealed",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("entry_hash", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "number"],
            ["audit_seal.account_id", "audit_seal.number"],
            name=op.f("fk_audit_sealed_account_id_number"),
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_sealed")),
    )
    op.create_index("uq_audit_sealed_place", "audit_sealed", ["account_id", "number", "place"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(PURGE_POSTGRESQL)
        op.execute("DROP TRIGGER audit_entry_no_delete ON audit_entry")
        op.execute(ON_DELETE_POSTGRESQL.format(function="audit_entry_may_go"))
        for table in SEALS:
            for event, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                    f"FOR EACH {each} EXECUTE FUNCTION audit_is_append_only()"
                )
        return
    op.execute("DROP TRIGGER audit_entry_no_delete")
    op.execute(REFUSE_SQLITE.format(when=UNLESS_EXPIRED_SQLITE))
    for table in SEALS:
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_entry_no_delete ON audit_entry")
        op.execute(ON_DELETE_POSTGRESQL.format(function="audit_is_append_only"))
        op.execute("DROP FUNCTION audit_entry_may_go()")
    else:
        op.execute("DROP TRIGGER audit_entry_no_delete")
        op.execute(REFUSE_SQLITE.format(when=""))
    op.drop_table("audit_sealed")
    op.drop_table("audit_seal")
