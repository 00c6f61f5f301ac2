"""The tables of the audit log: its entries, which nobody changes, and beside them what is personal, which can be erased."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, Moment, db
from models.secrets import digest

MOST_RESOURCES = 200
# No id, and nothing that anybody could search for.
THE_APP = "@"


class AuditEntry(Base):
    """One thing that happened in an account. Triggers refuse every change; no foreign key leads out of the audit log."""

    __tablename__ = "audit_entry"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID]
    at: Mapped[Moment]
    action: Mapped[str]
    outcome: Mapped[str]
    user_id: Mapped[uuid.UUID | None]
    member_id: Mapped[uuid.UUID | None]
    connection_id: Mapped[uuid.UUID | None]
    client_name: Mapped[str | None]
    """None, and kept because every hash is made over it: the app's name may name somebody, so it stands beside the entry."""
    tool: Mapped[str | None]
    scope: Mapped[str | None]
    """The scopes that were used or, in a refusal, missing."""
    reason: Mapped[str | None]
    """Why it was refused or failed, as a permanent word."""
    resources: Mapped[list[Any]] = mapped_column(db.JSON)
    """What was touched: [kind, id] pairs, at most 200; `resource_count` has the full number."""
    resource_count: Mapped[int]
    fields: Mapped[list[str]]
    """Names of what changed."""
    values: Mapped[dict[str, Any]]
    """New values that are enumerated and not personal, such as a tag's colour."""
    steps: Mapped[list[str]]
    """The actions that a tool call carried out."""
    arguments_digest: Mapped[str | None]
    request_id: Mapped[str | None]
    revision: Mapped[str | None]
    """The protocol revision that the app spoke."""
    duration_us: Mapped[int | None]
    personal_digest: Mapped[str]
    entry_hash: Mapped[str]

    __table_args__ = (
        Index("ix_audit_entry_account", "account_id", "id"),
        Index("ix_audit_entry_connection", "connection_id", "id"),
    )


class AuditPersonal(Base):
    """What an entry says of a person: erasable on its own. The salt keeps the digest in the entry from being guessed."""

    __tablename__ = "audit_personal"

    entry_id: Mapped[Id]
    account_id: Mapped[uuid.UUID]
    salt: Mapped[str]
    address: Mapped[str | None]
    """The client's address, truncated to its network (/24 or /48)."""
    user_agent: Mapped[str | None]
    names: Mapped[dict[str, Any]]
    """Names of things at the time, by id, where they cannot be looked up later; and that of the app, by `THE_APP`."""

    words: Mapped[str] = mapped_column(default="", server_default="")
    """What the entry is found by, but for the names of things and people. No hash is made over it."""

    __table_args__ = (Index("ix_audit_personal_account", "account_id"),)


class AuditName(Base):
    """The words of what a thing was called in an entry, to find the entry by. A trigger removes them with the thing."""

    __tablename__ = "audit_name"

    entry_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("audit_personal.entry_id", ondelete="CASCADE"), primary_key=True
    )
    thing_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    words: Mapped[str]

    __table_args__ = (Index("ix_audit_name_thing", "thing_id"),)


def entry_hash(entry: Mapping[str, Any]) -> str:
    """SHA-256 over every column but the hash itself, as canonical JSON; ids and moments as text, moments in UTC to the microsecond."""
    return digest({name: hashable(value) for name, value in entry.items() if name != "entry_hash"})


def hashable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return str(value) if isinstance(value, uuid.UUID) else value
