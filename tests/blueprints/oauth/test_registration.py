"""Apps introduce themselves; nothing they say can do harm."""

import json

import pytest

from models.clients.client import Client
from models.clients.redirect_uri import redirect_problem
from models.database.base import db
from models.oauth.device_authorization import DEVICE_GRANT
from tests.assistant import Assistant
from tests.for_each import for_each

URIS = ["http://localhost:3118/callback"]

REFUSED_URIS = [
    "javascript:alert(1)",
    "data:text/html,x",
    "http://evil.example/cb",
    "https://a.example/cb#part",
    "https://user@a.example/cb",
    "https://user:word@a.example/cb",
    "https://*.example/cb",
    "https://",
    "https:///cb",
    "//a.example/cb",
    "/cb",
    "",
    "cb",
    "https://a.example/a/../b",
    "https://a.example/./b",
    "https://a.example/%2e%2e/b",
    "https://a.example/%2Fb",
    "https://a.example\\cb",
    "https://a.example/c b",
    "https://a.example/\u00e9",
    "https://xn--80ak6aa92e\u2024com/cb",
    "http://127.0.0.1.evil.example/cb",
    "http://localhost.evil.example/cb",
    "http://0.0.0.0/cb",
    "http://[::]/cb",
    "http://127.1/cb",
    "http://2130706433/cb",
    "https://a.example:99999/cb",
    "https://a.example:/cb",
    "https://a.example./cb",
    "file:///etc/passwd",
    "ftp://a.example/cb",
    "vbscript:x",
    "blob:https://a.example/x",
    "about:blank",
    "view-source:https://a.example",
    "intent://x#Intent;end",
    "ws://a.example/cb",
    "mailto:a@example.com",
    "custom:",
    "custom://",
    "custom:/cb",
    "ms-msdt:/id",
    "ms-msdt.x:/id",
    "ms-settings:privacy",
    "search-ms:query",
    "microsoft-edge:https://a.example",
    "microsoft.windows.camera:/x",
    "x-apple.systempreferences:com.apple.preference",
    "shell:startup",
    ".com:/cb",
    "com.:/cb",
    "HTTP://evil.example/cb",
    "https://a.example/cb%",
    "https://a.example/%00",
    7,
    None,
    ["https://a.example/cb"],
]

TAKEN_URIS = [
    "https://claude.ai/api/mcp/auth_callback",
    "https://chatgpt.com/connector_platform_oauth_redirect",
    "https://vscode.dev/redirect",
    "http://127.0.0.1:33418/",
    "http://localhost:6274/oauth/callback",
    "http://[::1]:8080/cb",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "vscode://vscode.microsoft-authentication",
    "com.example.app:/oauth2redirect",
    "com.googleusercontent.apps.1-x:/cb",
]


def test_a_public_client_gets_an_identifier_and_no_secret(client):
    answer = client.post("/register", json={"client_name": "Claude", "redirect_uris": URIS})
    assert answer.status_code == 201
    assert answer.json["token_endpoint_auth_method"] == "none"
    assert "client_secret" not in answer.json
    assert answer.json["grant_types"] == ["authorization_code", "refresh_token"]


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
def test_a_confidential_client_gets_a_secret_that_is_stored_hashed(app, client, method):
    answer = client.post("/register", json={"redirect_uris": URIS, "token_endpoint_auth_method": method})
    assert answer.json["client_secret_expires_at"] == 0
    with app.app_context():
        stored = Client.by_client_id(answer.json["client_id"])
        assert stored.secret_hash not in {None, answer.json["client_secret"]}
        assert stored.check_client_secret(answer.json["client_secret"])


def test_the_same_public_client_is_the_same_client_whatever_its_port(client):
    first, second = (
        client.post(
            "/register", json={"client_name": "Claude", "redirect_uris": [f"http://localhost:{port}/callback"]}
        ).json
        for port in (3118, 4000)
    )
    assert first["client_id"] == second["client_id"]
    assert second["redirect_uris"] == ["http://localhost:4000/callback"]


def test_two_confidential_clients_are_never_the_same(client):
    given = {"redirect_uris": URIS, "token_endpoint_auth_method": "client_secret_post"}
    one, other = (client.post("/register", json=given).json for _ in range(2))
    assert one["client_id"] != other["client_id"]


def test_an_address_that_could_do_harm_is_not_one_to_answer_at():
    assert [uri for uri in REFUSED_URIS if not redirect_problem(uri)] == []


@pytest.mark.asvs("1.2.2")
@for_each("uri", ["javascript:alert(1)", "http://evil.example/cb", "https://user@a.example/cb", "custom:", "", 7])
def test_an_address_that_could_do_harm_is_refused(client, uri):
    answer = client.post("/register", data=json.dumps({"redirect_uris": [uri]}), content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["error"] in {"invalid_redirect_uri", "invalid_client_metadata"}


def test_the_addresses_of_known_clients_are_taken_together(client):
    answer = client.post("/register", json={"redirect_uris": TAKEN_URIS})
    assert answer.status_code == 201
    assert answer.json["redirect_uris"] == TAKEN_URIS


@pytest.mark.asvs("2.2.1", "10.4.7")
@for_each(
    "metadata",
    [
        {},
        {"redirect_uris": []},
        {"redirect_uris": "http://localhost/cb"},
        {"redirect_uris": [f"https://a.example/{n}" for n in range(11)]},
        {"redirect_uris": URIS, "token_endpoint_auth_method": "private_key_jwt"},
        {"redirect_uris": URIS, "grant_types": ["client_credentials"]},
        {"redirect_uris": URIS, "grant_types": "authorization_code"},
        {"redirect_uris": URIS, "response_types": ["token"]},
        {"redirect_uris": URIS, "client_name": 7},
        [],
        "text",
        7,
        None,
    ],
)
def test_metadata_that_cannot_hold_is_refused_in_json(client, metadata):
    answer = client.post("/register", json=metadata)
    assert answer.status_code == 400
    assert set(answer.json) == {"error", "error_description"}


@for_each(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"a":NaN}',
        b'{"client_name":"\\u0000"}',
        b'{"client_name":"\\ud800"}',
        b"\xff\xfe",
        b'{"a":1,"a":2}',
        b'{"n":1' + b"0" * 40 + b"}",
    ],
)
def test_a_body_that_is_not_json_is_refused_in_json(client, body):
    answer = client.post("/register", data=body, content_type="application/json")
    assert answer.status_code in {400, 413}
    assert answer.json["error"] == "invalid_client_metadata"


def test_a_large_body_is_refused(client):
    answer = client.post("/register", json={"redirect_uris": URIS, "client_name": "x" * 20_000})
    assert answer.status_code == 413
    assert answer.json["error"] == "invalid_client_metadata"


@for_each("nothing", [None, "", []])
def test_members_without_a_value_count_as_left_out(client, nothing):
    usual = client.post("/register", json={"redirect_uris": URIS}).json
    names = ("grant_types", "response_types", "token_endpoint_auth_method", "client_name", "scope", "contacts", "jwks")
    answer = client.post("/register", json={"redirect_uris": URIS} | dict.fromkeys(names, nothing))
    assert answer.status_code == 201
    assert answer.json == usual


def test_grant_types_that_are_not_offered_are_left_out(client):
    answer = client.post(
        "/register",
        json={"redirect_uris": URIS, "grant_types": ["authorization_code", "client_credentials", "implicit"]},
    )
    assert answer.json["grant_types"] == ["authorization_code"]


@pytest.mark.asvs("15.3.3")
def test_metadata_that_nobody_here_knows_is_ignored_and_not_repeated(client):
    unknown = {
        "client_name#ja": "クロード",
        "backchannel_logout_uri": "https://evil.example",
        "client_id": "mine",
        "x": {},
    }
    answer = client.post("/register", json={"redirect_uris": URIS, "software_id": "s1", **unknown})
    assert answer.status_code == 201
    assert answer.json["software_id"] == "s1"
    assert answer.json["client_id"] != "mine"
    assert not answer.json.keys() & (unknown.keys() - {"client_id"})


def test_a_device_that_asks_by_a_code_needs_no_address(app, client):
    answer = client.post("/register", json={"grant_types": [DEVICE_GRANT, "refresh_token"]})
    assert answer.status_code == 201
    assert answer.json["grant_types"] == ["refresh_token", DEVICE_GRANT]
    assert (answer.json["redirect_uris"], answer.json["response_types"]) == ([], [])
    both = client.post("/register", json={"grant_types": [DEVICE_GRANT, "authorization_code"]})
    assert both.json["error"] == "invalid_redirect_uri"
    bad = client.post("/register", json={"grant_types": [DEVICE_GRANT], "redirect_uris": ["javascript:alert(1)"]})
    assert bad.json["error"] == "invalid_redirect_uri"


def test_a_name_with_characters_that_mislead_is_shown_without_them(client):
    answer = client.post("/register", json={"redirect_uris": URIS, "client_name": "Cla\u202eude\u200b\n<b>"})
    assert answer.json["client_name"] == "Claude <b>"


def test_clients_that_never_came_back_are_forgotten_and_used_ones_stay(app, alice, browser_of):
    forgotten = Assistant(app, "Forgotten").register()
    used = Assistant(app, "Used").register().connect(browser_of(alice))
    with app.app_context():
        db.session.execute(db.text("UPDATE client SET seen_at = '2020-01-01 00:00:00+00:00'"))
        db.session.commit()
    Assistant(app, "Next").register()
    with app.app_context():
        assert Client.by_client_id(forgotten.client_id) is None
        assert Client.by_client_id(used.client_id) is not None


def test_an_operator_registers_a_client_from_the_command_line(app, runner):
    done = runner.invoke(args=["clients", "add", "Our robot", "https://robot.example/cb", "--confidential"])
    assert done.exit_code == 0, done.output
    client_id = done.output.split("client_id: ")[1].split()[0]
    with app.app_context():
        known = Client.by_client_id(client_id)
        assert (known.kind, known.name) == ("preregistered", "Our robot")
        assert known.check_client_secret(done.output.split("client_secret: ")[1].split()[0])
    assert client_id in runner.invoke(args=["clients", "list"]).output


def test_the_command_line_refuses_an_address_that_could_do_harm(runner):
    done = runner.invoke(args=["clients", "add", "Our robot", "javascript:alert(1)"])
    assert done.exit_code == 1
    assert "javascript" in done.output
