"""The app that a member has just connected, and its first tool call."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import select

from models.accounts import Member
from models.audit import Action, AuditEntry, first_id
from models.audit_log.query import RenderedEntry, all_entries, render_entries
from models.connections import Authorization, Connection
from models.database import db


@dataclass(frozen=True)
class ConnectedApp:
    """An app that a member has just connected, again or for the first time."""

    connection_id: uuid.UUID
    name: str
    connected_at: datetime
    first_call: RenderedEntry | None
    """Its first tool call since then."""

    @classmethod
    def since(cls, member: Member, moment: datetime) -> Self | None:
        """The app that this member connected last, if that was after this moment and it is still connected."""
        newest = select(Connection.id, Connection.app_name, Authorization.created_at)
        newest = newest.join(Authorization, Authorization.connection_id == Connection.id)
        own = newest.where(Connection.member_id == member.id, Connection.revoked_at.is_(None))
        after = own.where(Authorization.ended_at.is_(None), Authorization.created_at > moment)
        found = db.session.execute(after.order_by(Authorization.id.desc()).limit(1)).one_or_none()
        if found is None:
            return None
        id_, name, connected_at = found
        return cls(id_, name, connected_at, first_call_since(member, id_, connected_at))


def first_call_since(member: Member, connection_id: uuid.UUID, moment: datetime) -> RenderedEntry | None:
    calls = all_entries(member.account_id).where(
        AuditEntry.connection_id == connection_id,
        AuditEntry.action == Action.TOOL_CALLED,
        AuditEntry.id >= first_id(moment),
    )
    rows = db.session.execute(calls.order_by(AuditEntry.id).limit(1))
    return next(iter(render_entries(member, [(entry, personal) for entry, personal in rows])), None)
