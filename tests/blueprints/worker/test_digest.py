"""The weekly digest: what each app did, in numbers, to whoever wants it, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from blueprints.mail.rendering import compose
from models.accounts.member import Member
from models.accounts.user import User
from models.audit_log import digest, send_digests
from models.database.base import db, now
from models.database.tenancy import in_account
from models.mail.message import Kind, Message
from models.profiles.profile import Profile
from models.request_scope import open_scope
from tests.for_each import for_each
from tests.pages import csrf_token, submit, text_of

pytestmark = pytest.mark.both_databases


@pytest.fixture
def within(app, alice):
    """Works in Alice's account and commits."""

    def do(work):
        with app.app_context(), open_scope(), in_account(alice.account_id):
            done = work()
            db.session.commit()
            return done

    return do


@pytest.fixture
def monday(monkeypatch, within, alice):
    """A Monday comes: the worker looks, twice. Returns the digests since then, with their addresses."""
    weeks = iter(range(1, 100))

    def come():
        moment = now() + timedelta(days=7 * next(weeks))
        monkeypatch.setattr(digest, "now", lambda: moment)
        known = len(letters())
        for _again in range(2):
            within(lambda: send_digests(alice.account_id))
        return letters()[known:]

    def letters():
        return within(
            lambda: [
                (message.recipient, composed.letter)
                for message in db.session.scalars(
                    select(Message).where(Message.kind == Kind.APP_DIGEST).order_by(Message.id)
                )
                if (composed := compose(message))
            ]
        )

    # Whoever is here for the first time gets nothing for a week in which they were not.
    within(lambda: send_digests(alice.account_id))
    return come


def test_what_an_app_did_is_told_once_in_numbers_and_without_a_name(connect, alice, claude, within, monday):
    doug, _grace = within(
        lambda: [Profile.create(alice.account_id, f"{name}@example.org", name).id for name in ("Doug", "Grace")]
    )
    claude.result("list_profiles")
    claude.result("get_profile", profile_id=str(doug))
    claude.result("create_tag", label="One", color="red")
    connect(alice, ["tags:manage"], name="Curious").call("list_profiles")

    [(address, letter)] = monday()
    assert address == "alice@example.com"
    assert letter.subject == "Your apps in Aperture Science last week"
    assert "- Claude. Calls: 3. People read about: 2. Changes: 1. Refused: 0.\n" in letter.text
    assert "- Curious. Calls: 1. People read about: 0. Changes: 0. Refused: 1.\n" in letter.text
    assert "Doug" not in letter.text
    assert monday() == []


def test_it_has_ten_lines_at_most(connect, alice, monday):
    for number in range(12):
        connect(alice, name=f"App {number:02}").result("list_tags")

    [(_address, letter)] = monday()
    assert sum(line.startswith("- ") for line in letter.text.splitlines()) == 10
    assert "- 3 more apps. Calls: 3." in letter.text


def test_an_owner_who_wants_it_gets_every_app_and_others_only_their_own(connect, alice, bob, charlie, monday, within):
    connect(bob, ["tags:manage"], name="Bob's").result("list_tags")
    connect(charlie, ["tags:manage"], name="Charlie's").call("list_tags")
    within(lambda: db.session.execute(update(Member).values(whole_digest=True)))

    letters = dict(monday())
    assert letters.keys() == {"alice@example.com", "bob@example.com", "charlie@example.com"}
    assert "Bob's (Bob)." in letters["alice@example.com"].text
    assert "Charlie's (Charlie)." in letters["alice@example.com"].text
    # Bob is no Owner, whatever was chosen while he was one.
    assert "Charlie" not in letters["bob@example.com"].text


def test_it_is_in_the_language_of_its_reader(claude, within, monday):
    within(lambda: db.session.execute(update(User).values(language="de")))
    claude.result("list_tags")
    [(_address, letter)] = monday()
    assert letter.subject == "Ihre Apps in Aperture Science in der letzten Woche"
    assert "Aufrufe: 1." in letter.text


@for_each(
    "moment, zone, monday",
    [
        ("2026-11-30T06:59", "UTC", "2026-11-23"),
        ("2026-11-30T07:00", "UTC", "2026-11-30"),
        ("2026-11-30T07:00", "America/New_York", "2026-11-23"),
        ("2026-11-29T23:00", "Pacific/Auckland", "2026-11-30"),
        ("2026-12-06T23:00", "UTC", "2026-11-30"),
    ],
)
def test_monday_comes_in_the_time_zone_of_the_reader(moment, zone, monday):
    at = datetime.fromisoformat(f"{moment}+00:00")
    assert digest.monday_of(at, ZoneInfo(zone)).isoformat() == monday


def test_two_workers_send_one(app, alice, claude, monkeypatch, within, monday):
    claude.result("list_tags")
    moment = now() + timedelta(days=7)
    monkeypatch.setattr(digest, "now", lambda: moment)

    def work(_number):
        with app.app_context(), open_scope(), in_account(alice.account_id):
            send_digests(alice.account_id)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    assert len(within(lambda: db.session.scalars(select(Message.id).where(Message.kind == Kind.APP_DIGEST)).all())) == 1


def test_the_link_in_it_asks_before_it_stops_the_digest(app, claude, monday, within):
    claude.result("list_tags")
    [(_address, letter)] = monday()
    [link] = [word for word in letter.text.split() if "/digest/" in word]
    path = link.partition("//")[2].partition("/")[2]
    stranger = app.test_client()

    assert "Stop the weekly e-mail?" in text_of(stranger.get(f"/{path}"))
    stopped = stranger.post(f"/{path}", data={"csrf_token": csrf_token(stranger, f"/{path}")})
    assert "The weekly e-mail is stopped" in text_of(stopped)
    assert within(lambda: db.session.scalars(select(User.weekly_digest)).all()).count(False) == 1
    assert stranger.get(f"/{path[:-4]}AAAA").status_code == 404
    assert stranger.get("/settings/digest/nonsense").status_code == 404


def test_an_email_program_stops_it_with_one_post(app, claude, monday, within):
    """RFC 8058: with neither the page nor its cookies. Scanners of mail only open the address, and that changes nothing."""
    claude.result("list_tags")
    [(_address, letter)] = monday()
    program, address = app.test_client(), letter.stop_link

    assert "Stop the weekly e-mail?" in text_of(program.get(address, follow_redirects=True))
    assert program.post(f"{address.replace('/one-click', 'x/one-click')}").status_code == 404
    assert within(lambda: db.session.scalars(select(User.weekly_digest)).all()).count(False) == 0
    assert program.post(address, data={"List-Unsubscribe": "One-Click"}).status_code == 204
    assert within(lambda: db.session.scalars(select(User.weekly_digest)).all()).count(False) == 1


def test_a_person_turns_it_off_and_on_in_their_profile(browser_of, alice, charlie, claude, monday, within):
    hers, his = browser_of(alice), browser_of(charlie)
    assert "Include every app of this account" in text_of(hers.get("/settings/profile"))
    assert "Include every app of this account" not in text_of(his.get("/settings/profile"))

    submit(hers, "/settings/profile", name="Alice", language="en", time_zone="UTC", whole_digest="y")
    assert within(lambda: Member.find(alice.account_id, alice.member_id).whole_digest) is True
    assert within(lambda: db.session.get_one(User, alice.user_id).weekly_digest) is False
    submit(hers, "/settings/profile", name="Alice", language="en", time_zone="UTC")
    claude.result("list_tags")
    assert monday() == []
