"""A person's membership of an account, with their role and everything that belongs to it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Select, UniqueConstraint, false, func, select, text
from sqlalchemy.orm import Mapped, contains_eager, joinedload, mapped_column, relationship, selectinload

from models.accounts.account import Account
from models.accounts.user import User
from models.audit import Action, Outcome, record
from models.database import Base, Id, Moment, db, locks, now, unique
from models.errors import Invalid, NotAllowed, NotFound
from models.mail import Kind, Message
from models.permissions import WHILE_LOCKED, Permission, Role, may
from models.request_scope import Actor, Limits, TagLimit, current_scope
from models.text import sort_key

if TYPE_CHECKING:
    from models.accounts.member_invitation import MemberInvitation
    from models.connections import Connection


class Member(Base):
    """One person in one account. Somebody who is removed and added again is a new member: nothing old comes back."""

    __tablename__ = "member"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    role: Mapped[str]
    created_at: Mapped[Moment]
    removed_at: Mapped[datetime | None]
    tag_ids: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """The tags whose profiles they see, where the account limits members to profiles with their tags."""
    whole_digest: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the weekly digest has every app of the account, for an Owner who chose so."""
    digested: Mapped[str | None]
    """The Monday for which their weekly digest was last sent, or found empty."""

    account: Mapped[Account] = relationship(lazy="joined")
    user: Mapped[User] = relationship(lazy="joined")
    connections: Mapped[list[Connection]] = relationship(order_by="Connection.id", viewonly=True)
    invitations: Mapped[list[MemberInvitation]] = relationship(order_by="MemberInvitation.id", viewonly=True)

    __table_args__ = (
        CheckConstraint("role IN ('User', 'Manager', 'Owner')", name="role"),
        UniqueConstraint("account_id", "id"),
        Index(
            "uq_member_present",
            "account_id",
            "user_id",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index("ix_member_user", "user_id"),
    )

    @classmethod
    def add(cls, account: Account, user: User, role: Role) -> Member:
        """Make a person a member; raises `Invalid` when they already are."""
        already = _("%(email)s is already a member of %(account)s.", email=user.email, account=account.name)
        if cls.of(user.id, account.id):
            raise Invalid("email", already)
        member = cls(account=account, user=user, account_id=account.id, user_id=user.id, role=role, created_at=now())
        with unique(cls.user_id, Invalid("email", already)):
            db.session.add(member)
        record(
            Action.MEMBER_JOINED,
            ("member", member.id),
            values={"role": str(role)},
            by=member.as_actor(),
        )
        return member

    @classmethod
    def of(cls, user_id: uuid.UUID, account_id: uuid.UUID) -> Member | None:
        """This person's current membership of this account."""
        return db.session.scalar(
            select(cls).where(cls.user_id == user_id, cls.account_id == account_id, cls.removed_at.is_(None))
        )

    @classmethod
    def all_of(cls, user_id: uuid.UUID) -> list[Member]:
        """This person's current memberships, by account name."""
        statement = select(cls).join(cls.account).where(cls.user_id == user_id, cls.removed_at.is_(None))
        found = db.session.scalars(statement.options(contains_eager(cls.account)).order_by(cls.id))
        return sorted(found, key=lambda member: sort_key(member.account.name))

    @classmethod
    def in_account(cls, account_id: uuid.UUID) -> list[Member]:
        """The current members of an account, by name."""
        statement = select(cls).join(cls.user).where(cls.account_id == account_id, cls.removed_at.is_(None))
        factors = joinedload(cls.user).options(selectinload(User.passkeys), selectinload(User.authenticator))
        found = db.session.scalars(statement.options(factors).order_by(cls.id))
        return sorted(found, key=lambda member: sort_key(member.user.name))

    @classmethod
    def find(cls, account_id: uuid.UUID, member_id: uuid.UUID) -> Member:
        """The current member with this id in this account; raises `NotFound`."""
        statement = select(cls).where(cls.account_id == account_id, cls.id == member_id, cls.removed_at.is_(None))
        member = db.session.scalar(statement)
        if member is None:
            raise NotFound("There is no member with this id in this account.")
        return member

    @classmethod
    def record_everywhere(
        cls,
        action: Action,
        user_id: uuid.UUID,
        *,
        outcome: Outcome = Outcome.ALLOWED,
        reason: str | None = None,
        fields: Sequence[str] = (),
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Record what concerns a person rather than one account, such as a sign-in, in the audit log of each of their accounts."""
        for member in cls.all_of(user_id):
            record(action, outcome=outcome, reason=reason, fields=fields, values=values, by=member.as_actor())

    def as_actor(self, connection_id: uuid.UUID | None = None, client_name: str | None = None) -> Actor:
        """This member as the actor of the current request, in their account and optionally through an app."""
        return current_scope().actor.known_as(
            account_id=self.account_id,
            user_id=self.user_id,
            member_id=self.id,
            connection_id=connection_id,
            client_name=client_name,
        )

    def notify(self, kind: Kind, about_id: uuid.UUID, profile_id: uuid.UUID | None = None) -> None:
        """Send this member a message of their account. It is part of their data, whatever their address is later."""
        Message.post(
            kind,
            self.user.email,
            about_id,
            account_id=self.account_id,
            profile_id=profile_id,
            user_id=self.user_id,
        )

    def may(self, permission: Permission) -> bool:
        """Whether this member's role allows it, in an account that is not scheduled for deletion."""
        open_still = not self.account.locked or permission in WHILE_LOCKED
        return self.removed_at is None and open_still and may(Role(self.role), permission)

    @property
    def limits(self) -> Limits:
        """What limits them on every page of their account. Owners see everybody, and nobody sees the decoy."""
        sees = tag_limit(self.account.profiles_by_tags, self.role, self.tag_ids, self.user_id)
        return Limits(member=sees, decoy=self.account.decoy_id)

    @property
    def lacks_second_factor(self) -> bool:
        """Whether the account requires a second factor that this member does not have."""
        return self.account.second_factor_required and not self.user.has_second_factor

    def require_second_factor(self, required: bool) -> None:
        """Turn the second factor requirement on or off for the account; raises `NotAllowed` for an Owner who has none."""
        if required == self.account.second_factor_required:
            return
        if required and not self.user.has_second_factor:
            raise NotAllowed(_("Set up a second factor for yourself first. Otherwise you would lock yourself out."))
        self.account.second_factor_required = required
        record(
            Action.ACCOUNT_CHANGED,
            ("account", self.account_id),
            fields=["second_factor_required"],
            values={"second_factor_required": required},
            account_id=self.account_id,
        )

    def lock(self) -> None:
        """Lock the account's members until the commit and read this one again; raises `NotFound` if the membership has ended."""
        locks.take(self.account_id)
        db.session.refresh(self)
        if self.removed_at is not None:
            raise NotFound("This member is no longer in the account.")

    def change_role(self, role: Role) -> None:
        """Change the role. This limits the member's connections immediately, since every call reads the role."""
        self.lock()
        if role == self.role:
            return
        self._keep_an_owner()
        self.role = role
        self._cancel_invitations()
        record(Action.MEMBER_ROLE_CHANGED, ("member", self.id), values={"role": str(role)}, account_id=self.account_id)
        self._notify(Kind.ROLE_CHANGED, role=str(role))

    def remove(self) -> None:
        """End this membership and its connections, from the next request on; raises `NotAllowed` for the last Owner."""
        self._go(Action.MEMBER_REMOVED)
        self._notify(Kind.MEMBER_REMOVED)

    def leave(self) -> None:
        """Leave the account; raises `NotAllowed` for the last Owner."""
        self._go(Action.MEMBER_LEFT)

    def _go(self, action: Action) -> None:
        self.lock()
        self._keep_an_owner()
        self.removed_at = now()
        self._cancel_invitations()
        record(action, ("member", self.id), account_id=self.account_id)
        for connection in self.connections:
            connection.end_with_member(self.removed_at)

    def hand_over_to(self, other: Member) -> None:
        """Make another member an Owner and this one a Manager; raises `NotAllowed` unless this member is an Owner."""
        self.lock()
        other.lock()
        if other.id == self.id or self.role != Role.OWNER:
            raise NotAllowed(_("Only an Owner can transfer ownership."))
        self.role, other.role = Role.MANAGER, Role.OWNER
        self._cancel_invitations()
        record(
            Action.OWNERSHIP_TRANSFERRED,
            ("member", other.id),
            values={"role": str(Role.MANAGER)},
            account_id=self.account_id,
        )
        other._notify(Kind.ROLE_CHANGED, role=str(Role.OWNER))

    def _cancel_invitations(self) -> None:
        """Cancel their open invitations unless they may still invite: a later promotion must not make the links work again."""
        if not self.may(Permission.MANAGE_MEMBERS):
            for invitation in self.invitations:
                invitation.cancel()

    def _notify(self, kind: Kind, **facts: str) -> None:
        """Mail the member about a change that somebody else made to their membership."""
        by = current_scope().actor.member_id
        if by != self.id:
            about = facts | ({"by": str(by)} if by else {})
            Message.post(kind, self.user.email, self.id, self.account_id, facts=about, user_id=self.user_id)

    @property
    def is_last_owner(self) -> bool:
        """Whether the account would be without an Owner if this member left."""
        return self.role == Role.OWNER and not db.session.scalar(self._other_owners())

    def _keep_an_owner(self) -> None:
        if self.is_last_owner:
            raise NotAllowed(_("An account needs an Owner. Make another member an Owner first."))

    def _other_owners(self) -> Select[int]:
        return select(func.count()).where(
            Member.account_id == self.account_id,
            Member.role == Role.OWNER,
            Member.removed_at.is_(None),
            Member.id != self.id,
        )


def tag_limit(by_tags: bool, role: str, tag_ids: Sequence[str] | None, user_id: uuid.UUID) -> TagLimit | None:
    """What a member with this role and these tags sees of an account; None for everybody."""
    if not by_tags or role == Role.OWNER:
        return None
    return TagLimit(frozenset(map(uuid.UUID, tag_ids or ())), own_of=user_id)
