"""An approval: one call of an app that waits for a person, the answer, and its one use.

The call itself never waits. The app gets the address of the page, and makes the same call again after the answer: it runs
if a person allowed exactly this call with exactly this effect, once, within its fifteen minutes.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from flask_babel import gettext as _
from sqlalchemy import ForeignKeyConstraint, Index, func, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Member
from models.approvals.effect import Effect
from models.audit import Action
from models.connections import Connection, ConnectionPolicy
from models.database import (
    AccountRow,
    Base,
    Id,
    Moment,
    Word,
    claim_once,
    db,
    delete_in_account,
    locks,
    now,
    rows_changed,
)
from models.errors import NotAllowed, NotFound
from models.mail import Kind, notify_of_app
from models.permissions import Permission
from models.request_scope import AskFirst
from models.secrets import digest, same

LIVES = timedelta(minutes=15)
MOST_WAITING = 10
"""Calls of one connection that wait at the same time."""
MAILED_EVERY = timedelta(minutes=10)


class NotWaiting(NotAllowed):
    """The call no longer waits: it was answered, its time is over, or its connection has ended."""


class TooManyWaiting(Exception):
    """So many calls of the connection wait that no further one is shown to a person."""


@dataclass(frozen=True)
class Asked:
    """A call, as far as a person is shown it."""

    connection_id: uuid.UUID
    tool: str
    arguments: Mapping[str, Any]
    """As JSON."""
    effect: Effect
    kind: AskFirst
    """Why it waits: the most telling kind of call that it is."""

    @property
    def digest(self) -> str:
        """Equal for calls that a person could not tell apart."""
        return digest([str(self.connection_id), self.tool, self.arguments, self.effect.facts])


Found = TypeVar("Found", bound="Approval")


class Approval(AccountRow, Base):
    """A call that waits, or that was answered. Its arguments are deleted as soon as it ends, and its row soon after."""

    __tablename__ = "approval"

    id: Mapped[Id]
    connection_id: Mapped[uuid.UUID]
    tool: Mapped[str]
    kind: Mapped[AskFirst] = mapped_column(Word(AskFirst))
    arguments: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any]]
    digest: Mapped[str]
    asked_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    mailed: Mapped[bool]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[uuid.UUID | None]
    allowed: Mapped[bool | None]
    used_at: Mapped[datetime | None]

    connection: Mapped[Connection] = relationship(lazy="joined", viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "connection_id"], ["connection.account_id", "connection.id"], ondelete="CASCADE"
        ),
        Index("ix_approval_connection", "connection_id", "digest"),
        Index("ix_approval_expires", "account_id", "expires_at"),
    )

    @classmethod
    def ask(cls, account_id: uuid.UUID, asked: Asked) -> Self:
        """The approval of this call: the one that is still open or was denied, or a new one. Raises `TooManyWaiting`."""
        # Two equal calls at the same time are one question.
        locks.take(account_id)
        if known := cls.of(asked):
            return known
        open_now = cls.connection_id == asked.connection_id, cls.answered_at.is_(None), cls.expires_at > now()
        if (db.session.scalar(select(func.count()).where(*open_now)) or 0) >= MOST_WAITING:
            raise TooManyWaiting
        approval = cls(
            account_id=account_id,
            connection_id=asked.connection_id,
            tool=asked.tool,
            kind=asked.kind,
            arguments=dict(asked.arguments),
            facts=dict(asked.effect.facts),
            digest=asked.digest,
            asked_at=now(),
            expires_at=now() + LIVES,
            mailed=not cls._mailed_lately(asked.connection_id),
        )
        db.session.add(approval)
        db.session.flush()
        if approval.mailed:
            connection = db.session.get_one(Connection, asked.connection_id)
            notify_of_app(Kind.APP_ASKS, account_id, connection.id, connection.member.user)
        return approval

    @classmethod
    def of(cls, asked: Asked) -> Self | None:
        """The approval of this call that is not over and was not used."""
        live = cls.connection_id == asked.connection_id, cls.digest == asked.digest, cls.expires_at > now()
        return db.session.scalar(select(cls).where(*live, cls.used_at.is_(None)).order_by(cls.id.desc()).limit(1))

    @classmethod
    def use(cls, asked: Asked) -> bool:
        """Use up a person's yes to exactly this call, in the transaction that makes it; False if there is none.

        Of several simultaneous calls, one gets True.
        """
        at = now()
        yes = cls.connection_id == asked.connection_id, cls.digest == asked.digest, cls.allowed.is_(True)
        free = cls.used_at.is_(None), cls.expires_at > at
        return rows_changed(update(cls).where(*yes, *free).values(used_at=at, arguments={}, facts={})) > 0

    @classmethod
    def _mailed_lately(cls, connection_id: uuid.UUID) -> bool:
        since = now() - MAILED_EVERY
        mailed = select(cls.id).where(cls.connection_id == connection_id, cls.mailed, cls.asked_at > since)
        return db.session.scalar(mailed.limit(1)) is not None

    @classmethod
    def waiting_in(cls, account_id: uuid.UUID) -> list[Self]:
        """Every call of the account that can be answered now, oldest first."""
        open_now = cls.account_id == account_id, cls.answered_at.is_(None), cls.expires_at > now()
        return [
            each for each in db.session.scalars(select(cls).where(*open_now).order_by(cls.id)) if each.connection.active
        ]

    @classmethod
    def waiting_for(cls, member: Member) -> list[Self]:
        """The calls that this member can answer now, oldest first: of their own apps, and of others' where Owners answer too."""
        return answerable_by(member, cls.waiting_in(member.account_id))

    @classmethod
    def find(cls, member: Member, approval_id: uuid.UUID) -> Self:
        """A call that this member can answer or could have; raises `NotFound`."""
        found = db.session.scalar(select(cls).where(cls.account_id == member.account_id, cls.id == approval_id))
        if found is None or not (found.connection.member_id == member.id or owners_answer(member)):
            raise NotFound(_("This request is over, or it belongs to somebody else."))
        return found

    @classmethod
    def forget_expired(cls, account_id: uuid.UUID) -> int:
        """Delete what is over; returns how many."""
        return delete_in_account(account_id, cls, cls.account_id == account_id, cls.expires_at <= now())

    @property
    def waits(self) -> bool:
        """Whether it can still be answered."""
        return self.answered_at is None and self.expires_at > now() and self.connection.active

    def answer(self, by: Member, allowed: bool, shown: str) -> None:
        """Allow or deny exactly what was shown, once. Raises `NotWaiting` if it can no longer be answered."""
        locks.take(self.account_id)
        db.session.refresh(self)
        if not self.waits or not same(shown, self.digest):
            raise NotWaiting(_("This request is over. Nothing was done. The app can ask again."))
        emptied: dict[str, Any] = {} if allowed else {"arguments": {}, "facts": {}}
        if not claim_once(
            self, Approval.answered_at.is_(None), answered_at=now(), answered_by=by.id, allowed=allowed, **emptied
        ):
            raise NotWaiting(_("Somebody else has just answered this request."))
        action = Action.CALL_ALLOWED if allowed else Action.CALL_DENIED
        self.connection.record(action, frozenset(), by=by, values={"tool": self.tool})


def answerable_by(member: Member, waiting: Sequence[Found]) -> list[Found]:
    """Those of these calls that this member can answer."""
    owners = owners_answer(member)
    return [each for each in waiting if owners or each.connection.member_id == member.id]


def owners_answer(member: Member) -> bool:
    """Whether this member answers for others too."""
    return member.may(Permission.MANAGE_CONNECTIONS) and ConnectionPolicy.of(member.account_id).owners_answer
