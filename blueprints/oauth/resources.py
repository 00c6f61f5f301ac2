"""Which resource a token is for (RFC 8707). There is one here: the MCP endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from authlib.oauth2 import OAuth2Error

from config import Settings


def check_resource(asked: Iterable[str], settings: Settings) -> None:
    """Raise `invalid_target` for another resource. Naming none is fine: older clients do not know the parameter."""
    # One without a value counts as left out (RFC 6749 §3.1).
    if any(canonical(resource) != canonical(settings.mcp_url) for resource in asked if resource):
        raise OAuth2Error(f"The only resource here is {settings.mcp_url}", error="invalid_target")


def canonical(resource: str) -> tuple[str, str, str]:
    """A resource without what clients spell differently: case of scheme and host, a slash at the end."""
    try:
        parts = urlsplit(resource)
    except ValueError:
        return ("", resource, "")
    if parts.query or parts.fragment:
        return ("", resource, "")
    return parts.scheme.lower(), parts.netloc.lower(), parts.path.removesuffix("/")
