"""Deleting an account: requested by an Owner, and carried out after a fortnight unless an Owner cancels.

Until then the account is locked. Its apps are revoked immediately, and it sends nothing more.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update

from models.accounts import Account, DataExport, Member
from models.audit import Action, record
from models.connections import Connection, revoke
from models.database import claim_once, db, locks, now
from models.errors import Invalid, NotAllowed
from models.mail import Kind, Message
from models.permissions import Role
from models.privacy.erasure import Erasure
from models.text import plain

GRACE = timedelta(days=14)


def ask_deletion(by: Member, typed_name: str) -> Erasure:
    """Schedule the account for deletion in fourteen days, and lock it until then.

    Raises `Invalid` unless the name is the account's, and `NotAllowed` while an export of it is being made.
    """
    if plain(typed_name) != by.account.name:
        raise Invalid("name", _("To delete this account, type its name exactly: %(name)s", name=by.account.name))
    if DataExport.unfinished(by.account_id):
        raise NotAllowed(_("An export of this account is being made. Wait until it is ready, or it will be lost."))
    return lock(by.account_id, by, GRACE)


def lock(account_id: uuid.UUID, by: Member | None, grace: timedelta) -> Erasure:
    """Lock the account, revoke its apps, and schedule its deletion. Without a member, the server administrator does this."""
    account = locked_for_this(account_id)
    if account.locked:
        raise NotAllowed(_("This account is already going to be deleted."))
    account.delete_after = now() + grace
    for connection in live_connections(account.id):
        revoke(connection, by)
    drop_waiting_mail(account.id)
    erasure = Erasure(
        kind="account",
        subject_id=account.id,
        account_ids=[str(account.id)],
        asked_by=by and by.id,
        asked_at=now(),
        due_at=account.delete_after,
        retention_days=account.audit_retention_days,
    )
    db.session.add(erasure)
    db.session.flush()
    record(Action.DELETION_ASKED, ("account", account.id))
    notify_owners(Kind.DELETION_ASKED, erasure)
    return erasure


def cancel_deletion(by: Member) -> None:
    """Cancel the deletion: everybody can work again. Apps stay revoked. Raises `NotAllowed` once it has begun."""
    erasure = Erasure.of_account(by.account_id)
    if erasure is None:
        raise NotAllowed(_("This account is not going to be deleted."))
    if not claim_once(erasure, Erasure.begun_at.is_(None), Erasure.is_unfinished(), cancelled_at=now()):
        raise NotAllowed(_("The deletion has started and can no longer be cancelled."))
    by.account.delete_after = None
    record(Action.DELETION_CANCELLED, ("account", by.account_id))
    notify_owners(Kind.DELETION_CANCELLED, erasure)


def locked_for_this(account_id: uuid.UUID) -> Account:
    """The account, locked until the transaction ends so that nobody changes or connects to it."""
    locks.take(account_id)
    return db.session.get_one(Account, account_id, with_for_update=True, populate_existing=True)


def live_connections(account_id: uuid.UUID) -> list[Connection]:
    live = select(Connection).where(Connection.account_id == account_id, Connection.revoked_at.is_(None))
    return list(db.session.scalars(live.order_by(Connection.id)))


def drop_waiting_mail(account_id: uuid.UUID) -> None:
    waiting = update(Message).where(Message.account_id == account_id, Message.state == "waiting")
    db.session.execute(waiting.values(state="dropped", settled_at=now()))


def owners_of(account_id: uuid.UUID) -> list[Member]:
    """The current Owners, by name."""
    return [member for member in Member.in_account(account_id) if member.role == Role.OWNER]


def notify_owners(kind: Kind, erasure: Erasure) -> None:
    for owner in owners_of(erasure.subject_id):
        Message.post(kind, owner.user.email, erasure.id, account_id=erasure.subject_id, user_id=owner.user_id)
