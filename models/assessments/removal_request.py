"""A person's request to be removed from an account, which a Manager decides."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Self

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, select, text, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Member
from models.assessments.sitting import SHARED_AFTER, SHOWN_FOR, Sitting
from models.audit import Action, record
from models.database import AccountRow, Base, Id, Moment, claim_once, db, now
from models.errors import Invalid, NotAllowed, NotFound
from models.mail import Kind, Message
from models.permissions import Permission
from models.profiles import Profile, seen_by, visible
from models.text import prose, too_long

LONGEST_REASON = 1_000
UNSETTLED = text("settled_at IS NULL")


class RemovalRequest(AccountRow, Base):
    """An invited person's request to have their profile deleted. Deleting the profile settles it, and so does declining it."""

    __tablename__ = "removal_request"

    id: Mapped[Id]
    profile_id: Mapped[uuid.UUID]
    asked_at: Mapped[Moment]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[uuid.UUID | None]
    """The member who declined it; no foreign key, since members may leave."""
    reason: Mapped[str] = mapped_column(default="", server_default="")
    """Why it was declined, for the person."""
    asked_from: Mapped[str | None]
    """The address of the personal link by which it was made: the answer goes there, whatever the profile's address is then."""

    profile: Mapped[Profile] = relationship(lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index(
            "uq_removal_request_open",
            "account_id",
            "profile_id",
            unique=True,
            sqlite_where=UNSETTLED,
            postgresql_where=UNSETTLED,
        ),
    )

    @classmethod
    def ask(cls, profile: Profile, asked_from: str | None = None) -> Self:
        """Record the request and notify the members who may delete profiles; an open one stays as it is.

        The profile must be locked in this transaction, so that two requests at the same time become one.
        """
        # Locked too: if it is being declined, this one waits, finds it settled, and is another request.
        if known := cls.open_of(profile, lock=True):
            known.asked_from = known.asked_from or asked_from
            return known
        wish = cls(account_id=profile.account_id, profile_id=profile.id, asked_at=now(), asked_from=asked_from)
        db.session.add(wish)
        db.session.flush()
        record(Action.REMOVAL_ASKED, ("profile", profile.id))
        for member in Member.in_account(profile.account_id):
            if member.may(Permission.EDIT_PROFILES) and seen_by(member, profile.id):
                member.notify(Kind.REMOVAL_ASKED, wish.id, profile_id=profile.id)
        return wish

    @classmethod
    def open_of(cls, profile: Profile, *, lock: bool = False) -> Self | None:
        """This person's open request, as it is now if it is locked."""
        wishes = select(cls).where(cls.account_id == profile.account_id, cls.profile_id == profile.id)
        if lock:
            wishes = wishes.with_for_update(of=cls).execution_options(populate_existing=True)
        return db.session.scalar(wishes.where(cls.settled_at.is_(None)))

    @classmethod
    def newest_of(cls, profile: Profile) -> Self | None:
        """This person's last request, open or settled."""
        wishes = select(cls).where(cls.account_id == profile.account_id, cls.profile_id == profile.id)
        return db.session.scalar(wishes.order_by(cls.id.desc()).limit(1))

    @classmethod
    def shown(cls) -> Iterator[ColumnElement[bool]]:
        """Conditions on requests for the caller: only those of people whom they see."""
        return visible(cls.profile_id, cls.account_id)

    @classmethod
    def open_in(cls, account_id: uuid.UUID, limit: int = 100) -> list[Self]:
        """The open requests in this account, oldest first, up to a limit."""
        wishes = select(cls).where(cls.account_id == account_id, cls.settled_at.is_(None), *cls.shown())
        return list(db.session.scalars(wishes.order_by(cls.asked_at, cls.id).limit(limit)))

    @classmethod
    def find(cls, account_id: uuid.UUID, removal_id: uuid.UUID) -> Self:
        """The request with this id in this account; raises `NotFound`."""
        this = cls.account_id == account_id, cls.id == removal_id
        wish = db.session.scalar(select(cls).where(*this, *cls.shown()))
        if wish is None:
            raise NotFound("There is no removal request with this id in this account.")
        return wish

    @property
    def open(self) -> bool:
        """Whether nobody has decided about it."""
        return self.settled_at is None

    def decline(self, by: Member, reason: str) -> None:
        """Keep the profile, close the request, and tell the person why. Their link shows their result again."""
        settled = {"settled_at": now(), "settled_by": by.id, "reason": reason_of(reason)}
        if not claim_once(self, RemovalRequest.settled_at.is_(None), **settled):
            raise NotAllowed(_("This removal request was already settled."))
        # The person may have asked by their own link since it was read.
        db.session.refresh(self, ["asked_from"])
        record(Action.REMOVAL_DECLINED, ("profile", self.profile_id))
        own = update(Sitting).where(Sitting.account_id == self.account_id, Sitting.removal_id == self.id)
        db.session.execute(own.values(shown_until=now() + SHOWN_FOR))
        # They were promised this much time before others see their result.
        unshared = own.where(Sitting.share_due_at.is_not(None))
        db.session.execute(unshared.values(share_due_at=now() + SHARED_AFTER))
        if self.asked_from:
            Message.post(
                Kind.REMOVAL_DECLINED,
                self.asked_from,
                self.id,
                account_id=self.account_id,
                profile_id=self.profile_id,
            )


def delete_profile(profile: Profile, *, permanently: bool = False) -> None:
    """Delete a profile so that it can be brought back for thirty days.

    It is deleted permanently if the caller says so, or if the person asked to be removed.
    """
    profile.delete(permanently=permanently or RemovalRequest.open_of(profile) is not None)


def reason_of(value: str) -> str:
    """Why a removal request is declined, in words for the person; raises `Invalid` if there are none or too many."""
    reason = prose(value)
    if not reason:
        raise Invalid("reason", _("Enter a reason. The person gets it with your answer."))
    if len(reason) > LONGEST_REASON:
        raise Invalid("reason", too_long(_("A reason"), reason, LONGEST_REASON))
    return reason
