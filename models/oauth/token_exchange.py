"""Codes and refresh tokens as apps bring them back: each is found with all it depends on, and claimed before anything is issued for it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, bindparam, delete, select, update

from models.accounts.account import Account
from models.accounts.member import Member
from models.clients.client import Client, proven_host
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.policy import ConnectionPolicy, app_allowed, ends_after
from models.database.base import db, now, table_of
from models.oauth.second_factor import MISSING
from models.oauth.tokens import AccessToken, AuthorizationCode, RefreshToken, issue_refresh_token, refresh_token_of
from models.permissions import Role, given_by
from models.secrets import fingerprint

EXPIRED_KEPT = timedelta(days=1)

codes, access_tokens, refresh_tokens = table_of(AuthorizationCode), table_of(AccessToken), table_of(RefreshToken)
authorizations = table_of(Authorization)


@dataclass(frozen=True)
class Presented:
    """What an app presents, as it was found, with everything that decides what it is still good for."""

    id: uuid.UUID
    authorization_id: uuid.UUID
    account_id: uuid.UUID
    present_generation: int
    granted: frozenset[str]
    ended_at: datetime | None
    expires_at: datetime
    idle_until: datetime
    ceiling: frozenset[str]
    revoked_at: datetime | None
    connection_id: uuid.UUID
    client_row: uuid.UUID
    client_name: str
    member_id: uuid.UUID
    user_id: uuid.UUID
    removed_at: datetime | None
    consented_at: datetime
    ends_at: datetime | None
    longest_days: int | None
    role: str
    redirect_uri_then: str
    """Where the answer went when it was consented to."""
    client_kind: str
    client_id: str
    policy_found: uuid.UUID | None
    """Whether the account has a policy; where it has none, the four that follow say nothing."""
    policy_scopes: frozenset[str] | None
    apps: list[str] | None
    registration: bool | None
    factor_missing: bool
    """Whether its member lacks the second factor that the account asks for."""

    @property
    def live(self) -> bool:
        """Whether its authorization, connection and membership all still hold."""
        held = self.ended_at is None and self.revoked_at is None and self.removed_at is None
        return held and now() < self.ends

    @property
    def ends(self) -> datetime:
        """When it ends unless it renews before: by itself, by the date that its member set, or by the account's policy."""
        earlier = (self.ends_at, ends_after(self.consented_at, self.longest_days))
        return min(self.expires_at, self.idle_until, *(end for end in earlier if end is not None))

    @property
    def barred(self) -> str | None:
        """Why the account lets nothing be made from it at present, as in `Bearer`. A pause is no reason: a paused app stays connected."""
        host = proven_host(self.client_kind, self.client_id, self.redirect_uri_then)
        if self.policy_found and not app_allowed(
            self.apps, bool(self.registration), self.client_kind, self.client_id, host
        ):
            return "policy"
        return "second_factor" if self.factor_missing else None

    @property
    def scope(self) -> frozenset[str]:
        """The most that an access token made from it may ever do."""
        return self.granted & self.ceiling

    def left_of(self, scope: frozenset[str]) -> frozenset[str]:
        """What an app really has of such a token now, under the member's role and the account's policy."""
        return given_by(Role(self.role), scope if self.policy_scopes is None else scope & self.policy_scopes)


@dataclass(frozen=True)
class PresentedCode(Presented):
    """An authorization code, whatever its state."""

    code_challenge: str
    redirect_uri: str | None
    redeem_until: datetime
    used_at: datetime | None

    @property
    def good(self) -> bool:
        """Whether it can still be redeemed: in time, and nothing above it has ended."""
        return now() < self.redeem_until and self.live

    def get_redirect_uri(self) -> str | None:
        """What Authlib compares the token request's redirect URI with."""
        return self.redirect_uri


@dataclass(frozen=True)
class PresentedRefreshToken(Presented):
    """A refresh token of any generation."""

    generation: int
    rotated_at: datetime | None

    def tolerated(self, grace: timedelta) -> bool:
        """Whether a token that was rotated already is still answered: the one before the present, shortly after (oauth.md §3)."""
        return (
            self.rotated_at is not None
            and self.generation == self.present_generation - 1
            and now() <= self.rotated_at + grace
        )


def known(secrets: Table, *own: ColumnElement[Any]) -> Select[Any]:
    """The statement that finds rows of this table with the columns of `Presented` and those of its own."""
    return (
        select(
            secrets.c.id,
            authorizations.c.id,
            authorizations.c.account_id,
            authorizations.c.generation,
            authorizations.c.granted,
            authorizations.c.ended_at,
            authorizations.c.expires_at,
            authorizations.c.idle_until,
            Connection.ceiling,
            Connection.revoked_at,
            Connection.id,
            Connection.client_id,
            Client.name,
            Member.id,
            Member.user_id,
            Member.removed_at,
            authorizations.c.created_at,
            Connection.ends_at,
            ConnectionPolicy.longest_days,
            Member.role,
            authorizations.c.redirect_uri,
            Client.kind,
            Client.client_id,
            ConnectionPolicy.account_id,
            ConnectionPolicy.scopes,
            ConnectionPolicy.apps,
            ConnectionPolicy.registration,
            MISSING,
            *own,
        )
        .select_from(secrets)
        .join(authorizations, authorizations.c.id == secrets.c.authorization_id)
        .join(table_of(Connection), Connection.id == authorizations.c.connection_id)
        .join(table_of(Client), Client.id == Connection.client_id)
        .join(table_of(Member), Member.id == Connection.member_id)
        .join(table_of(Account), Account.id == Connection.account_id)
        .join(table_of(ConnectionPolicy), ConnectionPolicy.account_id == Connection.account_id, isouter=True)
    )


def presented(secrets: Table, *own: ColumnElement[Any]) -> Select[Any]:
    """The same for whoever makes something of what is found."""
    # Both rows are locked, so that every other use of this family, and its end, has either been seen or waits for us.
    return known(secrets, *own).with_for_update(of=[secrets, authorizations], key_share=True)


FIND_CODE = presented(codes, codes.c.code_challenge, codes.c.redirect_uri, codes.c.expires_at, codes.c.used_at).where(
    codes.c.code_hash == bindparam("hash")
)
REDEEM = (
    update(codes).where(codes.c.id == bindparam("row"), codes.c.used_at.is_(None)).values(used_at=bindparam("moment"))
)
FIND_REFRESH = presented(refresh_tokens, refresh_tokens.c.generation, refresh_tokens.c.rotated_at).where(
    refresh_tokens.c.token_hash == bindparam("hash")
)
CLAIM = (
    update(refresh_tokens)
    .where(refresh_tokens.c.id == bindparam("row"), refresh_tokens.c.rotated_at.is_(None))
    .values(rotated_at=bindparam("moment"))
)
ADVANCE = (
    update(authorizations)
    .where(authorizations.c.id == bindparam("row"), authorizations.c.ended_at.is_(None))
    .values(generation=bindparam("next_generation"), idle_until=bindparam("until"))
)
FORGET_EXPIRED = delete(access_tokens).where(
    access_tokens.c.authorization_id == bindparam("of"), access_tokens.c.expires_at < bindparam("before")
)


def find_code(code: str) -> PresentedCode | None:
    """The code with everything it depends on, locked until this transaction ends."""
    row = db.session.connection().execute(FIND_CODE, {"hash": fingerprint(code)}).one_or_none()
    return PresentedCode(*tuple(row)) if row else None


def redeem(code: PresentedCode) -> bool:
    """Mark the code used; False for everybody but the first."""
    return db.session.connection().execute(REDEEM, {"row": code.id, "moment": now()}).rowcount == 1


def find_refresh_token(token: str) -> PresentedRefreshToken | None:
    """The refresh token with everything it depends on, locked until this transaction ends."""
    row = db.session.connection().execute(FIND_REFRESH, {"hash": fingerprint(token)}).one_or_none()
    return PresentedRefreshToken(*tuple(row)) if row else None


def rotate(presented: PresentedRefreshToken, idle: timedelta) -> str | None:
    """Claim a refresh token and make its successor; None when another request was first."""
    connection = db.session.connection()
    moment = now()
    if connection.execute(CLAIM, {"row": presented.id, "moment": moment}).rowcount != 1:
        return None
    generation = presented.generation + 1
    connection.execute(
        ADVANCE, {"row": presented.authorization_id, "next_generation": generation, "until": moment + idle}
    )
    connection.execute(FORGET_EXPIRED, {"of": presented.authorization_id, "before": moment - EXPIRED_KEPT})
    return issue_refresh_token(presented.authorization_id, generation)


def successor(presented: PresentedRefreshToken) -> str:
    """The refresh token that followed this one, derived again: the family never forks and nobody who holds it is disturbed."""
    return refresh_token_of(presented.authorization_id, presented.generation + 1)
