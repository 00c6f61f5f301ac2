"""What a member can grant an app: in which account, by their role, under the account's policy, and after earlier denials."""

from __future__ import annotations

import uuid

from models.accounts import Member
from models.clients import Client, proven_host
from models.connections import Connection, ConnectionPolicy, DeniedScope
from models.permissions import Role, grantable

LOCKED = "locked"
POLICY = "policy"
SECOND_FACTOR = "second_factor"


def member_for(client: Client, user_id: uuid.UUID, account_id: uuid.UUID | None) -> Member | None:
    """This person's membership of the chosen account; an account's own client can be used only there."""
    wanted = client.account_id or account_id
    return Member.of(user_id, wanted) if wanted else None


def blocked_by(member: Member, client: Client, redirect_uri: str) -> str | None:
    """What blocks this member from connecting this app at all: the account will be deleted, its policy, or a missing second factor."""
    if member.account.locked:
        return LOCKED
    policy = ConnectionPolicy.of(member.account_id)
    host = proven_host(client.kind, client.client_id, redirect_uri)
    if not policy.allows_app(client.kind, client.client_id, host):
        return POLICY
    return SECOND_FACTOR if needs_second_factor(member) else None


def needs_second_factor(member: Member) -> bool:
    """Whether this member must set up a second factor before they can connect any app."""
    wanted = member.account.second_factor_required or ConnectionPolicy.of(member.account_id).second_factor
    return wanted and not member.user.has_second_factor


def can_grant(member: Member, scope: str) -> bool:
    """Whether this member can grant this scope: their role and the account's policy both allow it."""
    most = ConnectionPolicy.of(member.account_id).scopes
    return grantable(Role(member.role), scope) and (most is None or scope in most)


def new_scopes(member: Member, client: Client, scope: frozenset[str]) -> frozenset[str]:
    """The scopes to ask about: those that the app does not have yet or, if it has all of them, all of them again."""
    known = Connection.between(member, client)
    return (scope - known.granted if known else scope) or scope


def offered_scopes(member: Member, client: Client, scope: frozenset[str]) -> frozenset[str]:
    """The requested scopes that this member can allow or deny now: each has a Deny box on the page."""
    final = denied_for_good(member, client)
    return frozenset(each for each in scope if can_grant(member, each) and each not in final)


def denies_all(member: Member, client: Client, scope: frozenset[str]) -> bool:
    """Whether this member permanently denied everything about which this request would ask them."""
    possible = {each for each in new_scopes(member, client, scope) if can_grant(member, each)}
    return bool(possible) and possible <= denied_for_good(member, client)


def denied_for_good(member: Member, client: Client) -> frozenset[str]:
    """The scopes that this app must not even ask this member for."""
    return frozenset(scope for scope, refusal in DeniedScope.between(member, client).items() if refusal.for_good)
