"""What the official Python SDK's own OAuth routes need of a provider, on the product's tables: hashed, durable, rotated, each code once."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from mcp.server.auth.provider import AuthorizationCode, RefreshToken, TokenError
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
from on_sqlite import reader, write, writer
from shared import fingerprint

HOUR, MONTH = timedelta(hours=1), timedelta(days=30)
CLIENT = "SELECT redirect_uris, grant_types, auth_method, name FROM client WHERE client_id = ? AND removed_at IS NULL"
LIVE = """JOIN "authorization" z ON z.id = t.authorization_id JOIN connection c ON c.id = z.connection_id
    JOIN member m ON m.id = c.member_id JOIN client k ON k.id = c.client_id
    WHERE z.ended_at IS NULL AND c.revoked_at IS NULL AND m.removed_at IS NULL AND k.client_id = ?"""
CODE = f"""SELECT t.code_challenge, t.redirect_uri, t.expires_at, z.id, z.granted FROM authorization_code t {LIVE}
    AND t.code_hash = ? AND t.used_at IS NULL"""
REFRESH = f"""SELECT z.idle_until, z.id, z.granted, z.generation FROM refresh_token t {LIVE}
    AND t.token_hash = ? AND t.generation = z.generation"""
USE = "UPDATE authorization_code SET used_at = ? WHERE code_hash = ? AND used_at IS NULL"
ROTATE = 'UPDATE "authorization" SET generation = generation + 1, idle_until = ? WHERE id = ? AND generation = ?'
ROTATED = "UPDATE refresh_token SET rotated_at = ? WHERE authorization_id = ? AND generation = ?"
NEW_REFRESH = (
    """INSERT INTO refresh_token (id, authorization_id, generation, token_hash, created_at) VALUES (?, ?, ?, ?, ?)"""
)
NEW_ACCESS = """INSERT INTO access_token (id, authorization_id, token_hash, scope, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)"""


class Code(AuthorizationCode):
    authorization_id: str


class Refresh(RefreshToken):
    authorization_id: str
    generation: int


class Provider:
    """The part of a provider that the measured routes ask."""

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        if (row := reader.execute(CLIENT, (client_id,)).fetchone()) is None:
            return None
        return OAuthClientInformationFull(
            client_id=client_id,
            redirect_uris=json.loads(row[0]),
            grant_types=json.loads(row[1]),
            token_endpoint_auth_method=row[2],
            client_name=row[3],
        )

    async def load_authorization_code(self, client: OAuthClientInformationFull, code: str) -> Code | None:
        row = reader.execute(CODE, (client.client_id, fingerprint(code))).fetchone()
        return row and Code(
            code=code,
            client_id=client.client_id,
            code_challenge=row[0],
            redirect_uri=row[1],
            redirect_uri_provided_explicitly=True,
            expires_at=moment(row[2]).timestamp(),
            authorization_id=row[3],
            scopes=row[4].split(),
        )

    async def exchange_authorization_code(self, client: OAuthClientInformationFull, code: Code) -> OAuthToken:
        def redeem() -> OAuthToken:
            if writer.execute(USE, (stored(), fingerprint(code.code))).rowcount != 1:
                raise TokenError("invalid_grant", "the code was used")
            return issue(code.authorization_id, 0, code.scopes)

        return await exchanged(redeem)

    async def load_refresh_token(self, client: OAuthClientInformationFull, token: str) -> Refresh | None:
        row = reader.execute(REFRESH, (client.client_id, fingerprint(token))).fetchone()
        return row and Refresh(
            token=token,
            client_id=client.client_id,
            expires_at=int(moment(row[0]).timestamp()),
            authorization_id=row[1],
            scopes=row[2].split(),
            generation=row[3],
        )

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh: Refresh, scopes: list[str]
    ) -> OAuthToken:
        def renew() -> OAuthToken:
            given = (stored(MONTH), refresh.authorization_id, refresh.generation)
            if writer.execute(ROTATE, given).rowcount != 1:
                raise TokenError("invalid_grant", "the refresh token was used")
            writer.execute(ROTATED, (stored(), *given[1:]))
            return issue(refresh.authorization_id, refresh.generation + 1, scopes)

        return await exchanged(renew)


async def exchanged(work: Callable[[], OAuthToken]) -> OAuthToken:
    tokens: OAuthToken = await write(work)
    return tokens


def issue(authorization_id: str, generation: int, scopes: list[str]) -> OAuthToken:
    access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    moment, scope = stored(), " ".join(scopes)
    kept = (uuid.uuid4().hex, authorization_id, fingerprint(access), scope, moment, stored(HOUR))
    writer.execute(NEW_REFRESH, (uuid.uuid4().hex, authorization_id, generation, fingerprint(refresh), moment))
    writer.execute(NEW_ACCESS, kept)
    return OAuthToken(access_token=access, refresh_token=refresh, scope=scope, expires_in=3600)


def stored(later: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) + later).strftime("%Y-%m-%d %H:%M:%S.%f")


def moment(text: Any) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
