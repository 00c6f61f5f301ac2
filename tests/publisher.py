"""A publisher of documents: a real TLS server on loopback, its own certificate authority, and a DNS that leads to it."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from blueprints.oauth.safe_fetch import Fetcher

HOSTS = ("claude.ai", "chatgpt.com", "app.example", "other.example")
PUBLIC = "93.184.215.14"
Raw = Callable[[], Iterable[bytes]]


@dataclass
class Publisher:
    """What it publishes, where its names lead, and the requests it got."""

    tls: ssl.SSLContext
    port: int
    pages: dict[str, Raw] = field(default_factory=dict)
    """The response for each address, piece by piece, as sent on the wire."""
    dns: dict[str, list[str]] = field(default_factory=lambda: {host: [PUBLIC] for host in HOSTS})
    asked: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)

    def fetcher(self, **given: Any) -> Fetcher:
        """The product's own fetcher, in this world; checks and limits are the product's."""
        here: dict[str, Any] = {"look_up": self.look_up, "dial": self.dial, "tls": self.tls}
        return Fetcher(**here | given)

    def look_up(self, host: str, _seconds: float) -> list[str]:
        if host not in self.dns:
            raise OSError("no such host")
        return self.dns[host]

    def dial(self, address: str, port: int, seconds: float) -> socket.socket:
        self.dialled.append(f"{address}:{port}")
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def publish(self, url: str, document: Any, *headers: str) -> str:
        """Publish JSON at an address; returns the address."""
        return self.answer(url, json.dumps(document).encode(), "Content-Type: application/json", *headers)

    def answer(self, url: str, body: bytes, *headers: str, status: str = "200 OK") -> str:
        """Publish a response with these headers."""
        head = "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""])
        return self.raw(url, lambda: [head.encode() + body])

    def raw(self, url: str, pieces: Raw) -> str:
        """Send exactly this."""
        self.pages[url] = pieces
        return url


@pytest.fixture
def publisher(app: Flask, world: Publisher) -> Iterator[Publisher]:
    """The world as the app under test sees it."""
    before, app.extensions["documents"] = app.extensions["documents"], world.fetcher(seconds=3.0)
    yield world
    app.extensions["documents"] = before


@pytest.fixture
def world(authority: Authority) -> Iterator[Publisher]:
    """A publisher whose server runs, with nothing published yet."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        publisher = Publisher(authority.trusting, listening.getsockname()[1])
        serving = threading.Thread(target=serve, args=(listening, authority.server, publisher))
        serving.start()
        yield publisher
        # Closing alone does not wake a thread that waits in accept.
        listening.shutdown(socket.SHUT_RDWR)
    serving.join()


def serve(listening: socket.socket, tls: ssl.SSLContext, publisher: Publisher) -> None:
    with suppress(OSError):
        while True:
            raw, _ = listening.accept()
            threading.Thread(target=answer_one, args=(raw, tls, publisher)).start()


def answer_one(raw: socket.socket, tls: ssl.SSLContext, publisher: Publisher) -> None:
    # A client may hang up at any time: that is what is tested.
    with suppress(OSError), raw:
        raw.settimeout(5)
        with tls.wrap_socket(raw, server_side=True) as wire:
            request = b""
            while b"\r\n\r\n" not in request and (piece := wire.recv(4_096)):
                request += piece
            path, host = request.split()[1].decode(), header_in(request.decode(), "host")
            publisher.asked.append(f"https://{host}{path}")
            publisher.headers.append(request.decode())
            for piece in publisher.pages.get(f"https://{host}{path}", not_there)():
                wire.sendall(piece)


def not_there() -> Iterable[bytes]:
    return [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]


def header_in(request: str, name: str) -> str | None:
    lines = (line.partition(":") for line in request.split("\r\n")[1:])
    return next((value.strip() for key, _, value in lines if key.lower() == name), None)


@dataclass(frozen=True)
class Authority:
    """Certificates for the hosts of the tests, and a context that trusts them."""

    server: ssl.SSLContext
    trusting: ssl.SSLContext


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The tests' own certificate authority; nothing else trusts it."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = certificate("Test authority", ca_key, "Test authority", ca_key, ca=True)
    leaf = certificate("Publisher", key, "Test authority", ca_key, ca=False)
    file: Path = tmp_path_factory.mktemp("authority") / "publisher.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + leaf.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return Authority(server, ssl.create_default_context(cadata=ca.public_bytes(serialization.Encoding.PEM).decode()))


def certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey, *, ca: bool
) -> x509.Certificate:
    """A certificate for the next day; the publisher's names every host of the tests."""
    moment = datetime.now(UTC)
    building = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not ca:
        building = building.add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), False)
    return building.sign(issuer_key, hashes.SHA256())


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
