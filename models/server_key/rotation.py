"""The change of the server's key: what is stored under the previous one is encrypted again, and audit logs are handed over."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from models.accounts import Account
from models.assessments import AssessmentInvitation, AssessmentLink, Sitting
from models.audit import AuditSeal, hand_over
from models.database import db, in_account, now, only_reading, writing
from models.identity import Authenticator
from models.secrets import NotOpened
from models.server_key.server_key import ServerKey

Say = Callable[[str], None]
Found = TypeVar("Found")
AT_ONCE = 200
SAID_EVERY = 1_000


@dataclass(frozen=True)
class Rotated:
    """What a change of the key has done, and what still needs the previous one."""

    apps: int
    """Authenticator apps whose key was encrypted again."""
    lost_apps: int
    """Those that were made under a key which this server does not have."""
    logs: int
    """Audit logs that were handed over to the new key."""
    links: dict[str, int]
    """What people have links to, from before the change, by kind."""


def rotate(say: Say) -> Rotated:
    """Make again under the current key what is stored under the previous one. It can be interrupted and repeated."""
    with writing():
        ServerKey.note()
    apps, lost = encrypt_again(say)
    return Rotated(apps, lost, hand_over_logs(say), open_links())


def encrypt_again(say: Say) -> tuple[int, int]:
    """Encrypt the keys of authenticator apps under the current key; returns how many, and how many could not be."""
    done, lost, last = 0, 0, None
    due = select(Authenticator).where(Authenticator.under_other_keys()).order_by(Authenticator.id)
    while True:
        with writing():
            part = due if last is None else due.where(Authenticator.id > last)
            found = db.session.scalars(part.limit(AT_ONCE).with_for_update()).all()
            for app in found:
                last = app.id
                try:
                    app.renew_encryption()
                    done += 1
                except NotOpened:
                    lost += 1
        if not found:
            return done, lost
        say(f"{done} authenticator apps …")


def hand_over_logs(say: Say) -> int:
    """Let the previous key vouch for the current one in every audit log, also those of deleted accounts; returns how many."""
    done = 0
    for account_id in reading(lambda: list(db.session.scalars(select(AuditSeal.account_id).distinct()))):
        # The worker may do the same at this moment.
        with suppress(IntegrityError), writing():
            done += hand_over(account_id)
        if done and done % SAID_EVERY == 0:
            say(f"{done} audit logs …")
    return done


def open_links() -> dict[str, int]:
    """How many links from before the change are still in use. They end with the previous key."""
    counts = dict.fromkeys(("invitations", "shared links", "unfinished assessments"), 0)
    for account_id in reading(lambda: list(db.session.scalars(select(Account.id)))):
        with in_account(account_id):
            for kind, number in reading(partial(links_of, account_id)).items():
                counts[kind] += number
    return counts


def links_of(account_id: uuid.UUID) -> dict[str, int]:
    known = db.session.get(ServerKey, ServerKey.current())
    before: datetime = known.since if known else now()
    invitation, shared, sitting = AssessmentInvitation, AssessmentLink, Sitting
    conditions: dict[str, tuple[Any, ...]] = {
        "invitations": (
            invitation.account_id == account_id,
            invitation.sent_at < before,
            invitation.expires_at > now(),
            invitation.completed_at.is_(None),
            invitation.cancelled_at.is_(None),
        ),
        "shared links": (shared.account_id == account_id, shared.created_at < before, shared.closed_at.is_(None)),
        "unfinished assessments": (
            sitting.account_id == account_id,
            sitting.agreed_at < before,
            sitting.state == "open",
        ),
    }
    return {kind: db.session.scalar(select(func.count()).where(*which)) or 0 for kind, which in conditions.items()}


def reading(find: Callable[[], Found]) -> Found:
    with only_reading():
        db.session.rollback()
        found = find()
        db.session.rollback()
    return found
