"""Fetch what an app has published, from wherever a stranger says that it is: resolved once, checked, bounded in time and size.

Knows nothing of Flask, of databases or of what is in a document. Every bound and every way out can be given by the caller.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
import h11

from blueprints.oauth.url_safety import is_public

MOST_AT_ONCE = 4
MOST_ADDRESSES = 4
PIECE = 16_384


class Unfetchable(Exception):
    """Nothing was fetched; the message is for the operator's log alone, since it tells what this server can reach."""


@dataclass(frozen=True)
class Fetched:
    """What came back: a JSON body as it was sent, or None when the copy with the given ETag still holds."""

    body: bytes | None
    headers: dict[str, str]


def look_up(host: str, seconds: float) -> list[str]:
    """All addresses of a host, from DNS alone: no hosts file, no search domains, and an end to waiting."""
    return list(dns.resolver.resolve_name(f"{host}.", lifetime=seconds).addresses())


def dial(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to this very address; no proxy stands between."""
    return socket.create_connection((address, port), timeout=seconds)


def strict_tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(frozen=True)
class Fetcher:
    """Fetches JSON by https. Tests give it a resolver, a way to connect and an authority of their own; the checks stay."""

    look_up: Callable[[str, float], list[str]] = look_up
    dial: Callable[[str, int, float], socket.socket] = dial
    tls: ssl.SSLContext = field(default_factory=strict_tls)
    seconds: float = 5.0
    """For everything together: resolving, connecting, TLS, the whole answer."""
    largest: int = 65_536
    """Bytes of the answer as they come over the wire, headers included; nothing is ever decoded into more."""
    slots: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_AT_ONCE))
    """How many fetches a process has at once: other people's slow servers must not take all its threads."""

    def fetch(self, url: str, etag: str | None = None) -> Fetched:
        """Fetch a URL that `address_problem` let through. Raises `Unfetchable`, whatever went wrong."""
        if not self.slots.acquire(blocking=False):
            raise Unfetchable("too many fetches at once")
        try:
            return self._fetch(url, etag, time.monotonic() + self.seconds)
        except (OSError, ValueError, dns.exception.DNSException, h11.ProtocolError) as error:
            raise Unfetchable(f"{type(error).__name__}: {error}") from error
        finally:
            self.slots.release()

    def _fetch(self, url: str, etag: str | None, until: float) -> Fetched:
        parts = urlsplit(url)
        host = parts.hostname or ""
        addresses = checked(self.look_up(host, left(until)))
        # The address that was checked is the one connected to; its certificate must be for the name.
        with (
            self._connect(addresses, until) as raw,
            self.tls.wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False) as wire,
        ):
            wire.settimeout(left(until))
            wire.do_handshake()
            return self._exchange(wire, parts.netloc, parts.path, etag, until)

    def _connect(self, addresses: list[str], until: float) -> socket.socket:
        tried = addresses[:MOST_ADDRESSES]
        for number, address in enumerate(tried):
            try:
                return self.dial(address, 443, left(until) / (len(tried) - number))
            except OSError:
                continue
        raise Unfetchable("no address answers")

    def _exchange(self, wire: ssl.SSLSocket, host: str, path: str, etag: str | None, until: float) -> Fetched:
        http = h11.Connection(h11.CLIENT)
        request = h11.Request(method="GET", target=path, headers=request_headers(host, etag))
        wire.settimeout(left(until))
        wire.sendall((http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
        headers, body, received = {}, b"", 0
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                # Each wait has only what is left of the whole time, so that a drip cannot stretch it.
                wire.settimeout(left(until))
                piece = wire.recv(PIECE)
                received += len(piece)
                if received > self.largest:
                    raise Unfetchable("larger than is read")
                http.receive_data(piece)
            elif isinstance(event, h11.Response):
                headers = {name.decode(): value.decode("latin-1") for name, value in event.headers}
                if event.status_code == 304 and etag:
                    return Fetched(None, headers)
                check_answer(event.status_code, headers)
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return Fetched(body, headers)
            elif isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
                raise Unfetchable("ended early")


def left(until: float) -> float:
    """Seconds that are left; raises when there are none."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise Unfetchable("took too long")
    return seconds


def checked(addresses: list[str]) -> list[str]:
    """The addresses, IPv4 first, if all are public: a host that also names a private one is up to something."""
    if not addresses or not all(map(is_public, addresses)):
        raise Unfetchable("an address that is not public, or none")
    return sorted(addresses, key=lambda address: ":" in address)


def request_headers(host: str, etag: str | None) -> list[tuple[str, str]]:
    headers = [
        ("Host", host),
        ("Accept", "application/json"),
        ("Accept-Encoding", "identity"),
        ("User-Agent", "Profile"),
        ("Connection", "close"),
    ]
    return [*headers, ("If-None-Match", etag)] if etag else headers


def check_answer(status: int, headers: dict[str, str]) -> None:
    """Raise unless this is JSON, as it is: no redirect, no error, nothing that would have to be unpacked."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if status != 200:
        raise Unfetchable(f"status {status}")
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Unfetchable("not JSON by its type")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Unfetchable("compressed, against what was asked")
