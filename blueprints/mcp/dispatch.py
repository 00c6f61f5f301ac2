"""One request of an assistant: which method it is, and for a tool call whether it may, what it does, and what it leaves in the trail.

Synchronous, on the request's thread: the tool runs inside the app context, in the request's own database session.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import orjson
from flask import request

from blueprints.mcp import audit
from blueprints.mcp.authentication import identify_again
from blueprints.mcp.call_outcomes import BeyondLimit, BeyondPolicy, BeyondRole, UnknownTool, verdict_on
from blueprints.mcp.instructions import instructions
from blueprints.mcp.protocol import (
    CAPABILITIES,
    HANDSHAKE,
    INVALID_PARAMS,
    MODERN,
    SERVER,
    Message,
    ProtocolError,
    cacheable,
    check,
    method_not_found,
    stamped,
)
from blueprints.mcp.rate_limits import look_in_this_process, pace
from blueprints.mcp.registry import Tool, registry
from blueprints.mcp.www_authenticate import InsufficientScope, Unauthorized
from config import Settings
from models.database.tenancy import enter_account
from models.oauth.bearer import Bearer
from models.oauth.call_rate_limit import TooFast, check_day
from models.permissions import Role
from models.request_scope import Call, current_scope
from models.scopes import format_scopes

log = logging.getLogger("profile.mcp")

# How long a client may keep a list: a change of scopes or role shows in it at the latest after this, and in calls at once.
TTL_MS = 60_000
Method = Callable[[Message, Bearer, Settings], bytes]


def answer(message: Message, bearer: Bearer, settings: Settings) -> bytes:
    """The result of one request, as JSON. Raises `ProtocolError`, `TooFast`, and for tool calls `InsufficientScope`, `Unauthorized`."""
    if message.method == "tools/call":
        return call_tool(message, bearer, settings)
    look_in_this_process(bearer)
    check(message, request.headers)
    method = (MODERN_METHODS if message.modern else HANDSHAKE_METHODS).get(message.method)
    if method is None:
        raise method_not_found(message.method)
    return method(message, bearer, settings)


def call_tool(message: Message, bearer: Bearer, settings: Settings) -> bytes:
    """Run one tool and keep one entry in the trail, whatever comes of it."""
    entry = audit.entry_for(message.params)
    try:
        pace().look(bearer)
        return tried(message, bearer, entry, settings)
    except TooFast as refusal:
        audit.keep_refusal(bearer, entry, refusal)
        raise


def tried(message: Message, bearer: Bearer, entry: Call, settings: Settings) -> bytes:
    try:
        check(message, request.headers)
        tool, given = named_tool(message.params)
        permit(bearer, tool, given, entry)
        carry_out = read if tool.reads else write
        return call_result(carry_out(bearer, tool, given, entry, settings), message.modern)
    except (Unauthorized, TooFast):
        raise  # the trail has the one already, as a refused token, and is told of the other by the minute
    except Exception as error:
        verdict = verdict_on(error)
        if verdict.reason == "crashed":
            log.exception("tool %s crashed", entry.tool)
        audit.keep_undone(bearer, entry, verdict)
        if verdict.sentence is None:
            raise
        return error_result(verdict.sentence, message.modern)


def named_tool(params: dict[str, Any]) -> tuple[Tool, dict[str, Any]]:
    """The tool that a call names, and the inputs that it gives."""
    name, given = params.get("name"), params.get("arguments")
    if not isinstance(name, str):
        raise ProtocolError(INVALID_PARAMS, "params.name must be the name of a tool")
    if given is not None and not isinstance(given, dict):
        raise ProtocolError(INVALID_PARAMS, "params.arguments must be an object")
    tool = registry.find(name)
    if tool is None:
        raise UnknownTool(name)
    return tool, given or {}


def permit(bearer: Bearer, tool: Tool, given: dict[str, Any], entry: Call) -> None:
    """Refuse what no consent could give, then what was not granted: asked to consent to the first, a client would ask for ever."""
    needed = tool.scopes_for(given)
    entry.scope = format_scopes(needed)
    if bearer.barred:
        raise BeyondLimit(bearer.barred)
    check_day(bearer)
    if not bearer.may(tool.may):
        raise BeyondRole(bearer.role, tool.may)
    if bearer.limits.read_only and not tool.reads:
        raise BeyondLimit("read_only")
    if withheld := needed - bearer.most:
        entry.scope = format_scopes(withheld)
        raise BeyondPolicy(tool.name, withheld)
    if missing := needed - bearer.granted:
        entry.scope = format_scopes(missing)
        raise InsufficientScope(tool.name, missing, needed | bearer.scopes)


def read(bearer: Bearer, tool: Tool, given: dict[str, Any], entry: Call, _settings: Settings) -> bytes:
    """Carry out a tool that reads, in the transaction that is open; its entry follows in a short one of its own."""
    found = run(bearer, tool, tool.arguments(given), entry)
    audit.keep_read(bearer, entry)
    return found


def write(bearer: Bearer, tool: Tool, given: dict[str, Any], entry: Call, settings: Settings) -> bytes:
    """Carry out a tool that writes: bearer, change and entry in one transaction, so that a revocation comes before or after all of it."""
    arguments = tool.arguments(given)
    pace().look(bearer, writes=True)
    bearer = identify_again(bearer, settings)
    permit(bearer, tool, given, entry)
    done = run(bearer, tool, arguments, entry)
    audit.keep_write(bearer, entry)
    return done


def run(bearer: Bearer, tool: Tool, arguments: dict[str, Any], entry: Call) -> bytes:
    """What the tool answers, as JSON. What model verbs record meanwhile joins the call's entry."""
    enter_account(bearer.account_id)
    with current_scope().collecting(entry), current_scope().limited_to(bearer.limits):
        return tool.run(bearer, **arguments).json_bytes()


def call_result(structured: bytes, modern: bool) -> bytes:
    """A tool's answer, as structured content and the same as text."""
    text = orjson.dumps(structured.decode())
    return b'{"content":[{"type":"text","text":%b}],"isError":false,"structuredContent":%b%b}' % (
        text,
        structured,
        MODERN_TAIL if modern else b"",
    )


def error_result(sentence: str, modern: bool) -> bytes:
    """A result that says what went wrong and what to do. No structured content: clients check that against the schema."""
    result = {"content": [{"type": "text", "text": sentence}], "isError": True}
    return orjson.dumps(stamped(result, modern))


# What 2026-07-28 adds to a result, ready to be put behind its last member.
MODERN_TAIL = b"," + orjson.dumps(stamped({}, modern=True))[1:-1]


def list_tools(message: Message, bearer: Bearer, _settings: Settings) -> bytes:
    """The tools that this connection may call now."""
    if message.params.get("cursor") is not None:
        raise ProtocolError(INVALID_PARAMS, "Unknown cursor: all tools are on one page")
    key = (message.modern, bearer.role, bearer.scopes, bearer.limits.read_only, bearer.barred is None)
    if key not in _lists:
        result = {"tools": [tool.listed for tool in registry.visible_to(bearer)]}
        _lists[key] = orjson.dumps(cacheable(result, message.modern, TTL_MS))
    return _lists[key]


# Lists as JSON, by all that decides which tools show: there are only so many eras, roles and combinations of scopes.
_lists: dict[tuple[bool, Role, frozenset[str], bool, bool], bytes] = {}


def discover(message: Message, bearer: Bearer, settings: Settings) -> bytes:
    """What this server speaks and is (2026-07-28)."""
    result = {"supportedVersions": MODERN, "capabilities": CAPABILITIES, "instructions": instructions(bearer, settings)}
    return orjson.dumps(cacheable(result, message.modern, TTL_MS))


def initialize(message: Message, bearer: Bearer, settings: Settings) -> bytes:
    """The handshake of the 2025 revisions; no session comes of it."""
    asked = message.params.get("protocolVersion")
    client = message.params.get("clientInfo")
    if (
        not isinstance(asked, str)
        or not isinstance(message.params.get("capabilities"), dict)
        or not isinstance(client, dict)
    ):
        raise ProtocolError(INVALID_PARAMS, "params needs protocolVersion, capabilities and clientInfo")
    return orjson.dumps(
        {
            "protocolVersion": asked if asked in HANDSHAKE else HANDSHAKE[0],
            "capabilities": CAPABILITIES,
            "serverInfo": SERVER,
            "instructions": instructions(bearer, settings),
        }
    )


def ping(_message: Message, _bearer: Bearer, _settings: Settings) -> bytes:
    return b"{}"


MODERN_METHODS: dict[str, Method] = {"server/discover": discover, "tools/list": list_tools}
HANDSHAKE_METHODS: dict[str, Method] = {"initialize": initialize, "ping": ping, "tools/list": list_tools}
