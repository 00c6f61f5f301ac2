"""How migrations run: each one a transaction of its own, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from models.database.base import db

config = context.config


def run_online() -> None:
    # The engine begins transactions explicitly, also on SQLite: otherwise its leading DDL would commit at once and a
    # migration that fails half-way would leave half a schema.
    with db.engine.connect() as connection, without_cascades(connection):
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            transaction_per_migration=True,
            transactional_ddl=True,
            **current_app.extensions["migrate"].configure_args,
        )
        with saying_what_is_locked(), context.begin_transaction():
            context.run_migrations()


@contextmanager
def saying_what_is_locked() -> Iterator[None]:
    """A migration that waits for a table keeps everybody waiting behind it who reads that table, so it gives up as soon as they would."""
    try:
        yield
    except OperationalError as error:
        # PostgreSQL's lock_not_available, and SQLite's only words for it.
        if getattr(error.orig, "sqlstate", "") != "55P03" and "database is locked" not in str(error.orig):
            raise
        raise CommandError(
            "Another connection has held a lock in the database for too long, so the next migration did not run. Nothing was left "
            "half done. Try again in a moment. If that does not help, stop the server and its worker first."
        ) from error


@contextmanager
def without_cascades(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by making it anew and dropping the old one, which would delete every row that refers to it.

    So references are not enforced meanwhile, and all of them are checked at the end (SQLite's own advice for such changes).
    """
    sqlite = connection.connection.dbapi_connection if connection.dialect.name == "sqlite" else None
    if sqlite is None:
        yield
        return
    sqlite.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
        if broken := sqlite.execute("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError(
                f"the migration left {len(broken)} rows that refer to nothing, the first in {broken[0][0]}"
            )
    finally:
        sqlite.execute("PRAGMA foreign_keys = ON")


def run_offline() -> None:
    context.configure(url=str(db.engine.url), target_metadata=db.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
