"""How a connection stands at this moment: what holds it back as a whole, and each scope by whom it is given, taken or kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.clients import proven_host
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.policy import ConnectionPolicy
from models.permissions import Role, grantable
from models.request_scope import Resource
from models.scopes import SCOPES


class Hold(StrEnum):
    """Why a connection can do nothing at present."""

    ENDED = "ended"
    """It is over: revoked, given back, past its last day, or its member has gone."""
    PAUSED = "paused"
    KEPT_OUT = "kept out"
    """The account's policy does not allow this app."""
    NEEDS_FACTOR = "needs factor"
    """The account, or its policy for apps, asks for a second factor that its member does not have."""
    TOO_OLD = "too old"
    """The policy asks that apps are connected anew after so many days."""
    LAPSED = "lapsed"
    """No installation of it can renew itself."""


class Stands(StrEnum):
    """How a scope stands."""

    GRANTED = "granted"
    TAKEN = "taken"
    DENIED = "denied"
    NOT_BY_ROLE = "not by role"
    NOT_BY_POLICY = "not by policy"
    NEVER_ASKED = "never asked"


@dataclass(frozen=True)
class Held:
    """One thing that holds a connection back, and since when, where that is known."""

    by: Hold
    since: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """One scope: how it stands, since when, and what its member can do about it in place."""

    scope: str
    stands: Stands
    since: datetime | None = None
    can_be_taken: bool = False
    can_be_given: bool = False


@dataclass(frozen=True)
class State:
    """A connection as it stands now."""

    connection: Connection
    policy: ConnectionPolicy
    holds: list[Held]
    """What keeps it from doing anything, what weighs most first; none where it can work."""
    scopes: list[Standing]

    @classmethod
    def of(cls, connection: Connection) -> State:
        """How this connection stands."""
        policy = ConnectionPolicy.of(connection.account_id)
        return cls(connection, policy, list(holds_on(connection, policy)), scopes_of(connection, policy))

    @property
    def members(self) -> set[Resource]:
        """Whose names are needed to tell it."""
        ids = (self.connection.paused_by, self.connection.revoked_by)
        return {("member", id_) for id_ in ids if id_}

    def standing(self, *wanted: str) -> list[Standing]:
        """The scopes that stand like this."""
        return [scope for scope in self.scopes if scope.stands in wanted]


def holds_on(connection: Connection, policy: ConnectionPolicy) -> Iterator[Held]:
    """Everything that keeps this connection from doing anything; nothing where it can work."""
    if connection.ended_at:
        yield Held(Hold.ENDED, connection.ended_at)
        return
    if connection.paused_at:
        yield Held(Hold.PAUSED, connection.paused_at)
    installations = connection.live_authorizations or connection.authorizations
    if installations and all(kept_out(connection, each, policy) for each in installations):
        yield Held(Hold.KEPT_OUT)
    needed = policy.second_factor or connection.account.second_factor_required
    if needed and not connection.member.user.has_second_factor:
        yield Held(Hold.NEEDS_FACTOR)
    if connection.needs_reconnect:
        yield Held(Hold.TOO_OLD if any(each.live for each in connection.authorizations) else Hold.LAPSED)


def kept_out(connection: Connection, installation: Authorization, policy: ConnectionPolicy) -> bool:
    """Whether the policy leaves no room for this installation."""
    client = connection.client
    host = proven_host(client.kind, client.client_id, installation.redirect_uri)
    return not policy.allows_app(client.kind, client.client_id, host)


def hosts_proven(connection: Connection) -> list[str]:
    """The hosts by which a policy can name this app; none where its identity is only claimed."""
    client = connection.client
    hosts = {proven_host(client.kind, client.client_id, each.redirect_uri) for each in connection.authorizations}
    return sorted(filter(None, hosts))


def scopes_of(connection: Connection, policy: ConnectionPolicy) -> list[Standing]:
    """Each scope there is. Of a connection that is over, how it stood at the end."""
    return [standing_of(scope, connection, policy) for scope in SCOPES]


def standing_of(scope: str, connection: Connection, policy: ConnectionPolicy) -> Standing:
    installations = connection.live_authorizations or connection.authorizations
    by_role = grantable(Role(connection.member.role), scope)
    by_policy = policy.scopes is None or scope in policy.scopes
    if any(scope in each.granted & connection.ceiling for each in installations):
        stands = Stands.GRANTED if by_role and by_policy else Stands.NOT_BY_POLICY if by_role else Stands.NOT_BY_ROLE
        return Standing(scope, stands, can_be_taken=connection.active)
    given = connection.active and scope in connection.asked and by_role and by_policy
    denied = max((each.created_at for each in connection.authorizations if scope in each.denied), default=None)
    taken = (connection.taken or {}).get(scope)
    if taken and (denied is None or denied <= datetime.fromisoformat(taken)):
        return Standing(scope, Stands.TAKEN, datetime.fromisoformat(taken), can_be_given=given)
    if denied:
        return Standing(scope, Stands.DENIED, denied, can_be_given=given)
    return Standing(scope, Stands.NEVER_ASKED)
