"""MAIL_URL: encrypted wherever a password or a network is involved, and a sentence for everything that cannot be meant."""

from __future__ import annotations

import pytest

from config import Settings, UnsafeSettings
from models.mail.server_url import BadAddress, MailServer
from tests.for_each import for_each

SAFE = {"SECRET_KEY": "0123456789abcdef0123456789abcdef", "PUBLIC_URL": "https://profile.example.com"}


@for_each(
    ("url", "host", "port", "security"),
    [
        ("smtp://mail.example.com", "mail.example.com", 587, "starttls"),
        ("smtp://us%40er:p%2Fw@mail.example.com:2525", "mail.example.com", 2525, "starttls"),
        ("smtp://user:word@localhost", "localhost", 587, "starttls"),
        ("smtps://user:word@mail.example.com", "mail.example.com", 465, "tls"),
        ("smtp://localhost:25", "localhost", 25, "clear"),
        ("smtp://[::1]:25", "::1", 25, "clear"),
        ("smtp://relay:25?tls=off", "relay", 25, "clear"),
        ("smtp://user:word@127.0.0.1:1025?tls=off", "127.0.0.1", 1025, "clear"),
    ],
)
def test_what_is_sent_is_encrypted_unless_it_stays_here_or_somebody_asked_for_clear_text(url, host, port, security):
    server = MailServer.read(url)
    assert (server.host, server.port, server.security) == (host, port, security)


def test_signs_that_an_address_cannot_have_are_escaped_in_user_and_password():
    server = MailServer.read("smtp://us%40er:p%2Fw%3A@mail.example.com")
    assert (server.user, server.password) == ("us@er", "p/w:")


def test_a_password_is_in_no_log():
    assert "p4ssw0rd" not in repr(MailServer.read("smtp://user:p4ssw0rd@mail.example.com"))


@for_each(
    ("url", "said"),
    [
        ("mail.example.com", "not the address of a mail server"),
        ("http://mail.example.com", "not the address of a mail server"),
        ("smtp://", "not the address of a mail server"),
        ("smtp://mail.example.com/inbox", "not the address of a mail server"),
        ("smtp://mail.example.com:99999", "port is not valid"),
        ("smtp://mail.example.com:smtp", "port is not valid"),
        ("smtp://[::1", "port is not valid"),
        ("smtp://user@mail.example.com", "both a user and a password"),
        ("smtp://:word@mail.example.com", "both a user and a password"),
        ("smtp://user:wo%ABrd@mail.example.com", "not UTF-8"),
        ("smtp://user:wo%0Ard@mail.example.com", "control character"),
        ("smtp://user:word@mail.example.com?tls=off", "sent unencrypted"),
        ("smtp://mail.example.com?starttls=no", "only option"),
        ("smtps://mail.example.com?tls=off", "smtps:// always uses TLS"),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_sentence_without_the_password(url, said):
    with pytest.raises(BadAddress, match=said) as told:
        MailServer.read(url)
    assert "word" not in str(told.value).replace("password", "")


@for_each(
    ("wrong", "said"),
    [
        ({"MAIL_URL": "mail.example.com", "MAIL_FROM": "profile@example.com"}, "MAIL_URL is not valid"),
        ({"MAIL_URL": "smtp://mail.example.com"}, "MAIL_FROM is missing"),
        ({"MAIL_URL": "smtp://mail.example.com", "MAIL_FROM": "Profile"}, "MAIL_FROM is missing"),
        ({"WORKER": "sometimes"}, "WORKER='sometimes' is not valid"),
    ],
)
def test_a_server_that_could_not_send_does_not_start(wrong, said):
    with pytest.raises(UnsafeSettings, match=said):
        Settings.from_environ(SAFE | wrong)


def test_without_a_mail_server_there_is_none():
    assert Settings.from_environ(SAFE).mail_server is None
