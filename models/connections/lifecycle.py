"""The lifecycle of a connection: open, limit, narrow and restore, pause and resume, revoke."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from models.accounts import Account, Member
from models.audit import Action, record
from models.clients import Client
from models.connections.authorization import Authorization, EndReason
from models.connections.connection import Connection
from models.connections.denied_scope import DeniedScope
from models.connections.limit_checks import checked_tags, must_leave_somebody, must_leave_something_to_read
from models.connections.limit_values import (
    FURTHEST,
    TOO_FAR,
    Limited,
    as_it_is,
    checked_asks,
    checked_calls,
    stored_limits,
    tag_sets,
)
from models.connections.policy import ConnectionPolicy
from models.connections.tripwires import as_recorded, checked_own
from models.connections.usage import ConnectionUse
from models.database import db, locks, now
from models.errors import Invalid, NotAllowed
from models.mail import Kind, notify_of_app
from models.permissions import Role, grantable
from models.request_scope import Limits, current_scope


def open_connection(
    member: Member, client: Client, granted: frozenset[str], limits: Mapping[str, Any] | None = None
) -> Connection:
    """The active connection of this member and this app, created or extended with the newly granted scopes.

    `limits` are for a new one (see `limit`); an existing one keeps its own. Raises `Invalid` for limits that nothing
    could meet.
    """
    # One answer of this member at a time: two at the same time would both create the connection.
    locks.take(member.account_id)
    # A simultaneous request to delete the account is either visible here or waits for this transaction.
    if db.session.get_one(Account, member.account_id, with_for_update={"read": True}, populate_existing=True).locked:
        raise NotAllowed(_("This account is about to be deleted. You cannot connect apps to it."))
    connection = Connection.unrevoked_between(member, client)
    if connection and connection.past_end:
        connection.end_by_itself(EndReason.END_DATE, connection.ends_at)
        connection = None
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
        app_name=client.name,
        ceiling=granted,
        created_at=now(),
        use=ConnectionUse(),
    )
    if held := Connection.held_by_owner(member, client):
        # Otherwise the member could get around it by revoking and connecting again.
        connection.paused_at, connection.paused_by = held.paused_at, held.paused_by
    db.session.add(connection)
    db.session.flush()
    connection.record(Action.CONNECTION_CREATED, granted)
    limit(connection, **limits)
    if ConnectionPolicy.of(member.account_id).read_only:
        must_leave_something_to_read(
            granted, _("The account's policy makes apps read-only, and none of these scopes can read.")
        )
    connection.notify_member(Kind.APP_CONNECTED, granted)
    return connection


def widen(connection: Connection, granted: frozenset[str]) -> None:
    added = granted - connection.ceiling
    # The page showed this name, and what it was allowed as before.
    connection.app_name = connection.client.name
    connection.ceiling = connection.ceiling | granted
    forget_taken(connection, granted)
    connection.record(Action.CONNECTION_WIDENED if added else Action.CONNECTION_RENEWED, granted)
    if added:
        connection.notify_member(Kind.APP_WIDENED, added)


def narrow(connection: Connection, scope: str) -> None:
    """Remove a scope from this connection and all of its devices; it comes back only by consent or here."""
    connection.lock()
    if scope not in connection.ceiling:
        raise Invalid("scope", _("%(app)s does not have %(scope)s.", app=connection.app_name, scope=scope))
    connection.ceiling = connection.ceiling - {scope}
    for authorization in connection.authorizations:
        authorization.narrow(scope)
    connection.taken = (connection.taken or {}) | {scope: now().isoformat()}
    connection.record(Action.CONNECTION_NARROWED, frozenset({scope}))


def restore(connection: Connection, scope: str) -> None:
    """Grant a scope to every device that requested it, from the next request on. Others need the app to ask for consent."""
    connection.lock()
    if connection.policy and connection.policy.scopes is not None and scope not in connection.policy.scopes:
        message = _("The account's policy blocks %(scope)s for all apps. An Owner can change it.", scope=scope)
        raise Invalid("scope", message)
    if scope not in connection.asked or not grantable(Role(connection.member.role), scope):
        app = connection.app_name
        message = _("%(app)s has not asked for %(scope)s, or your role does not allow it.", app=app, scope=scope)
        raise Invalid("scope", message)
    connection.ceiling = connection.ceiling | {scope}
    forget_taken(connection, {scope})
    for authorization in connection.live_authorizations:
        if scope in authorization.requested and scope not in authorization.granted:
            give_to_installation(authorization, scope)
    DeniedScope.forget(connection.member, connection.client, {scope})
    connection.record(Action.CONNECTION_RESTORED, frozenset({scope}))
    connection.notify_member(Kind.APP_WIDENED, frozenset({scope}))


def give_to_installation(authorization: Authorization, scope: str) -> None:
    """A device's current tokens get it too, unless the app had a narrower one made itself."""
    for token in authorization.access_tokens:
        if token.expires_at > now() and token.scope >= authorization.granted:
            token.scope = token.scope | {scope}
    authorization.granted, authorization.denied = authorization.granted | {scope}, authorization.denied - {scope}


def forget_taken(connection: Connection, granted: Collection[str]) -> None:
    """A scope that is granted again is no longer removed."""
    left = {scope: at for scope, at in (connection.taken or {}).items() if scope not in granted}
    connection.taken = left or None


def limit(connection: Connection, **wanted: Any) -> list[str]:
    """Set the given limits; returns which of them changed. Raises `Invalid` for limits that nothing could meet."""
    connection.lock()
    checked = check_limits(connection, **wanted)
    changed = {name: value for name, value in checked.items() if getattr(connection, name) != value}
    for name, value in changed.items():
        setattr(connection, name, value)
    if changed:
        values = {name: str(value) if isinstance(value, datetime) else value for name, value in changed.items()}
        if "tripwires" in changed:
            values["tripwires"] = as_recorded(changed["tripwires"])
        connection.record(Action.CONNECTION_LIMITED, frozenset(), fields=list(changed), values=values)
    return list(changed)


def check_limits(connection: Connection, **wanted: Any) -> dict[str, Any]:
    """These limits as they are stored. Raises `Invalid` for limits that nothing could meet."""
    checked = {name: CHECKS[name](connection, value) for name, value in wanted.items()}
    must_leave_something(connection, {name: new for name, new in checked.items() if getattr(connection, name) != new})
    return checked


def limits_with(connection: Connection, **wanted: Any) -> Limits:
    """The limits of its member as they would be with these, which are not saved; raises `Invalid` like `limit`."""
    checked = check_limits(connection, **wanted)
    # What happens at a tripwire is chosen with them, and limits no call.
    names = CHECKS.keys() - {"tripwires"}
    return stored_limits(**{name: checked.get(name, getattr(connection, name)) for name in names})


def must_leave_something(connection: Connection, changed: Mapping[str, Any]) -> None:
    policy = ConnectionPolicy.of(connection.account_id)
    if changed.get("only_tags"):
        sees = connection.member.limits.member
        must_leave_somebody(connection.account_id, tag_sets(changed["only_tags"]), policy.limits.only_tags, sees)
    if changed.get("read_only"):
        must_leave_something_to_read(connection.ceiling, _("None of this app's scopes can read."))


def ending(_whose: Limited, value: datetime | None) -> datetime | None:
    if value is not None and value <= now():
        raise Invalid(
            "ends_at",
            _("This date is in the past. Choose today or a later day, or leave it empty for no end date."),
        )
    if value is not None and value > FURTHEST:
        raise Invalid("ends_at", str(TOO_FAR))
    return value


CHECKS: dict[str, Callable[[Limited, Any], Any]] = {
    "read_only": as_it_is,
    "hide_contact": as_it_is,
    "only_tags": checked_tags,
    "daily_calls": checked_calls,
    "ends_at": ending,
    "ask_first": checked_asks,
    "tripwires": checked_own,
}


def pause(connection: Connection, by: Member | None = None) -> None:
    """Block the app until it is resumed; it stays connected. An Owner's pause replaces its member's."""
    connection.lock()
    by, its_member = by or connection.member, connection.member_id
    if connection.paused_at is None or (connection.paused_by == its_member and by.id != its_member):
        connection.paused_at, connection.paused_by = connection.paused_at or now(), by.id
        connection.record(Action.CONNECTION_PAUSED, frozenset(), by=by)
        notify_member_of_owner(connection, "paused", by)


def resume(connection: Connection, by: Member | None = None) -> None:
    """Resume a paused app; raises `NotAllowed` for its member if an Owner paused it."""
    connection.lock()
    by = by or connection.member
    if connection.paused_at is None:
        return
    if not connection.resumable_by(by):
        raise NotAllowed(_("An Owner paused %(app)s. Only an Owner can resume it.", app=connection.app_name))
    connection.paused_at = connection.paused_by = None
    connection.record(Action.CONNECTION_RESUMED, frozenset(), by=by)


def revoke(connection: Connection, by: Member | None) -> None:
    """End the connection and everything below it; the app's next request fails. Revoking twice changes nothing.

    Without a member, the server administrator does it.
    """
    if connection.end(EndReason.REVOKED, by):
        actor = current_scope().actor.known_as(
            account_id=connection.account_id,
            user_id=by.user_id if by else None,
            member_id=by.id if by else None,
            connection_id=connection.id,
            client_name=connection.app_name,
        )
        record(Action.CONNECTION_REVOKED, ("connection", connection.id), by=actor)
        notify_member_of_owner(connection, "revoked", by)


def give_back(connection: Connection) -> None:
    """End the connection and everything below it because the app asked for it."""
    if connection.end(EndReason.GIVEN_BACK):
        connection.record(Action.AUTHORIZATION_ENDED, frozenset())


def notify_member_of_owner(connection: Connection, deed: str, by: Member | None) -> None:
    """Tell the member which Owner changed their app; they get no mail about what they did themselves."""
    member = connection.member
    if by is not None and by.id != member.id and member.removed_at is None:
        notify_of_app(Kind.APP_STOPPED, connection.account_id, connection.id, member.user, deed=deed, by=str(by.id))
