"""What a client is told that has no good token, or not enough scopes: enough to come back with the right one (oauth.md §5)."""

from __future__ import annotations

from collections.abc import Iterable

from config import Settings
from models.scopes import ALL_SCOPES, SCOPES, format_scopes

METADATA = "/.well-known/oauth-protected-resource/mcp"


class Unauthorized(Exception):
    """No token came, or none that is good here; `presented` tells the two apart."""

    def __init__(self, *, presented: bool) -> None:
        super().__init__()
        self.presented = presented

    @property
    def sentence(self) -> str:
        if self.presented:
            return "This access token is not valid here: it expired, was revoked, or belongs to another server. Renew it or connect again."
        return "This server needs an access token. Connect through OAuth; the WWW-Authenticate header says where."


class InsufficientScope(Exception):
    """The tool needs scopes that this connection was not given."""

    def __init__(self, tool: str, missing: frozenset[str], together: frozenset[str]) -> None:
        super().__init__()
        self.tool, self.missing, self.together = tool, missing, together

    def sentence(self, settings: Settings) -> str:
        wanted = " and ".join(f'{scope} ("{SCOPES[scope].sentence}")' for scope in format_scopes(self.missing).split())
        return (
            f"{self.tool} needs {wanted}, which this connection was not given. The member can allow it by connecting again; "
            f"connections are listed at {settings.public_url}/settings/connections."
        )


def unauthorized_challenge(settings: Settings, error: Unauthorized) -> str:
    """WWW-Authenticate for 401 (RFC 6750 §3, RFC 9728 §5.1): names all scopes, since clients ask for just what stands here."""
    more = {"error": "invalid_token", "error_description": error.sentence} if error.presented else {}
    return challenge(settings, ALL_SCOPES, more)


def scope_challenge(settings: Settings, error: InsufficientScope) -> str:
    """WWW-Authenticate for 403: the scopes that the operation and the connection need together, or the next token would lack the others."""
    # The sentence has quotation marks, and header values of this kind cannot nest them.
    description = f"{error.tool} needs {format_scopes(error.missing)}, which was not granted"
    return challenge(settings, error.together, {"error": "insufficient_scope", "error_description": description})


def challenge(settings: Settings, scopes: Iterable[str], more: dict[str, str]) -> str:
    parts = {"resource_metadata": settings.public_url + METADATA, "scope": format_scopes(scopes), **more}
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parts.items())
