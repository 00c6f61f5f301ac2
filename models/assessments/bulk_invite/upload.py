"""A file of people to invite: stored while a member reviews its preview, and confirmed once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import JSON, ForeignKeyConstraint, Index, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import Member
from models.assessments.bulk_invite.csv_reader import Sheet
from models.assessments.bulk_invite.plan import plan
from models.assessments.bulk_invite.row import Guest, counted
from models.assessments.bulk_invite.send import send
from models.assessments.invitation import note_of
from models.assessments.invitee import account_in_turn
from models.audit import first_id
from models.database import AccountRow, Base, Id, Moment, db, delete_in_account, now
from models.errors import NotAllowed, NotFound
from models.mail import Kind, Message
from models.profiles import NEW_TAG_COLOR, Tag
from models.rate_limits import spend_on_file
from models.text import sort_key

KEPT = timedelta(hours=1)
COUNTS_KEPT = timedelta(days=1)


class InvitationFile(AccountRow, Base):
    """The checked people of a file. They are personal data: deleted when the file is confirmed or discarded, and after an hour."""

    __tablename__ = "invitation_file"

    id: Mapped[Id]
    member_id: Mapped[uuid.UUID]
    """The member who uploaded the file. Only they can see and confirm it."""
    read_as: Mapped[str]
    """The encoding that the file was read in."""
    note: Mapped[str] = mapped_column(default="")
    """The member's note to all of them."""
    people: Mapped[list[Any]] = mapped_column(JSON)
    """What the file says about each person and what will happen, line by line; empty once it is confirmed."""
    counts: Mapped[dict[str, Any]]
    """The number of people for each outcome."""
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "member_id"], ["member.account_id", "member.id"], ondelete="CASCADE"),
        Index("ix_invitation_file_expires", "account_id", "expires_at"),
    )

    @classmethod
    def keep(cls, account_id: uuid.UUID, member_id: uuid.UUID, sheet: Sheet, note: str) -> InvitationFile:
        """Store a file with a preview of what will happen to each person; replaces the member's earlier unconfirmed file."""
        # Reading thousands of addresses takes a second or two. No transaction is open yet, so nobody waits.
        guests = Guest.all_of(sheet.rows)
        plan(account_id, guests)
        file = cls(
            account_id=account_id,
            member_id=member_id,
            read_as=sheet.read_as,
            note=note_of(note),
            created_at=now(),
            expires_at=now() + KEPT,
        )
        file._remember(guests)
        mine = delete(cls).where(cls.account_id == account_id, cls.member_id == member_id)
        db.session.execute(mine.where(cls.confirmed_at.is_(None)))
        db.session.add(file)
        db.session.flush()
        return file

    @classmethod
    def find(cls, member: Member, file_id: uuid.UUID) -> InvitationFile:
        """The stored file with this id that this member uploaded; raises `NotFound`."""
        mine = select(cls).where(cls.account_id == member.account_id, cls.member_id == member.id, cls.id == file_id)
        file = db.session.scalar(mine.where(cls.expires_at > now()))
        if file is None:
            raise NotFound("This file is no longer available. Choose it again.")
        return file

    @property
    def guests(self) -> list[Guest]:
        """The people in it, line by line, and what will happen to them."""
        return [Guest.from_json(kept) for kept in self.people]

    @property
    def invited(self) -> int:
        """How many people it invites."""
        return sum(count for outcome, count in self.counts.items() if outcome != "wrong")

    def _remember(self, guests: Sequence[Guest]) -> None:
        self.people, self.counts = [guest.as_json() for guest in guests], counted(guests)

    def confirm(self) -> bool:
        """Invite everybody in it who can be invited, and delete their names; a second time does nothing.

        False if the account has changed since the preview: then nothing is sent, and the preview is updated.
        """
        account = account_in_turn(self.account_id)
        db.session.refresh(self)
        if self.confirmed_at:
            return True
        guests, seen = self.guests, self.people
        plan(self.account_id, guests)
        self._remember(guests)
        if self.people != seen:
            return False
        spend_on_file(self.account_id, self.invited)
        self.confirmed_at = moment = now()
        self.people, self.expires_at = [], moment + COUNTS_KEPT
        try:
            send(account, [guest for guest in guests if guest.outcome != "wrong"], self.note, self.member_id, moment)
        except IntegrityError:
            db.session.rollback()
            raise NotAllowed(
                _("Somebody else has just added one of these people, so nothing was sent. Confirm again.")
            ) from None
        return True

    @property
    def missing_tags(self) -> list[str]:
        """The tags that it names and the account has not, each once."""
        known = {tag.label_key for tag in Tag.all_in(self.account_id)}
        named = {key: label for guest in self.guests for key, label in guest.tags.items() if key not in known}
        return sorted(named.values(), key=sort_key)

    def create_tags(self) -> list[str]:
        """Create the tags that it names and the account has not, so that nobody is left out for one; returns which."""
        created = [Tag.create(self.account_id, label, NEW_TAG_COLOR).label for label in self.missing_tags]
        guests = self.guests
        plan(self.account_id, guests)
        self._remember(guests)
        return created

    def discard(self) -> None:
        """Delete it."""
        db.session.delete(self)
        db.session.flush()

    @property
    def mail(self) -> dict[str, int]:
        """How many of its invitations are waiting, sent, kept, failed or dropped."""
        assert self.confirmed_at
        posted = select(Message.state, func.count()).where(
            Message.account_id == self.account_id,
            Message.id > first_id(self.confirmed_at - timedelta(seconds=1)),
            Message.created_at == self.confirmed_at,
            Message.kind == Kind.ASSESSMENT_INVITATION,
        )
        return dict(db.session.execute(posted.group_by(Message.state)).all())

    @classmethod
    def forget_expired(cls, account_id: uuid.UUID) -> int:
        """Delete the files that nobody confirmed within the hour, and yesterday's counts; returns how many files there were."""
        return delete_in_account(account_id, cls, cls.account_id == account_id, cls.expires_at <= now())
