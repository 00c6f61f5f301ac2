"""The menus: short on every page, and beside the settings one with every page that the role may open."""

from __future__ import annotations

import pytest

from models.accounts.member import Member
from models.database.base import db
from models.database.tenancy import in_account
from models.profiles import Profile
from tests.markup import read
from tests.pages import text_of

EVERYBODY = ["Profile", "Sign-in and security", "Sessions", "Connected apps", "Your data"]
OWNERS = [
    *["General", "Members", "Apps in this account", "Policy for apps", "API clients", "Aliases", "Debriefs"],
    *["Outbox", "Audit log", "Export and deletion"],
]


def menu(page, label):
    """The links of a menu: text, address, and whether it is the current one."""
    (nav,) = [nav for nav in read(page.text).all("nav") if nav.attributes.get("aria-label") == label]
    return [
        (a.text, a.attributes["href"], a.attributes.get("aria-current") == "page")
        for a in read(page.text).all("a")
        if (around := a.within("nav")) is not None
        and around.attributes.get("aria-label") == nav.attributes["aria-label"]
    ]


@pytest.mark.parametrize(
    ("who", "of_the_account"),
    [
        ("alice", OWNERS),
        ("bob", ["General", "Aliases", "Outbox", "Audit log"]),
        ("charlie", ["General", "Aliases", "Audit log"]),
    ],
)
def test_the_settings_list_exactly_what_each_role_may_open(request, browser_of, who, of_the_account):
    browser = browser_of(request.getfixturevalue(who))
    listed = menu(browser.get("/settings/profile"), "Settings")
    assert [text for text, _, _ in listed] == EVERYBODY + of_the_account
    opened = {url: browser.get(url) for _, url, _ in listed}
    assert {url: page.status_code for url, page in opened.items()} == dict.fromkeys(opened, 200)
    # Each of them is marked in its own menu, and it alone.
    assert {url: [here for _, here, now in menu(page, "Settings") if now] for url, page in opened.items()} == {
        url: [url] for url in opened
    }


def test_a_page_below_another_belongs_to_it(alice, browser_of):
    listed = menu(browser_of(alice).get("/settings/sign-in/password"), "Settings")
    assert [text for text, _, current in listed if current] == ["Sign-in and security"]


def test_the_main_menu_is_short_and_says_where_one_is(bob, browser_of):
    browser = browser_of(bob)
    names = ["Home", "Profiles", "Invitations", "Tags", "Reporting", "Connected apps", "Settings"]
    for url, current in [
        ("/profiles", "Profiles"),
        ("/settings/connections", "Connected apps"),
        ("/settings/audit", "Settings"),
    ]:
        listed = menu(browser.get(url), "Main")
        assert [text for text, _, _ in listed] == names
        assert [text for text, _, now in listed if now] == [current]
    assert 'id="settings-menu"' not in browser.get("/profiles").text


def test_without_an_account_only_ones_own_settings_are_there(app, alice, charlie, browser_of):
    browser = browser_of(charlie)
    with app.app_context(), in_account(charlie.account_id):
        db.session.get_one(Member, charlie.member_id).remove()
        db.session.commit()
    listed = menu(browser.get("/settings/profile"), "Settings")
    assert [text for text, _, _ in listed] == [text for text in EVERYBODY if text != "Connected apps"]


def test_a_member_with_a_profile_is_linked_to_it(app, alice, charlie, browser_of):
    with app.app_context(), in_account(charlie.account_id):
        made = Profile.create(charlie.account_id, "CHARLIE@example.com", "Charlie").id
        db.session.commit()
    link = f'href="/profiles/{made}"'
    assert link in browser_of(alice).get("/settings/members").text
    own = browser_of(charlie).get("/settings/profile")
    assert link in own.text
    assert "Aperture Science has a profile with your address" in text_of(own)
    assert "has a profile with your address" not in text_of(browser_of(alice).get("/settings/profile"))


def test_a_profile_next_door_is_not_linked(app, charlie, eve, browser_of):
    with app.app_context(), in_account(eve.account_id):
        Profile.create(eve.account_id, charlie.email)
        db.session.commit()
    assert "has a profile with your address" not in text_of(browser_of(charlie).get("/settings/profile"))
