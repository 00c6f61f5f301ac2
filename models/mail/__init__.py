"""Sending mail: the mail server, the message, and what can go wrong between the two."""

from models.mail.delivery_attempt import Attempt
from models.mail.message import Kind, Message, notify_of_app, use_domain
from models.mail.mime import Letter, Mailbox, NotAnAddress, in_mime
from models.mail.smtp import Courier, Refused, TryLater, Undelivered

__all__ = [
    "Attempt",
    "Courier",
    "Kind",
    "Letter",
    "Mailbox",
    "Message",
    "NotAnAddress",
    "Refused",
    "TryLater",
    "Undelivered",
    "in_mime",
    "notify_of_app",
    "use_domain",
]
