"""Handing messages to the mail server, and its possible answers."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from models.mail.mime import Mailbox
from models.mail.server_url import MailServer

# Seconds for each answer of the server, and for a whole conversation: this also ends servers that answer byte by byte.
ANSWERS_WITHIN = 15.0
ENDS_WITHIN = 60.0


class Undelivered(Exception):
    """The server did not accept it; the sentence is for people and repeats nothing that the server wrote."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class TryLater(Undelivered):
    """The server may accept it later."""


class Refused(Undelivered):
    """The server will never accept this one."""


class Courier:
    """Hands messages to the server, over one connection for as long as it lasts."""

    def __init__(self, server: MailServer, ends_within: float = ENDS_WITHIN) -> None:
        self.server, self.ends_within = server, ends_within
        self.connection: smtplib.SMTP | None = None
        self.wire: socket.socket | None = None
        """The same connection to the server below TLS, in a hand of our own."""
        self.over = False
        """Whether the time for the conversation is over."""

    def __enter__(self) -> Courier:
        return self

    def __exit__(self, *_problem: object) -> None:
        if self.connection is not None:
            with suppress(smtplib.SMTPException, OSError), self.within(self.ends_within):
                self.connection.quit()
            self.drop()

    def hand_over(self, mail: EmailMessage, sender: Mailbox, recipient: Mailbox) -> None:
        """Hand over one message; when this returns, the server has accepted it. Raises `TryLater` or `Refused`."""
        try:
            with self.within(self.ends_within):
                connection = self.connection or self.connect()
                connection.send_message(mail, sender.address, [recipient.address])
        except smtplib.SMTPRecipientsRefused as problem:
            code, _words = problem.recipients[recipient.address]
            raise delivery_error(code, "does not deliver to this address") from problem
        except smtplib.SMTPDataError as problem:
            raise delivery_error(problem.smtp_code, "did not accept the message") from problem
        except (smtplib.SMTPException, OSError) as problem:
            self.drop()
            if isinstance(problem, smtplib.SMTPNotSupportedError) and not recipient.ascii:
                raise Refused("The mail server does not support the letters before the @ in this address.") from problem
            raise TryLater(trouble(problem)) from problem

    def greet(self) -> None:
        """Connect and sign in, without a message; raises `TryLater`."""
        try:
            with self.within(self.ends_within):
                self.connect()
        except (smtplib.SMTPException, OSError) as problem:
            self.drop()
            raise TryLater(trouble(problem)) from problem

    def connect(self) -> smtplib.SMTP:
        """Connect to the server, encrypted as required, and sign in."""
        server = self.server
        connection = Conversation(self)
        if server.security == "starttls":
            # Required, never "if possible": somebody in between could remove the offer (RFC 3207 §6).
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)
        return connection

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cut the connection if this takes longer; a blocked read then fails."""
        self.over = False
        watch = threading.Timer(seconds, self.cut)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def cut(self) -> None:
        self.over = True
        if self.wire is not None:
            with suppress(OSError):
                self.wire.shutdown(socket.SHUT_RDWR)

    def hold(self, wire: socket.socket) -> None:
        """Keep a hand on this connection, to cut it whatever is being done with it."""
        self.wire = wire.dup()
        if self.over:
            # The server's first addresses took all the time, before there was anything to cut.
            self.cut()

    def drop(self) -> None:
        """Close a connection that is no longer usable."""
        for each in (self.connection, self.wire):
            if each is not None:
                each.close()
        self.connection = self.wire = None


class Conversation(smtplib.SMTP):
    """A conversation that its courier can cut, even before the server's first word, and during a TLS handshake."""

    def __init__(self, courier: Courier) -> None:
        self.courier = courier
        courier.drop()
        courier.connection = self
        super().__init__(courier.server.host, courier.server.port, timeout=ANSWERS_WITHIN)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        wire = socket.create_connection((host, port), timeout)
        self.courier.hold(wire)
        if self.courier.server.security != "tls":
            return wire
        return ssl.create_default_context().wrap_socket(wire, server_hostname=host)


def delivery_error(code: int, did: str) -> Undelivered:
    """RFC 5321 §4.2.1: 5yz is permanent, 4yz temporary."""
    kind = Refused if 500 <= code <= 599 else TryLater
    return kind(f"The mail server {did} ({code}).")


def trouble(problem: Exception) -> str:
    """A problem with the connection to the server, or with its settings here: the message is not the cause, so it waits."""
    match problem:
        case smtplib.SMTPAuthenticationError():
            return f"The mail server did not accept the user and password of MAIL_URL ({problem.smtp_code})."
        case smtplib.SMTPSenderRefused():
            return f"The mail server did not accept the address of MAIL_FROM ({problem.smtp_code})."
        case smtplib.SMTPNotSupportedError():
            return "The mail server does not support what MAIL_URL requires: encryption (STARTTLS) or sign-in (AUTH)."
        case smtplib.SMTPResponseException():
            return f"The mail server refused the connection ({problem.smtp_code})."
        case ssl.SSLError():
            return "The mail server's certificate does not match its name, or the port has no TLS."
        case TimeoutError():
            return "The mail server did not answer in time."
        case socket.gaierror():
            return "The mail server's name cannot be resolved."
        case smtplib.SMTPException() | ConnectionResetError() | BrokenPipeError():
            return "The mail server closed the connection."
        case _:
            return "The mail server cannot be reached."
