"""Every tool call leaves exactly one entry, whatever comes of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from blueprints.mcp.registry import registry
from models.accounts.account import Account
from models.accounts.member import Member
from models.audit import MOST_RESOURCES, entry_facts, stored_log, verify
from models.audit.recorder import AuditPersonal
from models.audit_log import rendered_entry
from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.connections.usage import ConnectionUse
from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.tag import Tag
from models.scopes import ALL_SCOPES, PROFILES_WRITE
from models.secrets import keyed_digest
from tests.fixtures.tool_calls import working_call

TOOL = {tool.name: tool for tool in registry}
TOOLS = list(TOOL)


@pytest.mark.asvs("16.2.1")
@pytest.mark.both_databases
@pytest.mark.parametrize("name", TOOLS)
def test_a_call_that_works_leaves_one_entry(name, claude, ours, audit_log, alice):
    claude.result(name, **working_call(name, ours))
    [entry] = audit_log()
    assert (entry.tool, entry.outcome, entry.reason) == (name, "allowed", None)
    assert set(entry.scope.split()) == TOOL[name].scopes_for(working_call(name, ours))
    assert (entry.member_id, entry.connection_id) == (alice.member_id, claude.connection_id)
    assert entry.client_name is None
    assert entry.revision == "2026-07-28"
    assert entry.duration_us > 0
    assert entry.resources
    assert len(entry.arguments_digest) == 64


@pytest.mark.asvs("16.3.2")
def test_a_call_without_its_scope_leaves_one_entry(connect, alice, ours, audit_log):
    for name, tool in TOOL.items():
        connect(alice, ALL_SCOPES - {tool.needs}).call(name, **working_call(name, ours))
    entries = audit_log()
    assert [entry.tool for entry in entries] == TOOLS
    assert [entry.scope for entry in entries] == [tool.needs for tool in TOOL.values()]
    assert {(entry.outcome, entry.reason, str(entry.resources)) for entry in entries} == {("refused", "scope", "[]")}


def test_a_call_with_a_wrong_input_leaves_one_entry(claude, audit_log):
    for name in TOOLS:
        claude.refusal(name, nonsense=1)
    assert [(entry.tool, entry.outcome, entry.reason) for entry in audit_log()] == [
        (name, "refused", "arguments") for name in TOOLS
    ]


@pytest.mark.parametrize(
    ("tool", "arguments", "outcome", "reason"),
    [
        ("get_debrief", {"profile_id": "00000000-0000-4000-8000-000000000000"}, "failed", "not_found"),
        ("create_tag", {"label": "Sales", "color": "mauve"}, "failed", "invalid"),
        ("create_tag", {"label": "doug TEAM", "color": "red"}, "failed", "invalid"),
    ],
)
def test_a_call_that_fails_leaves_one_entry_and_changes_nothing(
    tool, arguments, outcome, reason, claude, ours, audit_log
):
    claude.refusal(tool, **arguments)
    [entry] = audit_log()
    assert (entry.outcome, entry.reason, entry.resources, entry.steps) == (outcome, reason, [], [])
    assert claude.result("list_tags")["total"] == 1


@pytest.mark.asvs("16.3.2")
def test_a_call_beyond_the_role_leaves_one_entry(connect, charlie, audit_log):
    connect(charlie).refusal("create_tag", label="Sales", color="red")
    [entry] = audit_log()
    assert (entry.outcome, entry.reason, entry.member_id) == ("refused", "role", charlie.member_id)


@pytest.mark.both_databases
def test_nothing_in_an_app_s_own_words_is_in_the_permanent_part_of_an_entry(claude, app, audit_log):
    claude.ask("tools/call", {"name": "tell_jane_doe", "arguments": {}}, X_Request_ID="jane.doe-1961")
    [entry] = audit_log()
    assert (entry.tool, entry.outcome, entry.reason) == ("unknown", "refused", "unknown_tool")
    assert "jane" not in repr(entry_facts(entry))
    with app.app_context():
        beside = db.session.get_one(AuditPersonal, entry.id)
        assert beside.names == {"@": "Claude", "@tool": "tell_jane_doe", "@request": "jane.doe-1961"}
        assert verify(stored_log(entry.account_id)).verdict == 0
        db.session.delete(beside)
        db.session.commit()
        assert verify(stored_log(entry.account_id)).verdict == 0


def test_a_name_that_no_database_stores_is_refused_without_harm(claude):
    assert claude.send(b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\\ud800"}}').status_code < 500


def test_the_name_of_an_unknown_tool_is_shown_until_it_is_erased(claude, app, audit_log, alice):
    claude.call("make_coffee" + "e" * 100)
    [entry] = audit_log()
    with app.app_context(), in_account(alice.account_id):
        reader = db.session.get_one(Member, alice.member_id)
        assert "make_coffee" in rendered_entry(reader, entry.id).text
        assert len(rendered_entry(reader, entry.id).personal.names["@tool"]) <= 60
        db.session.delete(db.session.get_one(AuditPersonal, entry.id))
        db.session.commit()
        assert "make_coffee" not in rendered_entry(reader, entry.id).text


def test_equal_calls_have_digests_of_their_own_that_only_the_erasable_salt_ties_to_them(claude, app, audit_log):
    for _ in range(2):
        claude.ask("tools/call", {"name": "list_tags", "arguments": {}}, X_Request_ID="chosen-by-the-app")
    first, second = audit_log()
    assert first.arguments_digest != second.arguments_digest
    with app.app_context():
        salt = db.session.get_one(AuditPersonal, first.id).salt
        assert first.arguments_digest == keyed_digest("arguments", [salt, ["list_tags", {}]])


@pytest.mark.parametrize("params", [{}, {"name": 5}, {"name": "list_tags", "arguments": []}])
def test_a_malformed_call_leaves_one_entry(params, claude, audit_log):
    claude.ask("tools/call", params, Mcp_Name=str(params.get("name", "")))
    [entry] = audit_log()
    assert (entry.outcome, entry.reason) == ("refused", "malformed")


def test_asking_for_the_list_leaves_nothing(claude, audit_log):
    claude.tools()
    assert audit_log() == []


def test_the_entry_of_a_change_says_what_changed_but_not_what_was_typed(claude, ours, audit_log):
    claude.result("update_tag", tag_id=ours.tag, label="Secret plans", color="blue")
    [entry] = audit_log()
    assert entry.steps == ["tag.changed"]
    assert sorted(entry.fields) == ["color", "label"]
    assert entry.values == {"color": "blue"}
    assert entry.resources == [["tag", ours.tag]]
    assert "Secret" not in repr(vars(entry))


def test_reading_a_list_remembers_who_was_in_it(claude, ours, audit_log):
    claude.result("list_profiles")
    [entry] = audit_log()
    assert sorted(entry.resources) == sorted([["profile", ours.profile], ["profile", ours.other]])


def test_an_entry_names_all_that_an_answer_held(claude, app, alice, audit_log):
    with app.app_context(), in_account(alice.account_id):
        for number in range(260):
            Tag.create(alice.account_id, f"Tag {number}", "blue")
        db.session.commit()
    answer = claude.result("get_account", include_tags=True)
    [entry] = audit_log()
    assert entry.resource_count == len(entry.resources)
    assert [id_ for kind, id_ in entry.resources if kind == "tag"] == [tag["id"] for tag in answer["tags"]]


@pytest.mark.parametrize("name", TOOLS)
def test_no_tool_takes_or_lists_more_than_an_entry_can_name(name):
    properties = TOOL[name].listed.input_schema["properties"]
    listed, taken = properties.get("limit", {}).get("maximum", 0), properties.get("profile_ids", {}).get("maxItems", 0)
    # Aliases are named with their profiles, and profiles with the tag that they get.
    assert max(2 * listed, taken + 1) <= MOST_RESOURCES


@pytest.mark.asvs("16.2.1")
def test_a_call_is_remembered_with_its_place_and_browser_beside_the_entry(claude, app, audit_log):
    claude.result("list_tags")
    with app.app_context():
        [personal] = db.session.scalars(select(AuditPersonal).where(AuditPersonal.entry_id == audit_log()[0].id))
        assert personal.address == "127.0.0.0/24"
        assert str(personal.user_agent).startswith("Werkzeug")
        assert personal.names == {"@": "Claude"}


def test_a_call_is_noted_on_the_connection(claude, app):
    claude.result("list_tags")
    with app.app_context():
        assert db.session.get_one(ConnectionUse, claude.connection_id).last_used_at is not None


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST", "PURGE"])
def test_a_revoked_token_leaves_one_entry_whatever_is_asked(method, claude, alice, app, audit_log):
    revoke(app, claude, alice)
    answer = claude.send({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, method=method)
    assert answer.status_code == 401
    [entry] = audit_log()
    assert (entry.action, entry.outcome, entry.reason) == ("token.refused", "refused", "revoked")
    assert entry.resources == [["connection", str(claude.connection_id)]]


def test_the_token_of_a_removed_member_leaves_an_entry(connect, bob, app, audit_log):
    app_of_bob = connect(bob)
    with app.app_context():
        with in_account(bob.account_id):
            db.session.get_one(Member, bob.member_id).remove()
        db.session.commit()
    assert app_of_bob.call("list_tags").status_code == 401
    assert [entry.reason for entry in audit_log()] == ["removed"]


@pytest.mark.asvs("16.3.2")
def test_an_expired_token_leaves_an_entry(connect, alice, audit_log):
    assert connect(alice, lifetime=0).call("list_tags").status_code == 401
    assert [entry.reason for entry in audit_log()] == ["expired"]


def test_a_token_for_another_server_leaves_an_entry(connect, alice, audit_log):
    assert connect(alice, resource="https://elsewhere.example/mcp").call("list_tags").status_code == 401
    assert [entry.reason for entry in audit_log()] == ["other_resource"]


def test_an_unknown_token_leaves_nothing(claude, audit_log):
    claude.token = "pfa_" + "x" * 43
    assert claude.call("list_tags").status_code == 401
    assert audit_log() == []


@pytest.mark.asvs("2.3.3", "16.5.3")
def test_without_its_entry_nothing_is_done(claude, ours, app):
    before = snapshot(app)
    with app.app_context():
        db.session.execute(text("ALTER TABLE audit_entry RENAME TO audit_entry_away"))
        db.session.commit()
    for name in TOOLS:
        answer = claude.call(name, **working_call(name, ours))
        assert answer.status_code == 503, name
        assert answer.json["error"]["code"] == -32603
        assert "result" not in answer.json
        assert snapshot(app) == before, name


@pytest.mark.asvs("16.5.3")
def test_a_refusal_that_cannot_be_recorded_is_none(connect, alice, app):
    claude = connect(alice, [PROFILES_WRITE])
    with app.app_context():
        db.session.execute(text("ALTER TABLE audit_entry RENAME TO audit_entry_away"))
        db.session.commit()
    assert claude.call("list_tags").status_code == 503


@pytest.mark.asvs("16.3.4", "16.5.1")
def test_a_tool_that_crashes_changes_nothing_and_says_so(claude, app, ours, aperture, audit_log):
    with app.app_context(), in_account(aperture.id):
        # A result in a shape that nothing here ever writes.
        db.session.execute(text("UPDATE result SET scores = '{\"style\": 5}' WHERE assessment = 'disc'"))
        db.session.commit()
    said = claude.refusal("get_profile", profile_id=ours.profile)
    assert said.startswith("Something went wrong on this server")
    [entry] = audit_log()
    assert (entry.outcome, entry.reason) == ("failed", "crashed")


def revoke(app, connected, person):
    with app.app_context():
        connection = db.session.get_one(Connection, connected.connection_id)
        lifecycle.revoke(connection, db.session.get_one(Member, person.member_id))
        db.session.commit()


def snapshot(app):
    """Every row of what tools change."""
    tables = ("account", "profile", "tag", "profile_tag", "alias", "result", "debrief")
    with app.app_context():
        found = []
        for account in db.session.scalars(select(Account).order_by(Account.id)).all():
            with in_account(account.id):
                found += [sorted(map(repr, db.session.execute(text(f"SELECT * FROM {name}")).all())) for name in tables]
        return found
