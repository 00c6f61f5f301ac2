"""What went wrong elsewhere, and cannot here: each lesson that no other test tells (tests/requirements.py lists them all)."""

from __future__ import annotations

import ast
import itertools
import json
import re
from pathlib import Path

import pytest

from blueprints.mail.rendering import compose
from blueprints.mcp.registry import registry
from models.assessments.invitation import AssessmentInvitation
from models.database.base import db
from models.database.tenancy import in_account
from models.debriefs.debrief import Debrief
from models.mail.message import Message
from models.oauth.bearer import bearer_of
from models.profiles.profile import Profile
from models.text import CONTROLS_BUT_NEWLINES
from tests.assistant import Assistant, answer_in, continue_address, decide
from tests.fixtures.assistants import ConnectedApp
from tests.for_each import for_each
from tests.hostile import TEXTS
from tests.mcp_client import McpClient, result_of
from tests.pages import csrf_token, first, text_of

ROOT = Path(__file__).parents[2]
CONNECTIONS = "/settings/connections"
# Where a text that people typed may stand in an answer.
FREE_TEXT = {"first_name", "last_name", "label", "custom_id", "consumer_key", "aliases", "name", "text"}


@pytest.mark.requirement("lesson-deleted-consent")
@pytest.mark.parametrize("held", ["code", "access token", "refresh token"])
def test_nothing_that_an_app_holds_outlives_the_connection(app, browser_of, alice, held):
    browser = browser_of(alice)
    claude = Assistant(app).register().connect(browser)
    code = claude.code_in(decide(browser, claude.ask(browser)))
    page = first(rf'href="({CONNECTIONS}/[^"]+/revocation)"', browser.get(CONNECTIONS).text)
    assert browser.post(page, data={"csrf_token": csrf_token(browser, page)}).status_code == 302
    if held == "access token":
        assert McpClient(app, claude.access_token).ask("tools/list").status_code == 401
        with app.app_context():
            assert bearer_of(claude.access_token).ended == "revoked"
    else:
        refused = claude.redeem(code) if held == "code" else claude.refresh()
        assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")


@pytest.mark.asvs("4.1.3")
@pytest.mark.requirement("lesson-addresses-are-configuration")
@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Original-URL"])
def test_no_header_decides_an_address_that_clients_are_told(app, browser_of, alice, header):
    evil = {header: "host=evil.example" if header == "Forwarded" else "evil.example"}
    wire, browser = app.test_client(), browser_of(alice)
    claude = Assistant(app).register()
    told = [
        wire.get(path, headers=evil)
        for path in (
            "/.well-known/oauth-authorization-server",
            "/.well-known/openid-configuration",
            "/.well-known/oauth-protected-resource",
            "/.well-known/oauth-protected-resource/mcp",
        )
    ]
    told += [wire.post("/mcp", json={}, headers=evil), wire.post("/register", json={}, headers=evil)]
    told += [browser.get("/authorize", query_string=claude.question(scope="x"), headers=evil)]
    for answer in told:
        assert "evil.example" not in answer.text + str(answer.headers), answer.request.path
    if header != "Host":
        assert answer_in(told[-1])["iss"] == "http://localhost"
        assert 'resource_metadata="http://localhost/' in told[4].headers["WWW-Authenticate"]


@pytest.mark.requirement("lesson-same-verbs")
def test_tools_reach_data_only_through_the_verbs_that_pages_use():
    for path in (ROOT / "blueprints" / "mcp" / "tools").glob("*.py"):
        tree = ast.parse(path.read_text())
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not [module for module in imported if module.partition(".")[0] == "sqlalchemy"], path.name
        # One's own account by its id, which the bearer names, is the one thing that needs no verb.
        asked = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and is_session(node.value)}
        assert asked <= {"get"}, path.name


def is_session(node):
    return isinstance(node, ast.Attribute) and node.attr == "session"


@pytest.mark.requirement("lesson-nothing-to-send-with")
def test_no_tool_can_carry_anything_out_of_the_account():
    """One tool has mail sent, to the one address that it names; the test after this one shows that it says nothing by it."""
    for tool in registry:
        fields = tool.input_schema["properties"]
        outward = [name for name in fields if re.search("url|uri|webhook|email|message|body|note|account", name)]
        invites = tool.name == "send_assessment_invite"
        assert outward == (["email"] if invites else []), tool.name
        assert tool.listed.annotations.open_world_hint == invites, tool.name


@pytest.mark.requirement("lesson-nothing-to-send-with")
def test_mail_that_a_tool_causes_is_made_of_nothing_that_it_said(app, claude, alice):
    varying = re.compile(r"/a/[\w-]+|\d\d:\d\d(:\d\d)?")
    for number, text in enumerate(TEXTS):
        names = {"first_name": text[:100], "last_name": text[:100], "custom_id": text}
        claude.result("send_assessment_invite", email=f"p{number}@example.com", **names)
    with app.app_context(), in_account(alice.account_id):
        invitations = list(db.session.scalars(db.select(AssessmentInvitation)))
        assert [(one.note, one.connection_id) for one in invitations] == [("", claude.connection_id)] * len(TEXTS)
        messages = list(db.session.scalars(db.select(Message).where(Message.kind.startswith("assessment_"))))
        assert len(messages) == 3 * len(TEXTS)
        assert [message.facts for message in messages] == [{}] * len(messages)
        told = [compose(message).letter for message in messages]
    # Whatever it said, the same is written; only the link and the hour differ.
    assert len({varying.sub("", letter.subject + letter.text) for letter in told}) == 2, "an invitation and a reminder"
    assert len({varying.sub("", letter.html or "") for letter in told}) == 2


@pytest.mark.asvs("1.2.3")
@pytest.mark.requirement("lesson-injected-text")
def test_text_that_people_typed_is_data_in_every_tool_that_reads_it(app, claude, alice):
    described = claude.ask("tools/list").data.partition(b'"result"')[2]
    with app.app_context(), in_account(alice.account_id):
        profile_id = Profile.create(alice.account_id, "doug@example.com").id
        other_id = Profile.create(alice.account_id, "chell@example.com").id
        db.session.commit()
    tag_id = claude.result("create_tag", label="Team", color="red")["id"]
    claude.result("tag_profiles", tag_id=tag_id, profile_ids=[str(profile_id)])
    for text in TEXTS:
        type_everywhere(app, claude, alice, profile_id, tag_id, text)
        for answer in everything_read(claude, str(profile_id), str(other_id)):
            hold_to_its_fields(answer, text)
        assert claude.ask("tools/list").data.partition(b'"result"')[2] == described
        told = result_of(claude.ask("server/discover"))["instructions"]
        assert (
            told.splitlines()[1]
            .partition("one account, ")[2]
            .startswith(json.dumps(as_shown(text), ensure_ascii=False))
        )
        assert not CONTROLS_BUT_NEWLINES.search(told)


def type_everywhere(app, claude: ConnectedApp, alice, profile_id, tag_id, text):
    """Put this text into every field that people or assistants can write."""
    with app.app_context(), in_account(alice.account_id):
        Debrief.write(Profile.find(alice.account_id, profile_id), text, "embedded", {})
        db.session.commit()
    names = {"first_name": text[:100], "last_name": text[:100], "custom_id": text}
    claude.result("update_profile", profile_id=str(profile_id), **names)
    claude.result("update_tag", tag_id=tag_id, label=text[:60])
    claude.result("update_account", name=text)


def everything_read(claude: ConnectedApp, profile_id, other_id):
    for tool, given in (
        ("list_profiles", {}),
        ("get_profile", {"profile_id": profile_id}),
        ("get_debrief", {"profile_id": profile_id}),
        ("compare_profiles", {"profile_ids": [profile_id, other_id]}),
        ("list_tags", {}),
        ("list_aliases", {}),
        ("get_account", {"include_tags": True}),
    ):
        yield result_of(claude.call(tool, **given))


def hold_to_its_fields(result, text):
    """The text stands in the fields of free text, as it was typed without what cannot be seen, and nowhere else."""
    assert result.keys() == {"content", "isError", "structuredContent", "resultType", "_meta"}
    assert not result["isError"]
    [content] = result["content"]
    assert json.loads(content["text"]) == result["structuredContent"]
    found = list(texts_in(result["structuredContent"]))
    assert {field for field, value in found if as_shown(text)[:30] in value} <= FREE_TEXT
    assert any(as_shown(text)[:30] in value for _, value in found)
    assert not [value for _, value in found if CONTROLS_BUT_NEWLINES.search(value)]


def as_shown(text):
    """What is left of a text when everything that cannot be seen is gone."""
    return " ".join(CONTROLS_BUT_NEWLINES.sub(" ", text).split())


def texts_in(value, field=""):
    """Every text in an answer, with the name of the field it stands in."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        yield from itertools.chain.from_iterable(texts_in(inner, name) for name, inner in value.items())
    elif isinstance(value, list):
        yield from itertools.chain.from_iterable(texts_in(inner, field) for inner in value)


@pytest.mark.asvs("3.2.2")
@pytest.mark.requirement("lesson-consent-as-text")
@for_each("name", TEXTS)
def test_what_an_app_calls_itself_is_text_on_every_page_that_shows_it(app, browser_of, alice, name):
    browser = browser_of(alice)
    robot = Assistant(app, name).register()
    page = robot.ask(browser)
    answered = decide(browser, page)
    robot.keep(robot.redeem(robot.code_in(answered)))
    assert continue_address(answered).startswith(robot.redirect_uri)
    for shown_on in (page, answered, browser.get(CONNECTIONS)):
        assert as_shown(name)[:40] in text_of(shown_on)
        assert not re.search("<script>alert|[\u202e\u2066\u200b\x1b\x07]", shown_on.text)
