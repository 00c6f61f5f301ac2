"""What the consent page says that the app could see and change, in numbers, under what is ticked."""

from __future__ import annotations

import re

import pytest

from blueprints.forms.reach import count_in_words
from models.accounts.account import Account
from models.accounts.member import Member
from models.connections.policy import ConnectionPolicy
from models.database import Page
from models.database.base import db
from models.database.tenancy import in_account
from models.permissions import MAY, SCOPE_COVERS, Role, scope_for
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.scopes import SCOPES
from tests.assistant import decide, fields_of
from tests.markup import read
from tests.pages import text_of


@pytest.fixture
def sales(app, alice):
    """A tag that Ana has. Ben and Cleo have none; nobody has the other tag."""
    with app.app_context(), in_account(alice.account_id):
        tag = Tag.create(alice.account_id, "Sales", "blue")
        Tag.create(alice.account_id, "Berlin", "red")
        ana, *_ = [Profile.create(alice.account_id, f"{name}@example.org") for name in ("ana", "ben", "cleo")]
        tag.put_on([ana.id])
        db.session.commit()
        return str(tag.id)


def reach(answer):
    """The two lists on a page, or in the answer to a change of its form."""
    if answer.is_json:
        return [" · ".join(answer.json[name]) for name in ("sees", "changes")]
    return [" · ".join(item.text for item in each.all("li")) for each in read(answer.text).all("dd")[-2:]]


def change(browser, page, **changes):
    """What the script sends after a change."""
    return browser.post("/authorize/preview", data=fields_of(page) | changes, headers={"Origin": "http://localhost"})


def test_the_page_says_it_without_a_script(browser, claude, sales):
    assert reach(claude.ask(browser)) == [
        "3 people, with e-mail and phone · 2 tags · settings",
        "3 people, also delete and invite · 2 tags · settings",
    ]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("changes", "sees", "changed"),
    [
        ({"read_only": "y"}, "3 people, with e-mail and phone · 2 tags · settings", "Nothing"),
        (
            {"deny": ["tags:manage", "profiles:write", "account:write"]},
            "3 people, with e-mail and phone · settings",
            "Nothing",
        ),
        ({"deny": ["profiles:read"]}, "2 tags · settings", "3 people, also delete and invite · 2 tags · settings"),
        ({"deny": list(SCOPES)}, "Nothing", "Nothing"),
        (
            {"only_tags": ["SALES"], "hide_contact": "y"},
            "1 of 3 people, without e-mail and phone · 2 tags · settings",
            "1 person, also delete and invite · tags of 1 person · settings",
        ),
        ({"only_tags": ["no tag"], "daily_calls": "x"}, "3 people, with e-mail and phone · 2 tags · settings", None),
    ],
)
def test_it_follows_the_ticks(browser, claude, sales, changes, sees, changed):
    page = claude.ask(browser)
    sent = {name: sales if value == ["SALES"] else value for name, value in changes.items()}
    answer = change(browser, page, **sent)
    assert answer.status_code == 200
    assert reach(answer)[0] == sees
    assert changed in (None, reach(answer)[1])


def test_counting_saves_nothing_and_the_page_can_still_be_answered(app, browser, claude, sales):
    page = claude.ask(browser)
    change(browser, page, read_only="y", deny=["tags:manage"])
    assert "checked" not in claude.ask(browser).text
    assert claude.code_in(decide(browser, page))


def test_the_policy_and_the_limits_of_a_connection_count_too(app, alice, browser, claude, sales):
    with app.app_context(), in_account(alice.account_id):
        ConnectionPolicy.of(alice.account_id).change(only_tags=[sales])
        db.session.commit()
    assert reach(claude.ask(browser))[0].startswith("1 of 3 people, with")
    claude.connect(browser, hide_contact="y", read_only="y")
    assert reach(claude.ask(browser)) == ["1 of 3 people, without e-mail and phone · 2 tags · settings", "Nothing"]


def test_a_role_is_promised_what_it_can_give(browser_of, charlie, bob, claude, sales):
    page = claude.ask(browser_of(charlie))
    assert reach(page) == ["3 people, with e-mail and phone · 2 tags · settings", "Nothing"]
    assert "See tags" in text_of(page)
    assert "list_tags" in text_of(page)
    assert "create_tag" not in text_of(page)
    assert text_of(page).count("Not possible in your role (User)") == 2
    managers = claude.ask(browser_of(bob))
    assert reach(managers)[1].endswith("2 tags · aliases")
    assert "update_account" not in text_of(managers)


def test_a_member_who_sees_some_people_is_told_no_other_number(app, alice, browser_of, bob, claude, sales):
    with app.app_context(), in_account(alice.account_id):
        db.session.get_one(Account, alice.account_id).profiles_by_tags = True
        db.session.get_one(Member, bob.member_id).tag_ids = [sales]
        db.session.commit()
    assert reach(claude.ask(browser_of(bob)))[0].startswith("1 person, with e-mail and phone")


def test_every_part_of_a_scope_that_a_role_leaves_has_words_of_its_own():
    for role in Role:
        for name, covered in SCOPE_COVERS.items():
            some_of_it = bool(covered & MAY[role]) and not covered <= MAY[role]
            assert (scope_for(role, name) is not SCOPES[name]) == some_of_it, (role, name)


def test_a_number_that_was_not_counted_to_the_end_says_so(app):
    with app.test_request_context():
        assert count_in_words(Page([], total=10_000)) == "more than 10,000 people"
        exact = Page([], total=34, total_is_exact=True)
        assert count_in_words(Page([], total=10_000), exact) == "34 of more than 10,000 people"


def test_nobody_else_is_told_a_number(app, browser, claude, sales, browser_of, alice, bob, eve, black_mesa):
    page = claude.ask(browser)
    for other in (browser_of(bob), browser_of(eve), browser_of(alice)):
        token = fields_of(claude.ask(other))["csrf_token"]
        answer = change(other, page, csrf_token=token)
        assert answer.status_code == 400
        assert "people" not in text_of(answer)
    assert change(app.test_client(), page).status_code in {302, 400}
    for elsewhere in ({"account": str(black_mesa.id)}, {"shown": str(black_mesa.id)}, {"consent": ""}, {"shown": ""}):
        assert change(browser, page, **elsewhere).status_code == 400


@pytest.mark.parametrize("reason", ["policy", "second factor", "answered"])
def test_where_nothing_can_be_allowed_nothing_is_counted(app, alice, browser, claude, sales, reason):
    page = claude.ask(browser)
    if reason == "answered":
        decide(browser, page)
    with app.app_context(), in_account(alice.account_id):
        if reason == "policy":
            ConnectionPolicy.of(alice.account_id).change(registration=False)
        elif reason == "second factor":
            db.session.get_one(Account, alice.account_id).second_factor_required = True
        db.session.commit()
    answer = change(browser, page)
    assert answer.status_code != 200
    assert "people" not in text_of(answer)


def test_the_page_has_no_menu_and_says_first_who_wants_what(browser, claude):
    page = claude.ask(browser)
    assert [nav.attributes["aria-label"] for nav in read(page.text).all("nav")] == ["About this service"]
    assert [h1.text for h1 in read(page.text).all("h1")] == ["Claude wants access to Aperture Science as you"]
    folded = page.text.partition("Technical details")[2]
    assert claude.redirect_uri in folded
    assert "profiles:read" in folded


def test_with_nothing_new_to_answer_the_page_asks_about_what_the_app_has(browser_of, charlie, claude):
    browser = browser_of(charlie)
    claude.connect(browser)
    page = claude.ask(browser)
    assert "wants access to" in text_of(page)
    assert "Access it already has" not in page.text
    assert re.findall(r'name="deny" value="([^"]+)"', page.text) == ["profiles:read", "tags:manage", "account:read"]
    assert claude.code_in(decide(browser, page))


def test_what_was_denied_for_good_can_be_asked_again_from_the_page_that_says_so(browser, claude):
    decide(browser, claude.ask(browser, scope="profiles:read"), "deny", never="1")
    page = claude.ask(browser, scope="profiles:read")
    assert "You denied this before" in text_of(page)
    assert 'value="allow"' not in page.text
    action = re.search(r'action="([^"]+/reconsideration)"', page.text).group(1)
    answer = browser.post(action, data=fields_of(page), follow_redirects=True)
    assert "can ask you again" in text_of(answer)
    assert 'name="deny" value="profiles:read" checked' in answer.text


def test_letting_it_ask_leads_nowhere_else(browser, claude):
    decide(browser, claude.ask(browser, scope="profiles:read"), "deny", never="1")
    page = claude.ask(browser, scope="profiles:read")
    action = re.search(r'action="([^"]+/reconsideration)"', page.text).group(1)
    answer = browser.post(action, data=fields_of(page) | {"next": "https://evil.example/"})
    assert answer.location == "/settings/connections"
