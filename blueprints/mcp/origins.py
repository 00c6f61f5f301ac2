"""Which web origins may call /mcp, and which hosts it answers to: configured lists; headers are never compared with each other.

Under DNS rebinding the attacker chooses both Origin and Host; only a list helps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from flask import Request, Response
from werkzeug.exceptions import Forbidden, HTTPException

from config import Settings

# The MCP Inspector runs in a browser on the developer's machine; nobody needs it against a public server by default.
INSPECTOR = ("http://localhost:6274", "http://127.0.0.1:6274")
ALLOWED_HEADERS = (
    "Authorization, Content-Type, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID"
)
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class MisdirectedRequest(HTTPException):
    """This server does not answer to that host name (RFC 9110 §15.5.20)."""

    code = 421


@dataclass(frozen=True)
class Origins:
    """The host names that this server answers to, and the web origins that may call it."""

    hosts: frozenset[str]
    origins: frozenset[str]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        public = urlsplit(settings.public_url.lower())
        usual = DEFAULT_PORTS[public.scheme]
        host = public.netloc.removesuffix(usual)
        # The default port may be written or not: both are the same host.
        hosts = {host} if public.port and host == public.netloc else {host, host + usual}
        inspector = INSPECTOR if settings.on_loopback else ()
        return cls(frozenset(hosts), frozenset({f"{public.scheme}://{host}", *settings.allowed_origins, *inspector}))

    def check(self, request: Request) -> None:
        """Raise 421 for another host and 403 for another origin, before anything else is checked."""
        if request.headers.get("Host", "").lower() not in self.hosts:
            raise MisdirectedRequest(
                "This server does not answer to this host name. Use the address that its web pages show."
            )
        origin = request.headers.get("Origin")
        if origin is not None and origin not in self.origins:
            raise Forbidden(
                "Web pages of this origin cannot call this server. The server administrator can add it to ALLOWED_ORIGINS."
            )

    def add_cors_headers(self, request: Request, response: Response) -> None:
        """CORS headers for an allowed origin."""
        origin = request.headers.get("Origin")
        if origin is None or origin not in self.origins:
            return
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
            response.headers["Access-Control-Max-Age"] = "600"
