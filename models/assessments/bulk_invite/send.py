"""Invite everybody in a file together: a few statements for thousands of people, and one audit entry for each kind of change."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from models.accounts import Account
from models.assessments.bulk_invite.profiles_and_tags import Addresses, add_tags_and_custom_ids
from models.assessments.bulk_invite.row import Guest
from models.assessments.invitation import LIFETIME, AssessmentInvitation
from models.assessments.reminders import letters, withdraw_all
from models.audit import Action, record
from models.database import db, new_id
from models.mail import Kind, Message
from models.profiles import Profile, batches

Invited = dict[uuid.UUID, uuid.UUID]
"""Invitations with whom each is for."""


def send(account: Account, guests: Sequence[Guest], note: str, by: uuid.UUID, moment: datetime) -> None:
    """Invite all of them as `plan` has decided, all dated at the same moment."""
    addresses = add_tags_and_custom_ids(account.id, guests)
    asked = {
        "note": note,
        "invited_by": by,
        "connection_id": None,
        "assessments": list(account.assessments),
        "language": account.language,
        "sent_at": moment,
        "expires_at": moment + LIFETIME,
    }
    people = [guest.person for guest in guests if guest.outcome != "renewed"]
    again = [guest.person for guest in guests if guest.outcome == "renewed"]
    astray = cancel_astray(account.id, again, moment)
    people, again = [*people, *astray], [person for person in again if person not in astray]
    for some in batches(people):
        post(account, invite(account.id, some, {**asked, "created_at": moment}), addresses, moment)
    for some in batches(again):
        post(account, renew(account.id, some, asked), addresses, moment)
    for action, invited in ((Action.ASSESSMENT_INVITED, people), (Action.INVITATION_SENT_AGAIN, again)):
        if invited:
            record(action, *(("profile", profile_id) for profile_id in invited))


def invite(account_id: uuid.UUID, people: Sequence[uuid.UUID], asked: dict[str, Any]) -> Invited:
    invited = {new_id(): profile_id for profile_id in people}
    keys = select(Profile.id, Profile.email_key).where(Profile.account_id == account_id, Profile.id.in_(people))
    sent_to = dict(db.session.execute(keys).all())
    rows = [
        {"id": id_, "account_id": account_id, "profile_id": whose, "email_key": sent_to[whose], **asked}
        for id_, whose in invited.items()
    ]
    db.session.connection().execute(insert(AssessmentInvitation), rows)
    return invited


def cancel_astray(account_id: uuid.UUID, people: Sequence[uuid.UUID], moment: datetime) -> list[uuid.UUID]:
    """Cancel invitations whose link went to another address than the profile has; returns the profiles."""
    this, found = AssessmentInvitation, list[uuid.UUID]()
    current = select(Profile.email_key).where(Profile.account_id == this.account_id, Profile.id == this.profile_id)
    for some in batches(people):
        open_ones = update(this).where(this.account_id == account_id, this.profile_id.in_(some), this.is_unanswered)
        wrong = open_ones.where(this.email_key != current.scalar_subquery()).values(cancelled_at=moment)
        found += db.session.scalars(wrong.returning(this.profile_id).execution_options(synchronize_session=False))
    return found


def renew(account_id: uuid.UUID, people: Sequence[uuid.UUID], asked: dict[str, Any]) -> Invited:
    """Renew the same links for seven more days. People who have just finished are skipped."""
    this = AssessmentInvitation
    unanswered = update(this).where(this.account_id == account_id, this.profile_id.in_(people), this.is_unanswered)
    again = unanswered.values(**asked).returning(this.id, this.profile_id)
    renewed = dict(db.session.execute(again.execution_options(synchronize_session=False)).all())
    withdraw_all(account_id, renewed)
    return renewed


def post(account: Account, invited: Invited, addresses: Addresses, moment: datetime) -> None:
    planned = list(letters(Kind.ASSESSMENT_INVITATION, moment, moment + LIFETIME, account.reminder_days))
    Message.post_many(
        [
            {**Message.row(kind, addresses[whose], invitation_id, account.id, whose, due_at), "created_at": moment}
            for invitation_id, whose in invited.items()
            for kind, due_at in planned
        ]
    )
