"""An account in which every text column holds a canary, derived from the metadata, so that new columns are covered by themselves.

Columns that cannot hold a canary are named here, with the reason.
"""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    insert,
    select,
    text,
)
from sqlalchemy.engine import make_url

from models.database.base import Base, UTCDateTime, db, new_id, now
from models.database.tenancy import in_account
from models.scopes import TAGS_MANAGE, ScopeSet

NOT_OF_AN_ACCOUNT = {
    "erasure": "The record of deletions: ids and numbers, and it outlives what it deletes.",
    "instrument": "The operator's: what is asked, and nobody's answers.",
    "pending_request": "An app's request that waits for somebody to sign in: of nobody yet, and over within hours.",
    "server_key": "The server's own: names that are derived from its keys.",
    "throttle": "Counts under keyed digests.",
    "used_assertion": "Hashes of what apps have signed, until these would have ended.",
    "audit_entry": "The audit log stays. What stands in it is tried with what is really recorded.",
    "audit_seal": "Hashes and signatures.",
    "audit_sealed": "Hashes and signatures.",
    "audit_purge": "Ids, times and signatures.",
}
ENUMERATED = {
    ("account", "debriefs_sent_to"): "The host of the operator's language model.",
}
# Without these the account could not be deleted.
GIVEN: dict[tuple[str, str], Any] = {
    ("member", "role"): "Owner",
    ("member", "removed_at"): None,
    ("account", "delete_after"): None,
    ("account", "second_factor_required"): False,
    ("approval", "kind"): "change",
    ("before_image", "row_name"): "tag/canary",
    ("before_image", "before"): {"label": "was"},
    ("before_image", "after"): {"label": "is"},
    ("connection", "ask_first"): ["delete"],
    ("connection_policy", "ask_first"): ["delete"],
    ("connection", "tripwires"): {"decoy": "pause"},
    ("connection_policy", "tripwires"): {"decoy": "pause"},
    ("alarm", "tripwire"): "first_change",
    ("alarm", "response"): "tell",
    ("authorization", "end_reason"): "revoked",
    ("message", "state"): "sent",
    # Only these are in exports.
    ("sitting", "state"): "finished",
    ("sitting", "share_due_at"): None,
    # A pending one would have to be made first; a finished one would lose its parts by itself.
    ("data_export", "state"): "ended",
    ("data_export", "expires_at"): now() + timedelta(days=7),
    ("client", "auth_method"): "client_secret_post",
    ("client", "kind"): "preregistered",
}
CHOICES = re.compile(r"\b(\w+) (?:IN \(|= )'(\w+)'")


class Canaries:
    """One row in every table, in one account of one person; `texts` has every canary, by table and column."""

    def __init__(self) -> None:
        self.account_id, self.user_id = new_id(), new_id()
        self.texts: dict[str, str] = {}
        self.rows: dict[str, dict[str, Any]] = {}

    def put(self) -> None:
        """Write all rows in the caller's transaction."""
        with in_account(self.account_id):
            for table in Base.metadata.sorted_tables:
                if table.name not in NOT_OF_AN_ACCOUNT:
                    self.rows[table.name] = self.row(table)
                    if not self.made_by_a_trigger(table):
                        db.session.execute(insert(table), self.rows[table.name])

    def own(self, what: str) -> str:
        """One more canary, for an action that is really carried out."""
        return self.texts.setdefault(what, f"canary of {what} {uuid.uuid4().hex}")

    def row(self, table: Table) -> dict[str, Any]:
        chosen = choices(table)
        # What the database numbers itself, it numbers itself.
        columns = [column for column in table.columns if column is not table.autoincrement_column]
        return {column.name: self.value(table, column, chosen) for column in columns}

    def value(self, table: Table, column: Column[Any], chosen: dict[str, str]) -> Any:
        place = (table.name, column.name)
        if place in GIVEN:
            return GIVEN[place]
        if column.foreign_keys:
            target = min(column.foreign_keys, key=lambda key: key.target_fullname).column
            return self.rows[target.table.name][target.name]
        return self.own_value(place, column, chosen)

    def own_value(self, place: tuple[str, str], column: Column[Any], chosen: dict[str, str]) -> Any:
        match column.type:
            case Uuid():
                known = {"account_id": self.account_id, "user_id": self.user_id}
                known |= {"id": {"account": self.account_id, "user": self.user_id}.get(place[0], new_id())}
                return known.get(column.name, new_id())
            case ScopeSet():
                return frozenset({TAGS_MANAGE})
            case UTCDateTime() | DateTime():
                return now()
            case Boolean():
                return True
            case Integer():
                return 1
        if column.name in chosen:
            return chosen[column.name]
        return self.canary(place, column)

    def canary(self, place: tuple[str, str], column: Column[Any]) -> Any:
        text = f"canary of {place[0]} {place[1]} {uuid.uuid4().hex}"
        if place not in ENUMERATED:
            self.texts[".".join(place)] = text
        match column.type:
            case JSON():
                return [text]
            case LargeBinary():
                return text.encode()
            case Text():
                return text
        raise AssertionError(f"{place} is of a type that this generator does not know: {column.type!r}")

    def made_by_a_trigger(self, table: Table) -> bool:
        counted = table.name == "profile_count" and select(table.c.account_id).where(
            table.c.account_id == self.account_id
        )
        return counted is not False and db.session.execute(counted).first() is not None


def choices(table: Table) -> dict[str, str]:
    """For each column that allows certain words only, the first of them."""
    checks = (str(each.sqltext) for each in table.constraints if isinstance(each, CheckConstraint))
    return dict(found for check in checks for found in CHOICES.findall(check))


def bytes_kept(app: Flask, account_id: uuid.UUID, database: str) -> bytes:
    """Everything that could still be found of an account: every byte of SQLite's files, every row of every PostgreSQL table."""
    return bytes_of_files(app) if database == "sqlite" else bytes_of_rows(account_id)


def bytes_of_files(app: Flask) -> bytes:
    """The database file and all files beside it: journal, its index, the writers' queue, the worker's lock."""
    db.session.remove()
    file = Path(str(make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database))
    return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


def bytes_of_rows(account_id: uuid.UUID) -> bytes:
    """Every row of every table as PostgreSQL prints it, whether the models know the table or not."""
    with in_account(account_id):
        tables = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        rows = [row for table in tables for row in db.session.scalars(text(f'SELECT t::text FROM "{table}" t'))]
        db.session.rollback()
    return "\n".join(rows).encode()
