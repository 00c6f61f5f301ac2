"""The audit trail is append-only: the databases themselves refuse to change or remove an entry.

The side table of personal data refuses changes but not removal, since it exists to be erased.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REFUSED = (("audit_entry", "UPDATE"), ("audit_entry", "DELETE"), ("audit_personal", "UPDATE"))


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$"""
        )
        for table, event in (*REFUSED, ("audit_entry", "TRUNCATE")):
            each = "STATEMENT" if event == "TRUNCATE" else "ROW"
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION audit_is_append_only()"
            )
        return
    for table, event in REFUSED:
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        )


def downgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, event in (*REFUSED, *((("audit_entry", "TRUNCATE"),) if on_postgresql else ())):
        op.execute(f"DROP TRIGGER {table}_no_{event.lower()}" + (f" ON {table}" if on_postgresql else ""))
    if on_postgresql:
        op.execute("DROP FUNCTION audit_is_append_only()")
