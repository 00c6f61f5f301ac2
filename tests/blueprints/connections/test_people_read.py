"""Whose data an app read: counted over its whole use, without those whom it only wrote to, and with those who are gone."""

from __future__ import annotations

import pytest

from models.audit.recorder import Action, Outcome, write
from models.connections import data_access as reading
from models.connections.connection import Connection
from models.connections.data_access import Read, people_page, people_read
from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.alias import Alias
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.request_scope import Actor, Call
from tests.pages import text_of


@pytest.fixture
def page(claude):
    return f"/settings/connections/{claude.connection_id}"


@pytest.fixture
def people(app, alice):
    """Thirty people, by their first names Person 0 to Person 29."""
    with app.app_context(), in_account(alice.account_id):
        made = [Profile.create(alice.account_id, f"p{n}@example.org", f"Person {n}", "Doe").id for n in range(30)]
        db.session.commit()
        return made


@pytest.fixture
def read(app, alice, claude):
    def count():
        with app.app_context(), in_account(alice.account_id):
            return people_read(db.session.get_one(Connection, claude.connection_id))

    return count


@pytest.mark.both_databases
def test_whoever_was_only_tagged_was_not_read(app, alice, claude, people, read):
    with app.app_context(), in_account(alice.account_id):
        tag = str(Tag.create(alice.account_id, "Sales", "blue").id)
        db.session.commit()
    claude.result("tag_profiles", tag_id=tag, profile_ids=[str(id_) for id_ in people[:3]])
    assert read() == Read(people=0, deleted=0, whole=True)
    claude.result("get_profile", profile_id=str(people[0]))
    claude.result("get_debrief", profile_id=str(people[0]))
    assert read() == Read(people=1, deleted=0, whole=True)


def test_an_answer_to_a_change_is_read_by_whoever_may_read(claude, bob, connect, people, read):
    claude.result("update_profile", profile_id=str(people[0]), first_name="Anna")
    assert read().people == 1


@pytest.mark.both_databases
def test_an_invitation_reads_those_who_were_known_before(claude, people, read):
    claude.result("send_assessment_invite", email="new@example.org", first_name="Nina")
    assert read().people == 0
    claude.result("send_assessment_invite", email="p3@example.org")
    assert read().people == 1
    # Now the app learns what it did not send: that nothing was sent, and how it stands.
    claude.result("send_assessment_invite", email="new@example.org")
    assert read().people == 2


def test_what_decides_is_the_answer_and_not_what_the_app_may_read_later(app, connect, bob, people):
    writing = connect(bob, ["profiles:write"])
    writing.result("update_profile", profile_id=str(people[0]), first_name="Anna")
    writing.result("send_assessment_invite", email="p3@example.org")
    reading = connect(bob, ["profiles:write", "profiles:read"])
    assert reading.connection_id == writing.connection_id
    reading.result("update_profile", profile_id=str(people[1]), first_name="Anna")
    with app.app_context(), in_account(bob.account_id):
        connection = db.session.get_one(Connection, reading.connection_id)
        assert {person.id for person in people_page(connection, 1, 10)} == {people[1], people[3]}


def test_whose_alias_was_in_an_answer_was_read(app, alice, claude, people, read):
    claude.result("create_alias", resource_id=str(people[0]), consumer_key="crm-0")
    assert read().people == 1
    with app.app_context(), in_account(alice.account_id):
        Alias.create(alice.account_id, "profile", people[1], "crm-1")
        db.session.commit()
    claude.result("list_aliases")
    assert read().people == 2


@pytest.mark.both_databases
@pytest.mark.parametrize(("scopes", "found"), [(["profiles:write", "profiles:read"], 2), (["profiles:write"], 0)])
def test_changes_of_before_answers_were_noted_count_for_an_app_that_could_read(
    app, alice, connect, people, scopes, found
):
    theirs = connect(alice, scopes)

    def old(tool, person, *steps):
        call = Call(tool, resources=[("profile", person)], steps=list(steps))
        actor = Actor(alice.account_id, alice.user_id, alice.member_id, theirs.connection_id, "Claude")
        facts = {"resources": call.resources, "steps": call.steps, "tool": tool}
        write(actor, action=Action.TOOL_CALLED, outcome=Outcome.ALLOWED, **facts)

    with app.app_context(), in_account(alice.account_id):
        old("update_profile", people[0], "profile.changed")
        old("send_assessment_invite", people[1], "assessment.invited")
        old("send_assessment_invite", people[2], "profile.created", "assessment.invited")
        old("tag_profiles", people[3], "tag.put_on_profiles")
        db.session.commit()
        assert people_read(db.session.get_one(Connection, theirs.connection_id)).people == found


def test_a_call_that_was_refused_read_nothing(app, bob, connect, people):
    his = connect(bob, ["tags:manage"])
    assert his.call("get_profile", profile_id=str(people[0])).status_code == 403
    with app.app_context(), in_account(bob.account_id):
        assert people_read(db.session.get_one(Connection, his.connection_id)).people == 0


@pytest.mark.both_databases
def test_the_deleted_are_said_and_the_first_are_listed_with_a_way_to_all(app, alice, browser_of, claude, people, page):
    claude.result("list_profiles", limit=100)
    claude.result("get_profile", profile_id=str(people[7]))
    with app.app_context(), in_account(alice.account_id):
        for gone in people[:2]:
            Profile.find(alice.account_id, gone).delete()
        db.session.commit()
    browser = browser_of(alice)
    shown = browser.get(page)
    said = text_of(shown)
    assert "30 people, 2 of them deleted since." in said
    assert "Names (first 20 of 28)" in said
    assert said.index("Person 7 Doe") < said.index("Person 9 Doe")
    assert f'href="{page}/people"' in shown.text
    listed = text_of(browser.get(f"{page}/people"))
    assert all(f"Person {n} Doe" in listed for n in range(2, 30))
    assert "Person 1 Doe" not in listed


@pytest.mark.both_databases
def test_the_list_has_pages(app, alice, claude, people):
    claude.result("list_profiles", limit=100)
    with app.app_context(), in_account(alice.account_id):
        connection = db.session.get_one(Connection, claude.connection_id)
        pages = [[person.id for person in people_page(connection, page, 12)] for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [12, 12, 6, 0]
    assert set(pages[0] + pages[1] + pages[2]) == set(people)


def test_where_the_calls_are_too_many_the_page_says_over_which_it_counted(
    alice, browser_of, claude, people, page, monkeypatch
):
    monkeypatch.setattr(reading, "LOOKED_THROUGH", 2)
    for person in people[:3]:
        claude.result("get_profile", profile_id=str(person))
    assert "At least 2 people. Counted over its last" in text_of(browser_of(alice).get(page))


def test_strangers_see_nobody(claude, people, browser_of, bob, eve, page):
    claude.result("list_profiles")
    for stranger in (bob, eve):
        assert browser_of(stranger).get(f"{page}/people").status_code == 404
