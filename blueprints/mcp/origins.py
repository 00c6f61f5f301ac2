"""Which web pages may call /mcp, and by which name it answers: configured lists, never one header compared with another.

Under DNS rebinding both Origin and Host are the attacker's choice; only a list knows better.
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
    """This server does not answer by that name (RFC 9110 §15.5.20)."""

    code = 421


@dataclass(frozen=True)
class Origins:
    """The names this server answers by and the web origins whose pages may call it."""

    hosts: frozenset[str]
    origins: frozenset[str]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        public = urlsplit(settings.public_url.lower())
        usual = DEFAULT_PORTS[public.scheme]
        host = public.netloc.removesuffix(usual)
        # The usual port may be named or not: both are one host.
        hosts = {host} if public.port and host == public.netloc else {host, host + usual}
        inspector = INSPECTOR if settings.on_loopback else ()
        return cls(frozenset(hosts), frozenset({f"{public.scheme}://{host}", *settings.allowed_origins, *inspector}))

    def check(self, request: Request) -> None:
        """Raise 421 for another name and 403 for another origin, before anything else is looked at."""
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
        """CORS headers, for an origin on the list."""
        response.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin")
        if origin is None or origin not in self.origins:
            return
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
            response.headers["Access-Control-Max-Age"] = "600"
