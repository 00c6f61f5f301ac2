"""Deleting answers that were abandoned long ago, and copies of results that people have had time to see."""

from __future__ import annotations

import contextlib
import uuid
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, select

from models.accounts import Account
from models.assessments.completion import share
from models.assessments.invitation import AssessmentInvitation
from models.assessments.removal_request import RemovalRequest
from models.assessments.sitting import SHOWN_FOR, Ended, Sitting
from models.database import db, in_account, now, only_reading, rows_changed, writing
from models.errors import NotFound

KEPT_OPEN = timedelta(days=90)
"""How long answers are kept for the person to continue."""


def accounts() -> list[uuid.UUID]:
    """Every account, to be checked one after the other."""
    with only_reading():
        db.session.rollback()
        ids = list(db.session.scalars(select(Account.id).order_by(Account.id)))
        db.session.rollback()
    return ids


def forget_sittings(account_id: uuid.UUID) -> int:
    """Delete an account's abandoned and finished sittings; their results stay. Returns how many there were."""
    # Most accounts have none, and a read does not block writers.
    with only_reading(), in_account(account_id):
        db.session.rollback()
        found = db.session.scalar(select(Sitting.id).where(*over(account_id)).limit(1))
        db.session.rollback()
    if found is None:
        return 0
    with writing(), in_account(account_id):
        return rows_changed(delete(Sitting).where(*over(account_id)))


def share_due(account_id: uuid.UUID) -> int:
    """Give an account the results that only their people have seen for long enough. Returns how many there were."""
    due = select(Sitting.id).where(Sitting.account_id == account_id, Sitting.share_due_at <= now())
    with only_reading(), in_account(account_id):
        db.session.rollback()
        ids = list(db.session.scalars(due.order_by(Sitting.share_due_at)))
        db.session.rollback()
    for sitting_id in ids:
        with writing(), in_account(account_id), contextlib.suppress(NotFound, Ended):
            share(Sitting.find(account_id, sitting_id))
    return len(ids)


def over(account_id: uuid.UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    cancelled = select(AssessmentInvitation.id).where(
        AssessmentInvitation.account_id == account_id, AssessmentInvitation.cancelled_at.is_not(None)
    )
    undecided = select(RemovalRequest.id).where(
        RemovalRequest.account_id == account_id, RemovalRequest.settled_at.is_(None)
    )
    asked = Sitting.removal_id.is_not(None) & Sitting.removal_id.in_(undecided)
    return Sitting.account_id == account_id, or_(
        (Sitting.state == "open") & (Sitting.touched_at < now() - KEPT_OPEN),
        (Sitting.state == "open") & Sitting.invitation_id.in_(cancelled),
        Sitting.state.in_(("finished", "discarded"))
        & (Sitting.finished_at < now() - SHOWN_FOR)
        & Sitting.share_due_at.is_(None)
        & or_(Sitting.shown_until.is_(None), Sitting.shown_until < now())
        & ~asked,
    )
