"""An alarm: one tripwire that an app touched, and what happened then. The same cause alarms once a day."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.elements import ColumnElement

from models.accounts import Member
from models.audit import Action
from models.connections import Connection, ConnectionPolicy
from models.connections.tripwires import STRICTNESS, Response, Tripwire, response_to
from models.database import Base, Id, Moment, Word, db, in_account, locks, now, rows_changed
from models.mail import Kind, notify_of_app
from models.request_scope import AskFirst

KEPT = timedelta(days=90)
AGAIN_AFTER = timedelta(days=1)
ONCE = frozenset({Tripwire.FIRST_CHANGE, Tripwire.FIRST_DELETION})
"""They happen once in the life of a connection."""


class Alarm(Base):
    """A tripwire that a connection touched. Its member sees it on pages until they say that they have seen it."""

    __tablename__ = "alarm"

    id: Mapped[Id]
    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    tripwire: Mapped[Tripwire] = mapped_column(Word(Tripwire))
    response: Mapped[Response] = mapped_column(Word(Response))
    """What happened: the stricter of what its member and the policy had chosen then."""
    at: Mapped[Moment]
    facts: Mapped[dict[str, Any]]
    """Numbers for the sentence about it, and never a person."""
    seen_at: Mapped[datetime | None]

    connection: Mapped[Connection] = relationship(lazy="joined", viewonly=True)

    __table_args__ = (Index("ix_alarm_connection", "connection_id", "id"), Index("ix_alarm_at", "at"))

    @classmethod
    def sound(cls, connection_id: uuid.UUID, tripwire: Tripwire, **facts: Any) -> Self | None:
        """Raise an alarm in the current transaction, and do what was chosen for it; None if it has been raised already.

        However many notice the same cause, one of them gets the alarm.
        """
        connection = db.session.get_one(Connection, connection_id)
        with in_account(connection.account_id):
            locks.take(connection.account_id)
            db.session.refresh(connection)
            response = cls.due(connection, tripwire)
            if response is None:
                return None
            alarm = cls(connection_id=connection_id, tripwire=tripwire, response=response, at=now(), facts=facts)
            db.session.add(alarm)
            db.session.flush()
            values = {"tripwire": str(tripwire), "response": str(response)} | facts
            connection.record(Action.CONNECTION_ALARM, frozenset(), values=values)
            alarm._restrict(connection)
            notify_of_app(
                Kind.APP_ALARM, connection.account_id, connection_id, connection.member.user, alarm=str(alarm.id)
            )
            return alarm

    @classmethod
    def due(cls, connection: Connection, tripwire: Tripwire) -> Response | None:
        """What is to happen now that this tripwire was touched; None if nothing, or if it has happened already."""
        if connection.ended_at is not None:
            return None
        response = response_to(tripwire, connection.tripwires, ConnectionPolicy.of(connection.account_id).tripwires)
        if response is Response.OFF:
            return None
        before = select(cls.response).where(cls.connection_id == connection.id, cls.tripwire == tripwire)
        if tripwire not in ONCE:
            before = before.where(cls.at > now() - AGAIN_AFTER)
        # A stricter answer that was chosen since is carried out, even if the member was told already.
        heard = any(STRICTNESS[each] >= STRICTNESS[response] for each in db.session.scalars(before))
        return None if heard else response

    def _restrict(self, connection: Connection) -> None:
        because = {"alarm": str(self.tripwire)}
        if self.response is Response.ASK and AskFirst.CHANGE not in connection.limits.ask_first:
            connection.ask_first = sorted({*(connection.ask_first or ()), AskFirst.CHANGE})
            values = because | {"ask_first": connection.ask_first}
            connection.record(Action.CONNECTION_LIMITED, frozenset(), fields=["ask_first"], values=values)
        if self.response is Response.PAUSE and connection.paused_at is None:
            # By nobody: its member can resume it, and so can an Owner.
            connection.paused_at = now()
            connection.record(Action.CONNECTION_PAUSED, frozenset(), values=because)

    @classmethod
    def unseen_of(cls, *which: ColumnElement[bool]) -> list[Self]:
        """The alarms of these connections that nobody has seen yet, newest first."""
        found = select(cls).join(Connection, Connection.id == cls.connection_id)
        found = found.where(cls.seen_at.is_(None), *which).order_by(cls.id.desc())
        return [alarm for alarm in db.session.scalars(found) if alarm.connection.active]

    @classmethod
    def unseen_by(cls, member: Member) -> list[Self]:
        """The unseen alarms of a member's own apps in their account."""
        return cls.unseen_of(Connection.member_id == member.id)

    @classmethod
    def see(cls, connection: Connection) -> int:
        """Mark every alarm of a connection as seen; returns how many were not."""
        unseen = update(cls).where(cls.connection_id == connection.id, cls.seen_at.is_(None))
        return rows_changed(unseen.values(seen_at=now()))

    @classmethod
    def is_forgotten(cls) -> ColumnElement[bool]:
        """Those to delete: of three months ago, unless they happen only once."""
        return (cls.at < now() - KEPT) & cls.tripwire.not_in(ONCE)
