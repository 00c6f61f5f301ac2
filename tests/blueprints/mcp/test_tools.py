"""What assistants can do with each tool, and what they are told when they cannot."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import jsonschema
import pytest

from blueprints.mcp.registry import registry
from models.database.base import db
from models.database.tenancy import in_account
from models.permissions import SCOPE_COVERS, Permission
from models.profiles.profile import Profile
from models.scopes import ACCOUNT_READ, ACCOUNT_WRITE, ALL_SCOPES, PROFILES_READ, PROFILES_WRITE, TAGS_MANAGE
from tests.fixtures.tool_calls import working_call
from tests.mcp_client import result_of

TOOL = {tool.name: tool for tool in registry}
TOOLS = list(TOOL)
THAT_CHANGE = [tool.name for tool in registry if not tool.reads]
IDS = [
    (name, field)
    for name in TOOLS
    for field in TOOL[name].input_schema["properties"]
    if field.endswith(("_id", "_ids")) and field != "custom_id"
]


@pytest.mark.both_databases
@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_answers_in_the_shape_that_it_promises(name, claude, ours):
    result = result_of(claude.call(name, **working_call(name, ours)))
    assert not result["isError"], result
    answer = result["structuredContent"]
    assert json.loads(result["content"][0]["text"]) == answer
    jsonschema.validate(answer, TOOL[name].listed.output_schema or False)
    assert answer["account"]["name"].startswith("Aperture")


def test_a_tool_without_its_scope_is_challenged_for_all_that_is_needed_together(connect, alice, ours):
    for name, tool in TOOL.items():
        answer = connect(alice, ALL_SCOPES - {tool.needs}).call(name, **working_call(name, ours))
        assert answer.status_code == 403, name
        challenge = answer.headers["WWW-Authenticate"]
        assert 'error="insufficient_scope"' in challenge
        assert f'scope="{" ".join(SCOPE_COVERS)}"' in challenge
        assert 'resource_metadata="http://localhost/.well-known/oauth-protected-resource/mcp"' in challenge
        assert "http://localhost/settings/connections" in answer.json["error"]["message"]


def test_a_user_cannot_change_anything_through_an_assistant(connect, charlie, ours):
    app = connect(charlie)
    for name in THAT_CHANGE:
        assert "role User" in app.refusal(name, **working_call(name, ours))


@pytest.mark.parametrize("name", THAT_CHANGE)
def test_a_manager_can_change_what_managers_may(name, connect, bob, ours):
    app = connect(bob)
    if TOOL[name].may == Permission.CHANGE_ACCOUNT:
        assert "role Manager" in app.refusal(name, **working_call(name, ours))
    else:
        app.result(name, **working_call(name, ours))


def test_a_strangers_id_and_an_unknown_id_are_answered_alike(claude, ours, theirs):
    for name, field in IDS:
        stranger = {"tag_id": theirs.tag, "tag_ids": theirs.tag, "alias_id": theirs.alias}.get(field, theirs.profile)
        answers = []
        for wanted in (stranger, str(uuid.uuid4())):
            given = {field: [wanted] if field.endswith("_ids") else wanted}
            answer = claude.call(name, **working_call(name, ours) | given)
            answers.append((answer.status_code, answer.json["result"]))
        assert answers[0] == answers[1], (name, field)
        assert answers[0][1]["isError"], (name, field)


def test_a_strangers_alias_and_an_unknown_one_are_answered_alike(claude, ours, theirs):
    assert claude.refusal("get_profile", alias=theirs.consumer_key) == claude.refusal("get_profile", alias="nobody")


def test_no_list_shows_anything_of_another_account(claude, ours, theirs):
    for tool in ("list_profiles", "list_tags", "list_aliases", "get_account"):
        shown = claude.call(tool, **({"limit": 100} if tool.startswith("list") else {"include_tags": True}))
        text = shown.get_data(as_text=True).lower()
        assert "doug" in text or tool == "get_account"
        assert "gordon" not in text
        assert theirs.profile not in text


def test_no_tool_takes_an_input_that_it_does_not_know(claude, ours):
    for name in TOOLS:
        assert TOOL[name].input_schema["additionalProperties"] is False
        refused = claude.refusal(name, **working_call(name, ours), account_id=str(uuid.uuid4()))
        assert refused == "account_id: unknown argument"


def test_no_tool_can_be_told_which_account_is_meant():
    for tool in TOOL.values():
        assert not [field for field in tool.input_schema["properties"] if "account" in field or "url" in field]


def test_a_connection_is_shown_only_the_tools_that_it_may_call(connect, alice, bob, charlie):
    assert connect(alice).tools() == TOOLS
    assert connect(charlie, [TAGS_MANAGE]).tools() == ["list_tags"]
    assert "update_account" not in connect(bob).tools()
    assert connect(bob, [PROFILES_WRITE]).tools() == ["update_profile", "delete_profile", "send_assessment_invite"]


def test_a_tool_is_listed_exactly_when_it_can_be_called(connect, charlie, ours):
    app = connect(charlie, [PROFILES_READ, TAGS_MANAGE, ACCOUNT_READ, ACCOUNT_WRITE])
    listed = app.tools()
    for name in TOOLS:
        answer = app.call(name, **working_call(name, ours))
        worked = answer.status_code == 200 and not answer.json["result"]["isError"]
        assert worked == (name in listed), name


@pytest.mark.parametrize(
    ("tool", "scope", "arguments", "both"),
    [
        ("list_profiles", PROFILES_READ, {"tag_ids": ["tag"]}, {PROFILES_READ, TAGS_MANAGE}),
        ("get_profile", PROFILES_READ, {"alias": "key"}, {PROFILES_READ, ACCOUNT_READ}),
        (
            "update_profile",
            PROFILES_WRITE,
            {"profile_id": "profile", "custom_id": "x"},
            {PROFILES_WRITE, ACCOUNT_WRITE},
        ),
        ("get_account", ACCOUNT_READ, {"include_tags": True}, {ACCOUNT_READ, TAGS_MANAGE}),
    ],
)
def test_an_input_of_another_scope_needs_both(tool, scope, arguments, both, connect, alice):
    answer = connect(alice, [scope]).call(tool, **arguments)
    assert answer.status_code == 403
    named = answer.headers["WWW-Authenticate"].partition('scope="')[2].partition('"')[0]
    assert set(named.split()) == both


def test_a_profile_leaves_out_what_other_scopes_open(connect, alice, ours):
    alone = connect(alice, [PROFILES_READ], name="one").result("get_profile", profile_id=ours.profile)
    whole = connect(alice, name="other").result("get_profile", profile_id=ours.profile)
    assert whole.keys() - alone.keys() == {"tags", "custom_id", "aliases"}
    assert whole["custom_id"] == "crm-doug"
    assert whole["disc"]["style"] == "ID"


def test_changing_a_profile_without_seeing_profiles_tells_nothing_new(connect, alice, ours):
    answer = connect(alice, [PROFILES_WRITE]).result("update_profile", profile_id=ours.profile, phone="+1 5")
    assert answer == {
        "account": {"name": "Aperture Science"},
        "id": ours.profile,
        "status": "completed",
        "phone": "+1 5",
    }


def test_changing_an_alias_without_seeing_aliases_tells_nothing_new(connect, alice, ours):
    answer = connect(alice, [ACCOUNT_WRITE]).result("update_alias", alias_id=ours.alias, consumer_key="new")
    assert answer == {"account": {"name": "Aperture Science"}, "id": ours.alias, "consumer_key": "new"}


def test_the_same_alias_twice_is_one_alias(claude, ours):
    first = claude.result("create_alias", resource_id=ours.profile, consumer_key="erp")
    assert claude.result("create_alias", resource_id=ours.profile, consumer_key="erp")["id"] == first["id"]


def test_claude_goes_through_all_profiles_page_by_page(claude, things_of, aperture):
    made = [
        id_
        for things in (things_of(aperture.id, f"person{n}") for n in range(5))
        for id_ in (things.profile, things.other)
    ]
    seen, cursor = [], None
    while True:
        page = claude.result("list_profiles", limit=2, cursor=cursor)
        seen += [profile["id"] for profile in page["profiles"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    assert page["total"] == 10
    assert page["total_is_exact"]


@pytest.mark.parametrize("nothing", [None, "", "  ", [], "[]"], ids=repr)
def test_an_input_that_says_nothing_is_not_given(nothing, connect, alice, things_of, aperture):
    """As models send it that must fill in every input; no other scope is asked for, and nothing is changed by it."""
    for name, tool in TOOL.items():
        things = things_of(aperture.id, f"for-{name}")
        wanted = {key: value for key, value in working_call(name, things).items() if key not in tool.needs_if}
        filled = {key: nothing for key in tool.optional - wanted.keys() if nothing != "[]" or key in tool.lists}
        connect(alice, [tool.needs], name=name).result(name, **wanted, **filled)


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_field_is_emptied_only_by_its_name(nothing, claude, ours):
    left = claude.result("update_profile", profile_id=ours.profile, first_name=nothing, phone=nothing, last_name="R")
    assert (left["first_name"], left["last_name"], left["phone"]) == ("Doug", "R", "+49 30 1234")
    emptied = claude.result("update_profile", profile_id=ours.profile, clear=["phone", "first_name"])
    assert (emptied["first_name"], emptied["last_name"], emptied["phone"]) == ("", "R", "")
    both = claude.refusal("update_profile", profile_id=ours.profile, phone="+1 5", clear=["phone"])
    assert both.startswith("clear: ")


def test_a_custom_id_that_is_anothers_is_refused_under_that_name(claude, ours):
    for tool, whose in (
        ("update_profile", {"profile_id": ours.other}),
        ("send_assessment_invite", {"email": "g@x.org"}),
    ):
        assert claude.refusal(tool, **whose, custom_id=ours.consumer_key).startswith("custom_id: ")


def test_a_whole_number_may_be_written_with_a_point(claude, ours):
    assert len(claude.result("list_profiles", limit=1.0)["profiles"]) == 1
    assert claude.refusal("list_profiles", limit=1.5) == "limit: must be an integer"
    assert claude.refusal("list_profiles", limit=1e300) == "limit: must be at most 100"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+00:00"]
)
def test_a_cursor_made_up_at_the_ends_of_the_calendar_is_refused_or_finds_nothing(claude, ours, moment):
    made_up = base64.urlsafe_b64encode(json.dumps(["completed", moment, uuid.uuid4().hex]).encode()).decode()
    answer = result_of(claude.call("list_profiles", sort="completed", cursor=made_up))
    if answer["isError"]:
        assert answer["content"][0]["text"].startswith("cursor: This cursor does not belong")
    else:
        assert answer["structuredContent"]["profiles"] == []


WRONG_INPUTS: list[tuple[str, dict[str, Any], str]] = [
    ("create_tag", {"color": "red"}, "label is required"),
    ("create_tag", {"label": "  ", "color": "red"}, "label is required"),
    ("create_tag", {"label": "Sales", "color": "mauve"}, 'invalid color "mauve"'),
    ("create_tag", {"label": 5, "color": "red"}, "label: must be a string"),
    ("list_tags", {"limit": 101}, "limit: must be at most 100"),
    ("list_tags", {"limit": "ten"}, "limit: must be an integer"),
    ("list_tags", {"page": 0}, "page: must be at least 1"),
    (
        "list_profiles",
        {"cursor": "nonsense"},
        "cursor: This cursor does not belong to this list. Start again without one.",
    ),
    ("list_profiles", {"sort": "height"}, "sort: must be one of 'name', 'created' or 'completed'"),
    ("get_debrief", {"profile_id": "7"}, "profile_id: must be an id as this server gives it"),
    ("get_profile", {}, "profile_id: Give either profile_id or alias."),
    ("tag_profiles", {"tag_id": str(uuid.uuid4()), "profile_ids": []}, "profile_ids: must have at least 1"),
    (
        "tag_profiles",
        {"tag_id": str(uuid.uuid4()), "profile_ids": [1]},
        "profile_ids[0]: must be an id as this server gives it",
    ),
    ("update_account", {"eco_printing": "yes"}, "eco_printing: must be true or false"),
]


def test_a_wrong_input_is_named_with_what_is_expected(claude):
    for tool, arguments, sentence in WRONG_INPUTS:
        assert claude.refusal(tool, **arguments) == sentence


def test_what_was_sent_is_never_repeated_by_the_schemas_refusal(claude):
    assert "s3cret" not in claude.refusal("list_tags", limit="s3cret", page="s3cret")


def test_a_list_that_came_as_text_is_taken_as_a_list(claude, ours):
    assert claude.result("tag_profiles", tag_id=ours.tag, profile_ids=f'["{ours.profile}"]')["profiles"] == 1


def test_invisible_characters_do_not_leave_the_server(claude, app, ours, aperture):
    with app.app_context(), in_account(aperture.id):
        profile = Profile.find(aperture.id, uuid.UUID(ours.profile))
        # As an import by other means might have left it.
        profile.first_name = "Do\u202eug\u200b \x07"
        db.session.commit()
    shown = claude.result("get_profile", profile_id=ours.profile)["first_name"]
    assert shown == "Doug"
