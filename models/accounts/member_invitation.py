"""An invitation to become a member of an account, by a link that is mailed or that an Owner passes on."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    and_,
    select,
    text,
    update,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts.account import Account
from models.accounts.member import Member
from models.accounts.user import User
from models.audit import Action, record
from models.database import Base, Moment, OneTimeLink, claim_once, db, new_id, now, unique
from models.errors import Invalid, NotAllowed, NotFound
from models.mail import Kind, Message
from models.permissions import Permission, Role
from models.secrets import INVITATION, fingerprint
from models.text import email_address, email_key

LIFETIME = timedelta(days=7)
KEPT = timedelta(days=30)
"""How long an invitation that nobody accepted is stored after its link has expired: an Owner can reopen it until then."""
MEANWHILE = lazy_gettext("Somebody else has just invited this address. Check the open invitations.")
ENDED = lazy_gettext("This invitation was used or is no longer valid. Ask for a new link.")


class MemberInvitation(OneTimeLink, Base):
    """An invitation to become a member, sent to an e-mail address.

    Its link works once, for seven days; it is derived, and only its hash is stored.
    """

    __tablename__ = "member_invitation"
    PREFIX, PURPOSE = INVITATION, "member invitation"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    invited_by: Mapped[uuid.UUID]
    email: Mapped[str]
    email_key: Mapped[str]
    role: Mapped[str]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment] = mapped_column(index=True)
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[uuid.UUID | None]
    """The person who accepted it. Deleting their sign-in deletes it; no foreign key, since their membership may end first."""
    cancelled_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="joined")
    inviter: Mapped[Member] = relationship(lazy="joined", viewonly=True)

    __table_args__ = (
        CheckConstraint("role IN ('User', 'Manager', 'Owner')", name="role"),
        UniqueConstraint("token_hash"),
        ForeignKeyConstraint(["account_id", "invited_by"], ["member.account_id", "member.id"], ondelete="CASCADE"),
        Index(
            "uq_member_invitation_open",
            "account_id",
            "email_key",
            unique=True,
            sqlite_where=text("accepted_at IS NULL AND cancelled_at IS NULL"),
            postgresql_where=text("accepted_at IS NULL AND cancelled_at IS NULL"),
        ),
    )

    @classmethod
    def create(cls, inviter: Member, email: str, role: Role) -> tuple[MemberInvitation, str]:
        """Invite an address by mail and replace its earlier open invitation; returns the invitation and the secret of its link."""
        address = email_address(email)
        known = User.by_email(address)
        if known and Member.of(known.id, inviter.account_id):
            raise Invalid("email", _("%(email)s is already a member of this account.", email=address))
        cls._close_earlier(inviter.account_id, email_key(address))
        invitation = cls(
            id=new_id(),
            account_id=inviter.account_id,
            invited_by=inviter.id,
            email=address,
            email_key=email_key(address),
            role=role,
            created_at=now(),
            expires_at=now() + LIFETIME,
        )
        secret = invitation.seal()
        with unique(cls.email_key, Invalid("email", str(MEANWHILE))):
            db.session.add(invitation)
        record(
            Action.MEMBER_INVITED,
            ("member_invitation", invitation.id),
            values={"role": str(role)},
            by=inviter.as_actor(),
        )
        invitation._mail()
        return invitation, secret

    @classmethod
    def _close_earlier(cls, account_id: uuid.UUID, email_key: str) -> None:
        earlier = update(cls).where(cls.account_id == account_id, cls.email_key == email_key, cls.is_unanswered)
        db.session.execute(earlier.values(cancelled_at=now()))

    @classmethod
    def open_in(cls, account_id: uuid.UUID) -> list[MemberInvitation]:
        """The unanswered invitations of an account, newest first, with expired ones."""
        statement = select(cls).where(cls.account_id == account_id, cls.is_unanswered)
        return list(db.session.scalars(statement.order_by(cls.id.desc())))

    @classmethod
    def is_forgotten(cls) -> ColumnElement[bool]:
        """Whether nobody accepted it, and it has been stored long enough."""
        return and_(cls.accepted_at.is_(None), cls.expires_at < now() - KEPT)

    @classmethod
    def find(cls, account_id: uuid.UUID, invitation_id: uuid.UUID) -> MemberInvitation:
        """The invitation with this id in this account; raises `NotFound`."""
        invitation = db.session.scalar(select(cls).where(cls.account_id == account_id, cls.id == invitation_id))
        if invitation is None:
            raise NotFound("There is no invitation with this id in this account.")
        return invitation

    @hybrid_property
    def is_unanswered(self) -> bool:
        """Whether it is neither accepted nor cancelled; it may have expired."""
        return self.accepted_at is None and self.cancelled_at is None

    @is_unanswered.inplace.expression
    @classmethod
    def _is_unanswered(cls) -> ColumnElement[bool]:
        return and_(cls.accepted_at.is_(None), cls.cancelled_at.is_(None))

    @property
    def open(self) -> bool:
        """Whether the link still works. An Owner's open invitations are cancelled when they are removed or get another role."""
        return self.is_unanswered and not self.expired and self.inviter.may(Permission.MANAGE_MEMBERS)

    def accept(self, user: User) -> Member:
        """Make this person a member. Marking the link as used first makes sure that two uses at the same time make one member."""
        if not self.open:
            raise Invalid("invitation", str(ENDED))
        works = MemberInvitation.is_unanswered, MemberInvitation.expires_at > now()
        if not claim_once(self, *works, accepted_at=now()):
            raise Invalid("invitation", str(ENDED))
        # The person has the link from their mailbox or from an Owner. The link is not valid for another address.
        if user.email_key != self.email_key:
            raise Invalid(
                "invitation", _("This invitation is for %(email)s. Sign in with that address.", email=self.email)
            )
        self.accepted_by = user.id
        db.session.execute(update(Message).where(Message.about_id == self.id).values(user_id=user.id))
        return Member.add(self.account, user, Role(self.role))

    def resend(self) -> None:
        """Mail the same link again, for seven more days. If the link cannot be derived, a new one replaces it."""
        # This also replaces the hash of any other link, since mail can carry only the derived one.
        renewed = {"expires_at": now() + LIFETIME, "token_hash": fingerprint(self.derived)}
        if not claim_once(self, MemberInvitation.is_unanswered, **renewed) or not self.inviter.may(
            Permission.MANAGE_MEMBERS
        ):
            raise NotAllowed(
                _("This invitation was used or cancelled, or its sender is no longer an Owner. Send a new invitation.")
            )
        record(Action.MEMBER_INVITED_AGAIN, ("member_invitation", self.id), account_id=self.account_id)
        Message.withdraw(self.account_id, self.id)
        self._mail()

    def _mail(self) -> None:
        Message.post(Kind.MEMBER_INVITATION, self.email, self.id, account_id=self.account_id)

    def cancel(self) -> None:
        """Cancel the invitation; its link stops working."""
        if claim_once(self, MemberInvitation.is_unanswered, cancelled_at=now()):
            Message.withdraw(self.account_id, self.id)
            record(Action.MEMBER_INVITATION_CANCELLED, ("member_invitation", self.id), account_id=self.account_id)
