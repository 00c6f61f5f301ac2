"""Codes and tokens for apps. Only hashes are stored."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, UniqueConstraint, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import Action
from models.clients import Client
from models.connections import Authorization, Connection, EndReason, end_authorization
from models.database import Base, Id, Moment, Prepared, db, locks, new_id, now, rows_changed, table_of
from models.scopes import ScopeSet
from models.secrets import ACCESS_TOKEN, AUTHORIZATION_CODE, REFRESH_TOKEN, derived_secrets, fingerprint, mint

CODE_LIFETIME = timedelta(seconds=60)


class AuthorizationCode(Base):
    """A code that an app redeems once, within a minute. It stays, marked as used, so that a replay is detected."""

    __tablename__ = "authorization_code"

    id: Mapped[Id]
    authorization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("authorization.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str]
    code_challenge: Mapped[str]
    redirect_uri: Mapped[str | None]
    """As in the request; None if it had none."""
    expires_at: Mapped[Moment]
    used_at: Mapped[datetime | None]

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
            )
        )
        db.session.flush()
        return code


def abandoned_among(authorization_ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those of these authorizations that no app ever got: it was allowed, and never fetched its token."""
    if not authorization_ids:
        return frozenset()
    code = AuthorizationCode
    unused = (code.authorization_id.in_(authorization_ids), code.used_at.is_(None), code.expires_at < now())
    return frozenset(db.session.scalars(select(code.authorization_id).where(*unused)))


class AccessToken(Base):
    """A token for /mcp that is valid for about an hour, and never longer than its connection."""

    __tablename__ = "access_token"

    id: Mapped[Id]
    authorization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("authorization.id", ondelete="CASCADE"))
    token_hash: Mapped[str]
    scope: Mapped[frozenset[str]] = mapped_column(ScopeSet)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("token_hash"),
        # By their end too: each renewal deletes those that have long expired, and a day's can be thousands.
        Index("ix_access_token_expiry", "authorization_id", "expires_at"),
    )


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


INSERT_ACCESS, INSERT_REFRESH = (
    Prepared(insert(table_of(model)), table_of(model).c.keys()) for model in (AccessToken, RefreshToken)
)


def refresh_tokens_of(authorization_id: uuid.UUID, generation: int) -> Iterator[str]:
    """The refresh token of this generation, under each of the server's keys that counts."""
    return derived_secrets(REFRESH_TOKEN, "refresh", authorization_id.hex, str(generation))


def issue_refresh_token(authorization_id: uuid.UUID, generation: int = 0) -> str:
    """Store one generation's refresh token by its hash; returns the token."""
    token = next(refresh_tokens_of(authorization_id, generation))
    row = {
        "id": new_id(),
        "authorization_id": authorization_id,
        "generation": generation,
        "token_hash": fingerprint(token),
        "created_at": now(),
    }
    INSERT_REFRESH.run(row | {"rotated_at": None})
    return token


def issue_access_token(authorization_id: uuid.UUID, scope: frozenset[str], lifetime: timedelta) -> str:
    """A new access token; returned once."""
    token = mint(ACCESS_TOKEN)
    row = {
        "id": new_id(),
        "authorization_id": authorization_id,
        "token_hash": fingerprint(token),
        "scope": scope,
        "created_at": now(),
        "expires_at": now() + lifetime,
    }
    INSERT_ACCESS.run(row | {"revoked_at": None})
    return token


def revoke_token(token: str, client: Client) -> tuple[Action, Authorization] | None:
    """End a token of this client (RFC 7009): a refresh token ends its authorization, an access token only itself.

    Returns what happened to which authorization; None if nothing did.
    """
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
        locks.take(authorization.connection.account_id)
        ended = end_authorization(authorization.id, EndReason.REVOKED_BY_APP)
        return (Action.AUTHORIZATION_ENDED, authorization) if ended else None
    by_access = owned.join(AccessToken, AccessToken.authorization_id == Authorization.id).where(
        AccessToken.token_hash == hashed
    )
    if authorization := db.session.scalar(by_access):
        locks.take(authorization.connection.account_id)
        valid = AccessToken.token_hash == hashed, AccessToken.revoked_at.is_(None), AccessToken.expires_at > now()
        if rows_changed(update(AccessToken).where(*valid).values(revoked_at=now())):
            return Action.TOKEN_GIVEN_BACK, authorization
    return None
