"""A letter on the wire: whatever names and subjects hold, it has the headers that we gave it and no others."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.mail.mime import Letter, Mailbox, NotAnAddress, in_mime
from tests.for_each import for_each

OURS = Mailbox.read("Profile <profile@example.com>")
MOMENT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HEADERS = {
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "auto-submitted",
    "x-auto-response-suppress",
    "mime-version",
    "content-type",
}


def written(subject="Hello", text="Good day", html="<p>Good day</p>", to="ana@example.com"):
    return in_mime(Letter(subject, text, html), OURS, Mailbox.read(to), "0199@profile.example.com", MOMENT)


def read(mail):
    return message_from_bytes(mail.as_bytes(), policy=policy.default)


def test_programs_can_read_where_to_stop_it():
    link = f"https://profile.example.com/settings/digest/{'0123456789abcdef' * 8}"
    letter = Letter("Hello", "Good day", None, link)
    sent = in_mime(letter, OURS, Mailbox.read("ana@example.com"), "0199@profile.example.com", MOMENT).as_bytes()
    assert f"\r\nList-Unsubscribe: <{link}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode() in sent
    assert read(written())["List-Unsubscribe"] is None


@pytest.mark.asvs("1.2.1", "1.3.11")
@given(st.text(max_size=300))
def test_nothing_in_a_subject_becomes_another_header(subject):
    mail = read(written(subject=subject))
    assert {name.lower() for name in mail.keys()} <= HEADERS  # noqa: SIM118 (a message has keys, several times the same)
    assert len(str(mail["Subject"])) <= 150


@pytest.mark.asvs("1.3.11")
@pytest.mark.parametrize("subject", ["Hello\r\nBcc: eve@example.com", "Hello\nX-Evil: 1", "Hello\x00\x0b\u2028Bcc: x"])
def test_a_line_break_in_a_subject_is_a_space(subject):
    mail = read(written(subject=subject))
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    assert "\n" not in mail["Subject"]


@pytest.mark.asvs("1.3.3")
def test_characters_that_turn_the_reading_direction_are_left_out_of_a_subject():
    assert read(written(subject="A\u202egnp.exe\u2066"))["Subject"] == "Agnp.exe"


def test_a_letter_is_there_as_text_and_as_html_and_says_that_a_machine_wrote_it():
    mail = read(written(text="Grüße 👋", html="<p>Grüße 👋</p>"))
    assert mail.get_body(("plain",)).get_content().strip() == "Grüße 👋"
    assert mail.get_body(("html",)).get_content().strip() == "<p>Grüße 👋</p>"
    assert (mail["Auto-Submitted"], mail["Message-ID"]) == ("auto-generated", "<0199@profile.example.com>")


def test_a_letter_without_html_is_text_alone():
    assert read(written(html=None)).get_content_type() == "text/plain"


def test_the_same_letter_twice_is_the_same_to_the_byte():
    assert written().as_bytes() == written().as_bytes()


@for_each(
    ("typed", "address", "plain"),
    [
        ("ana@example.com", "ana@example.com", True),
        ("ana@exämple.de", "ana@xn--exmple-cua.de", True),
        ("Ana <ana@example.com>", "ana@example.com", True),
        ("jörg@example.com", "jörg@example.com", False),
        ("用户@例子.世界", "用户@xn--fsqu00a.xn--rhqv96g", False),
    ],
)
def test_an_address_goes_in_ascii_wherever_that_can_be(typed, address, plain):
    mailbox = Mailbox.read(typed)
    assert (mailbox.address, mailbox.ascii) == (address, plain)
    assert address.encode() in written(to=typed).as_bytes().partition(b"\r\nSubject")[0]


@for_each("typed", ["", "ana", "ana@", "ana@example.com\r\nBcc: eve@example.com", "a@b@c", "@example.com"])
def test_what_is_no_address_is_sent_nothing(typed):
    with pytest.raises(NotAnAddress):
        Mailbox.read(typed)
