"""Deleting what nobody can use any more, a few thousand rows at a time. What detects a replay or a reuse stays while it matters.

* A used code stays with its authorization while that can be renewed: its replay must end it (RFC 6749 §4.1.2).
* The current and the previous generation of a refresh token stay, older ones for a day after they were replaced.
* An ended authorization stays listed; its codes and tokens are deleted a day later, all together.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, delete, select, union_all, update

from models.accounts import MemberInvitation
from models.alarms import Alarm
from models.connections import Authorization, ConnectionNetwork, unused_since
from models.connections.networks import KEPT as NETWORKS_KEPT
from models.database import Base, db, now, only_reading, rows_changed, table_of, writing
from models.identity import Ceremony, EmailChange, LoginSession, PasswordReset, SecondStep
from models.oauth import (
    AccessToken,
    AuthorizationCode,
    CodeTry,
    ConsentRequest,
    DeviceAuthorization,
    PendingRequest,
    RefreshToken,
    UsedAssertion,
)
from models.oauth.device_authorization import KEPT as DEVICES_KEPT
from models.oauth.device_code_attempts import WINDOW
from models.rate_limits import forget_empty

MOST = 2_000
AUTHORIZATIONS_AT_ONCE = 100
"""Each has a few dozen codes and tokens at most, since old generations are deleted earlier."""
KEPT = timedelta(days=1)


def reap(session_lifetime: timedelta, most: int = MOST) -> dict[str, int]:
    """Delete what is over, up to this many rows of each kind; returns how many of each. Call it again while there are any.

    A browser's session is over when it was unused for `session_lifetime`. Each kind is a short transaction of its own.
    """
    return dict(turns(now(), session_lifetime, most))


def turns(moment: datetime, session_lifetime: timedelta, most: int) -> Iterator[tuple[str, int]]:
    yield "refresh tokens", forget(RefreshToken, replaced_long_ago(moment - KEPT), most)
    yield "authorizations", forget_secrets(over(moment - KEPT), min(most, AUTHORIZATIONS_AT_ONCE))
    for name, model, condition in (
        ("codes", AuthorizationCode, never_used(moment - KEPT)),
        ("sessions", LoginSession, table_of(LoginSession).c.seen_at < moment - session_lifetime - KEPT),
        ("questions", ConsentRequest, table_of(ConsentRequest).c.expires_at < moment),
        ("pending requests", PendingRequest, table_of(PendingRequest).c.expires_at < moment),
        ("device requests", DeviceAuthorization, unanswered(moment - DEVICES_KEPT)),
        ("assertions", UsedAssertion, table_of(UsedAssertion).c.expires_at < moment),
        ("wrong codes", CodeTry, table_of(CodeTry).c.tried_at < moment - WINDOW),
        ("challenges", Ceremony, table_of(Ceremony).c.expires_at < moment),
        ("half sign-ins", SecondStep, table_of(SecondStep).c.expires_at < moment),
        ("password links", PasswordReset, table_of(PasswordReset).c.expires_at < moment),
        ("address links", EmailChange, table_of(EmailChange).c.expires_at < moment),
        ("member invitations", MemberInvitation, MemberInvitation.is_forgotten()),
        ("alarms", Alarm, Alarm.is_forgotten()),
        ("networks", ConnectionNetwork, unused_since(moment - NETWORKS_KEPT)),
    ):
        yield name, forget(model, select(key_of(model)).where(condition), most)
    yield "counters", forget_empty(most)


def forget(model: type[Base], found: Select[Any], most: int) -> int:
    """Delete these rows. They are selected without blocking writers; what is over stays so until it is deleted."""
    ids = first(found.order_by(key_of(model)), most)
    if not ids:
        return 0
    with writing():
        return rows_changed(delete(model).where(key_of(model).in_(ids)))


def forget_secrets(found: CompoundSelect[Any], most: int) -> int:
    """Delete all codes and tokens of these authorizations, and record that they have none."""
    ids = first(found, most)
    if not ids:
        return 0
    with writing():
        # In the order in which a renewal locks them: the secret, then its authorization.
        for model in (RefreshToken, AuthorizationCode, AccessToken, DeviceAuthorization):
            db.session.execute(delete(model).where(table_of(model).c.authorization_id.in_(ids)))
        return rows_changed(update(Authorization).where(authorization.id.in_(ids)).values(reaped_at=now()))


def first(found: Select[Any] | CompoundSelect[Any], most: int) -> Sequence[uuid.UUID | str]:
    with only_reading():
        db.session.rollback()
        ids = db.session.connection().execute(found.limit(most)).scalars().all()
        db.session.rollback()
        return ids


def key_of(model: type[Base]) -> ColumnElement[Any]:
    [key] = table_of(model).primary_key
    return key


authorization, code, refresh = table_of(Authorization).c, table_of(AuthorizationCode).c, table_of(RefreshToken).c


def replaced_long_ago(before: datetime) -> Select[Any]:
    """Older generations than the last two that were replaced before this time."""
    with_family = select(refresh.id).join(table_of(Authorization), authorization.id == refresh.authorization_id)
    return with_family.where(refresh.rotated_at < before, refresh.generation < authorization.generation - 1)


def over(before: datetime) -> CompoundSelect[Any]:
    """Authorizations that could not be renewed after this time, however they are used, and still have secrets."""
    kept = select(authorization.id).where(authorization.reaped_at.is_(None))
    # Two statements for two indexes: with OR, SQLite scans the whole table.
    return union_all(kept.where(authorization.ended_at < before), kept.where(authorization.expires_at < before))


def never_used(before: datetime) -> ColumnElement[bool]:
    return code.used_at.is_(None) & (code.expires_at < before)


def unanswered(before: datetime) -> ColumnElement[bool]:
    """Device requests that nobody allowed. A code that made an authorization stays with it."""
    device = table_of(DeviceAuthorization).c
    return device.authorization_id.is_(None) & (device.expires_at < before)
