"""The mail of an invitation: the message with the link, and the reminders planned with it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, select, update

from models.database import db, now
from models.mail import Kind, Message

if TYPE_CHECKING:
    from models.assessments.invitation import AssessmentInvitation

MOST_REMINDERS = 2


def post(invitation: AssessmentInvitation, kind: Kind, reminder_days: int) -> None:
    """Send mail of this kind now, and a reminder every so many days while the link works; 0 days mean none."""
    for which, due_at in letters(kind, invitation.sent_at, invitation.expires_at, reminder_days):
        Message.post(
            which,
            invitation.profile.email,
            invitation.id,
            account_id=invitation.account_id,
            profile_id=invitation.profile_id,
            due_at=due_at,
        )


def letters(kind: Kind, sent_at: datetime, expires_at: datetime, days: int) -> Iterator[tuple[Kind, datetime]]:
    """What is sent and when: mail of this kind, then at most two reminders, all before the link expires."""
    yield kind, sent_at
    for number in range(1, MOST_REMINDERS + 1):
        if days and (due_at := sent_at + number * timedelta(days=days)) < expires_at:
            yield Kind.ASSESSMENT_REMINDER, due_at


def next_planned(invitation: AssessmentInvitation) -> datetime | None:
    """When the next reminder is due."""
    waiting = about(invitation.account_id, {invitation.id: invitation.profile_id})
    planned = select(func.min(Message.due_at)).where(*waiting, Message.kind == Kind.ASSESSMENT_REMINDER)
    return db.session.scalar(planned.where(Message.due_at > now()))


def withdraw(invitation: AssessmentInvitation) -> None:
    """Drop the unsent messages; one that the mail server is receiving right now is sent."""
    withdraw_all(invitation.account_id, {invitation.id: invitation.profile_id})


def withdraw_all(account_id: uuid.UUID, invited: Mapping[uuid.UUID, uuid.UUID]) -> None:
    """Drop the unsent messages of many invitations, given with the profile of each."""
    waiting = update(Message).where(*about(account_id, invited))
    dropped = waiting.values(state="dropped", settled_at=now())
    db.session.execute(dropped.execution_options(synchronize_session=False))


def about(account_id: uuid.UUID, invited: Mapping[uuid.UUID, uuid.UUID]) -> tuple[ColumnElement[bool], ...]:
    """The unsent messages. The profiles are named so that the index is used."""
    return (
        Message.account_id == account_id,
        Message.profile_id.in_(list(invited.values())),
        Message.about_id.in_(list(invited)),
        Message.state == "waiting",
    )
