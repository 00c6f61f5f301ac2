"""An invitation's link in another browser: what was answered is shown only where it was, and nobody is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from blueprints.assessments import start
from models.assessments.answer import Answer
from models.assessments.sitting import Sitting
from models.database.base import db
from models.rate_limits.buckets import Limit
from tests.for_each import for_each
from tests.pages import csrf_token

STARTED = "You have already started"
PAGES = ["", "/questions", "/questions?page=2", "/completion", "/copy", "/answers", "/agreement"]


@pytest.fixture
def ana(come, link):
    """Ana has answered the first group."""
    return come(link).begin().answer_page()


@pytest.fixture
def kept(within, alice):
    """How many answers and how many sittings there are in Alice's account."""
    count = lambda table: db.session.scalar(select(func.count()).select_from(table))  # noqa: E731
    return lambda: within(alice, lambda _: (count(Answer), count(Sitting)))


@for_each("rest", PAGES)
def test_another_browser_sees_no_answer(come, link, ana, rest):
    other = come(link + rest)
    assert other.title == STARTED
    assert "minutes left" not in other.text
    assert ana.link not in other.browser.http.get(link).text


def test_a_member_who_knows_the_link_sees_none_either(browser_of, bob, link, ana):
    browser = browser_of(bob)
    assert STARTED in browser.get(link).get_data(as_text=True)
    for rest in PAGES[1:]:
        assert browser.get(link + rest).location == link


@for_each("form", ["answers", "completion"])
def test_another_browser_can_neither_answer_nor_finish(client, link, ana, answered, kept, form):
    answered()
    before = kept()
    token = csrf_token(client, link)
    assert client.post(f"{link}/{form}", data={"csrf_token": token, "page": "1"}).location == link
    assert kept() == before


def test_where_she_began_the_link_of_the_invitation_continues(ana, link):
    ana.browser.open(link)
    assert ana.title == "Group 2 of 24"
    ana.browser.open(f"{link}/completion")
    assert ana.title == "Group 2 of 24"


def test_a_device_that_has_opened_her_own_link_continues_by_both(come, ana, link):
    phone = come(ana.browser.page.by_id("own-link").attributes["value"])
    phone.browser.open(link)
    assert phone.title == "Group 2 of 24"


def test_a_browser_that_has_lost_its_cookies_still_saves_its_page(ana, link):
    ana.browser.http.cookies.clear()
    assert ana.answer_page().title == "Group 3 of 24"
    ana.browser.http.cookies.clear()
    ana.browser.open(link)
    assert ana.title == STARTED


@pytest.mark.both_databases
def test_starting_again_deletes_the_earlier_answers_and_their_page_says_so(come, link, ana, kept):
    other = come(link)
    other.browser.press("Agree and start again")
    assert other.title == "Group 1 of 24"
    assert kept() == (0, 1)
    other.answer_page()
    ana.answer_page()
    assert (ana.status, ana.title) == (404, "This link no longer works")
    ana.browser.open(link)
    assert ana.title == STARTED
    other.browser.open(link)
    assert other.title == "Group 2 of 24"


def test_whoever_agreed_in_her_place_before_her_sees_nothing_of_hers(come, link):
    """And is no hindrance: without an answer there is nothing to lose."""
    manager = come(link).begin()
    ana = come(link)
    assert ana.title == "How do you like to work?"
    ana.begin().answer_page()
    manager.browser.open(manager.link)
    assert manager.status == 404
    manager.browser.open(link)
    assert manager.title == STARTED


def test_an_old_page_of_another_browser_deletes_nothing(client, come, link, kept):
    token = csrf_token(client, link)
    come(link).begin().answer_page()
    assert client.post(f"{link}/agreement", data={"csrf_token": token}).location == link
    assert kept() == (1, 1)


def test_starting_again_where_she_answers_deletes_nothing(client, ana, link, kept):
    """As when she goes back to the page that offered it."""
    form = {"csrf_token": csrf_token(client, link), "again": "yes"}
    assert str(ana.browser.http.post(f"{link}/agreement", data=form).url).endswith("/questions?page=2")
    assert kept() == (1, 1)


def test_nobody_starts_again_and_again(client, link, monkeypatch):
    """Each start is an entry in the audit log."""
    monkeypatch.setattr(start, "BY_INVITATION", Limit(a_minute=1, at_once=2))
    form = {"csrf_token": csrf_token(client, link), "again": "yes"}
    statuses = []
    for _ in range(3):
        statuses.append(client.post(f"{link}/agreement", data=form).status_code)
        client.delete_cookie("profile-sitting", path=link)
    assert statuses == [302, 302, 429]


@pytest.mark.asvs("3.3.4")
def test_the_cookie_is_for_this_link_alone_and_for_no_script(client, link):
    agreed = client.post(f"{link}/agreement", data={"csrf_token": csrf_token(client, link)})
    [cookie] = [sent for sent in agreed.headers.getlist("Set-Cookie") if sent.startswith("profile-sitting=")]
    assert f"Path={link};" in f"{cookie};"
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
