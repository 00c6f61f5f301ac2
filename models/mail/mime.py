"""A MIME message with its text in plain form and in HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, Policy
from email.utils import format_datetime, parseaddr
from typing import Self

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from models.text import plain

MOST_OF_A_SUBJECT = 150


class NotAnAddress(ValueError):
    """Text that is not an e-mail address."""


@dataclass(frozen=True)
class Letter:
    """The content of a message."""

    subject: str
    text: str
    html: str | None
    """None for a message with plain text only."""
    stop_link: str | None = None
    """An address that stops such mail: with one POST, or by its page."""


class OneLine(str):
    """The value of a header that is not folded: Python would encode an address that is longer than a line, and no program reads that."""

    name: str

    def __new__(cls, name: str, value: str) -> Self:
        header = super().__new__(cls, plain(value))
        header.name = name
        return header

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


@dataclass(frozen=True)
class Mailbox:
    """An address with its display name."""

    address: str
    """As mail servers accept it: the domain in ASCII, and the part before the @ as well if possible."""
    name: str = ""

    @classmethod
    def read(cls, written: str) -> Mailbox:
        """`name@example.com` or `Name <name@example.com>`; raises `NotAnAddress`."""
        name, address = parseaddr(written) if written.isprintable() else ("", "")
        try:
            found = validate_email(address, check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            raise NotAnAddress(written) from None
        return cls(ascii_where_possible(found), plain(name))

    @property
    def ascii(self) -> bool:
        """Whether every mail server accepts it."""
        return self.address.isascii()

    def header(self) -> Address:
        """In the form of a header, which Python escapes."""
        local, _, domain = self.address.rpartition("@")
        return Address(self.name, local, domain)


def ascii_where_possible(found: ValidatedEmail) -> str:
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def in_mime(letter: Letter, sender: Mailbox, recipient: Mailbox, message_id: str, posted_at: datetime) -> EmailMessage:
    """The message as sent; sending it again gives the same bytes."""
    mail = EmailMessage(policy=SMTP if recipient.ascii and sender.ascii else SMTPUTF8)
    mail["From"] = sender.header()
    mail["To"] = recipient.header()
    # One line without control characters: nothing in a subject can become another header.
    mail["Subject"] = plain(letter.subject)[:MOST_OF_A_SUBJECT]
    mail["Date"] = format_datetime(posted_at)
    mail["Message-ID"] = f"<{message_id}>"
    # RFC 3834 §5: no machine should answer.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if letter.stop_link is not None:
        # RFC 8058: e-mail programs show a button that stops it.
        mail["List-Unsubscribe"] = OneLine("List-Unsubscribe", f"<{letter.stop_link}>")
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(letter.text, cte="quoted-printable")
    if letter.html is not None:
        mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
        # Random otherwise; the same message must give the same bytes.
        mail.set_boundary(f"=_{message_id.partition('@')[0]}")
    return mail
