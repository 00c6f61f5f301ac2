"""Addresses are told apart as mailboxes are: `faß@` is not `fass@`, and a domain is read by IDNA."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from contextlib import suppress

import idna
import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLES = ("user", "profile", "sitting", "member_invitation")
WALLED = ("profile", "sitting")


def upgrade() -> None:
    make_keys(email_key)


def downgrade() -> None:
    make_keys(casefolded)


def make_keys(key_of: Callable[[str], str]) -> None:
    """Give every address its key. One that another has already keeps the key it had."""
    connection = op.get_bind()
    on_postgresql = connection.dialect.name == "postgresql"
    for name in WALLED if on_postgresql else ():
        op.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")
    for name in TABLES:
        make_keys_of(connection, name, key_of)
    for name in WALLED if on_postgresql else ():
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")


def make_keys_of(connection: sa.Connection, name: str, key_of: Callable[[str], str]) -> None:
    known = sa.table(name, sa.column("id", sa.Uuid), sa.column("email"), sa.column("email_key"))
    # For the letters a to z both keys are the same; a domain may be in ASCII and yet stand for others.
    rows = connection.execute(sa.select(known).where(other_letters(known.c.email, connection))).all()
    for row in rows:
        if (key := key_of(row.email)) != row.email_key:
            with suppress(sa.exc.IntegrityError), connection.begin_nested():
                connection.execute(sa.update(known).where(known.c.id == row.id).values(email_key=key))


def other_letters(email: sa.ColumnElement[str], connection: sa.Connection) -> sa.ColumnElement[bool]:
    if connection.dialect.name == "postgresql":
        wide = sa.func.octet_length(email) > sa.func.length(email)
    else:
        wide = sa.func.length(sa.cast(email, sa.LargeBinary)) > sa.func.length(email)
    return wide | email.contains("xn--")


# As models/text/ has it at this revision, and as it had it before.
def email_key(address: str) -> str:
    local, at, domain = unicodedata.normalize("NFC", address.lower()).rpartition("@")
    try:
        return local + at + idna.decode(idna.encode(domain, uts46=True))
    except idna.IDNAError:
        return local + at + domain


def casefolded(address: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", address).casefold())
