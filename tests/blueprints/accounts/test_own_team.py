"""Start with my own team: from the demo to one's own account, with what the demo held deleted or kept as one chose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from blueprints.worker.data import carry_out_deletions
from models.accounts.account import Account
from models.accounts.member import Member
from models.accounts.user import User
from models.database.base import db
from models.demo import demo_accounts, fill
from models.permissions import Role
from models.request_scope import open_scope
from tests.fixtures.people import Person, add_user
from tests.pages import TOKEN, first, submit, text_of

# On PostgreSQL too: it makes and deletes in two accounts at once.
pytestmark = pytest.mark.both_databases

OWN_TEAM = "/own-team"
PASSWORD = "four grey geese at noon 7"
FORM = {
    "name": "Ana Weber",
    "email": "ana@weber.example",
    "password": "seven teapots on a bicycle",
    "account_name": "Weber & Co",
}


@pytest.fixture
def demo(app):
    """The demo with five profiles in each account."""
    with app.app_context(), open_scope():
        fill(5, password=PASSWORD)


@pytest.fixture
def demo_person(app, demo):
    def find(email):
        with app.app_context():
            user = User.by_email(email)
            member = Member.all_of(user.id)[0]
            account = member.account
            return Person(user.name, email, user.id, member.id, account.id, account.name, Role(member.role))

    return find


@pytest.fixture
def browser(browser_of, demo_person):
    return browser_of(demo_person("owner@example.com"))


def left(app):
    """The accounts and the people that are left once the worker has done its part."""
    with app.app_context(), open_scope():
        carry_out_deletions()
        accounts = set(db.session.scalars(select(Account.name)))
        return accounts, set(db.session.scalars(select(User.email)))


def test_the_owner_of_the_demo_starts_an_account_of_their_own_and_the_demo_goes(app, browser):
    assert OWN_TEAM in browser.get("/dashboard").get_data(as_text=True)
    page = text_of(browser.get(OWN_TEAM))
    assert "the account Aperture Science with 5 profiles" in page
    assert "the account Black Mesa with 5 profiles" in page
    answer = submit(browser, OWN_TEAM, remove="y", **FORM)
    assert answer.location == "/settings/set-up"
    page = text_of(browser.get(answer.location))
    assert "Weber & Co is ready. The demo is being deleted." in page
    assert "Set up: 1 of 3 done" in text_of(browser.get("/dashboard"))
    assert "This is demo data" not in text_of(browser.get("/dashboard"))
    with app.app_context():
        assert set(db.session.scalars(select(User.email))) == {"ana@weber.example"}, (
            "at once, not when the worker comes"
        )
    assert left(app) == ({"Weber & Co"}, {"ana@weber.example"})
    assert browser.get("/settings/set-up").status_code == 200


def test_the_demo_can_stay_beside_it(app, browser):
    submit(browser, OWN_TEAM, **FORM)
    accounts, people = left(app)
    assert accounts == {"Aperture Science", "Black Mesa", "Weber & Co"}
    assert {"owner@example.com", "ana@weber.example"} < people
    assert browser.get(OWN_TEAM).status_code == 404, "it is for the demo"


def test_a_form_with_an_error_changes_nothing(app, browser):
    answer = submit(browser, OWN_TEAM, remove="y", **FORM | {"password": "short"})
    assert answer.status_code == 400
    assert left(app)[0] == {"Aperture Science", "Black Mesa"}


def test_where_real_people_joined_deleting_is_not_suggested(app, browser):
    assert 'name="remove" type="checkbox" value="y"' in one_way(browser)
    assert "checked" in box(browser)
    with app.app_context(), open_scope():
        Member.add(demo_accounts()[0], add_user("ben@weber.example", "Ben"), Role.MANAGER)
        db.session.commit()
    assert "checked" not in box(browser)
    assert "the membership of ben@weber.example" in text_of(browser.get(OWN_TEAM))


def one_way(browser):
    """The page, with the attributes of its box in one order."""
    return box(browser).replace("checked ", "").replace('id="remove" ', "")


def box(browser):
    page = browser.get(OWN_TEAM).get_data(as_text=True)
    start = page.index("<input", page.index('class="choice"'))
    return page[start : page.index(">", start)]


def test_only_an_owner_of_the_demo_is_offered_it(browser_of, demo_person):
    browser = browser_of(demo_person("manager@example.com"))
    assert "This is demo data" not in text_of(browser.get("/dashboard"))
    assert browser.get(OWN_TEAM).status_code == 403


def test_the_owner_of_a_real_account_is_not(browser_of, alice):
    browser = browser_of(alice)
    assert "This is demo data" not in text_of(browser.get("/dashboard"))
    assert browser.get(OWN_TEAM).status_code == 404


class TestWhereStrangersReachIt:
    @pytest.fixture
    def settings(self, settings):
        return replace(settings, public_url="https://profile.example.com", demo=True)

    def test_a_visitor_of_a_public_demo_can_neither_delete_it_nor_start_an_account(self, app, demo):
        secure = {"base_url": "https://profile.example.com", "headers": {"Referer": "https://profile.example.com/"}}
        browser = app.test_client()
        page = browser.get("/sign-in", **secure).get_data(as_text=True)
        sent = {"email": "owner@example.com", "password": PASSWORD, "csrf_token": first(TOKEN.pattern, page)}
        assert browser.post("/sign-in", data=sent, **secure).status_code == 302
        home = text_of(browser.get("/dashboard", **secure))
        assert "This is demo data" in home
        assert "Start with my own team" not in home
        assert browser.get(OWN_TEAM, **secure).status_code == 404
