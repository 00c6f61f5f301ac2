"""What a member can grant an app: in which account, by their role, under the account's policy, and after earlier denials."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cached_property

from models.accounts import Member
from models.clients import Client, proven_host
from models.connections import Connection, ConnectionPolicy, DeniedScope
from models.permissions import Role, given_by
from models.scopes import SCOPES

LOCKED = "locked"
POLICY = "policy"
SECOND_FACTOR = "second_factor"


def member_for(client: Client, user_id: uuid.UUID, account_id: uuid.UUID | None) -> Member | None:
    """This person's membership of the chosen account; an account's own client can be used only there."""
    wanted = client.account_id or account_id
    return Member.of(user_id, wanted) if wanted else None


def grantable_scopes(member: Member, policy: ConnectionPolicy) -> frozenset[str]:
    """The scopes that this member can grant an app: their role and the account's policy both allow them."""
    given = given_by(Role(member.role), SCOPES.keys())
    return given if policy.scopes is None else given & policy.scopes


def needs_second_factor(member: Member, policy: ConnectionPolicy) -> bool:
    """Whether this member must set up a second factor before they can connect any app."""
    wanted = member.account.second_factor_required or policy.second_factor
    return wanted and not member.user.has_second_factor


@dataclass(frozen=True)
class Standing:
    """A member and an app: what they have between them and what the account allows, each read once, when first asked for.

    It is for one page, or for one decision under one lock; after that it may be out of date.
    """

    member: Member
    client: Client

    @cached_property
    def policy(self) -> ConnectionPolicy:
        return ConnectionPolicy.of(self.member.account_id)

    @cached_property
    def denied(self) -> dict[str, DeniedScope]:
        """What the member denied the app, by scope."""
        return DeniedScope.between(self.member, self.client)

    @cached_property
    def _unrevoked(self) -> Connection | None:
        return Connection.unrevoked_between(self.member, self.client)

    @property
    def known(self) -> Connection | None:
        """Their live connection."""
        return self._unrevoked if self._unrevoked and not self._unrevoked.past_end else None

    @property
    def over(self) -> Connection | None:
        """The connection whose end date has passed, as long as no other has replaced it."""
        return self._unrevoked if self._unrevoked and self._unrevoked.past_end else None

    @cached_property
    def grantable(self) -> frozenset[str]:
        return grantable_scopes(self.member, self.policy)

    @property
    def denied_for_good(self) -> frozenset[str]:
        """The scopes that the app must not even ask the member for."""
        return frozenset(scope for scope, denied in self.denied.items() if denied.for_good)

    def new(self, scope: frozenset[str]) -> frozenset[str]:
        """The scopes to ask about: those that the app does not have yet or, if it has all of them, all of them again."""
        return (scope - self.known.granted if self.known else scope) or scope

    def offered(self, scope: frozenset[str]) -> frozenset[str]:
        """The requested scopes that the member can allow or deny now: each has a Deny box on the page."""
        return (scope & self.grantable) - self.denied_for_good

    def denies_all(self, scope: frozenset[str]) -> bool:
        """Whether the member permanently denied everything about which this request would ask them."""
        possible = self.new(scope) & self.grantable
        return bool(possible) and possible <= self.denied_for_good

    def blocked_by(self, redirect_uri: str) -> str | None:
        """What blocks the member from connecting this app at all: the account will be deleted, its policy, or a missing second factor."""
        if self.member.account.locked:
            return LOCKED
        host = proven_host(self.client.kind, self.client.client_id, redirect_uri)
        if not self.policy.allows_app(self.client.kind, self.client.client_id, host):
            return POLICY
        return SECOND_FACTOR if needs_second_factor(self.member, self.policy) else None
