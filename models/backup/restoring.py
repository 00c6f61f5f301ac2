"""Restoring a backup into an empty database, and checking what came of it."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path

import flask_migrate
from sqlalchemy import Engine, select

from models.accounts import Account
from models.audit import Unreadable, stored_log, verify
from models.backup import postgresql
from models.backup.after_restore import end_what_may_have_ended
from models.backup.archive import BadBackup, Manifest, opened_archive, sync
from models.backup.making import checked_sqlite
from models.database import Schema, db, in_account, only_reading, revisions, schema_of

Say = Callable[[str], None]


def restore_backup(file: Path, identity: Path | None, say: Say) -> Manifest:
    """Restore this backup into the empty database of this server; it is checked before anything is written.

    Afterwards nobody is signed in and no app is connected: the backup does not know what ended after it was made.
    """
    engine = db.engine
    refuse_unless_empty(engine)
    say("Reading the backup …")
    with opened_archive(file, identity) as (manifest, database):
        if manifest.kind != engine.dialect.name:
            raise BadBackup(
                f"This is a backup of {manifest.kind}, and DATABASE_URL names a database of {engine.dialect.name}."
            )
        if manifest.revision not in revisions():
            raise BadBackup(f"{file} was made by a newer version of Profile. Restore it with that version.")
        say("Restoring the database …")
        if engine.dialect.name == "sqlite":
            put_in_place(database, manifest, engine)
        else:
            postgresql.check_rows(database, manifest.rows)
            postgresql.load(engine.url.render_as_string(hide_password=False), database)
    flask_migrate.upgrade()
    say("Verifying the audit logs …")
    for sentence in verified(manifest):
        say(sentence)
    for what, number in end_what_may_have_ended().items():
        say(f"{number} {what}")
    return manifest


def refuse_unless_empty(engine: Engine) -> None:
    with engine.connect() as connection:
        if schema_of(connection) is not Schema.EMPTY:
            raise BadBackup(
                "The database of DATABASE_URL is not empty, and nothing was changed. Stop the server, and restore into an empty "
                "database: another file, or a new database of PostgreSQL."
            )
    engine.dispose()


def put_in_place(database: Path, manifest: Manifest, engine: Engine) -> None:
    """Check the copy, and let it appear at its place when it is complete."""
    connection = sqlite3.connect(database)
    try:
        rows = checked_sqlite(connection)
    finally:
        connection.close()
    if rows != manifest.rows:
        raise BadBackup("The database in this backup does not have the rows that it should have. Nothing was changed.")
    place = Path(str(engine.url.database))
    arriving = place.with_name(f"{place.name}-restoring")
    shutil.copyfile(database, arriving)
    arriving.chmod(0o600)
    sync(arriving)
    for leftover in ("-wal", "-shm"):
        Path(f"{place}{leftover}").unlink(missing_ok=True)
    arriving.replace(place)
    sync(place.parent)


def verified(manifest: Manifest) -> list[str]:
    """A sentence about each account's audit log, up to the seal that was the newest when the backup was made."""
    sentences = []
    with only_reading():
        for account in db.session.scalars(select(Account).order_by(Account.name)).all():
            noted = manifest.seals.get(str(account.id))
            try:
                with in_account(account.id):
                    found = verify(stored_log(uuid.UUID(str(account.id))), noted)
                sentences.append(f"{account.name}: {found.sentence}")
            except Unreadable as problem:
                sentences.append(f"{account.name}: {problem}")
    return sentences
