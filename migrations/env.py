"""How migrations run: each one a transaction of its own, on either database."""

from __future__ import annotations

from alembic import context
from flask import current_app

from models.base import db

config = context.config


def run_online() -> None:
    # The engine begins transactions explicitly, also on SQLite: otherwise its leading DDL would commit at once and a
    # migration that fails half-way would leave half a schema.
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            transaction_per_migration=True,
            transactional_ddl=True,
            include_object=ours,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


def run_offline() -> None:
    context.configure(url=str(db.engine.url), target_metadata=db.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def ours(_object: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
    """Whether a table is one of the models': the full-text index keeps tables of its own."""
    return not (kind == "table" and (name or "").startswith("profile_search"))


if context.is_offline_mode():
    run_offline()
else:
    run_online()
