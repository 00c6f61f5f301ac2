"""Codes and refresh tokens that apps exchange: each is read with everything it depends on, and marked as used before anything is issued."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, bindparam, delete, select, update

from models.connections import Authorization
from models.database import Prepared, db, now, table_of
from models.oauth.entitlement import Entitlement, entitled_by
from models.oauth.tokens import AccessToken, AuthorizationCode, RefreshToken, issue_refresh_token, refresh_tokens_of
from models.secrets import fingerprint

EXPIRED_KEPT = timedelta(days=1)

codes, access_tokens, refresh_tokens = table_of(AuthorizationCode), table_of(AccessToken), table_of(RefreshToken)
authorizations = table_of(Authorization)


@dataclass(slots=True)
class Presented(Entitlement):
    """What an app presents, with everything that decides whether it is still valid."""

    id: uuid.UUID
    present_generation: int
    idle_until: datetime

    @property
    def live(self) -> bool:
        """Whether its authorization and membership are active."""
        return self.ended_at is None and self.removed_at is None and now() < self.ends

    @property
    def ends(self) -> datetime:
        """When it ends unless it is renewed: by itself, by the member's end date, or by the account's policy."""
        earlier = (self.ends_at, self.policy_ends_at)
        return min(self.expires_at, self.idle_until, *(end for end in earlier if end is not None))


@dataclass(slots=True)
class PresentedCode(Presented):
    """An authorization code, in any state."""

    code_challenge: str
    redirect_uri: str | None
    redeem_until: datetime
    used_at: datetime | None

    @property
    def good(self) -> bool:
        """Whether it can be redeemed: in time, and with nothing above it ended."""
        return now() < self.redeem_until and self.live

    def get_redirect_uri(self) -> str | None:
        """The redirect URI that Authlib compares with that of the token request."""
        return self.redirect_uri


@dataclass(slots=True)
class PresentedRefreshToken(Presented):
    """A refresh token of any generation."""

    generation: int
    rotated_at: datetime | None
    issued_at: datetime

    def tolerated(self, grace: timedelta) -> bool:
        """Whether a rotated token is still answered: the one before the current, shortly after the rotation."""
        return (
            self.rotated_at is not None
            and self.generation == self.present_generation - 1
            and now() <= self.rotated_at + grace
        )


def known(secrets: Table, found: type[Presented], **own: ColumnElement[Any]) -> Select[Any]:
    """The statement that reads rows of this table as `found`, with the additional columns."""
    generation, idle_until = authorizations.c.generation, authorizations.c.idle_until
    return entitled_by(secrets, found, id=secrets.c.id, present_generation=generation, idle_until=idle_until, **own)


def held(secrets: Table, statement: Select[Any]) -> Select[Any]:
    """The same, with row locks for callers that use the secret."""
    # Both rows are locked, so that other uses of this family, and its end, are either visible or wait for us.
    return statement.with_for_update(of=[secrets, authorizations], key_share=True)


KNOWN_CODE = known(
    codes,
    PresentedCode,
    code_challenge=codes.c.code_challenge,
    redirect_uri=codes.c.redirect_uri,
    redeem_until=codes.c.expires_at,
    used_at=codes.c.used_at,
).where(codes.c.code_hash == bindparam("hash"))
FIND_CODE = Prepared(held(codes, KNOWN_CODE))
REDEEM = Prepared(
    update(codes).where(codes.c.id == bindparam("row"), codes.c.used_at.is_(None)).values(used_at=bindparam("moment"))
)
KNOWN_REFRESH = known(
    refresh_tokens,
    PresentedRefreshToken,
    generation=refresh_tokens.c.generation,
    rotated_at=refresh_tokens.c.rotated_at,
    issued_at=refresh_tokens.c.created_at,
).where(refresh_tokens.c.token_hash == bindparam("hash"))
FIND_REFRESH, LOOK_UP_REFRESH = Prepared(held(refresh_tokens, KNOWN_REFRESH)), Prepared(KNOWN_REFRESH)
CLAIM = Prepared(
    update(refresh_tokens)
    .where(refresh_tokens.c.id == bindparam("row"), refresh_tokens.c.rotated_at.is_(None))
    .values(rotated_at=bindparam("moment"))
)
ADVANCE = Prepared(
    update(authorizations)
    .where(authorizations.c.id == bindparam("row"), authorizations.c.ended_at.is_(None))
    .values(generation=bindparam("next_generation"), idle_until=bindparam("until"))
)
FORGET_EXPIRED = Prepared(
    delete(access_tokens).where(
        access_tokens.c.authorization_id == bindparam("of"), access_tokens.c.expires_at < bindparam("before")
    )
)


def find_code(code: str) -> PresentedCode | None:
    """The code with everything it depends on, locked until this transaction ends."""
    row = FIND_CODE.row({"hash": fingerprint(code)})
    return PresentedCode(*row) if row else None


def redeem(code: PresentedCode) -> bool:
    """Mark the code as used; False for every caller after the first."""
    return REDEEM.run({"row": code.id, "moment": now()}) == 1


def find_refresh_token(token: str, *, lock: bool = True) -> PresentedRefreshToken | None:
    """The refresh token with everything it depends on; locked until this transaction ends if `lock`."""
    statement = FIND_REFRESH if lock else LOOK_UP_REFRESH
    row = statement.row({"hash": fingerprint(token)})
    return PresentedRefreshToken(*row) if row else None


def rotate(presented: PresentedRefreshToken, idle: timedelta) -> str | None:
    """Mark a refresh token as used and create its successor; None if another request was first."""
    moment = now()
    if CLAIM.run({"row": presented.id, "moment": moment}) != 1:
        return None
    generation = presented.generation + 1
    ADVANCE.run({"row": presented.authorization_id, "next_generation": generation, "until": moment + idle})
    FORGET_EXPIRED.run({"of": presented.authorization_id, "before": moment - EXPIRED_KEPT})
    return issue_refresh_token(presented.authorization_id, generation)


def successor(presented: PresentedRefreshToken) -> str:
    """The successor of this refresh token, derived again: the family never forks, and every holder gets the same one."""
    generation = presented.generation + 1
    tokens = list(refresh_tokens_of(presented.authorization_id, generation))
    if len(tokens) == 1:
        return tokens[0]
    # It may have been issued before the server's key changed.
    owned = refresh_tokens.c.authorization_id == presented.authorization_id, refresh_tokens.c.generation == generation
    stored = db.session.scalar(select(refresh_tokens.c.token_hash).where(*owned))
    return next((token for token in tokens if fingerprint(token) == stored), tokens[0])
