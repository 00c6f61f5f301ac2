"""A mail server on the loopback that keeps what it receives: `mailbox.to("ana@example.com")`.

A module whose mail should arrive here says so with a fixture of its own:

    @pytest.fixture
    def mail_url(mailbox):
        return mailbox.url
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask

from blueprints.worker import jobs

ARRIVES_WITHIN = 30
LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Mail:
    """An e-mail as sent over the wire."""

    sender: str
    recipients: list[str]
    content: bytes
    encrypted: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def id(self) -> str:
        """Its Message-ID."""
        return str(self.message["Message-ID"])

    @property
    def text(self) -> str:
        return self.part("plain")

    @property
    def html(self) -> str:
        return self.part("html")

    def part(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        assert body is not None, f"the mail has no {kind} part"
        return str(body.get_content())

    @property
    def link(self) -> str:
        """The first address in its text."""
        found = LINK.search(self.text)
        assert found, f"there is no link in:\n{self.text}"
        return found.group()


@dataclass
class Mailbox:
    """The e-mails received, and how the server answers: by default it accepts everything."""

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    arrived: Condition = field(default_factory=Condition)
    to_recipient: Callable[[str], str | None] = lambda _address: None
    """Answers RCPT TO with its own line, such as "550 nobody of that name"."""
    to_data: Callable[[Mail], str | None] = lambda _mail: None
    """Answers after the content; an e-mail answered with 4xx or 5xx was not accepted."""
    hold: Callable[[], Any] | None = None
    """Awaited after the content was received and before it is answered."""
    at: Callable[[str], None] = lambda _stage: None
    """Reports the progress of a conversation: greeted, sender, recipient, content, taken (just before it is confirmed)."""

    @property
    def url(self) -> str:
        """The MAIL_URL of this server."""
        return f"smtp://127.0.0.1:{self.port}"

    def clear(self) -> None:
        """Forget what arrived and answer as usual."""
        fresh = Mailbox()
        self.mails = []
        self.to_recipient, self.to_data, self.hold, self.at = fresh.to_recipient, fresh.to_data, fresh.hold, fresh.at

    def to(self, address: str) -> list[Mail]:
        """The e-mails for this address, oldest first."""
        return [mail for mail in self.mails if address in mail.recipients]

    def wait_for(self, address: str, count: int = 1, within: float = ARRIVES_WITHIN) -> Mail:
        """The newest e-mail for this address, once there are this many."""
        with self.arrived:
            there = self.arrived.wait_for(lambda: len(self.to(address)) >= count, within)
        assert there, f"of {count} mails for {address}, {len(self.to(address))} came within {within} seconds"
        return self.to(address)[-1]

    # The handler methods of aiosmtpd.
    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.at("greeted")
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.at("sender")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.at("recipient")
        if answer := self.to_recipient(address):
            return answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = bytes(envelope.original_content or b"")
        user: Any = session.auth_data
        encrypted = server.transport.get_extra_info("sslcontext") is not None
        mail = Mail(str(envelope.mail_from), list(envelope.rcpt_tos), content, encrypted, user)
        self.at("content")
        if self.hold:
            await self.hold()
        if answer := self.to_data(mail):
            return answer
        with self.arrived:
            self.mails.append(mail)
            self.arrived.notify_all()
        self.at("taken")
        return "250 OK"


@contextmanager
def smtp_server(security: ssl.SSLContext | None = None, port: int = 0, **options: Any) -> Iterator[Mailbox]:
    """A mail server, with TLS from the first byte if `security` is given; the options are those of aiosmtpd."""
    mailbox = Mailbox()
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="mail server", daemon=True)
    thread.start()

    def made() -> SMTP:
        return SMTP(mailbox, hostname="mail.test", loop=loop, **{"enable_SMTPUTF8": True, **options})

    starting = loop.create_server(made, "127.0.0.1", port, ssl=security)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result()
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        asyncio.run_coroutine_threadsafe(close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def close(server: asyncio.Server) -> None:
    """Stop listening, and end the open conversations."""
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def knows(user: str, password: str) -> Callable[..., AuthResult]:
    """An authenticator with one user."""

    def check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
        right = (given.login, given.password) == (user.encode(), password.encode())
        return AuthResult(success=right, auth_data=user, handled=False)

    return check


def tls(certificate: Path) -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def self_signed(directory: Path) -> Path:
    """A certificate for 127.0.0.1 with its key; trusted where SSL_CERT_FILE names it."""
    key, moment = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Mail server of the tests")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = directory / "mail.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    return file


@contextmanager
def dripping(*answers: str, drop: bytes = b"220-and furthermore\r\n") -> Iterator[int]:
    """A server that gives these answers, and then one without end for ten seconds; returns its port."""
    over = Event()

    def drip(listening: socket.socket) -> None:
        with suppress(OSError), listening.accept()[0] as wire, wire.makefile("rb") as heard:
            for answer in answers:
                wire.sendall(f"{answer}\r\n".encode())
                # A command, or a whole message.
                while heard.readline().strip() != b"." and answer.startswith("354"):
                    pass
            for _ in range(100):
                if not over.wait(0.1):
                    wire.sendall(drop)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=drip, args=(listening,))
        thread.start()
        yield listening.getsockname()[1]
        over.set()
        thread.join()


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Mailbox]:
    """The one mail server of this run."""
    with smtp_server() as mailbox:
        yield mailbox


@pytest.fixture
def mailbox(mail_server: Mailbox) -> Iterator[Mailbox]:
    """The mail server of this run, emptied."""
    mail_server.clear()
    yield mail_server
    mail_server.clear()


@pytest.fixture
def mail_url() -> str:
    """MAIL_URL of the app under test: none, unless a module overrides this."""
    return ""


@pytest.fixture
def work(app: Flask) -> Callable[[], None]:
    """Does everything that is due now, as the worker does."""

    def sweep() -> None:
        jobs.load()
        for each in jobs.SWEEPS.values():
            with app.app_context():
                each.work()

    return sweep
