"""The mail around an invitation: the one that brings the link, and the reminders planned with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from models.base import db, now
from models.message import Kind, Message

if TYPE_CHECKING:
    from models.assessment_invitation import AssessmentInvitation

MOST_REMINDERS = 2


def post(invitation: AssessmentInvitation, kind: Kind, reminder_days: int) -> None:
    """Post mail of this kind now and, every so many days while the link holds, a reminder; 0 days mean none."""
    planned = reminders(invitation.sent_at, invitation.expires_at, reminder_days)
    for which, due_at in ((kind, None), *((Kind.ASSESSMENT_REMINDER, due_at) for due_at in planned)):
        Message.post(
            which, invitation.profile.email, invitation.id, account_id=invitation.account_id,
            profile_id=invitation.profile_id, due_at=due_at,
        )  # fmt: skip


def reminders(sent_at: datetime, expires_at: datetime, days: int) -> Iterator[datetime]:
    """When reminders are due: at most two, and none that would bring a dead link."""
    for number in range(1, MOST_REMINDERS + 1):
        if days and (due_at := sent_at + number * timedelta(days=days)) < expires_at:
            yield due_at


def withdraw(invitation: AssessmentInvitation) -> None:
    """Drop what has not left yet; what the mail server is given at this moment goes."""
    waiting = update(Message).where(
        Message.account_id == invitation.account_id,
        Message.profile_id == invitation.profile_id,
        Message.about_id == invitation.id,
        Message.state == "waiting",
    )
    db.session.execute(waiting.values(state="dropped", settled_at=now()))
