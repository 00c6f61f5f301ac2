"""WWW-Authenticate: what a client without a valid token, or with too few scopes, needs to get the right one."""

from __future__ import annotations

from collections.abc import Iterable

from blueprints.mcp.call_outcomes import InsufficientScope
from config import Settings
from models.scopes import ALL_SCOPES, format_scopes

METADATA = "/.well-known/oauth-protected-resource/mcp"


class Unauthorized(Exception):
    """No token was sent, or no valid one; `presented` tells which."""

    def __init__(self, *, presented: bool) -> None:
        self.presented = presented
        self.text = (
            "This access token is not valid here: it expired, was revoked, or belongs to another server. Renew it or connect again."
            if presented
            else "This server needs an access token. Connect through OAuth; the WWW-Authenticate header says where."
        )
        super().__init__(self.text)


def unauthorized_challenge(settings: Settings, error: Unauthorized) -> str:
    """WWW-Authenticate for 401 (RFC 6750 §3, RFC 9728 §5.1): names all scopes, since clients request just what is named here."""
    more = {"error": "invalid_token", "error_description": error.text} if error.presented else {}
    return challenge(settings, ALL_SCOPES, more)


def scope_challenge(settings: Settings, error: InsufficientScope) -> str:
    """WWW-Authenticate for 403: the scopes of the operation and of the connection, or the next token would lack the latter."""
    # The full message has quotation marks, which such header values cannot contain.
    description = f"{error.tool} needs {format_scopes(error.missing)}, which was not granted"
    return challenge(settings, error.together, {"error": "insufficient_scope", "error_description": description})


def challenge(settings: Settings, scopes: Iterable[str], more: dict[str, str]) -> str:
    parts = {"resource_metadata": settings.public_url + METADATA, "scope": format_scopes(scopes), **more}
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parts.items())
