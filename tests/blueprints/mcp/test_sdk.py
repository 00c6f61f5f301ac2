"""The wire is written by hand here, so the official SDK's own kernel is asked the same and must say the same.

The SDK is the judge of requests (its ladder and its kernel) and of results (its models of each revision), in both eras.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import product
from typing import Any

import anyio
import mcp_types
import pytest
from mcp.server.connection import Connection
from mcp.server.lowlevel import Server
from mcp.server.runner import modern_error_data, serve_one
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    InboundLadderRejection,
    classify_inbound_request,
    decode_header_value,
)
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext
from werkzeug.datastructures import Headers

from blueprints.mcp import protocol
from blueprints.mcp.protocol import ProtocolError, check, decoded, read_message
from tests.for_each import for_each
from tests.mcp_client import ENVELOPE, MODERN, McpClient

HANDSHAKE = ["2025-11-25", "2025-06-18", "2025-03-26"]
INITIALIZE = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
CORPUS: list[tuple[str, dict[str, Any] | None]] = [
    ("ping", None),
    ("initialize", INITIALIZE),
    ("initialize", {}),
    ("initialize", INITIALIZE | {"protocolVersion": "2099-01-01"}),
    ("initialize", INITIALIZE | {"clientInfo": "x"}),
    ("server/discover", {}),
    ("tools/list", {}),
    ("tools/list", {"cursor": 5}),
    ("tools/call", {"name": "list_tags", "arguments": {}}),
    ("tools/call", {"name": "list_tags"}),
    ("tools/call", {"name": "list_tags", "arguments": None}),
    ("tools/call", {"name": "create_tag", "arguments": {"label": "Sales", "color": "red"}}),
    ("tools/call", {"name": "create_tag", "arguments": {}}),
    ("tools/call", {"name": "get_account", "arguments": {"include_tags": True}}),
    ("tools/call", {"name": "get_profile", "arguments": {"profile_id": "none"}}),
    ("tools/call", {"name": "make_coffee", "arguments": {}}),
    ("tools/call", {"name": "list_tags", "arguments": []}),
    ("tools/call", {"name": 5}),
    ("tools/call", {}),
    ("prompts/list", {}),
    ("resources/read", {"uri": "file:///etc/passwd"}),
    ("completion/complete", {"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "a", "value": "b"}}),
    ("logging/setLevel", {"level": "debug"}),
    ("nonsense/method", {}),
]


@pytest.mark.parametrize("revision", [MODERN, *HANDSHAKE])
def test_the_sdks_kernel_would_answer_alike(revision, claude):
    for method, params in CORPUS:
        body, headers = claude.speaking(revision).message(method, params)
        ours = claude.send(body, headers=headers)
        status, theirs = ask_kernel(kernel_around(claude, revision, ours.json), body, headers, revision)
        assert ours.status_code == status, body
        if "error" in theirs:
            assert ours.json["error"]["code"] == theirs["error"]["code"], body
        else:
            assert ours.json["result"] == theirs["result"], body


NAMES = [None, "tools/call", "tools/list", "Tools/call"]
ENVELOPES: list[Any] = [
    None,
    {},
    5,
    ENVELOPE,
    ENVELOPE | {protocol.VERSION_KEY: "2099-01-01"},
    ENVELOPE | {protocol.VERSION_KEY: None},
    ENVELOPE | {protocol.VERSION_KEY: 5},
    {protocol.VERSION_KEY: MODERN},
    {protocol.CAPABILITIES_KEY: {}},
]
VERSIONS = [None, MODERN, "2099-01-01", "5"]
TOOL_NAMES = [None, "list_tags", "=?base64?bGlzdF90YWdz?=", "=?base64?bGlzdF90YWd=?=", "other"]


def test_the_sdks_ladder_refuses_the_same_requests_for_the_same_reason():
    tried = 0
    for version, method, name, meta, tool in product(VERSIONS, NAMES, TOOL_NAMES, ENVELOPES, ["list_tags", None, 5]):
        params = {"_meta": meta, "name": tool}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        given = {"MCP-Protocol-Version": version, "Mcp-Method": method, "Mcp-Name": name}
        headers = Headers({key: value for key, value in given.items() if value is not None})
        message = read_message(body, headers)
        assert message is not None
        if not message.modern:
            continue
        tried += 1
        verdict = classify_inbound_request(body, headers={key.lower(): value for key, value in headers.items()})
        assert our_verdict(message, headers) == (
            verdict.code if isinstance(verdict, InboundLadderRejection) else None
        ), (body, headers)
    assert tried > 1_000


def our_verdict(message: protocol.Message, headers: Headers) -> int | None:
    try:
        check(message, headers)
    except ProtocolError as error:
        return error.code
    return None


@for_each(
    "header",
    [*TOOL_NAMES, "", "=?base64??=", "=?base64?YQ?=", "=?base64?/w==?=", "=?base64?YQ==?=x", "=?base64?Y Q==?="],
)
def test_the_sdk_decodes_header_values_alike(header):
    assert decoded(header) == decode_header_value(header)


def test_the_numbers_of_errors_are_those_of_the_sdk():
    names = [
        "PARSE_ERROR",
        "INVALID_REQUEST",
        "METHOD_NOT_FOUND",
        "INVALID_PARAMS",
        "INTERNAL_ERROR",
        "HEADER_MISMATCH",
    ]
    assert [getattr(protocol, name) for name in names] == [getattr(mcp_types, name) for name in names]
    assert protocol.UNSUPPORTED_VERSION == mcp_types.UNSUPPORTED_PROTOCOL_VERSION
    assert tuple(mcp_types.version.MODERN_PROTOCOL_VERSIONS) == protocol.MODERN
    assert set(mcp_types.version.HANDSHAKE_PROTOCOL_VERSIONS) == protocol.HANDSHAKE_ERA


class OneExchange:
    """What the SDK's kernel asks of a transport that answers once and pushes nothing."""

    can_send_request = False
    progress_token = None

    def __init__(self, request_id: int, headers: Mapping[str, str]) -> None:
        self.request_id = request_id
        self.transport = TransportContext(kind="streamable-http", can_send_request=False, headers=headers)
        self.message_metadata = ServerMessageMetadata(request_context=None)
        self.cancel_requested = anyio.Event()

    async def send_raw_request(self, method: str, params: Any, opts: Any = None) -> Any:
        raise NoBackChannelError(method)

    async def notify(self, method: str, params: Any, opts: Any = None) -> None: ...

    async def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None: ...


def kernel_around(claude: McpClient, revision: str, ours: dict[str, Any]) -> Server[Any]:
    """An SDK server with our tools: what they answer is ours, how it goes over the wire is the SDK's."""
    discovered = claude.ask("server/discover").json
    assert discovered is not None
    listed = claude.speaking(revision).ask("tools/list").json
    assert listed is not None

    async def list_tools(_context: Any, params: Any) -> mcp_types.ListToolsResult:
        return mcp_types.ListToolsResult.model_validate(listed["result"])

    async def call_tool(_context: Any, params: mcp_types.CallToolRequestParams) -> mcp_types.CallToolResult:
        if params.name not in {tool["name"] for tool in listed["result"]["tools"]}:
            raise MCPError(code=mcp_types.INVALID_PARAMS, message="Unknown tool")
        return mcp_types.CallToolResult.model_validate(ours["result"])

    async def discover(_context: Any, params: Any) -> mcp_types.DiscoverResult:
        return mcp_types.DiscoverResult.model_validate(discovered["result"])

    server: Server[Any] = Server(
        protocol.SERVER["name"],
        title=protocol.SERVER["title"],
        version=protocol.SERVER["version"],
        instructions=discovered["result"]["instructions"],
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    server.add_request_handler("server/discover", mcp_types.RequestParams, discover)
    return server


def ask_kernel(
    server: Server[Any], body: dict[str, Any], headers: dict[str, str], revision: str
) -> tuple[int, dict[str, Any]]:
    """HTTP status and JSON-RPC answer, as the SDK comes to them."""
    modern = revision == MODERN
    lowered = {name.lower(): value for name, value in headers.items()}
    if modern:
        verdict = classify_inbound_request(body, headers=lowered)
        if isinstance(verdict, InboundLadderRejection):
            return ERROR_CODE_HTTP_STATUS.get(verdict.code, 200), {"error": {"code": verdict.code}}

    async def ask() -> dict[str, Any]:
        connection = Connection.from_envelope(revision, None, {})
        return await serve_one(
            server,
            OneExchange(body["id"], lowered),
            body["method"],
            body.get("params"),
            connection=connection,
            lifespan_state={},
        )

    try:
        return 200, {"result": asyncio.run(ask())}
    except Exception as error:  # noqa: BLE001 (the SDK maps every one)
        code = modern_error_data(error).code
        return (ERROR_CODE_HTTP_STATUS.get(code, 200) if modern else 200), {"error": {"code": code}}
