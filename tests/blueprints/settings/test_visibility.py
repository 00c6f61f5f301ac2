"""The pages on which an Owner decides who sees whom, and what members then read."""

from __future__ import annotations

import pytest

from models.accounts import Account, Member
from models.database import db, in_account
from models.profiles import Profile, Tag, tags_of_profile
from tests.for_each import for_each
from tests.pages import hidden_fields, submit, text_of

PAGE = "/settings/account/visibility"


@pytest.fixture
def tags(app, alice):
    """Sales and Berlin, each on one person; their ids."""
    with app.app_context(), in_account(alice.account_id):
        ids = {}
        for label, name in (("Sales", "Sam"), ("Berlin", "Bea")):
            tag = Tag.create(alice.account_id, label, "red")
            tag.put_on([Profile.create(alice.account_id, f"{name.lower()}@example.org", name).id])
            ids[label] = str(tag.id)
        db.session.commit()
        return ids


def tags_page(person):
    return f"/settings/members/{person.member_id}/tags"


@pytest.mark.both_databases
def test_alice_decides_and_bob_and_his_app_see_less_at_the_next_request(
    alice, bob, browser_of, connect, tags, audit_log
):
    owner, his, robot = browser_of(alice), browser_of(bob), connect(bob)
    assert "Every member sees all profiles" in text_of(owner.get("/settings/account"))
    assert submit(owner, tags_page(bob), tags=[tags["Sales"]]).location == PAGE
    assert "Bea" in text_of(his.get("/profiles"))
    assert robot.result("list_profiles")["total"] == 2

    inviting = "/settings/members/invitations"
    assert "Who sees whom" not in text_of(owner.get(inviting))
    assert submit(owner, PAGE, sees="tags").location == PAGE
    assert "A new one sees only their own until you give them tags" in text_of(owner.get(inviting))
    for _ in range(2):
        assert robot.result("list_profiles")["total"] == 1
    page = text_of(his.get("/profiles"))
    assert "Bea" not in page
    assert "You see only profiles with this tag, and your own: Sales" in page
    assert "You see only profiles with this tag" in text_of(his.get("/dashboard"))
    assert "Bea" in text_of(owner.get("/profiles"))
    assert "You see only" not in text_of(owner.get("/profiles"))
    assert "Bob Manager Sales Change tags" in text_of(owner.get(PAGE))

    assert submit(owner, tags_page(bob), tags=[]).location == PAGE
    assert robot.result("list_profiles")["total"] == 0
    assert "You see only your own profile" in text_of(his.get("/profiles"))
    assert "You do not see any profiles yet" in text_of(his.get("/dashboard"))
    assert "No profiles yet" not in text_of(his.get("/profiles"))
    assert "Users and Managers see only profiles with their tags" in text_of(his.get("/settings/account"))
    assert submit(owner, PAGE, sees="everybody").location == PAGE
    assert robot.result("list_profiles")["total"] == 2
    done = [action for action, _ in audit_log(alice)]
    assert done[-4:] == ["member.tags_changed", "account.changed", "member.tags_changed", "account.changed"]


def test_an_old_session_takes_away_and_proves_itself_before_it_gives(app, alice, bob, browser_of, tags, long_ago):
    owner = browser_of(alice)
    submit(owner, tags_page(bob), tags=[tags["Sales"]])
    long_ago(alice)
    assert submit(owner, PAGE, sees="tags").location == PAGE
    asked = submit(owner, PAGE, sees="everybody")
    assert asked.location.startswith("/sign-in/again")
    asked = submit(owner, tags_page(bob), tags=[tags["Sales"], tags["Berlin"]])
    assert asked.location.startswith("/sign-in/again")
    with app.app_context():
        assert db.session.get_one(Account, alice.account_id).profiles_by_tags
        assert db.session.get_one(Member, bob.member_id).tag_ids == [tags["Sales"]]
    assert submit(owner, tags_page(bob), tags=[]).location == PAGE


@for_each("path", [PAGE, "/settings/members/{member}/tags"])
def test_only_owners_decide(path, bob, charlie, browser_of):
    for person in (bob, charlie):
        browser = browser_of(person)
        fields = hidden_fields(browser, "/settings/connections")
        path = path.format(member=charlie.member_id)
        assert browser.get(path).status_code == 403
        assert browser.post(path, data=fields | {"sees": "tags", "tags": []}).status_code == 403


def test_an_unknown_tag_is_refused(alice, bob, browser_of, tags):
    answer = submit(browser_of(alice), tags_page(bob), tags=["01a22c48-fc5a-7d4e-a09f-6db507870f59"])
    assert answer.status_code == 400


@pytest.fixture
def limited(alice, bob, browser_of, tags):
    """Bob's browser, who sees profiles with these tags."""

    def limit(*labels):
        owner = browser_of(alice)
        submit(owner, tags_page(bob), tags=[tags[label] for label in labels])
        submit(owner, PAGE, sees="tags")
        return browser_of(bob)

    return limit


def test_a_new_profile_gets_bobs_only_tag_and_he_sees_it(app, alice, limited):
    browser = limited("Sales")
    answer = submit(browser, "/profiles/new", email="new@example.org", first_name="New", custom_id="crm-1")
    page = text_of(browser.get(answer.location))
    assert [word for word in ("New", "crm-1") if word not in page] == []
    with app.app_context(), in_account(alice.account_id):
        made = Profile.by_email(alice.account_id, "new@example.org")
        assert [tag.label for tag in tags_of_profile(alice.account_id, made.id)] == ["Sales"]


def test_with_several_he_chooses_one(limited, tags):
    browser = limited("Sales", "Berlin")
    assert "Tags, at least one, so that you see the profile" in text_of(browser.get("/profiles/new"))
    refused = submit(browser, "/profiles/new", email="new@example.org")
    assert refused.status_code == 400
    assert "Choose at least one of them for new people: Berlin, Sales." in text_of(refused)
    answer = submit(browser, "/profiles/new", email="new@example.org", tag=tags["Berlin"])
    assert "Berlin" in text_of(browser.get(answer.location))
    assert submit(browser, "/invitations/new", email="other@example.org").status_code == 400
    assert submit(browser, "/invitations/new", email="sam@example.org").status_code == 302
    assert submit(browser, "/invitations/links/new").status_code == 400
    made = submit(browser, "/invitations/links/new", tag=tags["Sales"])
    assert browser.get(made.location).status_code == 200


def test_whom_he_takes_the_tag_off_is_gone_and_he_is_told(app, alice, limited, tags):
    browser = limited("Sales")
    with app.app_context(), in_account(alice.account_id):
        sam = str(Profile.by_email(alice.account_id, "sam@example.org").id)
    answer = submit(
        browser, "/profiles/untagging", page="/profiles", profile=sam, tag=tags["Sales"], next=f"/profiles/{sam}"
    )
    assert answer.location == "/profiles"
    assert "You no longer see 1 of them." in browser.get(answer.location).text
    assert browser.get(f"/profiles/{sam}").status_code == 404


def test_a_connection_in_another_account_names_nobody_hidden_there(
    app, alice, bob, browser_of, connect, limited, tags, new_person, black_mesa
):
    """Bob works in another account, as its Owner, and opens the page of his app in the first."""
    robot = connect(bob)
    robot.result("list_profiles")
    browser = limited("Sales")
    new_person("Bob", black_mesa, "Owner")
    fields = hidden_fields(browser, "/settings/connections")
    switched = browser.post("/accounts/current", data=fields | {"account": str(black_mesa.id)})
    assert switched.status_code == 302
    assert "Black Mesa" in browser.get("/dashboard").text
    for path in (f"/settings/connections/{robot.connection_id}", f"/settings/connections/{robot.connection_id}/people"):
        page = text_of(browser.get(path))
        assert "Sam" in page
        assert "Bea" not in page
        assert "You do not see 1 of them." in page


def test_two_owners_at_once_see_what_the_other_saved(alice, bob, browser_of, tags):
    owner = browser_of(alice)
    opened, of_bob = hidden_fields(owner, PAGE), hidden_fields(owner, tags_page(bob))
    assert owner.post(PAGE, data=opened | {"sees": "tags"}).status_code == 302
    assert owner.post(tags_page(bob), data=of_bob | {"tags": [tags["Sales"]]}).status_code == 302

    late = owner.post(PAGE, data=opened | {"sees": "everybody"})
    assert late.status_code == 409
    assert "was changed to Only profiles with their tags" in text_of(late)
    late = owner.post(tags_page(bob), data=of_bob | {"tags": [tags["Berlin"]]})
    assert late.status_code == 409
    assert "Tags was changed to Sales" in text_of(late)
