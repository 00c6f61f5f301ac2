"""A connection: what one member lets one app do in one account."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Self

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    and_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from models.accounts.account import Account
from models.accounts.member import Member
from models.audit.recorder import Action, record
from models.clients.client import Client
from models.connections.authorization import Authorization
from models.connections.limit_checks import must_leave_somebody, must_leave_something_to_read
from models.connections.policy import ConnectionPolicy
from models.database import locks
from models.database.base import Base, Id, Moment, db, now, rows_changed
from models.errors import Invalid, NotAllowed, NotFound
from models.limits import FURTHEST, TOO_FAR, Limited, as_it_is, checked_calls, checked_tags, tag_sets
from models.mail.message import Kind, tell_of_app
from models.permissions import Permission
from models.request_scope import Limits, current_scope
from models.scopes import ScopeSet


class Connection(Base):
    """What one member lets one app do in one account. Authorizations and their tokens hang off it; revoking it ends them all."""

    __tablename__ = "connection"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    member_id: Mapped[uuid.UUID]
    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client.id"))
    ceiling: Mapped[frozenset[str]] = mapped_column(ScopeSet)
    """The most that any of its authorizations may do."""
    created_at: Mapped[Moment]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[uuid.UUID | None]
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[uuid.UUID | None]
    """The member who paused it; what an Owner paused, only an Owner lets go on."""
    taken: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    """The scopes that its member took from it since they were given last, and when."""
    ends_at: Mapped[datetime | None]
    """When it ends by itself, however active."""
    read_only: Mapped[bool] = mapped_column(default=False)
    hide_contact: Mapped[bool] = mapped_column(default=False)
    only_tags: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Ids of tags: only profiles that carry one of them exist for the app."""
    daily_calls: Mapped[int | None]

    account: Mapped[Account] = relationship(lazy="joined", viewonly=True)
    policy: Mapped[ConnectionPolicy | None] = relationship(
        lazy="selectin",
        viewonly=True,
        primaryjoin=lambda: foreign(Connection.account_id) == ConnectionPolicy.account_id,
    )
    member: Mapped[Member] = relationship(lazy="joined", overlaps="account")
    client: Mapped[Client] = relationship(lazy="joined")
    use: Mapped[ConnectionUse] = relationship(lazy="joined", cascade="all, delete-orphan", passive_deletes=True)
    authorizations: Mapped[list[Authorization]] = relationship(
        lazy="selectin", order_by=Authorization.id.desc(), back_populates="connection", passive_deletes=True
    )

    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        ForeignKeyConstraint(["account_id", "member_id"], ["member.account_id", "member.id"], ondelete="CASCADE"),
        Index(
            "uq_connection_live",
            "member_id",
            "client_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("ix_connection_account", "account_id", "id"),
        Index("ix_connection_client", "client_id"),
    )

    @classmethod
    def between(cls, member: Member, client: Client) -> Self | None:
        """The live connection of this member and this app."""
        return cls._standing_between(member, client, ~is_over())

    @classmethod
    def over_between(cls, member: Member, client: Client) -> Self | None:
        """The one whose end date has passed, while no other has taken its place."""
        return cls._standing_between(member, client, is_over())

    @classmethod
    def _standing_between(cls, member: Member, client: Client, also: ColumnElement[bool]) -> Self | None:
        own = select(cls).where(cls.member_id == member.id, cls.client_id == client.id, cls.revoked_at.is_(None), also)
        return db.session.scalar(own)

    @classmethod
    def held_by_owner(cls, member: Member, client: Client) -> Self | None:
        """The last connection of this member and this app, if it ended while an Owner kept it paused."""
        over = select(cls).where(
            cls.member_id == member.id, cls.client_id == client.id, or_(cls.revoked_at.is_not(None), is_over())
        )
        last = db.session.scalar(over.order_by(cls.id.desc()).limit(1))
        return last if last and last.paused_at and last.paused_by not in {None, member.id} else None

    @classmethod
    def open(
        cls, member: Member, client: Client, granted: frozenset[str], limits: Mapping[str, Any] | None = None
    ) -> Self:
        """The live connection of this member and this app, made or widened to include what was granted now.

        `limits` are those of a new one (see `limit`); one that is there keeps its own. Raises `Invalid` for one that nothing could fit.
        """
        # One answer of this member after the other: two at once would both make the connection.
        locks.close(member.id)
        # A deletion of the account that is asked for at this moment either has been seen here or waits for us.
        if db.session.get_one(
            Account, member.account_id, with_for_update={"read": True}, populate_existing=True
        ).locked:
            raise NotAllowed("This account is about to be deleted. Nothing can be connected to it.")
        if over := cls.over_between(member, client):
            over.end_by_itself("date", over.ends_at)
        known = cls.between(member, client)
        if known is None:
            connection = cls(
                account_id=member.account_id,
                member_id=member.id,
                member=member,
                client_id=client.id,
                client=client,
                ceiling=granted,
                created_at=now(),
                use=ConnectionUse(),
            )
            connection._stay_paused(cls.held_by_owner(member, client))
            db.session.add(connection)
            db.session.flush()
            connection.record(Action.CONNECTION_CREATED, granted)
            connection.limit(**limits or {})
            if ConnectionPolicy.of(member.account_id).read_only:
                must_leave_something_to_read(
                    granted, "The account's policy lets apps only read, and this allows none of it."
                )
            connection.tell_member(Kind.APP_CONNECTED, granted)
        else:
            connection = known
            added = granted - known.ceiling
            known.ceiling = known.ceiling | granted
            known.forget_taken(granted)
            known.record(Action.CONNECTION_WIDENED if added else Action.CONNECTION_RENEWED, granted)
            if added:
                known.tell_member(Kind.APP_WIDENED, added)
        client.used()
        return connection

    @classmethod
    def of_user(cls, user_id: uuid.UUID) -> list[Self]:
        """All connections that a person made, in every account they belong to now; newest first."""
        statement = select(cls).join(Member, Member.id == cls.member_id)
        return list(
            db.session.scalars(
                statement.where(Member.user_id == user_id, Member.removed_at.is_(None)).order_by(cls.id.desc())
            )
        )

    @classmethod
    def find_for(cls, user_id: uuid.UUID, connection_id: uuid.UUID) -> Self:
        """A connection that this person made; raises `NotFound` for everybody else's."""
        statement = (
            select(cls)
            .join(Member, Member.id == cls.member_id)
            .where(Member.user_id == user_id, Member.removed_at.is_(None))
        )
        found = db.session.scalar(statement.where(cls.id == connection_id))
        if found is None:
            raise NotFound("You have no connection with this id.")
        return found

    @classmethod
    def seen_by(cls, user_id: uuid.UUID, member: Member | None, connection_id: uuid.UUID) -> Self:
        """A connection that this person made, or one of the account in which they are an Owner; raises `NotFound` for every other."""
        if member is not None and member.may(Permission.MANAGE_CONNECTIONS):
            statement = select(cls).where(cls.account_id == member.account_id, cls.id == connection_id)
            if found := db.session.scalar(statement):
                return found
        return cls.find_for(user_id, connection_id)

    @classmethod
    def live_of(cls, member: Member) -> list[Self]:
        """The connections of a member that have not ended, newest first."""
        statement = select(cls).where(cls.member_id == member.id, cls.revoked_at.is_(None), ~is_over())
        return list(db.session.scalars(statement.order_by(cls.id.desc())))

    @property
    def active(self) -> bool:
        """Whether it has not ended in any way."""
        return self.ended_at is None

    @property
    def ended_at(self) -> datetime | None:
        """When it ended: it was revoked, its member went, or its end date passed; None while it is live."""
        dates = (self.revoked_at, self.member.removed_at, self.ends_at)
        return min((date for date in dates if date is not None and date <= now()), default=None)

    @property
    def end_reason(self) -> str | None:
        """Why it ended, in a few words; None while it is live."""
        if self.ended_at is None:
            return None
        if self.ended_at == self.member.removed_at:
            return ENDS["member"]
        if self.ended_at == self.ends_at:
            return ENDS["date"]
        return GIVEN_BACK if any(each.end_reason == GIVEN_BACK for each in self.authorizations) else "revoked"

    @property
    def live_authorizations(self) -> list[Authorization]:
        """The installations that can still renew themselves, and that the account's policy does not want to ask again."""
        longest = self.policy.longest_days if self.policy else None
        return [each for each in self.authorizations if self.active and each.live and not each.older_than(longest)]

    @property
    def needs_reconnect(self) -> bool:
        """Whether every installation has lapsed, so that the app must ask again."""
        return self.active and not self.live_authorizations

    @property
    def cut_off(self) -> Authorization | None:
        """The installation whose secret was used twice, as long as the app was not connected again since."""
        ends = [(each.ended_at, each) for each in self.authorizations if each.cut_off and each.ended_at]
        last = max(ends, key=lambda end: end[0], default=None)
        if last is None or any(other.created_at > last[0] for other in self.authorizations):
            return None
        return last[1]

    @property
    def granted(self) -> frozenset[str]:
        """What its installations may do together, now."""
        return frozenset().union(*(a.granted & self.ceiling for a in self.live_authorizations))

    @property
    def denied(self) -> frozenset[str]:
        """What was asked for, declined, and not granted to another installation since."""
        return frozenset().union(*(a.denied for a in self.authorizations)) - self.granted

    def allows(self, scope: str) -> bool:
        """Whether this connection's ceiling has the scope; the caller intersects token, authorization and role."""
        return self.active and scope in self.ceiling

    @property
    def limits(self) -> Limits:
        """What its member has limited it to, besides its scopes."""
        return Limits(self.read_only, self.hide_contact, tag_sets(self.only_tags), self.daily_calls, self.ends_at)

    @property
    def asked(self) -> frozenset[str]:
        """What the app has ever asked for, in any installation that is not over: no more can be given here than that."""
        return frozenset().union(*(a.requested for a in self.live_authorizations))

    def must_be_active(self) -> None:
        """Raises `NotAllowed` where there is nothing left that could be changed."""
        if self.ended_at is not None:
            raise NotAllowed(
                f"{self.client.name} is no longer connected since {self.ended_at:%-d %B %Y} ({self.end_reason}). Nothing was changed."
            )

    def hold_still(self) -> None:
        """Let nobody else change it until this is committed, and see what they did before; raises `NotAllowed` where it is over."""
        locks.close(self.member_id)
        # Read before the gate, it could be as it was: what is taken by two at once must not come back by the second.
        db.session.refresh(self)
        self.must_be_active()

    def narrow(self, scope: str) -> None:
        """Take a scope away, from this connection and every installation; what comes back later comes back by consent or here."""
        self.hold_still()
        if scope not in self.ceiling:
            raise Invalid("scope", f"{self.client.name} does not have {scope}.")
        self.ceiling = self.ceiling - {scope}
        for authorization in self.authorizations:
            authorization.narrow(scope)
        self.taken = (self.taken or {}) | {scope: now().isoformat()}
        self.record(Action.CONNECTION_NARROWED, frozenset({scope}))

    def forget_taken(self, granted: Collection[str]) -> None:
        """What is given again is no longer taken away."""
        self.taken = {scope: at for scope, at in (self.taken or {}).items() if scope not in granted} or None

    def limit(self, **wanted: Any) -> list[str]:
        """Set the limits that are given; returns which of them changed. Raises `Invalid` for one that nothing could fit."""
        self.hold_still()
        checked = {name: CHECKS[name](self, value) for name, value in wanted.items()}
        changed = [name for name, value in checked.items() if getattr(self, name) != value]
        self._must_leave_something({name: checked[name] for name in changed})
        for name in changed:
            setattr(self, name, checked[name])
        if changed:
            values = {
                name: str(value) if isinstance(value, datetime) else value
                for name, value in checked.items()
                if name in changed
            }
            self.record(Action.CONNECTION_LIMITED, frozenset(), fields=changed, values=values)
        return changed

    def _must_leave_something(self, changed: Mapping[str, Any]) -> None:
        policy = ConnectionPolicy.of(self.account_id)
        if changed.get("only_tags"):
            must_leave_somebody(self.account_id, tag_sets(changed["only_tags"]), policy.limits.only_tags)
        if changed.get("read_only"):
            must_leave_something_to_read(self.ceiling, "What it is allowed is changing and sending alone.")

    def pause(self, by: Member | None = None) -> None:
        """Let the app do nothing until this is taken back; it stays connected. An Owner's pause takes the place of its member's."""
        self.hold_still()
        by = by or self.member
        if self.paused_at is None or (self.paused_by == self.member_id and by.id != self.member_id):
            self.paused_at, self.paused_by = self.paused_at or now(), by.id
            self.record(Action.CONNECTION_PAUSED, frozenset(), by=by)
            self._tell_member_of_owner("paused", by)

    def _stay_paused(self, held: Connection | None) -> None:
        # Or a member would only have to revoke it and connect it again.
        if held is not None:
            self.paused_at, self.paused_by = held.paused_at, held.paused_by

    def resume(self, by: Member | None = None) -> None:
        """Let a paused app go on; raises `NotAllowed` for its member where an Owner paused it."""
        self.hold_still()
        by = by or self.member
        if self.paused_at is None:
            return
        if not self.resumable_by(by):
            raise NotAllowed(f"An Owner of the account paused {self.client.name}. Only an Owner can let it go on.")
        self.paused_at = self.paused_by = None
        self.record(Action.CONNECTION_RESUMED, frozenset(), by=by)

    def resumable_by(self, member: Member) -> bool:
        """Whether this member may let it go on: its own member what they paused themselves, an Owner in any case."""
        by_its_member = self.paused_by in {None, self.member_id}
        return (by_its_member and member.id == self.member_id) or member.may(Permission.MANAGE_CONNECTIONS)

    def revoke(self, by: Member | None) -> None:
        """End the connection and everything below it; the very next request of the app fails. Revoking twice changes nothing.

        Without a member it is the operator of this server who does it.
        """
        if self._end("connection revoked", by):
            actor = current_scope().actor.known_as(
                account_id=self.account_id,
                user_id=by.user_id if by else None,
                member_id=by.id if by else None,
                connection_id=self.id,
                client_name=self.client.name,
            )
            record(Action.CONNECTION_REVOKED, ("connection", self.id), by=actor)
            self._tell_member_of_owner("revoked", by)

    def give_back(self) -> None:
        """End the connection and everything below it because the app itself asked for that."""
        if self._end(GIVEN_BACK, None):
            self.record(Action.AUTHORIZATION_ENDED, frozenset())

    def end_by_itself(self, why: str, at: datetime | None) -> None:
        """End the connection and everything below it because its `date` passed or its `member` went, and note that it was so since then."""
        if self._end(ENDS[why], None, at):
            actor = self.member.as_actor(self.id, self.client.name)
            record(Action.CONNECTION_ENDED, ("connection", self.id), by=actor, reason=f"end_{why}")

    def _end(self, reason: str, by: Member | None, at: datetime | None = None) -> bool:
        locks.close(self.member_id)
        live = update(Connection).where(Connection.id == self.id, Connection.revoked_at.is_(None))
        if rows_changed(live.values(revoked_at=at or now(), revoked_by=by and by.id)) != 1:
            return False
        db.session.refresh(self)
        for authorization in self.authorizations:
            authorization.end(reason)
        return True

    def tell_member(self, kind: Kind, scopes: frozenset[str]) -> None:
        """Let the member know by mail what was done with this connection, and with which scopes."""
        tell_of_app(kind, self.account_id, self.id, self.member.user.email, scopes=sorted(scopes))

    def _tell_member_of_owner(self, deed: str, by: Member | None) -> None:
        """Whoever finds their app stopped is to know by whom; of what they did themselves they know."""
        if by is not None and by.id != self.member_id and self.member.removed_at is None:
            tell_of_app(Kind.APP_STOPPED, self.account_id, self.id, self.member.user.email, deed=deed, by=str(by.id))

    def record(
        self,
        action: Action,
        scopes: frozenset[str],
        fields: Sequence[str] = (),
        by: Member | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Write into the trail what was done with this connection: by its member, if nobody else is named."""
        actor = (by or self.member).as_actor(self.id, self.client.name)
        said = ({"scopes": sorted(scopes)} if scopes else {}) | dict(values or {})
        record(action, ("connection", self.id), fields=fields, values=said, by=actor)


def is_over() -> ColumnElement[bool]:
    """That the end date of a connection has passed."""
    return and_(Connection.ends_at.is_not(None), Connection.ends_at <= now())


GIVEN_BACK = "given back by the app"
ENDS = {"date": "its last day was over", "member": "its member is no longer in the account"}


def ending(_whose: Limited, value: datetime | None) -> datetime | None:
    if value is not None and value <= now():
        raise Invalid("ends_at", "This date is over. To end the connection now, revoke it.")
    if value is not None and value > FURTHEST:
        raise Invalid("ends_at", TOO_FAR)
    return value


CHECKS: dict[str, Callable[[Limited, Any], Any]] = {
    "read_only": as_it_is,
    "hide_contact": as_it_is,
    "only_tags": checked_tags,
    "daily_calls": checked_calls,
    "ends_at": ending,
}

Counter = Annotated[int, mapped_column(BigInteger, default=0, server_default="0")]


class ConnectionUse(Base):
    """How a connection is used. A table of its own, so that counting a call never waits for a lock on the connection."""

    __tablename__ = "connection_use"

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    last_used_at: Mapped[datetime | None]
    calls: Mapped[Counter]
    calls_empty_at: Mapped[Counter]
    """When the counted calls will have leaked out, in microseconds since 1970 (models/rate_limits/buckets.py); so with the next two."""
    writes_empty_at: Mapped[Counter]
    refreshes_empty_at: Mapped[Counter]
    day: Mapped[str | None]
    """The day (UTC) that `calls_of_day` counts, as 2026-11-23."""
    calls_of_day: Mapped[Counter]
    last_network: Mapped[str | None]
    """The network that it was used from last (models/connections/networks.py)."""
    network_told_at: Mapped[datetime | None]
    """When its member last was told that a network is new."""
    refusal_noted_at: Mapped[datetime | None]
    """When the trail last was told that it asked too often: once a minute is enough."""
