"""Making a backup of either database, while people work."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyrage
from sqlalchemy import Engine, select

from models.accounts import Account
from models.audit import AuditSeal
from models.backup import postgresql
from models.backup.archive import BadBackup, Manifest, write_archive
from models.database import Schema, db, now, only_reading, revision_of, schema_of

if TYPE_CHECKING:
    Say = Callable[[str], None]


def make_backup(file: Path, keys: Sequence[pyrage.x25519.Recipient], reader_url: str, say: Say) -> Manifest:
    """Write everything in the database to this file, encrypted for these keys.

    `reader_url` names a role that may read all rows of PostgreSQL.
    """
    engine = db.engine
    with engine.connect() as connection:
        if schema_of(connection) is not Schema.CURRENT:
            raise BadBackup("The database does not have the schema of this version. Run `flask db upgrade` first.")
        revision = str(revision_of(connection))
    # Before the data, so that whatever they cover is in it.
    about: dict[str, Any] = {"kind": engine.dialect.name, "revision": revision, "seals": newest_seals()}
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as directory:
        database = Path(directory, "database")
        about["made_at"] = now().isoformat(timespec="seconds")
        say("Copying the database …")
        on_sqlite = engine.dialect.name == "sqlite"
        rows = copy_of_sqlite(engine, database) if on_sqlite else postgresql.dump(reader_url, database)
        manifest = Manifest(rows=rows, **about)
        say("Compressing …" if not keys else "Compressing and encrypting …")
        write_archive(file, manifest, database, keys)
    return manifest


def newest_seals() -> dict[str, str]:
    with only_reading():
        last = {account_id: AuditSeal.last(account_id) for account_id in db.session.scalars(select(Account.id))}
        db.session.rollback()
    return {str(account_id): seal.noted for account_id, seal in last.items() if seal is not None}


def copy_of_sqlite(engine: Engine, to: Path) -> dict[str, int]:
    """Copy the file as it is at one moment, and check the copy."""
    source = sqlite3.connect(f"file:{engine.url.database}?mode=ro", uri=True)
    target = sqlite3.connect(to)
    try:
        source.backup(target)
        return checked_sqlite(target)
    finally:
        target.close()
        source.close()


def checked_sqlite(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table of a healthy file has."""
    try:
        if (verdict := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise BadBackup(f"The database file is damaged: {verdict}")
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        count = 'SELECT count(*) FROM "{}"'
        return {name: connection.execute(count.format(name)).fetchone()[0] for (name,) in sorted(tables)}
    except sqlite3.DatabaseError as error:
        raise BadBackup(f"The database file is damaged: {error}") from None
