"""What a member, or the account's policy, leaves of a connection: every limit, with every tool, from the next request on."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from blueprints.mcp.registry import registry
from models.accounts.account import Account
from models.connections import lifecycle as lifecycle
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.usage import ConnectionUse
from models.database.base import db, now
from models.database.tenancy import in_account
from models.errors import Invalid, NotFound
from models.profiles.tag import Tag
from models.scopes import ACCOUNT_READ, PROFILES_READ, TAGS_MANAGE
from tests.fixtures.tool_calls import working_call
from tests.for_each import for_each
from tests.mcp_client import result_of

TOOLS = list(registry)
NAMES = [tool.name for tool in TOOLS]


def test_lists_counts_and_tags_speak_of_the_visible_alone(claude, ours, inside, limit):
    limit(only_tags=[inside[0]])

    page = claude.result("list_profiles")
    assert [row["id"] for row in page["profiles"]] == [inside[1]]
    assert page["total"] == 1
    assert claude.result("get_account")["counts"]["profiles"] == 1
    assert claude.result("list_aliases")["total"] == 0
    counts = {tag["label"]: tag["profiles"] for tag in claude.result("list_tags")["tags"]}
    assert counts == {"Visible": 1, "doug team": 0}
    assert "no profile" in claude.refusal("get_profile", alias="crm-doug")


def test_somebody_new_gets_the_tag_by_which_they_exist(claude, ours, inside, change):
    change(lambda connection: lifecycle.limit(connection, only_tags=[inside[0]]))

    made = claude.result("send_assessment_invite", email="new@example.org")
    assert made["id"] in [row["id"] for row in claude.result("list_profiles")["profiles"]]
    assert "cannot be invited through this connection" in claude.refusal(
        "send_assessment_invite", email="doug@example.com"
    )


def test_with_several_tags_a_choice_must_be_made(claude, ours, inside, change):
    change(lambda connection: lifecycle.limit(connection, only_tags=[inside[0], ours.tag]))

    assert inside[0] in claude.refusal("send_assessment_invite", email="new@example.org")
    claude.result("send_assessment_invite", email="new@example.org", tag_ids=[inside[0]])


def test_a_tag_that_is_deleted_leaves_nobody_visible(app, alice, claude, inside, change):
    change(lambda connection: lifecycle.limit(connection, only_tags=[inside[0]]))
    with app.app_context(), in_account(alice.account_id):
        Tag.find(alice.account_id, uuid.UUID(inside[0])).delete()
        db.session.commit()

    assert claude.result("list_profiles")["profiles"] == []


def test_the_calls_of_a_day_are_counted_and_a_new_day_begins_anew(app, claude, ours, limit):
    limit(daily_calls=2)

    claude.result("list_tags")
    claude.result("create_tag", label="Sales", color="red")
    assert "2 calls a day" in claude.refusal("list_tags")
    assert "2 calls a day" in claude.refusal("create_tag", label="Second", color="red")
    # What would fail anyway tells nothing of what is there, either.
    assert "2 calls a day" in claude.refusal("create_tag", label="Sales", color="red")
    assert "2 calls a day" in claude.refusal("update_profile", profile_id=str(uuid.uuid4()), first_name="Ana")
    with app.app_context():
        db.session.execute(update(ConnectionUse).values(day="2026-01-01"))
        db.session.commit()
    assert [tag["label"] for tag in claude.result("list_tags")["tags"]] == ["doug team", "Sales"]


def test_a_paused_app_can_do_nothing_and_goes_on_where_it_was(claude, ours, change, audit_log):
    change(lambda connection: lifecycle.pause(connection))

    assert claude.tools() == []
    for tool in TOOLS:
        assert "paused" in claude.refusal(tool.name, **working_call(tool.name, ours))
    assert {entry.reason for entry in audit_log()} == {"paused"}
    change(lambda connection: lifecycle.resume(connection))
    assert claude.tools() == NAMES


def test_on_its_last_day_a_connection_ends(app, claude, change):
    change(lambda connection: lifecycle.limit(connection, ends_at=now() + timedelta(days=1)))
    claude.result("list_tags")
    with app.app_context():
        db.session.execute(update(Connection).values(ends_at=now()))
        db.session.commit()

    assert claude.call("list_tags").status_code == 401


def test_what_is_narrowed_away_is_gone_at_the_next_request_and_can_come_back(claude, ours, change):
    change(lambda connection: lifecycle.narrow(connection, TAGS_MANAGE))
    assert claude.call("list_tags").status_code == 403
    assert "list_tags" not in claude.tools()

    change(lambda connection: lifecycle.restore(connection, TAGS_MANAGE))
    claude.result("list_tags")


def test_what_was_declined_can_be_given_in_place_and_what_was_never_asked_cannot(app, alice, connect, change):
    shy = connect(alice, [TAGS_MANAGE], name="Shy")
    with app.app_context(), in_account(alice.account_id):
        connection = db.session.get_one(Connection, shy.connection_id)
        lifecycle.restore(connection, ACCOUNT_READ)
        db.session.commit()
    shy.result("get_account")
    with app.app_context():
        db.session.execute(update(Authorization).values(requested=frozenset({TAGS_MANAGE})))
        db.session.commit()
        connection = db.session.get_one(Connection, shy.connection_id)
        with pytest.raises(Invalid, match="has not asked"):
            lifecycle.restore(connection, PROFILES_READ)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"ends_at": now() - timedelta(seconds=1)}, "in the past"),
        ({"only_tags": []}, "at least one tag"),
        ({"daily_calls": 0}, "between 1"),
    ],
)
def test_a_limit_that_could_not_be_meant_is_refused_with_the_reason(change, wanted, sentence):
    with pytest.raises(Invalid, match=sentence):
        change(lambda connection: lifecycle.limit(connection, **wanted))


def test_a_limit_to_anothers_tag_is_not_found(change, theirs):
    with pytest.raises(NotFound):
        change(lambda connection: lifecycle.limit(connection, only_tags=[theirs.tag]))


def test_the_policy_takes_scopes_from_every_connection(claude, decide, audit_log):
    decide(scopes=frozenset({TAGS_MANAGE}))

    # No 403: that sends an app to a consent that cannot give it.
    said = claude.refusal("get_account")
    assert "account:read" in said
    assert "the account's policy blocks for all apps" in said
    assert "Only an Owner can change" in said
    assert audit_log()[-1].reason == "policy_scope"
    assert "get_account" not in claude.tools()
    claude.result("list_tags")


def test_what_was_not_granted_and_no_consent_could_give_is_no_403_either(connect, alice, decide):
    shy = connect(alice, [TAGS_MANAGE], name="Shy")
    assert shy.call("get_account").status_code == 403
    decide(scopes=frozenset({TAGS_MANAGE, PROFILES_READ}))

    assert "policy blocks for all apps" in shy.refusal("get_account")
    asked = shy.call("list_profiles")
    assert asked.status_code == 403
    assert 'scope="profiles:read tags:manage"' in asked.headers["WWW-Authenticate"]


def test_an_input_that_needs_a_scope_the_policy_takes_says_so_too(claude, decide, ours):
    decide(scopes=frozenset({PROFILES_READ}))

    assert "tags:manage" in claude.refusal("list_profiles", tag_ids=[ours.tag])
    claude.result("list_profiles")


@pytest.fixture(params=["asked of all members", "asked of who connects apps"])
def ask_for_second_factor(request, app, alice, decide):
    """Let Alice's account ask for a second factor, in either way."""

    def ask():
        if request.param == "asked of who connects apps":
            decide(second_factor=True)
        else:
            with app.app_context():
                db.session.get_one(Account, alice.account_id).second_factor_required = True
                db.session.commit()

    return ask


@pytest.mark.asvs("10.3.4")
@for_each("tool", TOOLS)
def test_without_the_second_factor_that_is_asked_for_no_tool_works(
    claude, ours, ask_for_second_factor, audit_log, tool
):
    ask_for_second_factor()

    assert "second factor" in claude.refusal(tool.name, **working_call(tool.name, ours))
    assert claude.tools() == []
    assert audit_log()[-1].reason == "second_factor"


def test_with_the_second_factor_it_goes_on_as_it_is(claude, alice, ask_for_second_factor, give_app):
    ask_for_second_factor()
    claude.refusal("list_tags")
    give_app(alice)

    claude.result("list_tags")
    assert claude.tools() == NAMES


def instructions_of(assistant):
    """What the server says of itself to an assistant that connects."""
    return result_of(assistant.ask("server/discover"))["instructions"]


def test_the_server_says_what_a_connection_may_not_at_present(claude, alice, bob, connect, change, decide):
    assert "every call is refused" not in instructions_of(claude)
    change(lambda connection: lifecycle.pause(connection))
    assert "This connection is paused. Every call is refused" in instructions_of(claude)
    decide(second_factor=True)
    assert "this member has none. Every call is refused" in instructions_of(claude)
    decide(registration=False)
    assert "policy blocks this app" in instructions_of(claude)
    assert "Granted" not in instructions_of(claude)


def test_the_server_says_within_which_limits_it_works(claude, inside, limit, change):
    assert "Read-only: tools" not in instructions_of(claude)
    limit(read_only=True, hide_contact=True, only_tags=[inside[0]], daily_calls=1234)
    change(lambda connection: lifecycle.limit(connection, ends_at=datetime(2999, 12, 31, tzinfo=UTC)))

    said = instructions_of(claude)
    assert "Read-only: tools" in said
    assert "The fields for e-mail addresses and phone numbers are left out" in said
    assert "Only profiles with certain tags exist" in said
    assert "Visible" not in said
    assert "At most 1,234 calls a day" in said
    assert "ends at 2999-12-31 00:00 UTC" in said


def test_the_server_tells_what_the_policy_keeps_from_what_the_member_could_give(connect, alice, decide):
    shy = connect(alice, [TAGS_MANAGE], name="Shy")
    decide(scopes=frozenset({PROFILES_READ}))

    said = instructions_of(shy)
    assert "Granted: nothing." in said
    blocked = said[said.index("policy blocks: ") :].splitlines()[0]
    not_granted = said[said.index("Not granted") :].splitlines()[0]
    assert "tags:manage" in blocked
    assert "tags:manage" not in not_granted
    assert "profiles:read" in not_granted


def test_the_policy_keeps_apps_out_that_registered_themselves(claude, decide, audit_log):
    decide(registration=False)

    assert claude.tools() == []
    assert "policy blocks this app" in claude.refusal("list_tags")
    assert audit_log()[-1].reason == "policy"


def test_the_policy_names_apps_by_their_id(app, claude, decide):
    decide(apps=["claude.ai"])
    assert "policy blocks this app" in claude.refusal("list_tags")
    with app.app_context():
        own = db.session.get_one(Connection, claude.connection_id).client.client_id
    decide(apps=["claude.ai", own])
    claude.result("list_tags")


def test_the_policy_ends_what_was_consented_to_long_ago(app, claude, decide):
    decide(longest_days=7)
    claude.result("list_tags")
    with app.app_context():
        db.session.execute(update(Authorization).values(created_at=now() - timedelta(days=8)))
        db.session.commit()

    assert claude.call("list_tags").status_code == 401


def test_of_the_members_limits_and_the_policys_the_stricter_hold(claude, ours, inside, change, decide):
    change(lambda connection: lifecycle.limit(connection, daily_calls=50, only_tags=[inside[0]]))
    decide(daily_calls=3, hide_contact=True, only_tags=[ours.tag])

    assert claude.result("list_profiles")["profiles"] == []
    decide(only_tags=None)
    (row,) = claude.result("list_profiles")["profiles"]
    assert "email" not in row
    claude.result("list_tags")
    assert "3 calls a day" in claude.refusal("list_tags")


def test_a_policy_that_excludes_everything_is_refused(decide):
    with pytest.raises(Invalid, match="block every app"):
        decide(scopes=frozenset())
    with pytest.raises(Invalid, match="days"):
        decide(longest_days=0)
