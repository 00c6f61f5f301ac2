"""The wire format: one JSON-RPC message in and one answer out, in both eras of MCP. The SDK defines it (docs/decisions/0001)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import mcp_types
import orjson
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    MCP_PROTOCOL_VERSION_HEADER,
    InboundLadderRejection,
    classify_inbound_request,
    unsupported_protocol_version_rejection,
)
from mcp_types import JSONRPC_VERSION, ErrorData, JSONRPCError, JSONRPCNotification, JSONRPCRequest, RequestId
from mcp_types.methods import serialize_server_result, validate_client_request
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_MODERN_VERSION
from pydantic import ValidationError
from werkzeug.datastructures import Headers

from version import VERSION

# The revisions with this transport. A client of 2024-11-05 can also shake hands, and is offered a newer one.
SERVED = tuple(version for version in mcp_types.version.KNOWN_PROTOCOL_VERSIONS[::-1] if version != "2024-11-05")

SERVER = mcp_types.Implementation(name="profile", title="Profile", version=VERSION)
CAPABILITIES = mcp_types.ServerCapabilities(tools=mcp_types.ToolsCapability(list_changed=False))
SERVER_META = {mcp_types.SERVER_INFO_META_KEY: SERVER.model_dump(by_alias=True, exclude_none=True)}

# Outside the range that JSON-RPC and MCP reserve, as server-defined codes must be.
TOO_MANY_REQUESTS = 429

WITH_BATCHES = "2025-03-26"
MOST_IN_BATCH = 50


def describe_server(public_url: str) -> mcp_types.Implementation:
    """What this server is called, with the icon that apps show beside its name; said where they meet it first."""
    # Clients keep these addresses: under a version that is none, an asset is always as it is now.
    icons = [
        mcp_types.Icon(src=f"{public_url}/static/app/icon.png", mime_type="image/png", sizes=["128x128"]),
        mcp_types.Icon(src=f"{public_url}/static/app/icon.svg", mime_type="image/svg+xml", sizes=["any"]),
    ]
    return SERVER.model_copy(update={"website_url": public_url, "icons": icons})


class ProtocolError(MCPError):
    """A message that violates the protocol; becomes a JSON-RPC error."""

    def __init__(self, code: int, message: str, data: Any = None, *, status: int | None = None) -> None:
        super().__init__(code, message, data)
        self.status = status
        """Set if the HTTP status is the same in both eras."""


@dataclass(frozen=True, slots=True)
class Message:
    """A client's request. `params` is unchecked, except for being an object, until `check` has passed."""

    id: RequestId
    method: str
    params: dict[str, Any]
    revision: str
    modern: bool


def is_batch(body: Any, headers: Headers) -> bool:
    """Whether a body is a batch: only 2025-03-26 has them, whose clients name no revision in a header. Raises `ProtocolError`."""
    revision = headers.get(MCP_PROTOCOL_VERSION_HEADER, mcp_types.DEFAULT_NEGOTIATED_VERSION)
    if not isinstance(body, list) or revision != WITH_BATCHES:
        return False
    if not 0 < len(body) <= MOST_IN_BATCH:
        raise malformed(f"A batch has 1 to {MOST_IN_BATCH} messages.")
    return True


def read_message(body: Any, headers: Headers) -> Message | None:
    """The request in this body; None for a notification, which gets no answer. Raises `ProtocolError`."""
    if not isinstance(body, dict):
        raise malformed(f"The body must be one JSON-RPC message; only {WITH_BATCHES} has batches.")
    header = headers.get(MCP_PROTOCOL_VERSION_HEADER)
    modern = is_modern(body, header)
    if body.get("method") is None and ("result" in body or "error" in body) and not modern:
        # A response to a request that we never sent: clients of the handshake era may send it, and we ignore it.
        return None
    try:
        if "id" not in body:
            JSONRPCNotification.model_validate(body)
            check_notification(modern, header)
            return None
        request = JSONRPCRequest.model_validate(body)
    except ValidationError as error:
        raise malformed(
            f"The body is not a JSON-RPC 2.0 request. Missing or of the wrong type: {name_places(error, 1)}"
        ) from None
    revision = LATEST_MODERN_VERSION if modern else header or mcp_types.DEFAULT_NEGOTIATED_VERSION
    return Message(request.id, request.method, request.params or {}, revision, modern)


def is_modern(body: dict[str, Any], header: str | None) -> bool:
    """Whether a message is of the era without handshakes, by the revision in its envelope or header."""
    params = body.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    if isinstance(meta, dict) and mcp_types.PROTOCOL_VERSION_META_KEY in meta:
        return True
    return header is not None and header not in HANDSHAKE_PROTOCOL_VERSIONS


def check_notification(modern: bool, header: str | None) -> None:
    """Notifications have no effect here; one in an unsupported revision is still refused."""
    if modern and header is not None and (rejection := unsupported_protocol_version_rejection(header)):
        raise ProtocolError(rejection.code, rejection.message, rejection.data, status=400)


def check(message: Message, headers: Headers, methods: Mapping[str, Any]) -> None:
    """Check a request against its era and the methods served in it; raises `ProtocolError`."""
    if message.modern:
        # A header that was sent twice arrives joined by a comma, so it never equals the body's value.
        routed = classify_inbound_request(
            {"method": message.method, "params": message.params}, headers=as_mapping(headers)
        )
        if isinstance(routed, InboundLadderRejection):
            raise ProtocolError(routed.code, routed.message, routed.data)
    elif message.revision not in SERVED and message.method != "initialize":
        data = {"supported": list(SERVED), "requested": message.revision}
        raise ProtocolError(mcp_types.UNSUPPORTED_PROTOCOL_VERSION, "Unsupported protocol version", data, status=400)
    if message.method not in methods:
        raise ProtocolError(mcp_types.METHOD_NOT_FOUND, "Method not found", message.method)
    try:
        validate_client_request(message.method, message.revision, message.params)
    except ValidationError as error:
        raise ProtocolError(
            mcp_types.INVALID_PARAMS, f"Missing or of the wrong type: {name_places(error, 2)}"
        ) from None


def as_mapping(headers: Headers) -> Mapping[str, str]:
    """Headers for the SDK, which only gets them by name: Werkzeug's are case-insensitive, but no `Mapping`."""
    return cast(Mapping[str, str], headers)


def name_places(error: ValidationError, depth: int) -> str:
    """The path of an error, only as deep as the protocol defines the names: deeper it would repeat what was sent."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return ", ".join(dict.fromkeys(".".join(map(str, each["loc"][:depth])) for each in found))


def malformed(text: str) -> ProtocolError:
    return ProtocolError(mcp_types.INVALID_REQUEST, text, status=400)


def status_of(error: ProtocolError, message: Message | None) -> int:
    """The HTTP status of an error: by its code in 2026-07-28, 200 in the handshake era."""
    if error.status is not None:
        return error.status
    return ERROR_CODE_HTTP_STATUS[error.code] if message is None or message.modern else 200


def success(id_: RequestId, result: bytes) -> bytes:
    """The answer to a request, around a result that already is JSON."""
    return orjson.dumps({"jsonrpc": JSONRPC_VERSION, "id": id_, "result": orjson.Fragment(result)})


def failure(id_: RequestId | None, error: ErrorData) -> bytes:
    """The error response to a request; `id_` is None if the request could not be read."""
    answer = JSONRPCError(jsonrpc=JSONRPC_VERSION, id=id_, error=error)
    return answer.model_dump_json(exclude_unset=True).encode()


def serialize(message: Message, result: mcp_types.Result) -> bytes:
    """A result as JSON in the revision of its request, without fields that the revision does not know."""
    if message.modern:
        result.meta = {**SERVER_META, **(result.meta or {})}
    fields = result.model_dump(by_alias=True, mode="json", exclude_none=True)
    return orjson.dumps(serialize_server_result(message.method, message.revision, fields))


def serialize_refusal(message: Message, text: str) -> bytes:
    """An error result that says what went wrong and what to do. No structured content: clients validate that against the schema."""
    return serialize(message, mcp_types.CallToolResult(content=[mcp_types.TextContent(text=text)], is_error=True))
