"""The dispatcher is our own, so the official SDK's kernel is asked the same and must say the same.

The SDK is the judge of requests (its kernel) and of results (its models of each revision), in both eras.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import anyio
import mcp_types
import pytest
from mcp.server.connection import Connection
from mcp.server.lowlevel import Server
from mcp.server.runner import modern_error_data, serve_one
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp.shared.inbound import ERROR_CODE_HTTP_STATUS, InboundLadderRejection, classify_inbound_request
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext
from mcp_types.methods import serialize_server_result

from blueprints.mcp import protocol
from blueprints.mcp.registry import registry
from tests.fixtures.tool_calls import working_call
from tests.mcp_client import MODERN, McpClient, result_of

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


@pytest.mark.parametrize("revision", [MODERN, *HANDSHAKE])
def test_the_sdks_models_lose_nothing_of_what_a_tool_answers(revision, claude, ours):
    client = claude.speaking(revision)
    # What others still need is deleted last.
    for name in sorted((tool.name for tool in registry), key=lambda name: ("delete" in name, "profile" in name)):
        result = result_of(client.call(name, **working_call(name, ours)))
        assert not result["isError"], (name, result)
        assert serialize_server_result("tools/call", revision, result) == result, name


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

    # Where a client first meets the server it is told of the icon too; in other results its name is enough.
    said = protocol.SERVER if revision == MODERN else protocol.describe_server("http://localhost")
    server: Server[Any] = Server(
        said.name,
        title=said.title,
        version=said.version,
        website_url=said.website_url,
        icons=said.icons,
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
