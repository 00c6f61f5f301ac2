"""Deleting one's own sign-in: the person leaves every account and is deleted; their data in audit logs follows."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select

from models.accounts import DataExport, Member, MemberInvitation, User
from models.audit import Action, AuditEntry, AuditPersonal
from models.connections import Connection
from models.database import db, locks, now, rows_changed
from models.errors import NotAllowed
from models.mail import Kind, Message
from models.permissions import Role
from models.privacy.erasure import Erasure

AT_ONCE = 2_000


def delete_sign_in(person: User) -> None:
    """Leave every account and delete the sign-in; raises `NotAllowed` for the only Owner of one."""
    memberships = Member.all_of(person.id)
    # All locks first, so that two people who leave the same accounts never deadlock.
    locks.take_all(member.account_id for member in memberships)
    if member := needed_by(memberships):
        raise NotAllowed(why_needed(member))
    Member.record_everywhere(Action.PERSON_DELETED, person.id)
    for member in memberships:
        member.leave()
    accounts = accounts_of(person.id)
    for account_id in accounts:
        DataExport.outdate(account_id)
    names_in_logs = {
        "kind": "person",
        "subject_id": person.id,
        "account_ids": [str(id_) for id_ in accounts],
        "connection_ids": [str(id_) for id_ in connections_of(person.id)],
    }
    moment = now()
    db.session.add(Erasure(**names_in_logs, asked_at=moment, due_at=moment, retention_days=0))
    address = person.email
    forget_people([person.id])
    Message.post(Kind.SIGN_IN_DELETED, address)


def needed_by(memberships: Iterable[Member]) -> Member | None:
    """The first of these memberships that is the only Owner of its account."""
    return next((member for member in memberships if member.is_last_owner), None)


def why_needed(member: Member) -> str:
    """What the only Owner of an account can do."""
    name = member.account.name
    if member.account.locked:
        return str(
            _(
                "%(name)s is going to be deleted, and you are its only Owner. "
                "Your sign-in is deleted with it, unless you have belonged to another account.",
                name=name,
            )
        )
    return str(
        _(
            "You are the only Owner of %(name)s. Make somebody else an Owner there, or delete the account, first.",
            name=name,
        )
    )


def accounts_of(user_id: uuid.UUID) -> list[uuid.UUID]:
    """The accounts in which this person is or was a member."""
    return list(db.session.scalars(select(Member.account_id).where(Member.user_id == user_id).distinct()))


def connections_of(user_id: uuid.UUID) -> list[uuid.UUID]:
    """Every connection that this person ever had, in any account."""
    theirs = select(Connection.id).join(Member, Member.id == Connection.member_id)
    return list(db.session.scalars(theirs.where(Member.user_id == user_id).order_by(Connection.id)))


def forget_people(ids: Collection[uuid.UUID]) -> None:
    """Delete people with everything that belongs to them (sessions, factors, memberships, connections) and the mail to them."""
    db.session.execute(delete(Message).where(Message.user_id.in_(ids)))
    db.session.execute(delete(MemberInvitation).where(MemberInvitation.accepted_by.in_(ids)))
    db.session.execute(delete(User).where(User.id.in_(ids)).execution_options(synchronize_session=False))


def next_entries(
    user_id: uuid.UUID, account_id: uuid.UUID, after: uuid.UUID, connections: frozenset[uuid.UUID]
) -> tuple[list[uuid.UUID], uuid.UUID | None]:
    """This person's entries in the next stretch of an account's audit log, and where it ends; None at the end of the log.

    This includes entries in which an Owner changed one of their apps, since these name the app. `connections` were noted
    before the person was deleted: the entries that tell whose they were may have expired.
    """
    newer = select(AuditEntry.id, AuditEntry.user_id, AuditEntry.connection_id).where(
        AuditEntry.account_id == account_id
    )
    rows = db.session.execute(newer.where(AuditEntry.id > after).order_by(AuditEntry.id).limit(AT_ONCE)).all()
    theirs = [id_ for id_, by, connection_id in rows if by == user_id or connection_id in connections]
    return theirs, rows[-1][0] if rows else None


def forget_in_entries(entry_ids: list[uuid.UUID]) -> int:
    """Delete the personal data of these entries: network, browser, and names at the time. The entries themselves still verify."""
    return rows_changed(delete(AuditPersonal).where(AuditPersonal.entry_id.in_(entry_ids)))


def forget_members(account_id: uuid.UUID, most: int, *, owners_too: bool) -> int:
    """Delete up to this many memberships of an account, and people without any other, past or present; returns how many there were."""
    members = select(Member.id, Member.user_id).where(Member.account_id == account_id).order_by(Member.id).limit(most)
    if not owners_too:
        members = members.where(or_(Member.role != Role.OWNER, Member.removed_at.is_not(None)))
    found = db.session.execute(members).all()
    forget_people([user_id for user_id in {row[1] for row in found} if accounts_of(user_id) == [account_id]])
    db.session.execute(delete(Member).where(Member.id.in_([row[0] for row in found])))
    return len(found)
