"""How migrations run: each one a transaction of its own, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection

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
        with context.begin_transaction():
            context.run_migrations()


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
