"""A connection: what one member lets one app do in one account."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self

from flask_babel import gettext as _
from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    and_,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from models.accounts import Account, Member
from models.audit import Action, record
from models.clients import Client, redirect_place
from models.connections.authorization import Authorization, EndReason
from models.connections.limit_values import stored_limits
from models.connections.policy import ConnectionPolicy
from models.connections.usage import ConnectionUse
from models.database import Base, Id, Moment, claim_once, db, locks, now
from models.errors import NotAllowed, NotFound
from models.mail import Kind, notify_of_app
from models.permissions import Permission
from models.request_scope import Limits
from models.scopes import ScopeSet
from models.text import day_in_words


class Connection(Base):
    """What one member lets one app do in one account. Authorizations and their tokens belong to it; revoking it ends them all."""

    __tablename__ = "connection"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    member_id: Mapped[uuid.UUID]
    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client.id"))
    app_name: Mapped[str]
    """What the app called itself when it was last allowed. Its client may call itself otherwise since."""
    ceiling: Mapped[frozenset[str]] = mapped_column(ScopeSet)
    """The maximum for all of its authorizations."""
    created_at: Mapped[Moment]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[uuid.UUID | None]
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[uuid.UUID | None]
    """The member who paused it. Only an Owner can resume what an Owner paused."""
    taken: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    """The scopes that its member removed since they were last granted, and when."""
    ends_at: Mapped[datetime | None]
    """When it ends by itself, even if it stays active."""
    read_only: Mapped[bool] = mapped_column(default=False)
    hide_contact: Mapped[bool] = mapped_column(default=False)
    only_tags: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Ids of tags: only profiles with one of them exist for the app."""
    daily_calls: Mapped[int | None]
    ask_first: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """The calls that a person must allow one by one (`AskFirst`)."""
    tripwires: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    """What happens at each tripwire (`Response`), where its member chose something else than the default."""

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
    def unrevoked_between(cls, member: Member, client: Client) -> Self | None:
        """The connection of this member and this app that was not revoked, whether or not its end date has passed."""
        own = select(cls).where(cls.member_id == member.id, cls.client_id == client.id, cls.revoked_at.is_(None))
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
    def of_user(cls, user_id: uuid.UUID) -> list[Self]:
        """Every connection that a person made, in all their current accounts; newest first."""
        statement = select(cls).join(Member, Member.id == cls.member_id)
        return list(
            db.session.scalars(
                statement.where(Member.user_id == user_id, Member.removed_at.is_(None)).order_by(cls.id.desc())
            )
        )

    @classmethod
    def find_for(cls, user_id: uuid.UUID, connection_id: uuid.UUID) -> Self:
        """A connection that this person made; raises `NotFound` for any other."""
        statement = (
            select(cls)
            .join(Member, Member.id == cls.member_id)
            .where(Member.user_id == user_id, Member.removed_at.is_(None))
        )
        found = db.session.scalar(statement.where(cls.id == connection_id))
        if found is None:
            raise NotFound(_("You have no connection with this id."))
        return found

    @classmethod
    def seen_by(cls, user_id: uuid.UUID, member: Member | None, connection_id: uuid.UUID) -> Self:
        """A connection that this person made, or in an account they own; raises `NotFound` for any other."""
        if member is not None and member.may(Permission.MANAGE_CONNECTIONS):
            statement = select(cls).where(cls.account_id == member.account_id, cls.id == connection_id)
            if found := db.session.scalar(statement):
                return found
        return cls.find_for(user_id, connection_id)

    @classmethod
    def live_of(cls, member: Member) -> list[Self]:
        """The active connections of a member, newest first."""
        statement = select(cls).where(cls.member_id == member.id, cls.revoked_at.is_(None), ~is_over())
        return list(db.session.scalars(statement.order_by(cls.id.desc())))

    @classmethod
    def reached(cls, account_id: uuid.UUID, client: Client, redirect_uri: str) -> bool:
        """Whether a member of this account has this app connected, with answers that go to the same place."""
        live = cls.account_id == account_id, cls.client_id == client.id, cls.revoked_at.is_(None), ~is_over()
        known = select(Authorization.redirect_uri).join(cls, cls.id == Authorization.connection_id).where(*live)
        return redirect_place(redirect_uri) in map(redirect_place, db.session.scalars(known.distinct()))

    @property
    def new_name(self) -> str | None:
        """What the app calls itself now, if it was allowed under another name."""
        return self.client.name if self.client.name != self.app_name else None

    def has_answered(self, redirect_uri: str) -> bool:
        """Whether the answer to one of its devices went to this place."""
        return redirect_place(redirect_uri) in {redirect_place(each.redirect_uri) for each in self.authorizations}

    @classmethod
    def live_of_client(cls, client_id: uuid.UUID) -> list[Self]:
        """The active connections of an app, in every account."""
        statement = select(cls).join(Member, Member.id == cls.member_id).where(cls.client_id == client_id)
        live = statement.where(cls.revoked_at.is_(None), Member.removed_at.is_(None), ~is_over())
        return list(db.session.scalars(live.order_by(cls.id)))

    @property
    def active(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None

    @property
    def past_end(self) -> bool:
        """Whether its end date has passed."""
        return self.ends_at is not None and self.ends_at <= now()

    @property
    def ended_at(self) -> datetime | None:
        """When it ended: it was revoked, its member left, or its end date passed; None while it is active."""
        dates = (self.revoked_at, self.member.removed_at, self.ends_at)
        return min((date for date in dates if date is not None and date <= now()), default=None)

    @property
    def end_reason(self) -> EndReason | None:
        """Why it ended; None while it is active."""
        if self.ended_at is None:
            return None
        if self.ended_at == self.member.removed_at:
            return EndReason.END_MEMBER
        if self.ended_at == self.ends_at:
            return EndReason.END_DATE
        given_back = any(each.end_reason == EndReason.GIVEN_BACK for each in self.authorizations)
        return EndReason.GIVEN_BACK if given_back else EndReason.REVOKED

    @property
    def live_authorizations(self) -> list[Authorization]:
        """The devices that can still renew, and that the account's policy does not require to ask again."""
        longest = self.policy.longest_days if self.policy else None
        return [each for each in self.authorizations if self.active and each.live and not each.older_than(longest)]

    @property
    def needs_reconnect(self) -> bool:
        """Whether every device has expired, so that the app must ask again."""
        return self.active and not self.live_authorizations

    @property
    def cut_off(self) -> Authorization | None:
        """The device whose secret was used twice, unless the app was connected again since."""
        ends = [(each.ended_at, each) for each in self.authorizations if each.cut_off and each.ended_at]
        last = max(ends, key=lambda end: end[0], default=None)
        if last is None or any(other.created_at > last[0] for other in self.authorizations):
            return None
        return last[1]

    @property
    def granted(self) -> frozenset[str]:
        """What its devices can do together, now."""
        return frozenset().union(*(a.granted & self.ceiling for a in self.live_authorizations))

    @property
    def denied(self) -> frozenset[str]:
        """The scopes that were requested, denied, and not granted to another device since."""
        return frozenset().union(*(a.denied for a in self.authorizations)) - self.granted

    @property
    def limits(self) -> Limits:
        """The limits that its member set, besides scopes."""
        return stored_limits(
            read_only=self.read_only,
            hide_contact=self.hide_contact,
            only_tags=self.only_tags,
            daily_calls=self.daily_calls,
            ask_first=self.ask_first,
            ends_at=self.ends_at,
        )

    @property
    def asked(self) -> frozenset[str]:
        """Every scope that a current device has requested; no others can be granted here."""
        return frozenset().union(*(a.requested for a in self.live_authorizations))

    def must_be_active(self) -> None:
        """Raises `NotAllowed` if it has ended, since nothing can be changed then."""
        if self.ended_at is not None and self.end_reason is not None:
            message = _(
                "%(app)s was disconnected on %(day)s (%(reason)s). Nothing was changed.",
                app=self.app_name,
                day=day_in_words(self.ended_at, UTC),
                reason=self.end_reason.text,
            )
            raise NotAllowed(message)

    def lock(self) -> None:
        """Lock it until the commit, with every earlier change visible; raises `NotAllowed` if it has ended."""
        locks.take(self.account_id)
        # A row read before the lock may be stale. A second change must not restore what the first one removed.
        db.session.refresh(self)
        self.must_be_active()

    def resumable_by(self, member: Member) -> bool:
        """Whether this member may resume it: its own member if they paused it themselves, an Owner always."""
        by_its_member = self.paused_by in {None, self.member_id}
        return (by_its_member and member.id == self.member_id) or member.may(Permission.MANAGE_CONNECTIONS)

    def end_with_member(self, at: datetime) -> None:
        """End the connection because its member has just left the account."""
        self.end_by_itself(EndReason.END_MEMBER, at)

    def end_by_itself(self, reason: EndReason, at: datetime | None) -> None:
        """End the connection and everything below it because its date passed or its member left, dated to that time."""
        if self.end(reason, at=at):
            record(
                Action.CONNECTION_ENDED,
                ("connection", self.id),
                by=self.member.as_actor(self.id, self.app_name),
                reason=reason,
            )

    def end(self, reason: EndReason, by: Member | None = None, at: datetime | None = None) -> bool:
        """End the connection and everything below it; False if it had already ended. The caller records it."""
        locks.take(self.account_id)
        if not claim_once(self, Connection.revoked_at.is_(None), revoked_at=at or now(), revoked_by=by and by.id):
            return False
        db.session.refresh(self)
        for authorization in self.authorizations:
            authorization.end(reason)
        return True

    def notify_member(self, kind: Kind, scopes: frozenset[str]) -> None:
        """Mail the member what was done with this connection, and with which scopes."""
        notify_of_app(kind, self.account_id, self.id, self.member.user, scopes=sorted(scopes))

    def record(
        self,
        action: Action,
        scopes: frozenset[str],
        fields: Sequence[str] = (),
        by: Member | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Record in the audit log what was done with this connection; by its member unless another actor is given."""
        actor = (by or self.member).as_actor(self.id, self.app_name)
        said = ({"scopes": sorted(scopes)} if scopes else {}) | dict(values or {})
        record(action, ("connection", self.id), fields=fields, values=said, by=actor)


def is_over() -> ColumnElement[bool]:
    """Whether the end date of a connection has passed."""
    return and_(Connection.ends_at.is_not(None), Connection.ends_at <= now())
