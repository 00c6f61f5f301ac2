"""What decides what an app may do: its authorization, its connection, the member, the account and its policy, in one statement."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, select

from models.accounts import Account, Member
from models.clients import Client, proven_host
from models.connections import Authorization, Connection, ConnectionPolicy, app_allowed, ends_after
from models.database import table_of
from models.oauth.second_factor import MISSING
from models.permissions import Role, given_by
from models.scopes import ALL_SCOPES


@dataclass(slots=True)
class Entitlement:
    """An authorization with everything that it depends on; each kind of secret adds its own columns."""

    authorization_id: uuid.UUID
    account_id: uuid.UUID
    authorized: frozenset[str]
    requested: frozenset[str]
    resource: str
    redirect_uri_then: str
    """The address of the answer at the time of consent."""
    consented_at: datetime
    ended_at: datetime | None
    """When the authorization ended; revoking its connection ends it in the same transaction."""
    expires_at: datetime
    connection_id: uuid.UUID
    ceiling: frozenset[str]
    paused_at: datetime | None
    ends_at: datetime | None
    client_row: uuid.UUID
    client_id: str
    client_kind: str
    client_name: str
    member_id: uuid.UUID
    user_id: uuid.UUID
    role: Role
    removed_at: datetime | None
    policy_found: uuid.UUID | None
    """Whether the account has a policy; without one, its other columns mean nothing."""
    policy_scopes: frozenset[str] | None
    policy_apps: list[str] | None
    policy_registration: bool | None
    policy_longest_days: int | None
    factor_missing: bool
    """Whether the member lacks the second factor that the account requires."""

    def __post_init__(self) -> None:
        self.role = Role(self.role)

    @property
    def granted(self) -> frozenset[str]:
        """The most that it may do: what was granted within the connection's ceiling."""
        return self.authorized & self.ceiling

    @property
    def most(self) -> frozenset[str]:
        """The most that the account's policy allows any app."""
        return ALL_SCOPES if self.policy_scopes is None else self.policy_scopes

    @property
    def policy_ends_at(self) -> datetime | None:
        """When the account's policy requires asking the person again."""
        return ends_after(self.consented_at, self.policy_longest_days)

    @property
    def blocked_by_account(self) -> str | None:
        """Why the account blocks it at present: its `policy`, or the `second_factor` that the member lacks."""
        if self.policy_found is not None and not self._app_allowed():
            return "policy"
        return "second_factor" if self.factor_missing else None

    def _app_allowed(self) -> bool:
        host = proven_host(self.client_kind, self.client_id, self.redirect_uri_then)
        return app_allowed(self.policy_apps, bool(self.policy_registration), self.client_kind, self.client_id, host)

    def left_of(self, scope: frozenset[str]) -> frozenset[str]:
        """Those of these scopes that the member's role and the account's policy allow now."""
        return given_by(self.role, scope & self.most)


policy, authorization, connection = (
    table_of(ConnectionPolicy).c,
    table_of(Authorization).c,
    table_of(Connection).c,
)
member, account, client = table_of(Member).c, table_of(Account).c, table_of(Client).c

COLUMNS: dict[str, ColumnElement[Any]] = {
    "authorization_id": authorization.id,
    "account_id": authorization.account_id,
    "authorized": authorization.granted,
    "requested": authorization.requested,
    "resource": authorization.resource,
    "redirect_uri_then": authorization.redirect_uri,
    "consented_at": authorization.created_at,
    "ended_at": authorization.ended_at,
    "expires_at": authorization.expires_at,
    "connection_id": connection.id,
    "ceiling": connection.ceiling,
    "paused_at": connection.paused_at,
    "ends_at": connection.ends_at,
    "client_row": client.id,
    "client_id": client.client_id,
    "client_kind": client.kind,
    "client_name": connection.app_name,
    "member_id": member.id,
    "user_id": member.user_id,
    "role": member.role,
    "removed_at": member.removed_at,
    "policy_found": policy.account_id,
    "policy_scopes": policy.scopes,
    "policy_apps": policy.apps,
    "policy_registration": policy.registration,
    "policy_longest_days": policy.longest_days,
    "factor_missing": MISSING,
}


def entitled_by(secrets: Table, found: type[Entitlement], **own: ColumnElement[Any]) -> Select[Any]:
    """The statement that finds rows of this table; its columns are the fields of `found`, in order."""
    columns = COLUMNS | own
    return (
        select(*(columns[field.name].label(field.name) for field in fields(found) if field.init))
        .select_from(secrets)
        .join(table_of(Authorization), authorization.id == secrets.c.authorization_id)
        .join(table_of(Connection), connection.id == authorization.connection_id)
        .join(table_of(Client), client.id == connection.client_id)
        .join(table_of(Member), member.id == connection.member_id)
        .join(table_of(Account), account.id == connection.account_id)
        .join(table_of(ConnectionPolicy), policy.account_id == connection.account_id, isouter=True)
    )
