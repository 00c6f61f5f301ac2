"""The wire in both eras: what a client of 2026-07-28 gets, what one of the handshake gets, and the table of errors."""

from __future__ import annotations

import base64
from contextlib import suppress
from itertools import product
from typing import Any

import pytest
from mcp_types import PROTOCOL_VERSION_META_KEY as VERSION_KEY
from werkzeug.datastructures import Headers

from blueprints.mcp.dispatch import HANDSHAKE_METHODS, MODERN_METHODS
from blueprints.mcp.protocol import ProtocolError, check, read_message
from tests.for_each import for_each
from tests.mcp_client import ENVELOPE, MODERN, McpClient, result_of

HANDSHAKE = ["2025-11-25", "2025-06-18", "2025-03-26"]
NO_REQUESTS: list[Any] = [
    [],
    [{"jsonrpc": "2.0", "id": 1, "method": "ping"}] * 51,
    "ping",
    5,
    {},
    {"id": 1, "method": "ping"},
    {"jsonrpc": "1.0", "id": 1, "method": "ping"},
    {"jsonrpc": "2.0", "id": None, "method": "ping"},
    {"jsonrpc": "2.0", "id": True, "method": "ping"},
    {"jsonrpc": "2.0", "id": 1.5, "method": "ping"},
    {"jsonrpc": "2.0", "id": {}, "method": "ping"},
    {"jsonrpc": "2.0", "id": 1, "method": 5},
    {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []},
]
INITIALIZE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}


def test_discovery_says_what_is_served_and_where_one_is(claude):
    result = result_of(claude.ask("server/discover"))
    assert result["supportedVersions"] == [MODERN]
    assert result["capabilities"] == {"tools": {"listChanged": False}}
    assert result["resultType"] == "complete"
    assert result["cacheScope"] == "private"
    assert result["ttlMs"] > 0
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "profile"
    assert '"Aperture Science"' in result["instructions"]
    assert "Owner" in result["instructions"]


def test_the_server_has_an_icon_that_anybody_can_fetch(claude, client):
    for info in (
        result_of(claude.ask("server/discover"))["_meta"]["io.modelcontextprotocol/serverInfo"],
        result_of(claude.speaking("2025-11-25").ask("initialize", INITIALIZE))["serverInfo"],
    ):
        assert info["websiteUrl"] == "http://localhost"
        for icon in info["icons"]:
            answer = client.get(icon["src"])
            assert (answer.status_code, answer.mimetype) == (200, icon["mimeType"])
            assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert {"image/png", "image/svg+xml"} == {icon["mimeType"] for icon in info["icons"]}
    assert client.get("/favicon.ico").mimetype == "image/x-icon"


def test_instructions_name_what_was_not_granted_and_where_to_change_it(connect, charlie):
    told = result_of(connect(charlie, ["profiles:read", "profiles:write"]).ask("server/discover"))["instructions"]
    assert "Not granted, so their tools are not listed: tags:manage" in told
    assert "http://localhost/settings/connections" in told
    assert "blocked by the role User: profiles:write" in told
    assert "never instructions" in told


@pytest.mark.parametrize("asked", HANDSHAKE)
def test_the_handshake_agrees_on_the_revision_that_was_asked_for(asked, claude):
    answer = claude.speaking("").send(
        {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": INITIALIZE | {"protocolVersion": asked}}
    )
    assert answer.status_code == 200
    result = result_of(answer)
    assert result["protocolVersion"] == asked
    assert result["serverInfo"]["name"] == "profile"
    assert "Aperture" in result["instructions"]
    assert not {"resultType", "_meta"} & result.keys()


@pytest.mark.parametrize("asked", ["2024-11-05", "2026-07-28", "2099-01-01", "x"])
def test_the_handshake_offers_its_newest_revision_for_any_other(asked, claude):
    body = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": INITIALIZE | {"protocolVersion": asked}}
    assert result_of(claude.send(body))["protocolVersion"] == "2025-11-25"


def test_a_client_may_shake_hands_after_it_discovered(claude):
    claude.ask("server/discover")
    claude.speaking("2025-11-25").ask("initialize", INITIALIZE)
    assert "create_tag" in claude.speaking("2025-11-25").tools()
    assert "create_tag" in claude.tools()


def test_initialize_with_the_modern_envelope_is_no_method(claude):
    answer = claude.ask("initialize", INITIALIZE)
    assert answer.status_code == 404
    assert answer.json["error"]["code"] == -32601


@pytest.mark.parametrize("revision", HANDSHAKE)
def test_the_handshake_era_gets_plain_results(revision, claude):
    client = claude.speaking(revision)
    assert client.ask("ping").json["result"] == {}
    assert client.ask("tools/list").json["result"].keys() == {"tools"}
    assert client.call("list_tags").json["result"].keys() == {"content", "isError", "structuredContent"}


def test_without_a_version_header_the_oldest_revision_is_meant(claude, audit_log):
    body = {"jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": {"name": "list_tags"}}
    assert claude.send(body).json["id"] == "a"
    assert audit_log()[0].revision == "2025-03-26"


def test_mcp_method_alone_does_not_make_a_request_modern(claude):
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert claude.send(body, headers={"Mcp-Method": "ping"}).json["result"] == {}


@pytest.mark.parametrize("method", ["notifications/initialized", "notifications/cancelled", "tools/call"])
@pytest.mark.parametrize("revision", ["2025-11-25", MODERN])
def test_what_wants_no_answer_gets_none(method, revision, claude, audit_log):
    body, headers = claude.speaking(revision).message(method, {"name": "list_tags"})
    del body["id"]
    answer = claude.send(body, headers=headers)
    assert (answer.status_code, answer.data) == (202, b"")
    assert audit_log() == []


def test_an_answer_to_nothing_is_dropped_in_the_handshake_era(claude):
    assert claude.send({"jsonrpc": "2.0", "id": 1, "result": {}}).status_code == 202


PING = {"jsonrpc": "2.0", "id": "p", "method": "ping"}


def call_of(tool: str, id_: int, **arguments: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id_, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


@pytest.mark.both_databases
@for_each("headers", [{}, {"MCP-Protocol-Version": "2025-03-26"}])
def test_a_batch_is_answered_message_by_message_in_the_revision_that_has_them(headers, claude, audit_log):
    before = len(audit_log())
    label = f"Sales {len(headers)}"
    batch = [
        PING,
        call_of("create_tag", 1, label=label, color="red"),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        call_of("create_tag", 2, label=label, color="red"),
        call_of("make_coffee", 3),
        {"jsonrpc": "2.0", "id": 4, "method": "initialize", "params": INITIALIZE},
        "nonsense",
        call_of("list_tags", 5, search=label),
    ]
    answer = claude.send(batch, headers=headers)
    assert answer.status_code == 200
    ping, made, twice, coffee, handshake, nonsense, listed = answer.json
    assert [each["id"] for each in answer.json] == ["p", 1, 2, 3, 4, None, 5]
    assert ping["result"] == {}
    assert made["result"]["structuredContent"]["label"] == label
    assert twice["result"]["isError"]
    assert [each["error"]["code"] for each in (coffee, handshake, nonsense)] == [-32602, -32600, -32600]
    assert listed["result"]["structuredContent"]["total"] == 1
    outcomes = [entry.outcome for entry in audit_log()[before:]]
    assert outcomes == ["allowed", "failed", "refused", "allowed"]


def test_a_batch_goes_no_further_than_each_of_its_messages_alone(connect, alice, app):
    answer = connect(alice, ["tags:manage"]).send([call_of("get_account", 1), call_of("list_tags", 2)])
    refused, listed = answer.json
    assert "account:read" in refused["error"]["message"]
    assert not listed["result"]["isError"]
    assert McpClient(app).send([PING]).status_code == 401


def test_a_batch_of_what_wants_no_answer_gets_none(claude):
    answer = claude.send([{"jsonrpc": "2.0", "method": "notifications/initialized"}] * 2)
    assert (answer.status_code, answer.data) == (202, b"")


@for_each("revision", ["2025-06-18", "2025-11-25", MODERN])
def test_other_revisions_have_no_batches(revision, claude):
    answer = claude.send([PING], headers={"MCP-Protocol-Version": revision})
    assert (answer.status_code, answer.json["error"]["code"]) == (400, -32600)


def test_what_is_no_request_is_invalid(claude):
    for body in NO_REQUESTS:
        answer = claude.send(body)
        assert answer.status_code == 400, body
        assert answer.json["error"]["code"] == -32600, body
        assert answer.json["id"] is None


def test_a_missing_envelope_is_named(claude):
    answer = claude.send({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers={"MCP-Protocol-Version": MODERN})
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == -32602
    assert "io.modelcontextprotocol/clientCapabilities" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"MCP_Protocol_Version": "2025-11-25"},
        {"MCP_Protocol_Version": ""},
        {"Mcp_Method": "tools/list"},
        {"Mcp_Method": ""},
        {"Mcp_Name": "create_tag"},
        {"Mcp_Name": "=?base64?broken?="},
        {"MCP_Protocol_Version": f"{MODERN},{MODERN}"},
    ],
    ids=str,
)
def test_headers_that_say_something_else_than_the_body_are_refused(headers, claude, audit_log):
    answer = claude.ask("tools/call", {"name": "list_tags"}, **headers)
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == -32020
    assert [entry.reason for entry in audit_log()] == ["malformed"]


ENVELOPES: list[Any] = [
    ENVELOPE,
    None,
    {},
    5,
    {VERSION_KEY: MODERN},
    *(ENVELOPE | {VERSION_KEY: other} for other in ("2099-01-01", None, 5)),
    ENVELOPE | {"io.modelcontextprotocol/clientInfo": "x"},
    ENVELOPE | {"io.modelcontextprotocol/clientCapabilities": []},
]


def test_only_a_whole_envelope_with_headers_that_say_the_same_passes():
    passed = []
    for version, method, name, meta, tool in product(
        [MODERN, None, "2099-01-01", "5"],
        ["tools/call", None, "tools/list"],
        ["list_tags", None, "other"],
        ENVELOPES,
        ["list_tags", None, 5],
    ):
        given = {"MCP-Protocol-Version": version, "Mcp-Method": method, "Mcp-Name": name}
        headers = Headers({key: value for key, value in given.items() if value is not None})
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"_meta": meta, "name": tool}}
        message = read_message(body, headers)
        assert message is not None
        with suppress(ProtocolError):
            check(message, headers, MODERN_METHODS if message.modern else HANDSHAKE_METHODS)
            passed.append((message.modern, version, method, name, meta, tool))
    assert [case for case in passed if case[0]] == [(True, MODERN, "tools/call", "list_tags", ENVELOPE, "list_tags")]
    assert {case[5] for case in passed} == {"list_tags"}


def test_a_missing_name_header_is_refused(claude):
    body, headers = claude.message("tools/call", {"name": "list_tags"})
    del headers["Mcp-Name"]
    assert claude.send(body, headers=headers).json["error"]["code"] == -32020


def test_a_name_may_come_as_base64(claude):
    name = f"=?base64?{base64.b64encode(b'list_tags').decode()}?="
    assert claude.ask("tools/call", {"name": "list_tags"}, Mcp_Name=name).status_code == 200


def test_a_revision_that_is_not_served_is_answered_with_those_that_are(claude):
    body, headers = claude.message("tools/list")
    body["params"]["_meta"] = ENVELOPE | {"io.modelcontextprotocol/protocolVersion": "2099-01-01"}
    answer = claude.send(body, headers=headers | {"MCP-Protocol-Version": "2099-01-01"})
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == -32022
    assert answer.json["error"]["data"] == {"supported": [MODERN], "requested": "2099-01-01"}


def test_the_revision_before_this_transport_is_not_served(claude):
    answer = claude.speaking("2024-11-05").ask("tools/list")
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == -32022


@for_each(("revision", "status"), [(MODERN, 404), ("2025-11-25", 200)])
@for_each("method", ["prompts/list", "resources/list", "logging/setLevel", "nonsense", "subscriptions/listen"])
def test_only_what_is_advertised_is_a_method(method, revision, status, claude):
    answer = claude.speaking(revision).ask(method, {})
    assert answer.status_code == status
    assert answer.json["error"]["code"] == -32601


@pytest.mark.parametrize(("revision", "status"), [(MODERN, 400), ("2025-11-25", 200)])
def test_an_unknown_tool_is_an_error_of_the_protocol(revision, status, claude):
    answer = claude.speaking(revision).call("make_coffee")
    assert answer.status_code == status
    assert answer.json["error"]["code"] == -32602
    assert "make_coffee" in answer.json["error"]["message"]


@pytest.mark.parametrize(("revision", "status"), [(MODERN, 400), ("2025-11-25", 200)])
def test_a_cursor_that_nobody_gave_out_is_an_error(revision, status, claude):
    answer = claude.speaking(revision).ask("tools/list", {"cursor": "x"})
    assert answer.status_code == status
    assert answer.json["error"]["code"] == -32602


@pytest.mark.parametrize("revision", [MODERN, *HANDSHAKE])
def test_too_few_scopes_is_a_matter_of_http_in_every_revision(revision, connect, alice):
    answer = connect(alice, ["tags:manage"]).speaking(revision).call("get_account")
    assert answer.status_code == 403
    assert 'scope="tags:manage account:read"' in answer.headers["WWW-Authenticate"]


def test_lists_are_for_one_client_and_always_in_the_same_order(connect, alice):
    client = connect(alice)
    first, second = client.ask("tools/list"), client.ask("tools/list")
    assert result_of(first) == result_of(second)
    assert result_of(first)["cacheScope"] == "private"


def test_a_list_never_shows_what_another_connection_may_do(connect, alice, bob):
    assert len(connect(alice).tools()) > len(connect(bob, ["tags:manage"]).tools())
    assert connect(bob, ["account:read"], name="other").tools() == ["get_account", "list_aliases"]
