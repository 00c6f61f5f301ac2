"""Codes and tokens: what an app presents. Only hashes are stored; each is claimed before anything is issued for it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, UniqueConstraint, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.authorization import Authorization, end_authorization
from models.base import Base, Id, Moment, db, new_id, now, rows_changed, table_of
from models.client import Client
from models.connection import Connection
from models.member import Member
from models.scopes import ScopeSet
from models.secrets import ACCESS_TOKEN, AUTHORIZATION_CODE, REFRESH_TOKEN, derived_secret, fingerprint, mint

CODE_LIFETIME = timedelta(seconds=60)
EXPIRED_KEPT = timedelta(days=1)


class AuthorizationCode(Base):
    """A code that an app redeems once, within a minute. It stays, marked used, so that a replay is seen."""

    __tablename__ = "authorization_code"

    id: Mapped[Id]
    authorization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("authorization.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str]
    code_challenge: Mapped[str]
    redirect_uri: Mapped[str | None]
    """As the request named it; None when it named none."""
    expires_at: Mapped[Moment]
    used_at: Mapped[datetime | None]

    authorization: Mapped[Authorization] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("code_hash"),)

    @classmethod
    def issue(cls, authorization: Authorization, code_challenge: str, redirect_uri: str | None) -> str:
        """A new code for this authorization; returned once."""
        code = mint(AUTHORIZATION_CODE)
        db.session.add(
            cls(
                authorization_id=authorization.id,
                code_hash=fingerprint(code),
                code_challenge=code_challenge,
                redirect_uri=redirect_uri,
                expires_at=now() + CODE_LIFETIME,
            )  # fmt: skip
        )
        db.session.flush()
        return code

    @classmethod
    def by_secret(cls, code: str) -> AuthorizationCode | None:
        """The code's row, whatever its state."""
        return db.session.scalar(select(cls).where(cls.code_hash == fingerprint(code)))

    def get_redirect_uri(self) -> str | None:
        """What Authlib compares the token request's redirect URI with."""
        return self.redirect_uri

    @property
    def good(self) -> bool:
        """Whether it can still be redeemed: in time, and nothing above it has ended."""
        return now() < self.expires_at and self.authorization.live and self.authorization.connection.active

    def claim(self) -> bool:
        """Mark the code used; False for everybody but the first."""
        statement = update(AuthorizationCode).where(
            AuthorizationCode.id == self.id, AuthorizationCode.used_at.is_(None)
        )
        return rows_changed(statement.values(used_at=now())) == 1


class AccessToken(Base):
    """A token that opens /mcp for about an hour, and not one request longer than its connection."""

    __tablename__ = "access_token"

    id: Mapped[Id]
    authorization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("authorization.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str]
    scope: Mapped[frozenset[str]] = mapped_column(ScopeSet)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("token_hash"),)


class RefreshToken(Base):
    """One generation of an authorization's refresh token; each use rotates it."""

    __tablename__ = "refresh_token"

    id: Mapped[Id]
    authorization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("authorization.id", ondelete="CASCADE"))
    generation: Mapped[int]
    token_hash: Mapped[str]
    created_at: Mapped[Moment]
    rotated_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("uq_refresh_token_generation", "authorization_id", "generation", unique=True),
    )


access_tokens, refresh_tokens, authorizations = table_of(AccessToken), table_of(RefreshToken), table_of(Authorization)


@dataclass(frozen=True)
class Presented:
    """A refresh token as it was found: its generation, its authorization, and everything that decides what it is still good for."""

    id: uuid.UUID
    generation: int
    rotated_at: datetime | None
    authorization_id: uuid.UUID
    account_id: uuid.UUID
    present_generation: int
    granted: frozenset[str]
    resource: str
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
    role: str
    removed_at: datetime | None

    @property
    def live(self) -> bool:
        """Whether its authorization, connection and membership all still hold."""
        return (
            self.ended_at is None
            and self.revoked_at is None
            and self.removed_at is None
            and now() < min(self.expires_at, self.idle_until)
        )

    @property
    def scope(self) -> frozenset[str]:
        """The most that an access token made from it may do."""
        return self.granted & self.ceiling

    def tolerated(self, grace: timedelta) -> bool:
        """Whether a token that was rotated already is still answered: the one before the present, shortly after (oauth.md §3)."""
        return (
            self.rotated_at is not None
            and self.generation == self.present_generation - 1
            and now() <= self.rotated_at + grace
        )


FIND_REFRESH = (
    select(
        refresh_tokens.c.id, refresh_tokens.c.generation, refresh_tokens.c.rotated_at, authorizations.c.id, authorizations.c.account_id,
        authorizations.c.generation, authorizations.c.granted, authorizations.c.resource, authorizations.c.ended_at,
        authorizations.c.expires_at, authorizations.c.idle_until, Connection.ceiling, Connection.revoked_at, Connection.id,
        Connection.client_id, Client.name, Member.id, Member.user_id, Member.role, Member.removed_at,
    )
    .select_from(refresh_tokens)
    .join(authorizations, authorizations.c.id == refresh_tokens.c.authorization_id)
    .join(table_of(Connection), Connection.id == authorizations.c.connection_id)
    .join(table_of(Client), Client.id == Connection.client_id)
    .join(table_of(Member), Member.id == Connection.member_id)
    .where(refresh_tokens.c.token_hash == bindparam("hash"))
)  # fmt: skip
# Both rows are locked, so that every other rotation of this family, and its end, has either been seen or waits for us.
LOCKED = FIND_REFRESH.with_for_update(of=[refresh_tokens, authorizations], key_share=True)
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
INSERT_ACCESS = insert(access_tokens)
INSERT_REFRESH = insert(refresh_tokens)


def find_refresh_token(token: str) -> Presented | None:
    """The refresh token with everything it depends on, locked until this transaction ends."""
    row = db.session.connection().execute(LOCKED, {"hash": fingerprint(token)}).one_or_none()
    return Presented(*tuple(row)) if row else None


def rotate(presented: Presented, idle: timedelta) -> str | None:
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


def successor(presented: Presented) -> str:
    """The refresh token that followed this one, derived again: the family never forks and nobody who holds it is disturbed."""
    return refresh_token_of(presented.authorization_id, presented.generation + 1)


def refresh_token_of(authorization_id: uuid.UUID, generation: int) -> str:
    return derived_secret(REFRESH_TOKEN, "refresh", authorization_id.hex, str(generation))


def issue_refresh_token(authorization_id: uuid.UUID, generation: int = 0) -> str:
    """Store one generation's refresh token by its hash; returns the token."""
    token = refresh_token_of(authorization_id, generation)
    row = {
        "id": new_id(),
        "authorization_id": authorization_id,
        "generation": generation,
        "token_hash": fingerprint(token),
        "created_at": now(),
    }
    db.session.connection().execute(INSERT_REFRESH, row)
    return token


def issue_access_token(authorization_id: uuid.UUID, scope: frozenset[str], lifetime: timedelta) -> str:
    """A new access token; returned once."""
    token = mint(ACCESS_TOKEN)
    row = {
        "id": new_id(), "authorization_id": authorization_id, "token_hash": fingerprint(token), "scope": scope, "created_at": now(),
        "expires_at": now() + lifetime,
    }  # fmt: skip
    db.session.connection().execute(INSERT_ACCESS, row)
    return token


def revoke_token(token: str, client: Client) -> Authorization | None:
    """End what this token stands for, if it is this client's (RFC 7009): a refresh token its authorization, an access token itself."""
    hashed = fingerprint(token)
    owned = (
        select(Authorization)
        .join(Connection, Connection.id == Authorization.connection_id)
        .where(Connection.client_id == client.id)
    )
    by_refresh = owned.join(RefreshToken, RefreshToken.authorization_id == Authorization.id).where(
        RefreshToken.token_hash == hashed
    )
    if authorization := db.session.scalar(by_refresh):
        return authorization if end_authorization(authorization.id, "revoked by the app") else None
    by_access = owned.join(AccessToken, AccessToken.authorization_id == Authorization.id).where(
        AccessToken.token_hash == hashed
    )
    if db.session.scalar(by_access):
        db.session.execute(update(AccessToken).where(AccessToken.token_hash == hashed).values(revoked_at=now()))
    return None
