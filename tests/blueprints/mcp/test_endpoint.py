"""Who is let in at all: tokens, origins, hosts, methods and bodies."""

from __future__ import annotations

import pytest

from models.accounts.member import Member
from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.database.base import db
from models.database.tenancy import in_account
from models.permissions import Role
from tests.for_each import for_each
from tests.mcp_client import McpClient

ALL = "profiles:read profiles:write tags:manage account:read account:write"
METADATA = "http://localhost/.well-known/oauth-protected-resource/mcp"
HOSTILE = [
    b"",
    b"{",
    b"[" * 100_000,
    b'{"a":' * 40 + b"1" + b"}" * 40,
    b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1e999,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping\\u0000"}',
    b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}',
    b'{"jsonrpc":"2.0","id":' + b"9" * 40 + b',"method":"ping"}',
    b"\xff\xfe",
]


@for_each("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PURGE"])
def test_without_a_token_every_method_is_challenged(method, app):
    answer = McpClient(app).send(b"not even JSON", method=method)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == f'Bearer resource_metadata="{METADATA}", scope="{ALL}"'


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize("whose", ["a stranger's", "Alice's"])
def test_a_browser_is_shown_what_the_address_is_for(whose, app, browser_of, alice):
    browser = app.test_client() if whose == "a stranger's" else browser_of(alice)
    page = browser.get("/mcp", headers={"Accept": BROWSER})
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert ">http://localhost/mcp</code>" in page.text
    assert 'href="/settings/connections/new"' in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert {"Accept", "Origin"} <= set(", ".join(page.headers.getlist("Vary")).split(", "))
    assert alice.name not in page.text


@for_each("accept", [None, "", "*/*", "application/json, text/event-stream", "text/event-stream", "text/*"])
def test_a_program_that_looks_is_challenged_as_ever(accept, app):
    answer = McpClient(app).send(b"", method="GET", headers={"Accept": accept} if accept is not None else {})
    assert (answer.status_code, answer.mimetype) == (401, "application/json")


def test_whoever_brings_a_token_or_a_message_is_no_browser(app, claude):
    assert claude.send(b"", method="GET", headers={"Accept": BROWSER}).status_code == 405
    assert McpClient(app).send(b"", headers={"Accept": BROWSER}).status_code == 401


def test_the_page_is_shown_under_this_servers_name_alone(app):
    page = app.test_client().get("/mcp", headers={"Accept": BROWSER, "Host": "evil.example"})
    assert page.status_code == 421


def test_a_token_that_is_no_good_is_called_invalid(app):
    answer = McpClient(app, "pfa_unknown").ask("tools/list")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("header", ["bearer {}", "BEARER   {}", "Bearer {} "])
def test_the_scheme_is_read_without_regard_to_case(header, claude):
    assert claude.ask("tools/list", Authorization=header.format(claude.token)).status_code == 200


@for_each("header", ["Basic {}", "Bearer", "Bearer {} {}", "{}", "Bearer, Bearer {}"])
def test_another_header_is_no_token(header, claude):
    assert claude.ask("tools/list", Authorization=header.format(claude.token, "x")).status_code == 401


def test_a_token_in_query_or_body_is_nothing(claude):
    wire = claude.app.test_client()
    message, headers = claude.message("tools/list")
    assert wire.post(f"/mcp?access_token={claude.token}", json=message, headers=headers).status_code == 401
    assert wire.post("/mcp", data={"access_token": claude.token}).status_code == 401


@pytest.mark.asvs("3.5.2")
def test_a_signed_in_browser_is_nobody_here(browser_of, alice):
    assert browser_of(alice).post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping"}).status_code == 401


@pytest.mark.parametrize("resource", ["http://localhost/mcp/", "HTTP://LOCALHOST/mcp"])
def test_a_resource_spelled_a_little_differently_is_the_same(resource, connect, alice):
    assert connect(alice, resource=resource).ask("tools/list").status_code == 200


@pytest.mark.asvs("10.3.1")
@for_each(
    "resource",
    [
        "https://elsewhere.example/mcp",
        "http://localhost/mcp2",
        "http://localhost/",
        "http://localhost",
        "https://localhost/mcp",
        "http://localhost:8000/mcp",
        "http://localhost/mcp?x=1",
        "http://localhost/MCP",
        "http://localhost/mcp/mcp",
    ],
)
def test_a_token_for_another_resource_is_no_good_here(resource, connect, alice):
    answer = connect(alice, resource=resource).ask("tools/list")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_with_a_token_other_methods_are_told_to_post(method, claude):
    answer = claude.send(b"", method=method)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST, OPTIONS"


def test_a_preflight_needs_no_token(app):
    answer = app.test_client().options("/mcp", headers={"Origin": "http://localhost:6274"})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:6274"
    for name in (
        "Authorization",
        "Content-Type",
        "MCP-Protocol-Version",
        "Mcp-Method",
        "Mcp-Name",
        "Mcp-Session-Id",
        "Last-Event-ID",
    ):
        assert name in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.asvs("3.4.2")
@pytest.mark.parametrize("origin", ["http://localhost", "http://localhost:6274", "http://127.0.0.1:6274"])
def test_pages_of_known_origins_may_call(origin, claude):
    answer = claude.ask("tools/list", Origin=origin)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["Access-Control-Expose-Headers"] == "WWW-Authenticate"


@pytest.mark.asvs("3.4.2", "3.5.2")
@for_each("origin", ["https://evil.example", "null", "http://localhost.evil.example", ""])
@for_each("method", ["POST", "OPTIONS"])
def test_pages_of_other_origins_may_not(origin, method, claude):
    answer = claude.send(b"", method=method, headers={"Origin": origin})
    assert answer.status_code == 403
    assert answer.json["error"]["code"] == -32600
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.asvs("3.4.2")
def test_an_origin_that_equals_a_foreign_host_is_still_foreign(claude):
    answer = claude.ask("tools/list", Origin="http://rebound.example", Host="rebound.example")
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["localhost", "localhost:80", "LOCALHOST"])
def test_the_host_may_name_the_usual_port(host, claude):
    assert claude.ask("tools/list", Host=host).status_code == 200


def test_the_way_with_a_slash_at_the_end_is_the_same_way(claude):
    message, headers = claude.message("tools/list")
    wire = claude.app.test_client()
    assert (
        wire.post("/mcp/", json=message, headers=headers | {"Authorization": f"Bearer {claude.token}"}).status_code
        == 200
    )


@pytest.mark.asvs("2.2.1")
def test_hostile_json_is_refused_in_json(claude, audit_log):
    for body in HOSTILE:
        answer = claude.send(body)
        assert answer.status_code == 400, body[:60]
        assert answer.json["error"]["code"] == -32700
    assert audit_log() == []


def test_a_body_over_the_limit_is_refused_in_json(claude):
    answer = claude.send(b'{"a":"' + b"x" * 1_048_576 + b'"}')
    assert answer.status_code == 413
    assert answer.json["jsonrpc"] == "2.0"


@pytest.mark.asvs("3.5.2")
@for_each("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json-rpc", ""])
def test_another_kind_of_content_is_refused_in_json(kind, claude):
    answer = claude.send(b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert answer.json["error"]["code"] == -32600


def test_nul_in_the_address_is_refused_in_json(claude):
    answer = claude.app.test_client().post("/mcp?x=%00")
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == -32600


@pytest.mark.asvs("14.2.2")
def test_no_answer_is_kept_by_anyone(claude, app):
    for answer in (claude.ask("tools/list"), McpClient(app).ask("tools/list")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Mcp-Session-Id" not in answer.headers
        assert "Set-Cookie" not in answer.headers


def test_the_very_next_request_after_a_revocation_fails(claude, alice, app):
    claude.result("list_tags")
    with app.app_context():
        connection = db.session.get_one(Connection, claude.connection_id)
        lifecycle.revoke(connection, db.session.get_one(Member, alice.member_id))
        db.session.commit()
    for asked in (
        claude.ask("tools/list"),
        claude.call("list_tags"),
        claude.call("create_tag", label="x", color="red"),
    ):
        assert asked.status_code == 401


def test_a_demoted_member_takes_the_assistants_power_along(connect, alice, bob, app):
    claude = connect(bob)
    claude.result("create_tag", label="Sales", color="red")
    with app.app_context():
        with in_account(bob.account_id):
            db.session.get_one(Member, bob.member_id).change_role(Role.USER)
        db.session.commit()
    assert "role User" in claude.refusal("create_tag", label="Support", color="red")
    assert "create_tag" not in claude.tools()
