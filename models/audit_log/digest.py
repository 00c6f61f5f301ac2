"""The weekly digest: what apps did, saw and were refused in a week, in numbers, for their member or for an Owner."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from sqlalchemy import Text, case, cast, func, or_, select, update

from models.accounts import Member, User
from models.alarms import Alarm, people_in_answers
from models.audit import Action, AuditEntry, Outcome, first_id
from models.connections import Connection
from models.database import db, now, only_reading, rows_changed, table_of, writing
from models.mail import Kind, Message
from models.permissions import Permission
from models.secrets import derived_secret, derived_secrets, same
from models.text import begin_of, zone_called

WEEK = timedelta(days=7)
SENT_AFTER = timedelta(hours=7)
"""Into Monday, in the recipient's time zone."""
PURPOSE = "weekly digest"
entries = table_of(AuditEntry).c


@dataclass(frozen=True)
class AppWeek:
    """One app in one week, in numbers."""

    app: str
    member: str
    calls: int
    people: int
    """How many different people it read about."""
    changes: int
    refused: int
    alarms: int


def week_of(account_id: uuid.UUID, member: Member | None, begin: datetime, end: datetime) -> list[AppWeek]:
    """Every app that did something in this time, busiest first: of this member or, without one, of the whole account."""
    its = entries.account_id == account_id, entries.action == Action.TOOL_CALLED
    allowed = entries.outcome == Outcome.ALLOWED
    counted = select(
        entries.connection_id,
        func.count(),
        func.sum(case((allowed & (cast(entries.steps, Text) != "[]"), 1), else_=0)),
        func.sum(case((entries.outcome == Outcome.REFUSED, 1), else_=0)),
    ).where(*its, entries.id >= first_id(begin), entries.id < first_id(end))
    found = {id_: numbers for id_, *numbers in db.session.execute(counted.group_by(entries.connection_id))}
    raised = select(Alarm.connection_id, func.count()).where(Alarm.at >= begin, Alarm.at < end)
    alarms = dict(db.session.execute(raised.group_by(Alarm.connection_id)).all())
    used = select(Connection).where(
        Connection.account_id == account_id, Connection.id.in_(found.keys() | alarms.keys())
    )
    if member is not None:
        used = used.where(Connection.member_id == member.id)
    weeks = [
        AppWeek(
            each.app_name,
            each.member.user.name,
            calls,
            len(set().union(*(ids for _at, ids in people_in_answers(each, begin, end))) - {str(each.account.decoy_id)}),
            changes,
            refused,
            alarms.get(each.id, 0),
        )
        for each in db.session.scalars(used)
        for calls, changes, refused in [found.get(each.id, (0, 0, 0))]
    ]
    return sorted(weeks, key=lambda week: (-week.calls, week.app, week.member))


def send_digests(account_id: uuid.UUID) -> int:
    """Post the digest of last week to every member of an account whose Monday has come; returns how many."""
    return sum(send_digest(member_id, monday) for member_id, monday in due(account_id))


def due(account_id: uuid.UUID) -> list[tuple[uuid.UUID, date]]:
    """The members who were not looked at since their Monday, and that day."""
    with only_reading():
        db.session.rollback()
        members = select(Member.id, Member.digested, User.time_zone).join(User, User.id == Member.user_id)
        present = members.where(Member.account_id == account_id, Member.removed_at.is_(None))
        rows = db.session.execute(present).all()
        db.session.rollback()
    mondays = [(id_, digested, monday_of(now(), zone_called(zone) or UTC)) for id_, digested, zone in rows]
    return [(id_, monday) for id_, digested, monday in mondays if digested != monday.isoformat()]


def monday_of(moment: datetime, zone: tzinfo) -> date:
    """The Monday whose digest is due: at seven in the morning it is that of this week."""
    day = (moment.astimezone(zone) - SENT_AFTER).date()
    return day - timedelta(days=day.weekday())


def send_digest(member_id: uuid.UUID, monday: date) -> bool:
    """Post one digest, unless another worker has, or nothing happened, or the member does not want it."""
    with writing():
        member = db.session.get_one(Member, member_id)
        before, label = member.digested, monday.isoformat()
        this = Member.id == member_id, or_(Member.digested.is_(None), Member.digested != label)
        # The week in which somebody joined is nobody's last week.
        if not rows_changed(update(Member).where(*this).values(digested=label)) or before is None:
            return False
        begin, end = begin_of(monday - WEEK, member.user.zone), begin_of(monday, member.user.zone)
        whole = digest_is_whole(member)
        wanted = whole or member.user.weekly_digest
        if not wanted or not member.may(Permission.CONNECT_APPS):
            return False
        if not week_of(member.account_id, None if whole else member, begin, end):
            return False
        facts = {"begin": begin.isoformat(), "end": end.isoformat()}
        address, person = member.user.email, member.user_id
        Message.post(Kind.APP_DIGEST, address, member.id, member.account_id, facts=facts, user_id=person)
        return True


def digest_is_whole(member: Member) -> bool:
    """Whether the digest has every app of the account: an Owner chose so."""
    return member.whole_digest and member.may(Permission.MANAGE_CONNECTIONS)


def stop_secret(user_id: uuid.UUID) -> str:
    """What the link in a digest ends with. It stops the digests of one person, and does nothing else."""
    return user_id.hex + derived_secret("", PURPOSE, str(user_id))


def stops_for(secret: str) -> User | None:
    """The person whose digests this link stops."""
    try:
        user_id = uuid.UUID(hex=secret[:32])
    except ValueError:
        return None
    if not any(same(secret[32:], each) for each in derived_secrets("", PURPOSE, str(user_id))):
        return None
    return db.session.get(User, user_id)


def stop_digests(user: User) -> None:
    """Send this person no digest any more, of none of their accounts."""
    user.weekly_digest = False
    db.session.execute(update(Member).where(Member.user_id == user.id).values(whole_digest=False))
