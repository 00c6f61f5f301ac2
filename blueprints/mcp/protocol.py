"""The wire: one JSON-RPC message in, in either era of MCP, and one answer out.

The SDK's own pure functions say the same in more words, and tests hold the two together; importing them costs 0.4 s of start
(docs/decisions/0001), which is most of what a cold start may take.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson
from werkzeug.datastructures import Headers

MODERN = ("2026-07-28",)
HANDSHAKE = ("2025-11-25", "2025-06-18", "2025-03-26")
# A revision of the handshake era whose transport is another one: known, not served.
HANDSHAKE_ERA = frozenset({*HANDSHAKE, "2024-11-05"})
WITHOUT_HEADER = "2025-03-26"

VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
CLIENT_KEY = "io.modelcontextprotocol/clientInfo"
SERVER_KEY = "io.modelcontextprotocol/serverInfo"
NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}

SERVER = {"name": "profile", "title": "Profile", "version": "0.1.0"}
CAPABILITIES = {"tools": {"listChanged": False}}

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
HEADER_MISMATCH = -32020
UNSUPPORTED_VERSION = -32022
# Outside of what JSON-RPC and MCP keep for themselves, as codes of servers are to be.
TOO_MANY_REQUESTS = 429
MODERN_STATUS = {METHOD_NOT_FOUND: 404, INTERNAL_ERROR: 500}


class ProtocolError(Exception):
    """A message that is not as the protocol has it; becomes a JSON-RPC error."""

    def __init__(self, code: int, message: str, data: Any = None, *, status: int | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data
        self.status = status
        """Set where the HTTP status is the same in both eras."""


@dataclass(frozen=True, slots=True)
class Message:
    """One request of a client. `params` is what it sent, checked only for being an object."""

    id: int | str
    method: str
    params: dict[str, Any]
    revision: str
    modern: bool


def read_message(body: Any, headers: Headers) -> Message | None:
    """The request in this body; None for what wants no answer (a notification). Raises `ProtocolError`."""
    if not isinstance(body, dict):
        raise malformed("The body must be one JSON-RPC message; batches are not taken.")
    method, params = body.get("method"), body.get("params")
    if params is None:
        params = {}
    meta = params.get("_meta") if isinstance(params, dict) else None
    header = headers.get("MCP-Protocol-Version")
    modern = (isinstance(meta, dict) and VERSION_KEY in meta) or (header is not None and header not in HANDSHAKE_ERA)
    if method is None and ("result" in body or "error" in body) and not modern:
        # An answer to a request that we never made: the handshake era lets clients send it, and us drop it.
        return None
    if body.get("jsonrpc") != "2.0" or not isinstance(method, str) or not isinstance(params, dict):
        raise malformed("The body is not a JSON-RPC 2.0 request.")
    if "id" not in body:
        check_notification(modern, header)
        return None
    id_ = body["id"]
    if isinstance(id_, bool) or not isinstance(id_, int | str):
        raise malformed("The id of a request must be a text or a whole number.")
    revision = header or WITHOUT_HEADER
    return Message(id_, method, params, MODERN[0] if modern else revision, modern)


def check_notification(modern: bool, header: str | None) -> None:
    """Nothing here acts on notifications; one in a revision that we do not speak is still told so."""
    if modern and header is not None and header not in MODERN:
        raise unsupported(header, MODERN, status=400)


def check(message: Message, headers: Headers) -> None:
    """Hold a request to the rules of its era, before anything acts on it; raises `ProtocolError`."""
    meta = message.params.get("_meta")
    if message.modern:
        check_envelope(message, meta, headers)
        return
    header = headers.get("MCP-Protocol-Version")
    if header is not None and header not in HANDSHAKE and message.method != "initialize":
        raise unsupported(header, (*MODERN, *HANDSHAKE), status=400)
    if meta is not None and not isinstance(meta, dict):
        raise ProtocolError(INVALID_PARAMS, "params._meta must be an object")


def check_envelope(message: Message, meta: Any, headers: Headers) -> None:
    """The envelope of 2026-07-28 is whole, the headers say what the body says, and the revision is one we speak: in this order."""
    missing = [key for key in (VERSION_KEY, CAPABILITIES_KEY) if not isinstance(meta, dict) or key not in meta]
    if missing:
        raise ProtocolError(INVALID_PARAMS, f"params._meta lacks {' and '.join(missing)}")
    check_headers(message, meta, headers)
    if meta[VERSION_KEY] not in MODERN:
        raise unsupported(meta[VERSION_KEY], MODERN)
    client = meta.get(CLIENT_KEY)
    named = client is None or (
        isinstance(client, dict) and isinstance(client.get("name"), str) and isinstance(client.get("version"), str)
    )
    if not isinstance(meta[CAPABILITIES_KEY], dict) or not named:
        raise ProtocolError(INVALID_PARAMS, f"params._meta has a {CAPABILITIES_KEY} or {CLIENT_KEY} of the wrong shape")


def check_headers(message: Message, meta: dict[str, Any], headers: Headers) -> None:
    # A header that was sent twice arrives joined by a comma, and so equals nothing in the body.
    version = headers.get("MCP-Protocol-Version")
    if version is None or version != meta[VERSION_KEY]:
        raise mismatch("MCP-Protocol-Version", "the revision in params._meta")
    if headers.get("Mcp-Method") != message.method:
        raise mismatch("Mcp-Method", "the method")
    named_by = NAMED_BY.get(message.method, "")
    name = message.params.get(named_by)
    if name is not None and decoded(headers.get("Mcp-Name")) != name:
        raise mismatch("Mcp-Name", f"params.{named_by}")


def decoded(header: str | None) -> str | None:
    """A header's text; what does not fit into a header comes as `=?base64?…?=`, and a broken one of these equals nothing."""
    if header is None or not (header.startswith("=?base64?") and header.endswith("?=")):
        return header
    payload = header[9:-2]
    try:
        raw = base64.b64decode(payload, validate=True)
        return raw.decode() if base64.b64encode(raw).decode() == payload else None
    except (binascii.Error, ValueError):
        return None


def malformed(sentence: str) -> ProtocolError:
    return ProtocolError(INVALID_REQUEST, sentence, status=400)


def mismatch(header: str, part: str) -> ProtocolError:
    return ProtocolError(HEADER_MISMATCH, f"The {header} header is not {part} of the body.")


def unsupported(requested: str, supported: tuple[str, ...], *, status: int | None = None) -> ProtocolError:
    data = {"supported": list(supported), "requested": requested}
    return ProtocolError(UNSUPPORTED_VERSION, "Unsupported protocol version", data, status=status)


def method_not_found(method: str) -> ProtocolError:
    return ProtocolError(METHOD_NOT_FOUND, "Method not found", method)


def status_of(error: ProtocolError, message: Message | None) -> int:
    """The HTTP status of an error: by its code in 2026-07-28, 200 in the handshake era."""
    if error.status is not None:
        return error.status
    if message is None or message.modern:
        return MODERN_STATUS.get(error.code, 400)
    return 200


def success(id_: int | str, result: bytes) -> bytes:
    """The answer to a request, around a result that is JSON already."""
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (orjson.dumps(id_), result)


def failure(id_: int | str | None, code: int, message: str, data: Any = None) -> bytes:
    """The error answer to a request; `id_` is None where the request could not be read."""
    error = {"code": code, "message": message} | ({} if data is None else {"data": data})
    return orjson.dumps({"jsonrpc": "2.0", "id": id_, "error": error})


def stamped(result: dict[str, Any], modern: bool) -> dict[str, Any]:
    """A result with what 2026-07-28 adds to every one."""
    return {**result, "resultType": "complete", "_meta": {SERVER_KEY: SERVER}} if modern else result


def cacheable(result: dict[str, Any], modern: bool, ttl_ms: int) -> dict[str, Any]:
    """A list that depends on what this connection may do: for this client alone, and not for long."""
    return stamped({**result, "ttlMs": ttl_ms, "cacheScope": "private"} if modern else result, modern)
