"""The mail server of MAIL_URL: its address, encryption and credentials."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
PORTS = {"smtp": 587, "smtps": 465}
FORM = "Use smtp://user:password@mail.example.com:587, or smtps:// for a port with TLS from the start."


class BadAddress(ValueError):
    """An invalid MAIL_URL; the message says what to write instead, and never repeats a password."""


@dataclass(frozen=True)
class MailServer:
    """An SMTP server. The connection is encrypted unless the server is on this machine, or clear text was requested."""

    host: str
    port: int
    security: str
    """`tls` from the first byte, `starttls` before the first message, or `clear`."""
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def read(cls, url: str) -> MailServer:
        """The server in a URL; raises `BadAddress`."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise BadAddress(f"its host or port is not valid. {FORM}") from None
        if parts.scheme not in PORTS or not parts.hostname or parts.path not in {"", "/"} or parts.fragment:
            raise BadAddress(f"it is not the address of a mail server. {FORM}")
        try:
            user, password = (unquote(text or "", errors="strict") for text in (parts.username, parts.password))
        except UnicodeDecodeError:
            raise BadAddress("its user or password is not UTF-8. Write %25 for a % in them.") from None
        if bool(user) != bool(password):
            raise BadAddress("it needs both a user and a password. Write %40 for @ and %2F for / in them.")
        if not all(character.isprintable() for character in user + password):
            raise BadAddress("its user or password has a control character.")
        return cls(parts.hostname, port or PORTS[parts.scheme], security_of(parts, bool(user)), user, password)


def security_of(parts: SplitResult, credentials: bool) -> str:
    """TLS is required if a password or a network is involved; `?tls=off` is for a relay on a private network."""
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if options not in ({}, {"tls": "off"}):
        raise BadAddress("its only option is ?tls=off.")
    if parts.scheme == "smtps":
        if options:
            raise BadAddress("smtps:// always uses TLS. Use smtp://…?tls=off for no encryption.")
        return "tls"
    here = parts.hostname in LOOPBACK
    if not options:
        return "clear" if here and not credentials else "starttls"
    if credentials and not here:
        raise BadAddress("with ?tls=off, the password would be sent unencrypted. Remove one of the two.")
    return "clear"
