"""Another e-mail address: it counts when its mailbox has said so, and the former one hears of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from blueprints.worker.mail import send_due_messages
from models.accounts.user import User
from models.database.base import db, now
from models.identity.email_change import EmailChange
from tests.for_each import for_each
from tests.pages import csrf_token, submit, text_of

EMAIL, HOW = "/settings/sign-in/email", "/settings/sign-in"
NEW = "charles@example.com"


@pytest.fixture
def mail_url(mailbox):
    return mailbox.url


@pytest.fixture
def link_to(app, mailbox):
    """Asks for another address, and takes the link from its mailbox."""

    def ask(browser, address=NEW):
        assert submit(browser, EMAIL, email=address).location == HOW
        sent(app)
        return mailbox.to(address)[-1].link.removeprefix("http://localhost")

    return ask


def sent(app):
    with app.app_context():
        send_due_messages()


def address_of(app, person):
    with app.app_context():
        return db.session.get_one(User, person.user_id).email


def test_charlie_changes_his_address(app, client, charlie, browser_of, link_to, mailbox, audit_log):
    browser = browser_of(charlie)
    link = link_to(browser)
    assert link.startswith(f"{EMAIL}/pfe_")
    assert f"{NEW} replaces it when you open the link" in text_of(browser.get(HOW))
    warning = mailbox.to(charlie.email)[-1]
    assert "Nothing has changed yet" in warning.text
    assert address_of(app, charlie) == charlie.email
    assert "From now on you sign in as charles@example.com" in text_of(browser.get(link))
    assert address_of(app, charlie) == charlie.email
    assert submit(browser, link).location == HOW
    assert address_of(app, charlie) == NEW
    sent(app)
    told = mailbox.to(charlie.email)[-1]
    assert told.subject == "Your e-mail address was changed"
    assert "/email/" not in told.text
    assert submit(client, "/sign-in", email=charlie.email, password=charlie.password).status_code == 400
    assert submit(client, "/sign-in", email=NEW, password=charlie.password).status_code == 302
    assert ("person.email_change_asked", "allowed") in audit_log(charlie)
    assert ("person.email_changed", "allowed") in audit_log(charlie)


def test_every_other_browser_is_signed_out(charlie, browser_of, link_to):
    browser, other = browser_of(charlie), browser_of(charlie)
    submit(browser, link_to(browser))
    assert browser.get(HOW).status_code == 200
    assert other.get(HOW).status_code == 302


def test_a_link_works_once(charlie, browser_of, link_to):
    browser = browser_of(charlie)
    link = link_to(browser)
    submit(browser, link)
    answer = browser.get(link)
    assert answer.status_code == 404
    assert "This link no longer works" in text_of(answer)


def test_only_whoever_asked_can_confirm(app, client, charlie, bob, browser_of, link_to):
    link = link_to(browser_of(charlie))
    assert client.get(link).location.startswith("/sign-in?next=")
    his = browser_of(bob)
    token = csrf_token(his, "/settings/profile")
    assert his.get(link).status_code == 404
    assert his.post(link, data={"csrf_token": token}).status_code == 404
    assert address_of(app, charlie) == charlie.email


def test_a_newer_wish_takes_the_place_of_an_older_one(app, charlie, browser_of, link_to):
    browser = browser_of(charlie)
    older, newer = link_to(browser), link_to(browser, "carlo@example.com")
    assert browser.get(older).status_code == 404
    assert submit(browser, newer).location == HOW
    assert address_of(app, charlie) == "carlo@example.com"


def test_a_new_password_takes_the_wish_back(app, charlie, browser_of, link_to):
    browser = browser_of(charlie)
    link = link_to(browser)
    new = "seven teapots on a bicycle"
    submit(browser, f"{HOW}/password", present=charlie.password, wanted=new, again=new)
    assert browser.get(link).status_code == 404
    assert NEW not in text_of(browser.get(HOW))


def test_a_day_later_the_link_is_over(app, charlie, browser_of, link_to):
    browser = browser_of(charlie)
    link = link_to(browser)
    token = csrf_token(browser, link)
    with app.app_context():
        db.session.execute(update(EmailChange).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    assert browser.post(link, data={"csrf_token": token}).status_code == 404
    assert address_of(app, charlie) == charlie.email


def test_an_address_that_is_bobs_is_answered_like_any_other_and_bob_is_told(app, charlie, bob, browser_of, mailbox):
    browser = browser_of(charlie)
    taken = submit(browser, EMAIL, email=bob.email)
    page = text_of(browser.get(HOW))
    free = submit(browser, EMAIL, email=NEW)
    assert (taken.status_code, taken.location) == (free.status_code, free.location)
    assert page.replace(bob.email, NEW) == text_of(browser.get(HOW))
    submit(browser, EMAIL, email=bob.email)
    sent(app)
    told = mailbox.to(bob.email)[-1]
    assert "You already sign in with it" in told.text
    assert "/settings/" not in told.text + told.html


def test_an_address_that_somebody_took_meanwhile_is_refused(app, charlie, browser_of, link_to, new_person, aperture):
    browser = browser_of(charlie)
    link = link_to(browser)
    new_person("Charles", aperture)
    answer = submit(browser, link)
    assert answer.status_code == 400
    assert "Somebody else already signs in with it" in text_of(answer)
    assert address_of(app, charlie) == charlie.email


@for_each("email", ["", "charlie", "charlie@example.com", "a\x00@example.com", "x" * 300 + "@example.com"])
def test_what_cannot_be_the_new_address_is_refused_on_its_field(charlie, browser_of, email):
    answer = submit(browser_of(charlie), EMAIL, email=email)
    assert answer.status_code == 400
    assert 'href="#email"' in answer.get_data(as_text=True)


def test_only_the_spelling_may_change(app, charlie, browser_of, link_to):
    browser = browser_of(charlie)
    submit(browser, link_to(browser, "Charlie@example.com"))
    assert address_of(app, charlie) == "Charlie@example.com"


def test_nobody_sends_mail_to_strangers_all_day(charlie, browser_of):
    browser = browser_of(charlie)
    answers = [submit(browser, EMAIL, email=f"stranger{number}@example.com").status_code for number in range(11)]
    assert answers == [302] * 10 + [400]


@pytest.mark.parametrize("secret", ["x", "pfe_" + "A" * 43, "%F0%9F%98%80"])
def test_a_link_that_nobody_made_says_what_to_do(charlie, browser_of, secret):
    answer = browser_of(charlie).get(f"{EMAIL}/{secret}")
    assert answer.status_code == 404
    assert "You are signed in as charlie@example.com." in text_of(answer)


def test_the_link_is_in_no_table(app, charlie, browser_of, link_to):
    secret = link_to(browser_of(charlie)).rpartition("/")[2]
    with app.app_context():
        assert secret not in str([vars(row) for row in db.session.scalars(db.select(EmailChange))])
