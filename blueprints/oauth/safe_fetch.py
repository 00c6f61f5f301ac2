"""Fetch what an app publishes from a URL that a stranger chose: resolved once, checked, and limited in time and size.

Independent of Flask, the database and the documents' format. The caller can set every limit and replace every connection.
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

MOST_AT_ONCE, MOST_FOR_ONE = 4, 2
MOST_ADDRESSES = 4
PIECE = 16_384


class Unfetchable(Exception):
    """The fetch failed; the message is only for the administrator's log, since it reveals what this server can reach."""


@dataclass(frozen=True)
class Fetched:
    """The result: a JSON body as sent, or None if the copy with the given ETag is still current."""

    body: bytes | None
    headers: dict[str, str]


def look_up(host: str, seconds: float) -> list[str]:
    """All addresses of a host, from DNS alone: no hosts file, no search domains, and a time limit."""
    return list(dns.resolver.resolve_name(f"{host}.", lifetime=seconds).addresses())


def dial(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to this exact address, without a proxy."""
    return socket.create_connection((address, port), timeout=seconds)


def strict_tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(frozen=True)
class Fetcher:
    """Fetches JSON over https. Tests replace the resolver, the connection and the certificate authority; the checks stay."""

    look_up: Callable[[str, float], list[str]] = look_up
    dial: Callable[[str, int, float], socket.socket] = dial
    tls: ssl.SSLContext = field(default_factory=strict_tls)
    seconds: float = 5.0
    """Seconds for everything together: resolving, connecting, TLS, the whole response."""
    largest: int = 65_536
    """Bytes of the response on the wire, headers included; it is never decompressed."""
    slots: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_AT_ONCE))
    """Parallel fetches per process: other people's slow servers must not occupy all its threads."""
    busy: list[str] = field(default_factory=list)
    """For whom a fetch is under way: one person's slow servers must not occupy all slots."""

    def fetch(self, url: str, etag: str | None = None, person: str = "") -> Fetched:
        """Fetch a URL that `address_problem` allowed, for a person if it is for one. Raises `Unfetchable` for any failure."""
        if person and self.busy.count(person) >= MOST_FOR_ONE:
            raise Unfetchable("too many fetches at once for one person")
        if not self.slots.acquire(blocking=False):
            raise Unfetchable("too many fetches at once")
        self.busy.append(person)
        try:
            return self._fetch(url, etag, time.monotonic() + self.seconds)
        except (OSError, ValueError, dns.exception.DNSException, h11.ProtocolError) as error:
            raise Unfetchable(f"{type(error).__name__}: {error}") from error
        finally:
            self.busy.remove(person)
            self.slots.release()

    def _fetch(self, url: str, etag: str | None, until: float) -> Fetched:
        parts = urlsplit(url)
        host = parts.hostname or ""
        addresses = checked(self.look_up(host, left(until)))
        # Connect to the address that was checked; the certificate must match the host name.
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
                # Each wait is limited to the remaining total, so that a slow drip cannot extend it.
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
    """The seconds that are left; raises if there are none."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise Unfetchable("took too long")
    return seconds


def checked(addresses: list[str]) -> list[str]:
    """The addresses, IPv4 first, if all are public: a host that also lists a private one is up to something."""
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
    """Raise unless this is plain JSON: no redirect, no error, no compression."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if status != 200:
        raise Unfetchable(f"status {status}")
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Unfetchable("not JSON by its type")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Unfetchable("compressed, against what was asked")
