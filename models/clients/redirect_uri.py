"""Redirect URIs: which ones are valid, and when two are the same."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from flask_babel import gettext as _

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST = 2_000
# RFC 3986 characters only: no spaces, quotes, backslashes, controls or anything beyond ASCII.
URI_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+\Z")
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
ENCODED_TRICKS = re.compile(r"%(?:2e|2f|5c|00|0a|0d|40)", re.IGNORECASE)
# RFC 8252 §7.1: the reverse of a domain of the app's maker. Nearly all schemes without a dot start something on the computer.
PRIVATE_USE_SCHEME = re.compile(r"[a-z][a-z0-9\-]*(?:\.[a-z0-9\-]+)+\Z")
# Programs that people connect, and that have always used a shorter one.
KNOWN_SCHEMES = frozenset(
    {
        "antigravity",
        "chatgpt",
        "claude",
        "code-oss",
        "codex",
        "cursor",
        "goose",
        "kiro",
        "lmstudio",
        "positron",
        "raycast",
        "trae",
        "vscode",
        "vscode-insiders",
        "vscodium",
        "warp",
        "windsurf",
        "windsurf-next",
        "zed",
    }
)
# Schemes with a dot by which systems start programs of their own, which are nobody's app.
LAUNCHERS = re.compile(r"(?:ms-|microsoft|windows|x-apple|com\.apple\.|com\.android\.|org\.freedesktop\.)")


def redirect_problem(uri: object) -> str | None:
    """Why this cannot be a redirect URI, as a sentence for a developer; None if it can."""
    if not isinstance(uri, str) or not uri or len(uri) > LONGEST:
        return str(_("each redirect URI must be a string of 1 to %(most)s characters", most=LONGEST))
    if not URI_CHARACTERS.match(uri) or BAD_ESCAPE.search(uri) or ENCODED_TRICKS.search(uri):
        return str(_("a redirect URI has a character that is not allowed in one, or a fragment"))
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return str(_("a redirect URI is not well formed"))
    scheme = uri.partition(":")[0]
    if "@" in parts.netloc:
        return str(_("a redirect URI must not carry user information"))
    if "*" in parts.netloc or any(segment in {".", ".."} for segment in parts.path.split("/")):
        return str(_("a redirect URI must not have wildcards or dot segments"))
    if scheme in {"http", "https"}:
        return web_redirect_problem(scheme, parts.netloc, host)
    return app_redirect_problem(scheme, uri)


def web_redirect_problem(scheme: str, netloc: str, host: str | None) -> str | None:
    if not host or netloc.endswith(":") or host.endswith("."):
        return str(_("a redirect URI must name a host"))
    if scheme == "http" and host not in LOOPBACK_HOSTS:
        return str(_("a redirect URI must be https, unless it is on loopback (localhost, 127.0.0.1 or [::1])"))
    if ":" in host or host.replace(".", "").isdigit():
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return str(_("a redirect URI has an address that is not well formed"))
    return None


def app_redirect_problem(scheme: str, uri: str) -> str | None:
    """Private-use schemes are accepted in their exact, registered form (RFC 8252 §7.1): Cursor registers one beside two web addresses."""
    own = PRIVATE_USE_SCHEME.match(scheme) and not LAUNCHERS.match(scheme)
    if not own and scheme not in KNOWN_SCHEMES:
        return str(
            _(
                "redirect URIs with the scheme %(scheme)s are not allowed; use https, loopback, or a reversed domain of yours",
                scheme=scheme[:40],
            )
        )
    if not uri.partition(":")[2].strip("/"):
        return str(_("a redirect URI with a private-use scheme must name a host or path"))
    return None


def is_loopback(uri: str) -> bool:
    """Whether the answer goes to a program on the person's own computer."""
    parts = urlsplit(uri)
    return parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS


def redirect_matches(registered: str, requested: str) -> bool:
    """Whether this is the registered address: exact except for the port on loopback (RFC 8252 §7.3; RFC 9700 §2.1)."""
    # Also of what was registered before a rule became stricter.
    if redirect_problem(requested):
        return False
    if registered == requested:
        return True
    if not (is_loopback(registered) and is_loopback(requested)):
        return False
    return without_port(registered) == without_port(requested)


def without_port(uri: str) -> tuple[str, str, str, str]:
    parts = urlsplit(uri)
    # The host as written, not in lower case: only the port may differ.
    host = parts.netloc.rpartition(":")[0] if parts.port is not None else parts.netloc
    return parts.scheme, host, parts.path, "?" + parts.query if "?" in uri else ""


def redirect_place(uri: str) -> str:
    """What tells two places of answers apart for people: the host or scheme; every port and name of loopback is one place."""
    return "localhost" if is_loopback(uri) else redirect_host(uri)


def redirect_host(uri: str) -> str:
    """Where the answer goes, for people: the host, or the scheme of an app."""
    parts = urlsplit(uri)
    return (parts.hostname or "") if parts.scheme in {"http", "https"} else f"{parts.scheme}:"
