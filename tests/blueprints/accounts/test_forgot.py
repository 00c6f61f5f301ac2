"""Forgotten passwords: a link by mail, a new password, and nothing for strangers to learn."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from blueprints.accounts.forgot import ANSWERED_AFTER
from blueprints.worker.mail import send_due_messages
from models.accounts.user import User
from models.database.base import db, now
from models.identity.password_reset import PasswordReset
from models.mail.message import Kind, Message
from tests.for_each import for_each
from tests.pages import csrf_token, submit, text_of

FORGOT = "/forgot-password"
NEW = "seven teapots on a bicycle"


@pytest.fixture
def mail_url(mailbox):
    return mailbox.url


@pytest.fixture
def link_for(app, mailbox):
    """Asks for a link for an address, and takes it from the mailbox."""

    def ask(person):
        assert submit(app.test_client(), FORGOT, email=person.email).status_code == 200
        with app.app_context():
            send_due_messages()
        return mailbox.to(person.email)[-1].link.removeprefix("http://localhost")

    return ask


def links(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(PasswordReset))


def signs_in(app, person, password):
    answer = submit(app.test_client(), "/sign-in", email=person.email, password=password)
    return answer.status_code == 302


def test_charlie_comes_back_by_a_link(app, client, charlie, link_for, mailbox, audit_log):
    link = link_for(charlie)
    assert re.fullmatch(r"/reset-password/pfp_[\w-]{43}", link)
    page = text_of(client.get(link))
    assert "At least 15 characters." in page
    assert submit(client, link, password=NEW).location == "/sign-in"
    assert "signed out everywhere" in text_of(client.get("/sign-in"))
    assert not signs_in(app, charlie, charlie.password)
    assert signs_in(app, charlie, NEW)
    assert ("person.password_reset_asked", "allowed") in audit_log(charlie)
    assert ("person.password_reset", "allowed") in audit_log(charlie)
    with app.app_context():
        send_due_messages()
    told = mailbox.to(charlie.email)[-1]
    assert told.subject == "Your password was changed"
    assert "with a link" in told.text
    assert "/reset-password/" not in told.text


@pytest.mark.asvs("6.3.4", "6.4.3")
def test_a_link_signs_nobody_in_and_skips_no_second_factor(app, client, alice, give_app, link_for):
    give_app(alice)
    link = link_for(alice)
    submit(client, link, password=NEW)
    assert client.get("/settings/profile").status_code == 302
    assert submit(client, "/sign-in", email=alice.email, password=NEW).location == "/sign-in/second-step"
    assert client.get("/settings/profile").status_code == 302


@for_each(
    ("wanted", "leads_to"),
    [
        ("/profiles", "/sign-in?next=/profiles"),
        ("https://evil.example/", "/sign-in"),
        ("//evil.example/", "/sign-in"),
        ("/profiles?search=" + "x" * 2_000, "/sign-in"),
    ],
)
def test_a_new_password_leads_back_to_pages_of_ours_alone(app, client, charlie, mailbox, wanted, leads_to):
    assert submit(client, FORGOT, email=charlie.email, next=wanted).status_code == 200
    with app.app_context():
        send_due_messages()
    link = mailbox.to(charlie.email)[-1].link.removeprefix("http://localhost")
    assert submit(client, link, password=NEW).location == leads_to


@pytest.mark.asvs("7.4.3")
def test_a_new_password_signs_out_every_browser_at_once(client, charlie, browser_of, link_for):
    one, other = browser_of(charlie), browser_of(charlie)
    submit(client, link_for(charlie), password=NEW)
    for browser in (one, other):
        assert browser.get("/settings/profile").location == "/sign-in?next=/settings/profile"


def test_a_link_works_once(app, client, charlie, link_for):
    link = link_for(charlie)
    token = csrf_token(client, link)
    assert client.post(link, data={"csrf_token": token, "password": NEW}).status_code == 302
    again = client.post(link, data={"csrf_token": token, "password": "nine kettles on a tricycle"})
    assert again.status_code in {400, 404}
    assert signs_in(app, charlie, NEW)


@pytest.mark.both_databases
def test_of_many_who_use_a_link_at_once_one_sets_the_password(app, charlie, link_for):
    link = link_for(charlie)
    browsers = [app.test_client() for _ in range(6)]
    tokens = [csrf_token(browser, link) for browser in browsers]
    wanted = [f"{word} teapots on a bicycle" for word in ("two", "three", "four", "five", "six", "seven")]

    def go(number):
        form = {"csrf_token": tokens[number], "password": wanted[number]}
        return browsers[number].post(link, data=form).status_code

    with ThreadPoolExecutor(6) as together:
        answers = list(together.map(go, range(6)))
    assert answers.count(302) == 1
    assert set(answers) <= {302, 400, 404}
    assert signs_in(app, charlie, wanted[answers.index(302)])


@pytest.mark.asvs("6.4.3")
def test_an_hour_later_the_link_is_over(app, client, charlie, link_for):
    link = link_for(charlie)
    token = csrf_token(client, link)
    with app.app_context():
        db.session.execute(update(PasswordReset).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    assert client.get(link).status_code == 404
    assert client.post(link, data={"csrf_token": token, "password": NEW}).status_code == 404
    assert signs_in(app, charlie, charlie.password)


def test_a_link_ends_with_the_address_that_it_was_sent_to(app, client, charlie, link_for):
    link = link_for(charlie)
    with app.app_context():
        user = db.session.get_one(User, charlie.user_id)
        user.email = user.email_key = "charles@example.com"
        db.session.commit()
    assert client.get(link).status_code == 404


def test_a_link_ends_with_the_password_that_it_was_to_replace(client, charlie, browser_of, link_for):
    link = link_for(charlie)
    submit(browser_of(charlie), "/settings/sign-in/password", present=charlie.password, wanted=NEW, again=NEW)
    assert client.get(link).status_code == 404


@for_each("secret", ["x", "pfp_" + "A" * 43, "pfi_" + "A" * 43, "%F0%9F%98%80", "a" * 3_000])
def test_a_link_that_nobody_made_says_what_to_do(client, secret):
    answer = client.get(f"/reset-password/{secret}")
    assert answer.status_code == 404
    assert "Request a new link" in text_of(answer)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Choose a new password."),
        ("too short", "at least 15"),
        ("charlie charlie charlie", "too easy to guess"),
        ("n" * 300 + NEW, "at most 256"),
        ("a\x00b" * 10, "not allowed"),
    ],
)
def test_a_password_that_cannot_be_used_is_refused_and_the_link_still_works(
    client, charlie, link_for, password, sentence
):
    link = link_for(charlie)
    answer = submit(client, link, password=password)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert submit(client, link, password=NEW).status_code == 302


def test_the_link_is_in_no_table(app, charlie, link_for):
    secret = link_for(charlie).rpartition("/")[2]
    with app.app_context():
        kept = [vars(row) for table in (PasswordReset, Message) for row in db.session.scalars(select(table))]
    assert kept
    assert secret not in str(kept)


def test_known_and_unknown_addresses_are_answered_alike(app, client, charlie):
    known = submit(client, FORGOT, email=charlie.email)
    unknown = submit(client, FORGOT, email="nobody@example.com")
    assert known.status_code == unknown.status_code == 200
    assert text_of(known) == text_of(unknown).replace("nobody@example.com", charlie.email)
    assert {name for name, _ in known.headers} == {name for name, _ in unknown.headers}
    assert links(app) == 1


@pytest.mark.parametrize("email", ["charlie@example.com", "nobody@example.com"])
def test_known_and_unknown_addresses_are_answered_at_the_same_moment(client, charlie, email):
    token = csrf_token(client, FORGOT)
    began = time.perf_counter()
    client.post(FORGOT, data={"csrf_token": token, "email": email})
    # A lower bound: the answer waits until either would have been ready, so its time says nothing.
    assert time.perf_counter() - began >= ANSWERED_AFTER


def ask_from(browser, person, networks):
    """Ask for links from these networks; how many different answers there were."""
    token, answers = csrf_token(browser, FORGOT), set()
    for number, network in enumerate(networks):
        form = {"csrf_token": token, "email": person.email.upper() if number % 2 else person.email}
        answer = browser.post(FORGOT, data=form, environ_base={"REMOTE_ADDR": f"198.51.100.{network}"})
        answers.add(text_of(answer).lower())
    return len(answers)


def resets_sent(app):
    with app.app_context():
        sent = select(func.count()).select_from(Message).where(Message.kind == Kind.PASSWORD_RESET)
        return db.session.scalar(sent)


def test_nobodys_mailbox_is_filled(app, client, charlie):
    assert ask_from(client, charlie, [1] * 7) == 1
    assert resets_sent(app) == 5
    assert ask_from(client, charlie, range(2, 20)) == 1
    assert resets_sent(app) == 20


def test_strangers_do_not_use_up_what_charlie_may_ask_for(app, client, charlie, sign_in):
    his = sign_in(app.test_client(), charlie)
    submit(his, "/sign-out", page="/settings/profile")
    ask_from(client, charlie, [1] * 6)
    assert resets_sent(app) == 5
    # From a network of his own, and then in a browser that he has signed in with, even where the strangers are.
    ask_from(app.test_client(), charlie, [2])
    assert resets_sent(app) == 6
    ask_from(client, charlie, range(3, 20))
    before = resets_sent(app)
    ask_from(his, charlie, [1])
    assert resets_sent(app) == before + 1


def test_whoever_asks_for_many_must_wait(client):
    token = csrf_token(client, FORGOT)
    answers = [
        client.post(FORGOT, data={"csrf_token": token, "email": f"nobody{number}@example.com"}) for number in range(11)
    ]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) <= 60


@for_each("email", ["", "charlie", "a\x00@example.com", "a" * 5_000 + "@example.com", "😀"])
def test_what_is_no_address_is_refused_on_the_form(app, client, email):
    answer = submit(client, FORGOT, email=email)
    assert answer.status_code == 400
    assert 'href="#email"' in answer.get_data(as_text=True)


def test_the_link_in_the_mail_names_this_server_whatever_the_request_claimed(app, client, charlie, mailbox):
    token = csrf_token(client, FORGOT)
    form = {"csrf_token": token, "email": charlie.email}
    poisoned = client.post(
        FORGOT, data=form, headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    )
    assert poisoned.status_code == 200
    assert client.post(FORGOT, data=form, headers={"Host": "evil.example"}).status_code in {400, 421}
    with app.app_context():
        send_due_messages()
    assert mailbox.to(charlie.email)[-1].link.startswith("http://localhost/reset-password/")
