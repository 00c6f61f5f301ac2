"""The set-up of a new account: what Home says of it, the test mail that tells the truth, and who may not."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.database.base import db
from models.mail.message import Kind, Message
from tests.pages import submit, text_of

SET_UP = "/settings/set-up"
TEST_MAIL = f"{SET_UP}/test-mail"


@pytest.fixture
def browser(browser_of, alice):
    return browser_of(alice)


def said(browser, answer):
    assert answer.status_code == 302
    return text_of(browser.get(answer.location, follow_redirects=True))


def send_test_mail(browser):
    return said(browser, submit(browser, TEST_MAIL, page=SET_UP))


class TestWithoutMail:
    """A server without a mail server, as bin/start makes one."""

    def test_home_counts_what_the_data_shows(self, browser, connect, alice, invite_someone):
        assert "Set up: 1 of 3 done" in text_of(browser.get("/dashboard"))
        invite_someone()
        assert "Set up: 2 of 3 done" in text_of(browser.get("/dashboard"))
        assert "2 of 3 done" in text_of(browser.get(SET_UP))
        connect(alice)
        assert "Set up:" not in text_of(browser.get("/dashboard"))

    def test_a_colleague_counts_too(self, browser, bob):
        assert "Set up: 2 of 3 done" in text_of(browser.get("/dashboard"))

    def test_only_owners_see_it(self, browser_of, bob, charlie):
        for person in (bob, charlie):
            browser = browser_of(person)
            assert "Set up:" not in text_of(browser.get("/dashboard"))
            assert browser.get(SET_UP).status_code == 403

    def test_hidden_it_stays_away_from_home_and_is_found_in_the_settings(self, browser):
        assert "no longer on Home" in said(browser, submit(browser, f"{SET_UP}/hiding", page=SET_UP))
        assert "Set up:" not in text_of(browser.get("/dashboard"))
        assert SET_UP in browser.get("/settings/account").get_data(as_text=True)

    def test_it_says_that_links_are_shown_instead_of_mail(self, browser):
        page = text_of(browser.get(SET_UP))
        assert "This server has no mail server." in page
        assert "each invitation shows its link" in page
        assert "Send a test mail" not in page


class TestWithMail:
    @pytest.fixture
    def mail_url(self, mailbox):
        return mailbox.url

    def test_an_accepted_test_mail_is_said_to_be_accepted_and_has_arrived(self, browser, mailbox, alice):
        assert "Set up: 0 of 3 done" in text_of(browser.get("/dashboard"))
        page = send_test_mail(browser)
        assert f"The mail server accepted the test mail to {alice.email}" in page
        assert "1 of 3 done" in page
        assert [mail.subject for mail in mailbox.to(alice.email)] == ["Test mail from Profile"]
        assert "mail of Aperture Science works" in mailbox.to(alice.email)[0].text

    @pytest.mark.parametrize(
        ("answer", "sentence"),
        [
            ("550 nobody of that name", "The mail server does not deliver to this address (550)."),
            ("451 try again later", "The mail server does not deliver to this address (451)."),
        ],
    )
    def test_a_refused_one_is_said_to_be_refused_and_is_not_tried_again(self, app, browser, mailbox, answer, sentence):
        mailbox.to_recipient = lambda _address: answer
        page = send_test_mail(browser)
        assert f"was not sent. {sentence}" in page
        assert "0 of 3 done" in page
        with app.app_context():
            kept = db.session.scalars(select(Message).where(Message.kind == Kind.TEST_MAIL)).one()
            assert (kept.state, kept.failure) == ("failed", sentence)

    def test_six_in_a_minute_are_one_too_many(self, browser, mailbox, alice):
        for _ in range(5):
            send_test_mail(browser)
        assert "Too many test mails. Wait" in send_test_mail(browser)
        assert len(mailbox.to(alice.email)) == 5

    def test_a_manager_cannot_send_one(self, browser_of, bob, mailbox):
        browser = browser_of(bob)
        assert submit(browser, TEST_MAIL, page="/settings/profile").status_code == 403
        assert mailbox.to(bob.email) == []


class TestWithAMailServerThatIsAway:
    @pytest.fixture
    def mail_url(self):
        return "smtp://127.0.0.1:1"

    def test_it_says_so(self, browser):
        assert "was not sent. The mail server cannot be reached." in send_test_mail(browser)


@pytest.fixture
def invite_someone(browser):
    def invite():
        answer = submit(browser, "/invitations/new", email="ben@weber.example", first_name="Ben")
        assert answer.status_code in {200, 302}

    return invite
