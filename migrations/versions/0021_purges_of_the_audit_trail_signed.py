"""What was purged from trails after its retention, signed by this server; what was purged before this is signed for once, here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# No account may keep its trail for less.
LEAST = timedelta(days=30)

SEAL = sa.table(
    "audit_seal",
    sa.column("account_id", sa.Uuid()),
    sa.column("number", sa.Integer()),
    sa.column("seal_hash", sa.Text()),
)
SEALED = sa.table(
    "audit_sealed",
    sa.column("account_id", sa.Uuid()),
    sa.column("number", sa.Integer()),
    sa.column("place", sa.Integer()),
    sa.column("entry_id", sa.Uuid()),
)
ENTRY = sa.table("audit_entry", sa.column("id", sa.Uuid()))


def upgrade() -> None:
    purge = op.create_table(
        "audit_purge",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal", sa.Integer(), nullable=False),
        sa.Column("seal_hash", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "seal"],
            ["audit_seal.account_id", "audit_seal.number"],
            name=op.f("fk_audit_purge_account_id_seal"),
        ),
        sa.PrimaryKeyConstraint("account_id", "number", name=op.f("pk_audit_purge")),
    )
    sign_for_earlier_purges(purge)
    refuse_changes()


def refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for event, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER audit_purge_no_{event.lower()} BEFORE {event} ON audit_purge "
                f"FOR EACH {each} EXECUTE FUNCTION audit_is_append_only()"
            )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_purge_no_{event.lower()} BEFORE {event} ON audit_purge "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        )


def sign_for_earlier_purges(purge: sa.Table) -> None:
    connection, at = op.get_bind(), datetime.now(UTC)
    for account_id in connection.execute(sa.select(SEAL.c.account_id).distinct()).scalars().all():
        last = last_purged(connection, account_id)
        if last and last.entry_id.int >> 80 < (at - LEAST).timestamp() * 1_000:
            connection.execute(sa.insert(purge), statement(connection, last, at))


def last_purged(connection: sa.Connection, account_id: Any) -> Any:
    """The last of the sealed entries that are gone from the beginning of a trail; None when the first one is still there."""
    sealed = sa.select(SEALED).where(SEALED.c.account_id == account_id)
    order = (SEALED.c.number, SEALED.c.place)
    present = sa.exists().where(ENTRY.c.id == SEALED.c.entry_id)
    if first := connection.execute(sealed.where(present).order_by(*order).limit(1)).first():
        sealed = sealed.where(sa.tuple_(*order) < (first.number, first.place))
    return connection.execute(sealed.order_by(*(each.desc() for each in order)).limit(1)).first()


def statement(connection: sa.Connection, last: Any, at: datetime) -> dict[str, Any]:
    # A database that has just been made never comes here, so what becomes of these later does not matter.
    from models.audit.entry import hashable
    from models.audit.verify_audit import Purge, signed_of_purge
    from models.secrets import Signer

    this = (SEAL.c.account_id == last.account_id) & (SEAL.c.number == last.number)
    seal_hash = connection.execute(sa.select(SEAL.c.seal_hash).where(this)).scalar_one()
    gone = sa.select(sa.func.count()).select_from(SEALED).where(SEALED.c.account_id == last.account_id)
    upto = sa.tuple_(SEALED.c.number, SEALED.c.place) <= (last.number, last.place)
    signer = Signer()
    facts = {
        "account_id": last.account_id,
        "at": at,
        "before": at - LEAST,
        "seal": last.number,
        "seal_hash": seal_hash,
        "place": last.place,
        "entry_id": last.entry_id,
        "entries": connection.execute(gone.where(upto)).scalar_one(),
        "public_key": signer.public_key,
    }
    texts = {name: str(hashable(value)) if name.endswith("_id") else hashable(value) for name, value in facts.items()}
    signature = signer.sign(signed_of_purge(Purge(**texts, signature="")))
    return {**facts, "number": 1, "signature": signature}


def downgrade() -> None:
    op.drop_table("audit_purge")
