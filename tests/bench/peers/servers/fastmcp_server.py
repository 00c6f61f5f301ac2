"""A server made with FastMCP."""

from __future__ import annotations

import os

import on_sqlite as database
from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, TokenVerifier
from fastmcp.server.dependencies import get_access_token
from shared import Color, Profiles, Tag, profiles_of, tag_of

URL = os.environ["PEER_URL"]


class Verifier(TokenVerifier):
    """Looks a token up by its hash, with what it may do now."""

    async def verify_token(self, token: str) -> AccessToken | None:
        if (found := await database.bearer(token)) is None:
            return None
        scope, account_id, name = found
        return AccessToken(
            token=token, client_id="peer", scopes=scope.split(), subject=account_id, claims={"account": name}
        )


server = FastMCP("Peer", auth=Verifier(base_url=URL))


@server.tool
async def list_profiles(limit: int = 10) -> Profiles:
    """List people's profiles in the connected account: name, e-mail, status and DISC style."""
    account_id, name = account()
    return profiles_of(name, *await database.profiles(account_id, limit))


@server.tool
async def update_tag(tag_id: str, color: Color) -> Tag:
    """Give a tag another colour."""
    account_id, name = account()
    label, profiles = await database.recolor(account_id, tag_id, color)
    return tag_of(name, tag_id, label, color, profiles)


def account() -> tuple[str, str]:
    token = get_access_token()
    assert token
    assert token.subject
    return token.subject, token.claims["account"]


app = server.http_app(path="/mcp", json_response=True, stateless_http=True)
