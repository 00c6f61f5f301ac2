"""The tables of the audit log: its entries, which never change, and their personal data, which can be erased."""

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
"""How many things one entry can name, and so how many one answer to an app can hold."""
# Among the values of a call that changes people: what its answer held.
ANSWER, PEOPLE = "answer", "people"
# Among the values of a failed attempt: further ones may have no entry.
MORE_FOLLOW = "more_follow"
# Among the names beside an entry. They have no id.
THE_APP = "@"
NEW_NAME = "@new"
SENT_TOOL, SENT_REQUEST_ID = "@tool", "@request"
"""What an app sent where its own words would not be known: they are free text, and can be erased."""


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
    """Always None, but still here because every hash includes it.

    The app's name may identify somebody, so it is stored with the personal data.
    """
    tool: Mapped[str | None]
    """One of the tools of this server, or `unknown`; what was sent then is among the names."""
    scope: Mapped[str | None]
    """The scopes that were used or, in a refusal, missing."""
    reason: Mapped[str | None]
    """Why it was refused or failed, as a permanent word."""
    resources: Mapped[list[Any]] = mapped_column(db.JSON)
    """The things it is about: [kind, id] pairs, at most 200; `resource_count` has the full number."""
    resource_count: Mapped[int]
    fields: Mapped[list[str]]
    """Names of the changed fields."""
    values: Mapped[dict[str, Any]]
    """New values that are enumerated and not personal, such as a tag's colour."""
    steps: Mapped[list[str]]
    """The actions that a tool call carried out."""
    arguments_digest: Mapped[str | None]
    """A keyed digest of what was sent, with the salt of the personal data: once that is erased, nobody can compute it again.
    Entries from before migration 0031 have the request id as salt."""
    request_id: Mapped[str | None]
    """Made by this server; one that was sent is among the names."""
    revision: Mapped[str | None]
    """The protocol revision of the app."""
    duration_us: Mapped[int | None]
    personal_digest: Mapped[str]
    entry_hash: Mapped[str]

    __table_args__ = (
        Index("ix_audit_entry_account", "account_id", "id"),
        Index("ix_audit_entry_connection", "connection_id", "id"),
    )


class AuditPersonal(Base):
    """The personal data of an entry, which can be erased separately. The salt protects the digest in the entry from guessing."""

    __tablename__ = "audit_personal"

    entry_id: Mapped[Id]
    account_id: Mapped[uuid.UUID]
    salt: Mapped[str]
    address: Mapped[str | None]
    """The client's address, truncated to its network (/24 or /48)."""
    user_agent: Mapped[str | None]
    names: Mapped[dict[str, Any]]
    """The names, by id, of things that cannot be looked up later; by `THE_APP` and `NEW_NAME` those of the app.

    What else it sent in its own words is here too.
    """

    words: Mapped[str] = mapped_column(default="", server_default="")
    """The words to find the entry by, without the names of things and people. No hash includes them."""

    __table_args__ = (Index("ix_audit_personal_account", "account_id"),)


class AuditName(Base):
    """The words of the name that a thing had in an entry, to find the entry by. A trigger deletes them with the thing."""

    __tablename__ = "audit_name"

    entry_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("audit_personal.entry_id", ondelete="CASCADE"), primary_key=True
    )
    thing_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    words: Mapped[str]

    __table_args__ = (Index("ix_audit_name_thing", "thing_id"),)


def entry_hash(entry: Mapping[str, Any]) -> str:
    """SHA-256 over every column except the hash itself, as canonical JSON; ids and times as text, times in UTC to the microsecond."""
    # Canonical JSON writes ids as text.
    hashed = {**entry, "at": hashable(entry["at"])}
    hashed.pop("entry_hash", None)
    return digest(hashed)


def hashable(value: Any) -> Any:
    """An id or a time as it is hashed."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return str(value) if isinstance(value, uuid.UUID) else value
