"""Connect an assistant: what to do in each of them, what the account's policy says first, and the first call when it comes."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from blueprints.connections.assistants import ASSISTANTS
from models.connections.policy import ConnectionPolicy
from models.database.base import db, now
from models.database.tenancy import in_account
from models.scopes import PROFILES_WRITE, SCOPES, TAGS_MANAGE
from tests.for_each import for_each
from tests.pages import first, text_of

PAGE = "/settings/connections/new"


@pytest.fixture
def policy(app, alice):
    """Sets the policy of Alice's account; `policy(registration=False)`."""

    def change(**wanted):
        with app.app_context(), in_account(alice.account_id):
            ConnectionPolicy.of(alice.account_id).change(**wanted)
            db.session.commit()

    return change


@pytest.fixture
def browser(browser_of, alice):
    return browser_of(alice)


@pytest.fixture
def told(app, settings):
    """Lets the pages say that the server has another address."""

    def change(public_url):
        app.config["PROFILE"] = replace(settings, public_url=public_url)

    yield change
    app.config["PROFILE"] = settings


def texts_to_copy(page):
    """What the Copy buttons of a page copy."""
    found = re.findall(r"<code id=[^>]*>(.*?)</code>", page.text, re.DOTALL)
    return [html.unescape(re.sub("<[^>]+>", "", text)) for text in found]


def links(page):
    return [html.unescape(found) for found in re.findall(r'href="([^"]*)"', page.text)]


def first_call_of(browser, page):
    """What the script of this page gets where it looks."""
    answer = browser.get(html.unescape(first(r'data-look="([^"]*)"', page.text)))
    assert answer.status_code == 200
    return answer.json["html"]


@pytest.mark.parametrize("path", ["/dashboard", "/settings/connections", "/settings/connections/everyone"])
def test_home_and_the_lists_of_apps_lead_here_also_when_an_app_is_connected(browser, claude, path):
    assert PAGE in links(browser.get(path))


def test_the_address_for_assistants_leads_here_too(app):
    page = app.test_client().get("/mcp", headers={"Accept": "text/html"})
    assert PAGE in links(page)
    assert texts_to_copy(page) == ["http://localhost/mcp"]


@for_each("key", ASSISTANTS)
def test_each_assistant_is_told_the_whole_address(browser, told, key):
    told("https://profile.example.com")
    page = browser.get(PAGE, query_string={"client": key})
    assert f'aria-current="page">{ASSISTANTS[key].name}<' in page.text
    assert any("https://profile.example.com/mcp" in text for text in texts_to_copy(page))


@pytest.mark.parametrize(
    ("client", "shown"),
    [
        ("claude-code", ["claude mcp add --scope user --transport http profile http://localhost/mcp"]),
        ("codex", ["codex mcp add profile --url http://localhost/mcp"]),
        (
            "gemini-cli",
            ["gemini mcp add --scope user --transport http profile http://localhost/mcp", "/mcp auth profile"],
        ),
        ("vs-code", [r'code --add-mcp "{\"name\":\"profile\",\"type\":\"http\",\"url\":\"http://localhost/mcp\"}"']),
    ],
)
def test_a_command_is_copied_as_it_is_typed(browser, client, shown):
    assert [
        text for text in texts_to_copy(browser.get(PAGE, query_string={"client": client})) if text in shown
    ] == shown


@pytest.mark.parametrize(
    ("client", "link"),
    [
        (
            "vs-code",
            "vscode:mcp/install?%7B%22name%22%3A%22profile%22%2C%22type%22%3A%22http%22%2C%22url%22%3A%22http%3A%2F%2Flocalhost%2Fmcp%22%7D",
        ),
        # The configuration is base64 of JSON with the address as url.
        (
            "cursor",
            "cursor://anysphere.cursor-deeplink/mcp/install?name=profile&config=eyJ1cmwiOiJodHRwOi8vbG9jYWxob3N0L21jcCJ9",
        ),
    ],
)
def test_a_link_opens_the_program_with_everything_filled_in(browser, client, link):
    assert link in links(browser.get(PAGE, query_string={"client": client}))


@for_each("client", ["claude", "chatgpt"])
@pytest.mark.parametrize("origin", ["http://localhost", "https://192.168.7.7", "https://profile.example.com"])
def test_a_hosted_assistant_is_not_offered_where_it_cannot_reach_the_server(browser, told, client, origin):
    told(origin)
    page = browser.get(PAGE, query_string={"client": client})
    reachable = origin == "https://profile.example.com"
    assert ("They cannot reach this address" in text_of(page)) is not reachable
    assert ("client ID and a secret empty" in text_of(page)) is reachable


@pytest.mark.parametrize(("origin", "usual"), [("http://localhost", "Claude Code"), ("https://a.example", "Claude")])
@for_each("asked", [{}, {"client": "nobody"}])
def test_it_begins_with_one_that_can_reach_the_server(browser, told, origin, usual, asked):
    told(origin)
    assert f'aria-current="page">{usual}<' in browser.get(PAGE, query_string=asked).text


@pytest.mark.parametrize("person", ["alice", "bob", "charlie"])
def test_there_is_a_question_for_each_scope_that_the_role_allows(request, browser_of, person):
    asked = {
        scope.name
        for scope in SCOPES.values()
        if scope.question in text_of(browser_of(request.getfixturevalue(person)).get(PAGE))
    }
    writing = {"profiles:write", "account:write"}
    assert asked == (set(SCOPES) - writing if person == "charlie" else set(SCOPES))


def test_the_policy_takes_questions_away(browser, policy):
    policy(scopes=frozenset({PROFILES_WRITE, TAGS_MANAGE}), read_only=True)
    said = text_of(browser.get(PAGE))
    assert SCOPES[TAGS_MANAGE].question in said
    assert SCOPES[PROFILES_WRITE].question not in said


def test_the_policy_comes_first_where_a_role_can_allow_nothing(browser_of, charlie, policy):
    policy(scopes=frozenset({PROFILES_WRITE}))
    said = text_of(browser_of(charlie).get(PAGE))
    assert "allows apps nothing that the role User can give. An Owner can change the policy." in said
    assert "What to ask it" not in said


@pytest.mark.parametrize(
    ("wanted", "blocked"),
    [
        ({"registration": False}, {"cursor", "gemini-cli", "other"}),
        ({"apps": ["claude.ai"]}, set(ASSISTANTS) - {"claude"}),
        ({"apps": ["https://chatgpt.com/oauth/codex/client.json"]}, set(ASSISTANTS) - {"codex"}),
    ],
)
def test_the_policy_comes_first_for_the_assistants_that_it_blocks(browser, policy, wanted, blocked):
    policy(**wanted)
    pages = {key: browser.get(PAGE, query_string={"client": key}) for key in ASSISTANTS}
    assert {key for key, page in pages.items() if "Change the policy" in text_of(page)} == blocked


@pytest.mark.parametrize("settings", [{"client_documents": False}], indirect=True)
def test_where_documents_are_not_fetched_every_app_registers(browser, policy):
    policy(registration=False)
    assert "It registers itself" in text_of(browser.get(PAGE, query_string={"client": "claude-code"}))


@pytest.fixture
def settings(request, settings):
    return replace(settings, **getattr(request, "param", {}))


def test_a_missing_second_factor_comes_first(browser, policy):
    assert "second factor" not in text_of(browser.get(PAGE))
    policy(second_factor=True)
    assert "requires a second factor to connect an app, and you have none yet" in text_of(browser.get(PAGE))


@pytest.mark.both_databases
def test_the_page_waits_for_an_app_then_for_its_first_call(browser, connect, alice, bob):
    old = connect(alice, name="Old")
    page = browser.get(PAGE)
    old.result("list_tags")
    connect(bob, name="Bob's")
    assert "Waiting for the first call" in first_call_of(browser, page)
    assert "connected" not in first_call_of(browser, page)

    codex = connect(alice, name="Codex")
    waiting = first_call_of(browser, page)
    assert f'/settings/connections/{codex.connection_id}">Codex</a> is connected' in waiting
    assert "Waiting for the first call" in waiting

    codex.result("list_tags")
    codex.result("get_account")
    called = first_call_of(browser, page)
    assert "Waiting" not in called
    assert "<code>list_tags</code>" in called
    assert f"/settings/audit?connection={codex.connection_id}" in called
    assert "data-look" not in called


def test_checking_again_and_other_assistants_keep_the_moment(browser, connect, alice):
    page = browser.get(PAGE)
    again = next(link for link in links(page) if link.endswith("#first-call"))
    codex = next(link for link in links(page) if "client=codex" in link)
    connect(alice, name="Codex").refusal("get_profile")
    assert all("It works." in text_of(browser.get(link)) for link in (again, codex))
    assert "Waiting for the first call" in text_of(browser.get(PAGE)), "opened afterwards"


@pytest.mark.parametrize("since", ["", "0", "-5", "9" * 13, "9" * 30, "now"])
def test_a_moment_that_makes_no_sense_is_now(browser, claude, since):
    for path in (PAGE, f"{PAGE}/first-call"):
        page = browser.get(path, query_string={"since": since})
        assert page.status_code == 200
        assert "Claude</a> is connected" not in page.text


def test_a_revoked_app_is_not_shown(app, browser, connect, alice, within):
    page = browser.get(PAGE)
    codex = connect(alice, name="Codex")
    path = f"/settings/connections/{codex.connection_id}/revocation"
    token = first(r'name="csrf_token" value="([^"]*)"', browser.get(path).text)
    assert browser.post(path, data={"csrf_token": token}).status_code == 302
    assert "Codex" not in first_call_of(browser, page)


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/first-call"])
def test_nobody_sees_what_somebody_else_connects(app, browser_of, claude, alice, bob, eve, path):
    """Neither a colleague nor somebody of another account; and without a sign-in there is no page."""
    a_minute_ago = {"since": int((now() - timedelta(minutes=1)).timestamp() * 1_000)}
    seen = [
        each.name
        for each in (alice, bob, eve)
        if str(claude.connection_id) in browser_of(each).get(path, query_string=a_minute_ago).text
    ]
    assert seen == ["Alice"]
    assert app.test_client().get(path).location.startswith("/sign-in")
