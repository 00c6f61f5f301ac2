"""The current state of an account: people without results, recent results, open decisions, and how far its set-up is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import format_number
from sqlalchemy import ColumnExpressionArgument, Select, exists, func, literal_column, select

from models.accounts import Member, MemberInvitation
from models.assessments import AssessmentInvitation, Progress, RemovalRequest, Sitting, progress_of
from models.connections import Connection
from models.database import COUNTED_AT_MOST, db
from models.mail import Message
from models.profiles import Profile, Summary, profile_page

NAMED = 5


@dataclass(frozen=True)
class Count:
    """A number, counted up to 10,000."""

    found: int

    @property
    def text(self) -> str:
        """The number as text: 3, 1,204, 10,000+."""
        return f"{format_number(COUNTED_AT_MOST)}+" if self.found > COUNTED_AT_MOST else str(format_number(self.found))


@dataclass(frozen=True)
class Overview:
    """What Home shows about an account."""

    profiles: Count
    pending: Count
    """Profiles without results."""
    invited: Count
    """People who were invited and have not finished."""
    answering: Count
    """People who have started, through an invitation or a shared link."""
    oldest: Sequence[AssessmentInvitation]
    """The people who have been pending longest."""
    progress: Mapping[uuid.UUID, Progress]
    """How far those of them are who are answering, by invitation."""
    came_in: Sequence[Summary]
    """Who finished last."""
    held: Count
    """Results to review."""
    removals: Count
    """Open removal requests."""

    @classmethod
    def of(cls, account_id: uuid.UUID) -> Overview:
        """The current state of this account. None of it takes longer in a larger account."""
        everybody = profile_page(account_id, limit=1)
        pending = profile_page(account_id, status="pending", limit=1)
        invitation = AssessmentInvitation
        oldest = oldest_of(account_id)
        return cls(
            profiles=Count(everybody.total + (not everybody.total_is_exact)),
            pending=Count(pending.total + (not pending.total_is_exact)),
            invited=count_of(invitation, account_id, invitation.is_unanswered),
            answering=count_of(Sitting, account_id, Sitting.state == "open"),
            oldest=oldest,
            progress=progress_of(account_id, [each.id for each in oldest]),
            came_in=profile_page(account_id, sort="completed", limit=NAMED).rows,
            held=count_of(Sitting, account_id, Sitting.state == "held"),
            removals=count_of(RemovalRequest, account_id, RemovalRequest.settled_at.is_(None)),
        )


@dataclass(frozen=True)
class SetUpProgress:
    """Which steps of its set-up an account has done. Nothing is stored about them: the data says it."""

    mail: bool
    """Whether a mail was sent, or there is no mail server to try."""
    people: bool
    """Whether anybody was invited or added."""
    assistant: bool
    """Whether any app was connected."""

    @classmethod
    def of(cls, account_id: uuid.UUID, has_mail_server: bool) -> SetUpProgress:
        """The current progress of this account."""
        here = Member.account_id == account_id
        known = select(
            exists().where(Message.account_id == account_id, Message.state == "sent"),
            select(func.count(Member.id) > 1).where(here, Member.removed_at.is_(None)).scalar_subquery(),
            exists().where(MemberInvitation.account_id == account_id),
            exists().where(Profile.account_id == account_id),
            exists().where(Connection.account_id == account_id),
        )
        mailed, joined, invited, added, connected = db.session.execute(known).one()
        return cls(mailed or not has_mail_server, joined or invited or added, connected)

    @property
    def done(self) -> int:
        """How many of the three steps are done."""
        return self.mail + self.people + self.assistant


def count_of(
    model: type[AssessmentInvitation | Sitting | RemovalRequest],
    account_id: uuid.UUID,
    *which: ColumnExpressionArgument[bool],
) -> Count:
    read: Select[Any] = select(literal_column("1")).select_from(model)
    read = read.where(model.account_id == account_id, *which, *model.shown())
    bounded = read.limit(COUNTED_AT_MOST + 1).subquery()
    return Count(db.session.scalar(select(func.count()).select_from(bounded)) or 0)


def oldest_of(account_id: uuid.UUID) -> Sequence[AssessmentInvitation]:
    """Ids begin with the time of creation, and the index of the unanswered ones is in that order."""
    invitation = AssessmentInvitation
    statement = select(invitation).where(
        invitation.account_id == account_id, invitation.is_unanswered, *invitation.shown()
    )
    return list(db.session.scalars(statement.order_by(invitation.id).limit(NAMED)))
