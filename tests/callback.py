"""Where an app waits for the answer to its request: a small web server, as assistants on a computer start one."""

from __future__ import annotations

import ipaddress
import queue
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PAGE = b"<!doctype html><html lang=en><title>Back in the app</title><h1>Back in the app</h1>"
WAITS = 30


class Callback(ThreadingHTTPServer):
    """Receives the answers that browsers bring."""

    daemon_threads = True

    def __init__(self, certificate: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.answers: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
        self.scheme = "https" if certificate else "http"
        if certificate:
            self.socket = certificate.wrap_socket(self.socket, server_side=True)

    @property
    def uri(self) -> str:
        """The redirect URI of the app."""
        return f"{self.scheme}://localhost:{self.server_port}/callback"

    def answer(self) -> dict[str, str]:
        """The parameters of the next answer."""
        return self.answers.get(timeout=WAITS)


class Answer(BaseHTTPRequestHandler):
    """One browser that returns to the app."""

    server: Callback

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/callback":
            self.server.answers.put(dict(parse_qsl(address.query)))
        self.send_response(200 if address.path == "/callback" else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def listening(callback: Callback) -> Iterator[Callback]:
    threading.Thread(target=callback.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    with callback:
        yield callback
        callback.shutdown()


@pytest.fixture
def callback() -> Iterator[Callback]:
    """The callback of an app on this computer."""
    with listening(Callback()) as server:
        yield server


@pytest.fixture
def hosted_callback(tmp_path: Path) -> Iterator[Callback]:
    """The callback of an app on the web: another origin, with https."""
    with listening(Callback(certificate_for_localhost(tmp_path))) as server:
        yield server


def certificate_for_localhost(directory: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = directory / "localhost.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private_bytes(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def private_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
