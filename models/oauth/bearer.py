"""Who asks, in which account, with what scopes, as what role, and whether they still may: one query for every call."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from models.accounts.account import Account
from models.accounts.member import Member
from models.clients.client import Client, proven_host
from models.connections.authorization import Authorization
from models.connections.connection import Connection, ConnectionUse
from models.connections.policy import ConnectionPolicy, app_allowed, ends_after
from models.database.base import db, now, table_of
from models.limits import tag_sets
from models.oauth.second_factor import MISSING
from models.oauth.tokens import AccessToken
from models.permissions import Permission, Role, given_by, may
from models.request_scope import NO_LIMITS, Actor, Limits, current_scope
from models.scopes import ALL_SCOPES
from models.secrets import fingerprint


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a presented access token stands for at this moment."""

    account_id: uuid.UUID
    account_name: str
    member_id: uuid.UUID
    user_id: uuid.UUID
    role: Role
    connection_id: uuid.UUID
    client_name: str
    authorization_id: uuid.UUID
    granted: frozenset[str]
    """Token ∩ authorization ∩ the connection's ceiling; neither the account's policy nor the role is taken into account yet."""
    requested: frozenset[str]
    resource: str
    ended: str | None
    """Why it is no longer good: `expired`, `revoked` or `removed`; None while it is."""
    calls_empty_at: int
    """How its connection's counters stood, in microseconds since 1970 (models/oauth/call_rate_limit.py); so the next."""
    writes_empty_at: int
    refusal_noted_at: datetime | None
    last_network: str | None
    """Where its connection was used from last; and when."""
    last_used_at: datetime | None
    day: str | None
    """The day (UTC) on which it was used last, as 2026-11-23, and how many calls that day had so far."""
    calls_of_day: int
    limits: Limits = NO_LIMITS
    """What the member and the Owners' policy leave of what its scopes open."""
    barred: str | None = None
    """Why it may do nothing at present: `paused` by its member, kept out by the Owners' `policy`, or because its member lacks
    the `second_factor` that the account asks for; None while it may."""
    most: frozenset[str] = ALL_SCOPES
    """What the account's policy lets any app have."""

    @property
    def scopes(self) -> frozenset[str]:
        """What it may use now: of what was granted, what the policy leaves and the role can give; nothing while it is barred."""
        return frozenset() if self.barred else given_by(self.role, self.granted & self.most)

    def allows(self, scope: str) -> bool:
        """Whether the scope was granted, and the account's policy leaves it."""
        return scope in self.granted and scope in self.most

    def may(self, permission: Permission) -> bool:
        """Whether the member's role, as it is now, allows this."""
        return may(self.role, permission)

    def as_actor(self) -> Actor:
        """Whoever holds this token as the one who acts in the present request."""
        return current_scope().actor.known_as(
            account_id=self.account_id,
            user_id=self.user_id,
            member_id=self.member_id,
            connection_id=self.connection_id,
            client_name=self.client_name,
        )


policy = table_of(ConnectionPolicy).c
token, authorization, connection = table_of(AccessToken).c, table_of(Authorization).c, table_of(Connection).c
member, account, client, use = table_of(Member).c, table_of(Account).c, table_of(Client).c, table_of(ConnectionUse).c

WHO = (
    select(
        account.id,
        account.name,
        member.id,
        member.user_id,
        member.role,
        connection.id,
        client.name,
        authorization.id,
        token.scope,
        authorization.granted,
        connection.ceiling,
        authorization.requested,
        authorization.resource,
        token.expires_at,
        token.revoked_at,
        authorization.ended_at,
        authorization.expires_at,
        connection.revoked_at,
        member.removed_at,
        use.calls_empty_at,
        use.writes_empty_at,
        use.refusal_noted_at,
        use.last_network,
        use.last_used_at,
        use.day,
        use.calls_of_day,
        connection.paused_at,
        connection.ends_at,
        connection.read_only,
        connection.hide_contact,
        connection.only_tags,
        connection.daily_calls,
        authorization.created_at,
        authorization.redirect_uri,
        client.kind,
        client.client_id,
        policy.account_id,
        policy.scopes,
        policy.apps,
        policy.registration,
        policy.longest_days,
        policy.read_only,
        policy.hide_contact,
        policy.only_tags,
        policy.daily_calls,
        MISSING,
    )
    .select_from(table_of(AccessToken))
    .join(table_of(Authorization), authorization.id == token.authorization_id)
    .join(table_of(Connection), connection.id == authorization.connection_id)
    .join(table_of(ConnectionUse), use.connection_id == connection.id)
    .join(table_of(Member), member.id == connection.member_id)
    .join(table_of(Account), account.id == connection.account_id)
    .join(table_of(Client), client.id == connection.client_id)
    .join(table_of(ConnectionPolicy), policy.account_id == connection.account_id, isouter=True)
    .where(token.token_hash == bindparam("hash"))
)


def bearer_of(presented: str) -> Bearer | None:
    """Who presents this access token; None when it was never one of ours."""
    row = db.session.connection().execute(WHO, {"hash": fingerprint(presented)}).one_or_none()
    if row is None:
        return None
    (
        account_id,
        account_name,
        member_id,
        user_id,
        role,
        connection_id,
        client_name,
        authorization_id,
        scope,
        granted,
        ceiling,
        requested,
        resource,
        expires_at,
        revoked_at,
        ended_at,
        absolute_end,
        connection_revoked_at,
        removed_at,
        calls_empty_at,
        writes_empty_at,
        refusal_noted_at,
        last_network,
        last_used_at,
        day,
        calls_of_day,
        paused_at,
        ends_at,
        read_only,
        hide_contact,
        only_tags,
        daily_calls,
        *decided,
        factor_missing,
    ) = row
    limits, most = Limits(read_only, hide_contact, tag_sets(only_tags), daily_calls, ends_at), ALL_SCOPES
    barred = "second_factor" if factor_missing else "paused" if paused_at else None
    if decided[POLICY_FOUND] is not None:
        limits, most, barred = decide(limits, barred, *decided)
    moment = now()
    ended = None
    if removed_at:
        ended = "removed"
    elif connection_revoked_at or ended_at or revoked_at:
        ended = "revoked"
    elif moment >= expires_at or moment >= absolute_end or (limits.ends_at and moment >= limits.ends_at):
        ended = "expired"
    return Bearer(
        account_id,
        account_name,
        member_id,
        user_id,
        Role(role),
        connection_id,
        client_name,
        authorization_id,
        scope & granted & ceiling,
        requested,
        resource,
        ended,
        calls_empty_at,
        writes_empty_at,
        refusal_noted_at,
        last_network,
        last_used_at,
        day,
        calls_of_day,
        limits,
        barred,
        most,
    )


POLICY_FOUND = 4


def decide(
    limits: Limits,
    barred: str | None,
    consented_at: datetime,
    redirect_uri: str,
    kind: str,
    client_id: str,
    _account: uuid.UUID,
    scopes: frozenset[str] | None,
    apps: list[str] | None,
    registration: bool,
    longest_days: int | None,
    read_only: bool,
    hide_contact: bool,
    only_tags: list[str] | None,
    daily_calls: int | None,
) -> tuple[Limits, frozenset[str], str | None]:
    """What is left of the limits under the Owners' policy, the scopes that it lets any app have, and what bars this one."""
    until = ends_after(consented_at, longest_days)
    limits = limits.within(Limits(read_only, hide_contact, tag_sets(only_tags), daily_calls, until))
    if not app_allowed(apps, registration, kind, client_id, proven_host(kind, client_id, redirect_uri)):
        barred = "policy"
    return limits, ALL_SCOPES if scopes is None else scopes, barred
