"""A server made with the official Python SDK."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from mcp_types import Tool
from pydantic import AnyHttpUrl
from shared import Color, Profiles, Tag, profiles_of, tag_of

if os.environ["PEER_DATABASE"].startswith("sqlite"):
    import on_sqlite as database
    from oauth_on_sqlite import Provider
else:
    import on_postgres as database

    Provider = None

URL = os.environ["PEER_URL"]


class Verifier:
    """Looks a token up by its hash, with what it may do now."""

    async def verify_token(self, token: str) -> AccessToken | None:
        if (found := await database.bearer(token)) is None:
            return None
        scope, account_id, name = found
        return AccessToken(
            token=token,
            client_id="peer",
            scopes=scope.split(),
            resource=f"{URL}/mcp",
            subject=account_id,
            claims={"account": name},
        )


def door() -> dict[str, Any]:
    """Who says what a token allows: with OAuth routes of its own the provider, or else the verifier alone."""
    if Provider is None:
        return {"token_verifier": Verifier()}
    provider = Provider()
    provider.load_access_token = Verifier().verify_token
    return {"auth_server_provider": provider}


LISTED = [Tool.model_validate(tool) for tool in json.loads(Path(os.environ["PEER_TOOLS"]).read_text())]


class Peer(MCPServer):
    """Lists the tools of the server that it is measured beside: what a list costs depends on its length."""

    async def list_tools(self) -> list[Tool]:
        return LISTED


server = Peer(
    "Peer",
    **door(),
    auth=AuthSettings(
        issuer_url=AnyHttpUrl(URL),
        resource_server_url=AnyHttpUrl(f"{URL}/mcp"),
        required_scopes=[],
        validate_token_resource=True,
    ),
    log_level="ERROR",
)


@server.tool()
async def list_profiles(limit: int = 10) -> Profiles:
    """List people's profiles in the connected account: name, e-mail, status and DISC style."""
    account_id, name = account()
    return profiles_of(name, *await database.profiles(account_id, limit))


@server.tool()
async def update_tag(tag_id: str, color: Color) -> Tag:
    """Give a tag another colour."""
    account_id, name = account()
    label, profiles = await database.recolor(account_id, tag_id, color)
    return tag_of(name, tag_id, label, color, profiles)


def account() -> tuple[str, str]:
    token = get_access_token()
    assert token
    assert token.subject
    assert token.claims
    return token.subject, token.claims["account"]


app = server.streamable_http_app(json_response=True, stateless_http=True)
