"""The promises that are made to members, each as a story: an assistant of the official SDK, and people in their browsers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from mcp.client.auth import OAuthFlowError
from mcp.shared.exceptions import MCPError

from models.database.base import db, now
from models.database.tenancy import in_account
from models.permissions import Role
from models.profiles.listing import tag_page
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from tests.sdk_assistant import Asked, Declined

CONNECTIONS = "/settings/connections"
READ_TAGS = ["list_tags", "create_tag", "update_tag", "delete_tag", "tag_profiles", "untag_profiles"]


@pytest.fixture
def ana(app, alice):
    """A person in Alice's account, with a tag."""
    with app.app_context(), in_account(alice.account_id):
        profile = Profile.create(alice.account_id, "ana@example.com", "Ana", "Löwe", "+1 202 555 0101")
        Tag.create(alice.account_id, "Mentors", "blue").put_on([profile.id])
        db.session.commit()
        return str(profile.id)


def revoke(person, browser, app_name="Claude"):
    """Three clicks: Connected apps, Revoke, and yes."""
    opened = browser(person)
    opened.open(CONNECTIONS)
    link = next(a for a in opened.page.all("a") if a.text.startswith("Revoke") and app_name in a.text)
    opened.open(link.attributes["href"])
    opened.press("Revoke")
    return opened


def test_1_any_scope_can_be_denied_and_what_is_denied_is_neither_listed_nor_done(assistant, at_the_desk, alice, ana):
    claude = assistant().start(at_the_desk(alice, deny=["tags:manage", "account:write"]))
    tools = claude.tools()
    assert "list_profiles" in tools
    assert not set(tools) & {*READ_TAGS, "update_account", "create_alias"}
    assert "tags:manage" in claude.instructions
    assert "/settings/connections" in claude.instructions


def test_1_a_call_beyond_the_scopes_makes_the_assistant_ask_again(assistant, at_the_desk, alice, ana):
    claude = assistant().start(at_the_desk(alice, deny=["tags:manage"]))
    claude.ask = at_the_desk(alice, deny=[])
    assert [tag["label"] for tag in claude.call("list_tags")["tags"]] == ["Mentors"]
    assert "create_tag" in claude.tools()


def test_1_saying_no_is_heard(assistant, at_the_desk, alice):
    with pytest.raises(Declined, match="access_denied"):
        assistant().start(at_the_desk(alice, "Don't allow"))


def test_2_a_scope_opens_only_its_own_data(assistant, at_the_desk, alice, ana):
    claude = assistant().start(at_the_desk(alice, deny=["tags:manage", "account:read", "account:write"]))
    shown = claude.call("get_profile", profile_id=ana)
    assert shown["email"] == "ana@example.com"
    assert not {"tags", "aliases", "custom_id"} & shown.keys()
    other = assistant("Tagger").start(
        at_the_desk(alice, deny=["profiles:read", "profiles:write", "account:read", "account:write"])
    )
    answer = other.call("list_tags")
    assert answer["tags"][0]["profiles"] == 1
    assert "ana" not in str(answer).lower()


def test_3_nothing_of_another_account_is_visible(assistant, at_the_desk, alice, eve, ana):
    spy = assistant().start(at_the_desk(eve))
    assert spy.call("list_profiles")["profiles"] == []
    foreign = spy.attempt("get_profile", profile_id=ana)
    unknown = spy.attempt("get_profile", profile_id="00000000-0000-7000-8000-000000000000")
    assert foreign.is_error
    assert foreign.content == unknown.content
    assert spy.attempt("list_profiles", account_id=str(alice.account_id)).is_error


def test_4_the_audit_log_has_every_call_allowed_refused_or_failed(assistant, at_the_desk, alice, browser, ana):
    claude = assistant().start(at_the_desk(alice, deny=["profiles:read"]))
    claude.call("create_tag", label="Sales", color="red")
    claude.attempt("create_tag", label="Sales", color="blue")
    claude.ask = do_not_answer
    with pytest.raises((Asked, MCPError, OAuthFlowError)):
        claude.attempt("list_profiles")
    opened = browser(alice)
    opened.open("/settings/audit?action=tool.called")
    for said in ("created the tag Sales", "list_profiles", "Refused", "Claude"):
        assert said in opened.text, opened.text


def do_not_answer(_address):
    raise Asked


def test_5_an_access_token_ends_and_the_assistant_renews_it_by_itself(app, assistant, at_the_desk, alice, ana):
    claude = assistant().start(at_the_desk(alice))
    # Once this is answered, nothing of the handshake is still under way with the token that ends now.
    assert claude.call("list_profiles")["total"] == 1
    first = claude.access_token
    with app.app_context():
        an_hour_ago = (now() - timedelta(seconds=1)).isoformat(sep=" ")
        db.session.execute(db.text("UPDATE access_token SET expires_at = :then"), {"then": an_hour_ago})
        db.session.commit()
    claude.ask = do_not_answer
    claude.an_hour_later()
    assert claude.call("list_profiles")["total"] == 1
    assert claude.access_token != first


def test_6_connections_stay_listed_until_revoked_and_after_as_history(assistant, at_the_desk, alice, browser):
    assistant().start(at_the_desk(alice, deny=["tags:manage"]))
    opened = browser(alice)
    opened.open(CONNECTIONS)
    assert "Claude" in opened.text
    assert opened.text.index("profiles:read") < opened.text.index("Denied") < opened.text.index("tags:manage")
    ended = revoke(alice, browser)
    assert "No longer connected" in ended.text


def test_7_revocation_is_immediate_and_no_refresh_works(assistant, at_the_desk, alice, browser, ana):
    claude = assistant().start(at_the_desk(alice))
    assert claude.call("list_profiles")["total"] == 1
    revoke(alice, browser)
    claude.ask = do_not_answer
    with pytest.raises((Asked, MCPError, OAuthFlowError)):
        claude.call("list_profiles")


def test_8_one_account_a_connection_side_by_side(assistant, at_the_desk, new_person, aperture, black_mesa):
    new_person("Both", aperture, Role.OWNER)
    both = new_person("Both", black_mesa, Role.OWNER)
    here = assistant().start(at_the_desk(both, account=str(aperture.id)))
    there = assistant().start(at_the_desk(both, account=str(black_mesa.id)))
    assert here.call("get_account")["name"] == "Aperture Science"
    assert there.call("get_account")["name"] == "Black Mesa"
    here.call("create_tag", label="Only here", color="pink")
    assert there.call("list_tags")["tags"] == []


def test_9_what_it_made_stays_when_it_is_revoked(app, assistant, at_the_desk, alice, browser):
    claude = assistant().start(at_the_desk(alice))
    claude.call("create_tag", label="Stays", color="emerald")
    revoke(alice, browser)
    with app.app_context(), in_account(alice.account_id):
        assert [tag.label for tag in tag_page(alice.account_id).rows] == ["Stays"]


def test_a_demotion_takes_effect_at_the_next_call(app, assistant, at_the_desk, alice, bob):
    claude = assistant().start(at_the_desk(bob))
    claude.call("create_tag", label="While I could", color="zinc")
    with app.app_context():
        db.session.execute(
            db.text("UPDATE member SET role = 'User' WHERE id = :bob"), {"bob": as_stored(bob.member_id)}
        )
        db.session.commit()
    refused = claude.attempt("create_tag", label="No longer", color="zinc")
    assert refused.is_error
    assert "create_tag" not in claude.tools()


def as_stored(id_):
    return id_.hex if db.engine.dialect.name == "sqlite" else id_
