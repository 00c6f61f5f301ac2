"""Which resource a token is for (RFC 8707). There is one here: the MCP endpoint."""

from __future__ import annotations

from collections.abc import Iterable

from authlib.oauth2 import OAuth2Error

from config import Settings
from models.oauth.resource_indicator import same_resource


def check_resource(asked: Iterable[str], settings: Settings) -> None:
    """Raise `invalid_target` for another resource. Naming none is fine: older clients do not know the parameter."""
    # One without a value counts as left out (RFC 6749 §3.1).
    if not all(same_resource(resource, settings.mcp_url) for resource in asked if resource):
        raise OAuth2Error(f"The only resource here is {settings.mcp_url}", error="invalid_target")
