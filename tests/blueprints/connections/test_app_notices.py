"""Members hear by mail what is done in their name: an app connected, given more, or cut off because a secret was used twice."""

from __future__ import annotations

import pytest

from models.accounts.member import Member
from models.connections.connection import Connection
from models.connections.new_names import note_new_name
from models.database.base import db, now
from tests.application import settings_for
from tests.assistant import Assistant, decide
from tests.pages import csrf_token

ALICE = "alice@example.com"


@pytest.fixture
def settings(database_url, public_url, mailbox):
    return settings_for(database_url, public_url, mailbox.url)


@pytest.fixture
def browser(browser_of, alice):
    return browser_of(alice)


@pytest.fixture
def claude(app, browser):
    return Assistant(app).register().connect(browser, scope="tags:manage account:read", deny=["account:read"])


@pytest.fixture
def news(work, mailbox):
    """What Alice has got by mail so far, oldest first."""

    def read():
        work()
        return mailbox.to(ALICE)

    return read


def test_a_new_app_is_told_with_what_it_may_and_from_which_network(claude, news):
    [mail] = news()
    assert mail.subject == "A new app has access to Aperture Science"
    for fact in ('"Claude"', "from the network 127.0.0.0/24", "* Manage tags", "http://localhost/settings/connections"):
        assert fact in mail.text
    assert "See account settings" not in mail.text
    assert mail.message.get_content_type() == "text/plain"
    assert mail.text.count("http") == 1


def test_the_same_again_is_no_news(browser, claude, news):
    news()
    claude.connect(browser, scope="tags:manage")
    assert len(news()) == 1


def test_a_new_name_is_told_beside_the_one_that_was_allowed(app, claude, news):
    with app.app_context():
        client = db.session.scalars(db.select(Connection)).one().client
        client.name = "ChatGPT https://evil.example"
        note_new_name(client)
        db.session.commit()
    mail = news()[-1]
    assert mail.subject == "One of your apps in Aperture Science changed its name"
    assert 'allowed as "Claude"' in mail.text
    assert 'now calls itself "ChatGPT https:// evil. example"' in mail.text
    assert "not verified as ChatGPT" in mail.text
    assert mail.text.count("http://localhost") == 1


def test_more_access_is_told_and_only_what_is_new(browser, claude, news):
    claude.connect(browser, scope="tags:manage profiles:read")
    _, mail = news()
    assert mail.subject == "One of your apps has more access to Aperture Science"
    assert "* See people's profiles" in mail.text
    assert "Manage tags" not in mail.text
    assert mail.message.get_content_type() == "text/plain"
    assert mail.text.count("http") == 1


def test_what_was_denied_and_is_given_on_the_page_is_told_like_any_other_access(browser, claude, news):
    news()
    with claude.app.app_context():
        connection_id = db.session.scalars(db.select(Connection.id)).one()
    page = f"/settings/connections/{connection_id}"
    given = browser.post(f"{page}/restoration", data={"csrf_token": csrf_token(browser, page), "scope": "account:read"})
    assert given.status_code == 302
    _, mail = news()
    assert mail.subject == "One of your apps has more access to Aperture Science"
    assert "* See account settings" in mail.text


def test_a_replaced_token_that_comes_again_is_told_once_in_plain_text_without_a_link_that_does_anything(claude, news):
    claude.refresh(claude.refresh().json["refresh_token"])
    for _ in range(3):
        assert claude.refresh().json["error"] == "invalid_grant"
    _, mail = news()
    assert mail.subject == "One of your apps was disconnected from Aperture Science"
    assert mail.message.get_content_type() == "text/plain"
    assert "The request came from the network 127.0.0.0/24." in mail.text
    assert mail.link == "http://localhost/settings/connections"
    assert mail.text.count("http") == 1


def test_a_code_that_comes_twice_is_told(app, browser, news):
    robot = Assistant(app).register()
    code = robot.code_in(decide(browser, robot.ask(browser)))
    assert robot.redeem(code).status_code == 200
    assert robot.redeem(code).status_code == 400
    assert "the code it used to connect was used a second time" in news()[-1].text


def test_tolerated_repeats_are_no_news(claude, news):
    claude.refresh()
    claude.refresh()
    assert len(news()) == 1


def test_an_app_cannot_make_the_mail_say_more_than_its_name(app, browser, news):
    name = "Claude\u202e\n\nYour password has expired: https://evil.example/ " + "x" * 200
    Assistant(app, name).register().connect(browser)
    [mail] = news()
    said = next(line for line in mail.text.splitlines() if "app named" in line)
    assert "\u202e" not in mail.text
    assert said.startswith('An app named "Claude Your password has expired: https:// evil. example')
    assert "x" * 60 not in mail.text
    # Nothing that a mail program would make a link of, but our own page.
    assert "evil.example" not in mail.text


def test_somebody_who_left_hears_nothing_more(app, alice, claude, mailbox, work):
    with app.app_context():
        db.session.get_one(Member, alice.member_id).removed_at = now()
        db.session.commit()
    work()
    assert mailbox.mails == []
