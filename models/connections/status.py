"""The status of a connection: what blocks it as a whole, and who granted, removed or blocked each scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.clients import proven_host
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.new_names import trusted_name_in
from models.connections.policy import ConnectionPolicy
from models.permissions import Role, grantable
from models.request_scope import Resource
from models.scopes import SCOPES


class Hold(StrEnum):
    """Why a connection is blocked."""

    ENDED = "ended"
    """It has ended: it was revoked or given back, its end date passed, or its member left."""
    PAUSED = "paused"
    KEPT_OUT = "kept out"
    """The account's policy does not allow this app."""
    NEEDS_FACTOR = "needs factor"
    """The account, or its policy for apps, requires a second factor that the member does not have."""
    TOO_OLD = "too old"
    """The policy requires apps to be connected again after this many days."""
    LAPSED = "lapsed"
    """None of its devices can renew."""


class ScopeStatus(StrEnum):
    """The status of a scope."""

    GRANTED = "granted"
    TAKEN = "taken"
    DENIED = "denied"
    NOT_BY_ROLE = "not by role"
    NOT_BY_POLICY = "not by policy"
    NOT_ANSWERED = "not answered"
    """Requested when it was not possible, and possible now."""
    NEVER_ASKED = "never asked"


@dataclass(frozen=True)
class Held:
    """One thing that blocks a connection, and since when, if that is known."""

    by: Hold
    since: datetime | None = None


@dataclass(frozen=True)
class ScopeState:
    """One scope: its status, since when, and what its member can do about it here."""

    scope: str
    status: ScopeStatus
    since: datetime | None = None
    can_be_taken: bool = False
    can_be_given: bool = False


@dataclass(frozen=True)
class State:
    """The status of a connection."""

    connection: Connection
    policy: ConnectionPolicy
    holds: list[Held]
    """What blocks it, most important first; empty if it can work."""
    scopes: list[ScopeState]

    @classmethod
    def of(cls, connection: Connection) -> State:
        """The status of this connection."""
        policy = ConnectionPolicy.of(connection.account_id)
        return cls(connection, policy, list(holds_on(connection, policy)), scopes_of(connection, policy))

    @property
    def trusted_name(self) -> str | None:
        """The trusted name that the app uses or imitates since it was allowed under another one."""
        return trusted_name_in(self.connection) if self.connection.new_name else None

    @property
    def members(self) -> set[Resource]:
        """The members whose names the page needs."""
        ids = (self.connection.paused_by, self.connection.revoked_by)
        return {("member", id_) for id_ in ids if id_}

    def scopes_with(self, *wanted: str) -> list[ScopeState]:
        """The scopes with one of these statuses."""
        return [scope for scope in self.scopes if scope.status in wanted]


def holds_on(connection: Connection, policy: ConnectionPolicy) -> Iterator[Held]:
    """Everything that blocks this connection; nothing if it can work."""
    if connection.ended_at:
        yield Held(Hold.ENDED, connection.ended_at)
        return
    if connection.paused_at:
        yield Held(Hold.PAUSED, connection.paused_at)
    installations = connection.live_authorizations or connection.authorizations
    if installations and all(blocked_by_policy(connection, each, policy) for each in installations):
        yield Held(Hold.KEPT_OUT)
    needed = policy.second_factor or connection.account.second_factor_required
    if needed and not connection.member.user.has_second_factor:
        yield Held(Hold.NEEDS_FACTOR)
    if connection.needs_reconnect:
        yield Held(Hold.TOO_OLD if any(each.live for each in connection.authorizations) else Hold.LAPSED)


def blocked_by_policy(connection: Connection, installation: Authorization, policy: ConnectionPolicy) -> bool:
    """Whether the policy blocks this device completely."""
    client = connection.client
    host = proven_host(client.kind, client.client_id, installation.redirect_uri)
    return not policy.allows_app(client.kind, client.client_id, host)


def hosts_proven(connection: Connection) -> list[str]:
    """The hosts by which a policy can name this app; none if its identity is only claimed."""
    client = connection.client
    hosts = {proven_host(client.kind, client.client_id, each.redirect_uri) for each in connection.authorizations}
    return sorted(filter(None, hosts))


def scopes_of(connection: Connection, policy: ConnectionPolicy) -> list[ScopeState]:
    """Every scope there is. For an ended connection, its status at the end."""
    return [scope_state(scope, connection, policy) for scope in SCOPES]


def scope_state(scope: str, connection: Connection, policy: ConnectionPolicy) -> ScopeState:
    installations = connection.live_authorizations or connection.authorizations
    by_role = grantable(Role(connection.member.role), scope)
    by_policy = policy.scopes is None or scope in policy.scopes
    blocked = None if by_role and by_policy else ScopeStatus.NOT_BY_POLICY if by_role else ScopeStatus.NOT_BY_ROLE
    if any(scope in each.granted & connection.ceiling for each in installations):
        return ScopeState(scope, blocked or ScopeStatus.GRANTED, can_be_taken=connection.active)
    if blocked and any(scope in each.requested for each in connection.authorizations):
        # Whoever denied or removed it before: now nobody here can allow it.
        return ScopeState(scope, blocked)
    requested = any(scope in each.requested for each in installations)
    given = connection.active and scope in connection.asked and not blocked
    denied = max((each.created_at for each in connection.authorizations if scope in each.denied), default=None)
    taken = (connection.taken or {}).get(scope)
    if taken and (denied is None or denied <= datetime.fromisoformat(taken)):
        return ScopeState(scope, ScopeStatus.TAKEN, datetime.fromisoformat(taken), can_be_given=given)
    if denied:
        return ScopeState(scope, ScopeStatus.DENIED, denied, can_be_given=given)
    if requested:
        return ScopeState(scope, ScopeStatus.NOT_ANSWERED, can_be_given=given)
    return ScopeState(scope, ScopeStatus.NEVER_ASKED)
