"""The bearer of a token: which app, account, scopes and role, and whether the token is still valid. One query for every call."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam

from models.accounts import tag_limit
from models.connections import ConnectionUse, asks_in, tag_sets
from models.database import Prepared, now, table_of
from models.oauth.entitlement import Entitlement, account, authorization, connection, entitled_by, member, policy
from models.oauth.tokens import AccessToken
from models.permissions import Permission, may
from models.request_scope import Actor, Limits, current_scope
from models.secrets import fingerprint


@dataclass(slots=True)
class Bearer(Entitlement):
    """What an access token allows at this moment."""

    account_name: str
    scope: frozenset[str]
    issued_at: datetime
    token_expires_at: datetime
    token_revoked_at: datetime | None
    calls_empty_at: int
    """The counters of its connection, in microseconds since 1970 (models/oauth/call_rate_limit.py); the next one likewise."""
    writes_empty_at: int
    refusal_noted_at: datetime | None
    last_network: str | None
    """The network and the time of the last use of its connection."""
    last_used_at: datetime | None
    day: str | None
    """The day (UTC) of the last use, as 2026-11-23, and the number of calls on that day so far."""
    calls_of_day: int
    people_of_day: int
    people_checked_day: str | None
    people_check_at: int
    changed: bool
    deleted: bool
    read_only: bool
    hide_contact: bool
    only_tags: list[str] | None
    opens_pages: bool
    daily_calls: int | None
    ask_first: list[str] | None
    policy_read_only: bool | None
    policy_hide_contact: bool | None
    policy_only_tags: list[str] | None
    policy_daily_calls: int | None
    policy_ask_first: list[str] | None
    decoy_id: uuid.UUID | None
    profiles_by_tags: bool
    member_tags: list[str] | None
    limits: Limits = field(init=False)
    """The limits of the connection, of the Owners' policy and of what its member sees, together."""
    blocked: str | None = field(init=False)
    """Why it is blocked at present: `paused` by its member, blocked by the Owners' `policy`, or because its member lacks
    the `second_factor` that the account requires; None if it is not blocked."""

    def __post_init__(self) -> None:
        Entitlement.__post_init__(self)
        self.limits = Limits(
            self.read_only,
            self.hide_contact,
            tag_sets(self.only_tags),
            self.daily_calls,
            self.ends_at,
            asks_in(self.ask_first),
            tag_limit(self.profiles_by_tags, self.role, self.member_tags, self.user_id),
        )
        if self.policy_found is not None:
            self.limits = self.limits.within(self._policy_limits())
        self.blocked = self.blocked_by_account or ("paused" if self.paused_at else None)

    def _policy_limits(self) -> Limits:
        return Limits(
            bool(self.policy_read_only),
            bool(self.policy_hide_contact),
            tag_sets(self.policy_only_tags),
            self.policy_daily_calls,
            self.policy_ends_at,
            asks_in(self.policy_ask_first),
        )

    @property
    def granted(self) -> frozenset[str]:
        """Token ∩ authorization ∩ the connection's ceiling, without the account's policy and the role."""
        return self.scope & self.authorized & self.ceiling

    @property
    def day_is_over(self) -> bool:
        """Whether it was read with all calls of the day used up: then nothing is even looked up."""
        most = self.limits.daily_calls
        return most is not None and self.calls_of_day >= most and self.day == now().date().isoformat()

    @property
    def ended(self) -> str | None:
        """Why it is no longer valid: `expired`, `revoked` or `removed`; None while it is valid."""
        if self.removed_at:
            return "removed"
        if self.ended_at or self.token_revoked_at:
            return "revoked"
        return "expired" if now() >= self.ends else None

    @property
    def ends(self) -> datetime:
        """The latest time at which it ends."""
        until = min(self.token_expires_at, self.expires_at)
        return min(until, self.limits.ends_at) if self.limits.ends_at else until

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that it can use now: those granted that the policy and the role allow; none while it is blocked."""
        return frozenset() if self.blocked else self.left_of(self.granted)

    def allows(self, scope: str) -> bool:
        """Whether the scope was granted, and the account's policy allows it."""
        return scope in self.granted and scope in self.most

    def may(self, permission: Permission) -> bool:
        """Whether the member's current role allows this."""
        return may(self.role, permission)

    def as_actor(self) -> Actor:
        """The bearer of this token as the actor of the current request."""
        return current_scope().actor.known_as(
            account_id=self.account_id,
            user_id=self.user_id,
            member_id=self.member_id,
            connection_id=self.connection_id,
            client_name=self.client_name,
        )


token, use = table_of(AccessToken).c, table_of(ConnectionUse).c

WHO = Prepared(
    entitled_by(
        table_of(AccessToken),
        Bearer,
        account_name=account.name,
        scope=token.scope,
        issued_at=token.created_at,
        token_expires_at=token.expires_at,
        token_revoked_at=token.revoked_at,
        calls_empty_at=use.calls_empty_at,
        writes_empty_at=use.writes_empty_at,
        refusal_noted_at=use.refusal_noted_at,
        last_network=use.last_network,
        last_used_at=use.last_used_at,
        day=use.day,
        calls_of_day=use.calls_of_day,
        people_of_day=use.people_of_day,
        people_checked_day=use.people_checked_day,
        people_check_at=use.people_check_at,
        changed=use.changed,
        deleted=use.deleted,
        read_only=connection.read_only,
        hide_contact=connection.hide_contact,
        only_tags=connection.only_tags,
        daily_calls=connection.daily_calls,
        opens_pages=authorization.opens_pages,
        ask_first=connection.ask_first,
        policy_read_only=policy.read_only,
        policy_hide_contact=policy.hide_contact,
        policy_only_tags=policy.only_tags,
        policy_daily_calls=policy.daily_calls,
        policy_ask_first=policy.ask_first,
        decoy_id=account.decoy_id,
        profiles_by_tags=account.profiles_by_tags,
        member_tags=member.tag_ids,
    )
    .join(table_of(ConnectionUse), use.connection_id == connection.id)
    .where(token.token_hash == bindparam("hash"))
)


def bearer_of(presented: str) -> Bearer | None:
    """The bearer of this access token; None if it was never one of ours."""
    row = WHO.row({"hash": fingerprint(presented)})
    return None if row is None else Bearer(*row)
