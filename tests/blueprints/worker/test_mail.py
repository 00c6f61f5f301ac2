"""Mail is sent once it is committed, whatever the mail server does; and what cannot be sent says why."""

from __future__ import annotations

import asyncio
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest
from sqlalchemy import select, update

from blueprints.worker.mail import forget_old_messages, send_due_messages, send_newest_messages
from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.audit.recorder import Action, AuditEntry
from models.database.base import db, now
from models.mail.delivery_attempt import Attempt
from models.mail.message import PAUSES, Kind, Message
from models.mail.mime import Letter, Mailbox, in_mime
from models.mail.server_url import MailServer
from models.mail.smtp import Courier, TryLater
from models.permissions import Role
from models.request_scope import open_scope
from tests.application import settings_for
from tests.mailbox import dripping, knows, self_signed, smtp_server, tls

DORA = "dora@example.com"


@pytest.fixture
def settings(database_url, public_url, mailbox):
    return settings_for(database_url, public_url, mailbox.url)


@pytest.fixture
def invite(app, alice):
    """Alice invites somebody to her account, which is mail; returns the message's id."""

    def make(address=DORA, *, commit=True) -> uuid.UUID:
        with app.app_context():
            inviter = db.session.get_one(Member, alice.member_id)
            invitation, _ = MemberInvitation.create(inviter, address, Role.USER)
            id_ = db.session.scalars(select(Message.id).where(Message.about_id == invitation.id)).one()
            if commit:
                db.session.commit()
            return id_

    return make


@pytest.fixture
def message(app):
    """A message as it stands."""

    def find(id_) -> Message:
        with app.app_context():
            found = db.session.get_one(Message, id_)
            db.session.expunge(found)
            return found

    return find


@pytest.fixture
def send(app):
    """What the worker does every second, for mail."""

    def sweep() -> None:
        with app.app_context():
            send_due_messages()

    return sweep


@pytest.fixture
def let_time_pass(app):
    """The pause before the next attempt is over; so is the time for which a worker that was killed held a message."""

    def pass_() -> None:
        with app.app_context():
            db.session.execute(update(Message).where(Message.state == "waiting").values(claimed_until=now()))
            db.session.commit()

    return pass_


def test_mail_goes_out_once_and_says_who_sends_it(invite, message, send, mailbox):
    id_ = invite()
    send()
    send()
    [mail] = mailbox.to(DORA)
    assert mail.id == f"<{message(id_).message_id}>"
    assert mail.message["From"] == "Profile <profile@example.com>"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.link in mail.html
    assert message(id_).state == "sent"


def test_what_was_rolled_back_is_not_sent(invite, send, mailbox):
    invite(commit=False)
    send()
    assert mailbox.mails == []


def test_a_message_about_nothing_any_more_is_dropped(app, invite, message, send, mailbox):
    id_ = invite()
    with app.app_context():
        db.session.scalars(select(MemberInvitation)).one().cancelled_at = now()
        db.session.commit()
    send()
    assert mailbox.mails == []
    assert message(id_).state == "dropped"


def test_a_cancelled_invitation_takes_its_mail_back(app, invite, message, send, mailbox):
    id_ = invite()
    with app.app_context():
        db.session.scalars(select(MemberInvitation)).one().cancel()
        db.session.commit()
    assert message(id_).state == "dropped"
    send()
    assert mailbox.mails == []


def test_planned_mail_waits_for_its_time(app, alice, message, send, mailbox):
    with app.app_context():
        tomorrow = now() + timedelta(days=1)
        id_ = Message.post(Kind.MEMBER_INVITATION, DORA, account_id=alice.account_id, due_at=tomorrow).id
        db.session.commit()
    send()
    assert message(id_).planned
    assert mailbox.mails == []


@pytest.mark.both_databases
def test_of_many_workers_at_once_one_sends(app, invite, mailbox):
    for number in range(6):
        invite(f"dora{number}@example.com")

    with ThreadPoolExecutor(4) as together:
        list(together.map(lambda work: in_app(app, work), [send_due_messages, send_newest_messages] * 2))
    assert sorted(mail.recipients[0] for mail in mailbox.mails) == [f"dora{number}@example.com" for number in range(6)]


def test_nobody_waits_for_the_database_while_the_mail_server_takes_its_time(app, invite, message, mailbox):
    slow, goes_on = threading.Event(), threading.Event()

    async def hold():
        slow.set()
        await asyncio.get_running_loop().run_in_executor(None, goes_on.wait)

    mailbox.hold = hold
    id_ = invite()
    with ThreadPoolExecutor(1) as worker:
        sending = worker.submit(in_app, app, send_due_messages)
        assert slow.wait(10)
        # On SQLite writers stand in one queue: this would wait for ten seconds and fail.
        other = invite("eli@example.com")
        assert message(id_).claimed_until > now()
        assert message(other).state == "waiting"
        goes_on.set()
        sending.result()
    assert message(id_).state == "sent"


def test_what_was_posted_last_waits_for_one_message_and_not_for_all_before_it(app, invite, mailbox):
    for address in ("first@example.com", "second@example.com"):
        invite(address)

    async def hold():
        mailbox.hold = None
        await asyncio.get_running_loop().run_in_executor(None, in_app, app, lambda: invite("meanwhile@example.com"))

    mailbox.hold = hold
    in_app(app, send_newest_messages)
    sent = [mail.recipients[0] for mail in mailbox.mails]
    assert sent == ["second@example.com", "meanwhile@example.com", "first@example.com"]


def in_app(app, work):
    """As a thread of the worker does it."""
    with app.app_context(), open_scope():
        work()


# What the mail server may do.


@pytest.mark.asvs("16.5.2")
def test_a_mail_server_that_is_away_delays_mail_and_loses_none(
    app, settings, invite, message, send, let_time_pass, caplog
):
    with smtp_server() as gone:
        pass
    app.config["PROFILE"] = replace(settings, mail_url=gone.url)
    id_ = invite()
    try:
        send()
    finally:
        app.config["PROFILE"] = settings
    waiting = message(id_)
    assert (waiting.state, waiting.failure) == ("waiting", "The mail server cannot be reached.")
    (line,) = (each for each in caplog.records if each.name == "profile.jobs")
    assert (line.job, line.id, line.outcome, line.attempt) == ("mail", str(id_), "not_done", 1)
    assert DORA not in str(vars(line))
    assert timedelta(0) < waiting.claimed_until - now() <= PAUSES[0]
    send()
    assert message(id_).state == "waiting"
    let_time_pass()
    send()
    assert message(id_).state == "sent"


def test_no_for_now_is_tried_again_with_the_same_message_id(invite, message, send, let_time_pass, mailbox):
    offered = []

    def not_yet(mail):
        offered.append(mail.id)
        return "451 greylisted, come back" if len(offered) < 3 else None

    mailbox.to_data = not_yet
    id_ = invite()
    for _ in range(3):
        send()
        let_time_pass()
    assert offered == [f"<{message(id_).message_id}>"] * 3
    assert len(mailbox.to(DORA)) == 1
    assert (message(id_).state, message(id_).attempts) == ("sent", 3)


def test_after_most_of_a_day_it_is_given_up(app, alice, invite, message, send, let_time_pass, mailbox):
    mailbox.to_recipient = lambda _address: "450 try later"
    id_ = invite()
    for _ in range(len(PAUSES) + 1):
        assert message(id_).state == "waiting"
        send()
        let_time_pass()
    given_up = message(id_)
    assert given_up.state == "failed"
    assert given_up.failure == "The mail server does not deliver to this address (450)."
    assert failures(app, alice) == [["member_invitation", str(given_up.about_id)]]


def failures(app, person):
    with app.app_context():
        entries = select(AuditEntry).where(AuditEntry.action == Action.MAIL_FAILED)
        return [entry.resources[0] for entry in db.session.scalars(entries) if entry.account_id == person.account_id]


def test_one_refused_recipient_fails_at_once_and_the_others_get_their_mail(
    app, alice, invite, message, send, mailbox, caplog
):
    mailbox.to_recipient = lambda address: "550 no such user here" if address == DORA else None
    refused, taken = invite(), invite("eli@example.com")
    send()
    assert message(taken).state == "sent"
    assert (message(refused).state, message(refused).attempts) == ("failed", 1)
    # What the server wrote is not repeated: anything could stand there.
    assert message(refused).failure == "The mail server does not deliver to this address (550)."
    assert len(failures(app, alice)) == 1
    failed = [each.id for each in caplog.records if each.name == "profile.jobs" and each.outcome == "not_done"]
    assert failed == [str(refused)]


def test_a_message_that_is_refused_after_its_content_has_failed(invite, message, send, mailbox):
    mailbox.to_data = lambda _mail: "554 looks like spam"
    id_ = invite()
    send()
    assert message(id_).failure == "The mail server did not accept the message (554)."


def test_an_address_with_foreign_letters_goes_to_a_server_that_takes_them(invite, send, mailbox):
    invite("jörg@exämple.com")
    send()
    [mail] = mailbox.to("jörg@xn--exmple-cua.com")
    assert mail.link.startswith("http://localhost/join/")


def test_a_server_that_cannot_take_foreign_letters_is_no_reason_to_try_for_ever(app, settings, invite, message, send):
    with smtp_server(enable_SMTPUTF8=False) as old:
        app.config["PROFILE"] = replace(settings, mail_url=old.url)
        id_ = invite("jörg@example.com")
        try:
            send()
        finally:
            app.config["PROFILE"] = settings
    assert message(id_).state == "failed"
    assert message(id_).failure == "The mail server does not support the letters before the @ in this address."


def test_a_fault_of_ours_is_tried_again_and_stands_in_the_log(app, alice, message, send, caplog):
    with app.app_context():
        id_ = Message.post(Kind.MEMBER_INVITATION, DORA, account_id=alice.account_id).id
        db.session.execute(update(Message).values(kind="something_else"))
        db.session.commit()
    send()
    assert message(id_).failure == "Something went wrong on this server. Its log has the details."
    [told] = [vars(record) for record in caplog.records if record.exc_info]
    assert (told["job"], told["id"], told["outcome"]) == ("mail", str(id_), "failed")


def test_mail_that_was_sent_after_all_counts_as_sent_though_it_was_withdrawn_meanwhile(app, invite, message):
    id_ = invite()
    with app.app_context():
        attempt = Attempt.begin(id_)
        assert attempt is not None
        db.session.scalars(select(MemberInvitation)).one().cancel()
        db.session.commit()
        attempt.sent()
    assert message(id_).state == "sent"


def test_who_was_too_slow_has_no_say_any_more(app, invite, message, let_time_pass):
    id_ = invite()
    with app.app_context():
        first = Attempt.begin(id_)
        assert Attempt.begin(id_) is None
        let_time_pass()
        second = Attempt.begin(id_)
        first.fail("I was the first")
        second.sent()
    assert (message(id_).state, message(id_).failure) == ("sent", None)


# Passwords and certificates.


@pytest.fixture
def certified(tmp_path, monkeypatch):
    """A certificate for 127.0.0.1 that this machine trusts."""
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


@pytest.fixture
def sent_through(app, settings, invite, message, send):
    """Send through another server; returns the message."""

    def go(url) -> Message:
        app.config["PROFILE"] = replace(settings, mail_url=url)
        id_ = invite()
        try:
            send()
        finally:
            app.config["PROFILE"] = settings
        return message(id_)

    return go


def test_a_password_goes_through_starttls_alone(sent_through, certified):
    known = knows("me", "wo rd@:/")
    with smtp_server(
        authenticator=known, tls_context=tls(certified), require_starttls=True, auth_required=True
    ) as server:
        sent = sent_through(f"smtp://me:wo%20rd%40%3A%2F@127.0.0.1:{server.port}")
    assert (sent.state, sent.failure) == ("sent", None)
    [mail] = server.mails
    assert (mail.encrypted, mail.user) == (True, "me")


def test_tls_from_the_first_byte(sent_through, certified):
    with smtp_server(security=tls(certified)) as server:
        assert sent_through(f"smtps://127.0.0.1:{server.port}").state == "sent"


def test_a_server_without_starttls_gets_neither_password_nor_mail(sent_through):
    with smtp_server(authenticator=knows("me", "word"), auth_require_tls=False) as server:
        kept_back = sent_through(f"smtp://me:word@127.0.0.1:{server.port}")
    assert server.mails == []
    assert "does not support what MAIL_URL requires" in kept_back.failure
    assert kept_back.state == "waiting"


@pytest.mark.asvs("12.3.2")
def test_a_certificate_that_nobody_trusts_gets_neither(sent_through, tmp_path):
    with smtp_server(tls_context=tls(self_signed(tmp_path))) as server:
        kept_back = sent_through(f"smtp://me:word@127.0.0.1:{server.port}")
    assert server.mails == []
    assert "certificate does not match" in kept_back.failure


def test_a_wrong_password_is_told_without_the_password(sent_through, certified):
    with smtp_server(authenticator=knows("me", "word"), tls_context=tls(certified)) as server:
        kept_back = sent_through(f"smtp://me:s3cret@127.0.0.1:{server.port}")
    assert kept_back.failure == "The mail server did not accept the user and password of MAIL_URL (535)."
    assert kept_back.state == "waiting"


@pytest.fixture
def hand_over():
    """Hands a message to the mail server on this port, in a conversation that may take so long; within five seconds in all."""

    def go(port, server="smtp://127.0.0.1", ends_within=0.5):
        us, dora = Mailbox.read("us@example.com"), Mailbox.read(DORA)
        mail = in_mime(Letter("Hello", "Hello", None), us, dora, "1@localhost", now())
        begun = monotonic()
        try:
            with Courier(MailServer.read(f"{server}:{port}"), ends_within) as courier:
                courier.hand_over(mail, us, dora)
        finally:
            assert monotonic() - begun < 5

    return go


def test_a_server_that_drips_its_answers_is_left_in_time(hand_over):
    with dripping() as port, pytest.raises(TryLater, match="closed the connection"):
        hand_over(port)


def test_a_server_that_drips_its_farewell_is_left_in_time(hand_over):
    with dripping("220 hello", "250 hello", "250 fine", "250 fine", "354 go on", "250 taken") as port:
        hand_over(port)


@pytest.mark.parametrize(
    ("server", "answers"),
    [
        ("smtps://127.0.0.1", []),
        ("smtp://me:word@127.0.0.1", ["220 hello", "250-hello\r\n250 STARTTLS", "220 go on"]),
    ],
)
def test_a_server_that_says_nothing_in_the_handshake_is_left_in_time(hand_over, server, answers):
    with dripping(*answers, drop=b"") as port, pytest.raises(TryLater):
        hand_over(port, server)


def test_time_that_was_over_before_the_server_answered_is_not_forgotten(hand_over):
    with dripping() as port, pytest.raises(TryLater, match="closed the connection"):
        hand_over(port, ends_within=0)


def test_what_was_settled_three_months_ago_is_forgotten_and_what_waits_is_not(app, invite):
    old, kept, waiting = (invite(f"dora{number}@example.com") for number in range(3))
    with app.app_context():
        for id_, days, state in ((old, 91, "sent"), (kept, 89, "failed")):
            settled = {"state": state, "settled_at": now() - timedelta(days=days)}
            db.session.execute(update(Message).where(Message.id == id_).values(settled))
        db.session.commit()
        forget_old_messages()
        assert set(db.session.scalars(select(Message.id))) == {kept, waiting}
