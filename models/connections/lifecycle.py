"""What can be done with a connection: it is opened, limited, narrowed and restored, paused and resumed, revoked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from models.accounts import Account, Member
from models.audit import Action, record
from models.clients import Client
from models.connections.authorization import Authorization, EndReason
from models.connections.connection import Connection
from models.connections.denied_scope import DeniedScope
from models.connections.limit_checks import checked_tags, must_leave_somebody, must_leave_something_to_read
from models.connections.limit_values import FURTHEST, TOO_FAR, Limited, as_it_is, checked_calls, tag_sets
from models.connections.policy import ConnectionPolicy
from models.connections.usage import ConnectionUse
from models.database import db, locks, now
from models.errors import Invalid, NotAllowed
from models.mail import Kind, tell_of_app
from models.permissions import Role, grantable
from models.request_scope import current_scope


def open_connection(
    member: Member, client: Client, granted: frozenset[str], limits: Mapping[str, Any] | None = None
) -> Connection:
    """The live connection of this member and this app, made or widened to include what was granted now.

    `limits` are those of a new one (see `limit`); one that is there keeps its own. Raises `Invalid` for one that nothing could fit.
    """
    # One answer of this member after the other: two at once would both make the connection.
    locks.close(member.id)
    # A deletion of the account that is asked for at this moment either has been seen here or waits for us.
    if db.session.get_one(Account, member.account_id, with_for_update={"read": True}, populate_existing=True).locked:
        raise NotAllowed("This account is about to be deleted. You cannot connect apps to it.")
    if over := Connection.over_between(member, client):
        over.end_by_itself(EndReason.END_DATE, over.ends_at)
    connection = Connection.between(member, client)
    if connection is None:
        connection = begin(member, client, granted, limits or {})
    else:
        widen(connection, granted)
    client.used()
    return connection


def begin(member: Member, client: Client, granted: frozenset[str], limits: Mapping[str, Any]) -> Connection:
    connection = Connection(
        account_id=member.account_id,
        member_id=member.id,
        member=member,
        client_id=client.id,
        client=client,
        ceiling=granted,
        created_at=now(),
        use=ConnectionUse(),
    )
    if held := Connection.held_by_owner(member, client):
        # Or a member would only have to revoke it and connect it again.
        connection.paused_at, connection.paused_by = held.paused_at, held.paused_by
    db.session.add(connection)
    db.session.flush()
    connection.record(Action.CONNECTION_CREATED, granted)
    limit(connection, **limits)
    if ConnectionPolicy.of(member.account_id).read_only:
        must_leave_something_to_read(
            granted, "The account's policy makes apps read-only, and none of these scopes can read."
        )
    connection.tell_member(Kind.APP_CONNECTED, granted)
    return connection


def widen(connection: Connection, granted: frozenset[str]) -> None:
    added = granted - connection.ceiling
    connection.ceiling = connection.ceiling | granted
    forget_taken(connection, granted)
    connection.record(Action.CONNECTION_WIDENED if added else Action.CONNECTION_RENEWED, granted)
    if added:
        connection.tell_member(Kind.APP_WIDENED, added)


def narrow(connection: Connection, scope: str) -> None:
    """Take a scope away, from this connection and every installation; what comes back later comes back by consent or here."""
    connection.hold_still()
    if scope not in connection.ceiling:
        raise Invalid("scope", f"{connection.client.name} does not have {scope}.")
    connection.ceiling = connection.ceiling - {scope}
    for authorization in connection.authorizations:
        authorization.narrow(scope)
    connection.taken = (connection.taken or {}) | {scope: now().isoformat()}
    connection.record(Action.CONNECTION_NARROWED, frozenset({scope}))


def restore(connection: Connection, scope: str) -> None:
    """Give a scope to every installation that asked for it, from the next request on. Anything more goes through the app and consent."""
    connection.hold_still()
    if connection.policy and connection.policy.scopes is not None and scope not in connection.policy.scopes:
        raise Invalid("scope", f"The account's policy blocks {scope} for all apps. An Owner can change it.")
    if scope not in connection.asked or not grantable(Role(connection.member.role), scope):
        raise Invalid("scope", f"{connection.client.name} has not asked for {scope}, or your role does not allow it.")
    connection.ceiling = connection.ceiling | {scope}
    forget_taken(connection, {scope})
    for authorization in connection.live_authorizations:
        if scope in authorization.requested and scope not in authorization.granted:
            give_to_installation(authorization, scope)
    DeniedScope.forget(connection.member, connection.client, {scope})
    connection.record(Action.CONNECTION_RESTORED, frozenset({scope}))
    connection.tell_member(Kind.APP_WIDENED, frozenset({scope}))


def give_to_installation(authorization: Authorization, scope: str) -> None:
    """An installation's present tokens have it at once, too, unless the app had one made narrower itself."""
    for token in authorization.access_tokens:
        if token.expires_at > now() and token.scope >= authorization.granted:
            token.scope = token.scope | {scope}
    authorization.granted, authorization.denied = authorization.granted | {scope}, authorization.denied - {scope}


def forget_taken(connection: Connection, granted: Collection[str]) -> None:
    """What is given again is no longer taken away."""
    left = {scope: at for scope, at in (connection.taken or {}).items() if scope not in granted}
    connection.taken = left or None


def limit(connection: Connection, **wanted: Any) -> list[str]:
    """Set the limits that are given; returns which of them changed. Raises `Invalid` for one that nothing could fit."""
    connection.hold_still()
    checked = {name: CHECKS[name](connection, value) for name, value in wanted.items()}
    changed = {name: value for name, value in checked.items() if getattr(connection, name) != value}
    must_leave_something(connection, changed)
    for name, value in changed.items():
        setattr(connection, name, value)
    if changed:
        values = {name: str(value) if isinstance(value, datetime) else value for name, value in changed.items()}
        connection.record(Action.CONNECTION_LIMITED, frozenset(), fields=list(changed), values=values)
    return list(changed)


def must_leave_something(connection: Connection, changed: Mapping[str, Any]) -> None:
    policy = ConnectionPolicy.of(connection.account_id)
    if changed.get("only_tags"):
        must_leave_somebody(connection.account_id, tag_sets(changed["only_tags"]), policy.limits.only_tags)
    if changed.get("read_only"):
        must_leave_something_to_read(connection.ceiling, "None of this app's scopes can read.")


def ending(_whose: Limited, value: datetime | None) -> datetime | None:
    if value is not None and value <= now():
        raise Invalid("ends_at", "This date is in the past. To end the connection now, revoke it.")
    if value is not None and value > FURTHEST:
        raise Invalid("ends_at", TOO_FAR)
    return value


CHECKS: dict[str, Callable[[Limited, Any], Any]] = {
    "read_only": as_it_is,
    "hide_contact": as_it_is,
    "only_tags": checked_tags,
    "daily_calls": checked_calls,
    "ends_at": ending,
}


def pause(connection: Connection, by: Member | None = None) -> None:
    """Let the app do nothing until this is taken back; it stays connected. An Owner's pause takes the place of its member's."""
    connection.hold_still()
    by, its_member = by or connection.member, connection.member_id
    if connection.paused_at is None or (connection.paused_by == its_member and by.id != its_member):
        connection.paused_at, connection.paused_by = connection.paused_at or now(), by.id
        connection.record(Action.CONNECTION_PAUSED, frozenset(), by=by)
        tell_member_of_owner(connection, "paused", by)


def resume(connection: Connection, by: Member | None = None) -> None:
    """Let a paused app go on; raises `NotAllowed` for its member where an Owner paused it."""
    connection.hold_still()
    by = by or connection.member
    if connection.paused_at is None:
        return
    if not connection.resumable_by(by):
        raise NotAllowed(f"An Owner paused {connection.client.name}. Only an Owner can resume it.")
    connection.paused_at = connection.paused_by = None
    connection.record(Action.CONNECTION_RESUMED, frozenset(), by=by)


def revoke(connection: Connection, by: Member | None) -> None:
    """End the connection and everything below it; the very next request of the app fails. Revoking twice changes nothing.

    Without a member it is the operator of this server who does it.
    """
    if connection.end(EndReason.REVOKED, by):
        actor = current_scope().actor.known_as(
            account_id=connection.account_id,
            user_id=by.user_id if by else None,
            member_id=by.id if by else None,
            connection_id=connection.id,
            client_name=connection.client.name,
        )
        record(Action.CONNECTION_REVOKED, ("connection", connection.id), by=actor)
        tell_member_of_owner(connection, "revoked", by)


def give_back(connection: Connection) -> None:
    """End the connection and everything below it because the app itself asked for that."""
    if connection.end(EndReason.GIVEN_BACK):
        connection.record(Action.AUTHORIZATION_ENDED, frozenset())


def tell_member_of_owner(connection: Connection, deed: str, by: Member | None) -> None:
    """Whoever finds their app stopped is to know by whom; of what they did themselves they know."""
    member = connection.member
    if by is not None and by.id != member.id and member.removed_at is None:
        tell_of_app(Kind.APP_STOPPED, connection.account_id, connection.id, member.user.email, deed=deed, by=str(by.id))
