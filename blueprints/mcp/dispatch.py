"""One request of an app, read from top to bottom: handle → call_tool → authorize → execute → the audit log (audit.py).

Synchronous, on the request's thread: the tool runs inside the app context, in the request's own database session.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Any

import orjson
from flask import request
from mcp_types import (
    INVALID_PARAMS,
    SERVER_INFO_META_KEY,
    DiscoverResult,
    EmptyResult,
    InitializeResult,
    ListToolsResult,
)
from mcp_types.version import LATEST_HANDSHAKE_VERSION, MODERN_PROTOCOL_VERSIONS

from blueprints.mcp import audit
from blueprints.mcp.asking import ask_person, must_be_allowed, note_handshake
from blueprints.mcp.authentication import identify, identify_again
from blueprints.mcp.call_outcomes import (
    REASONS,
    TOO_FAST,
    AsksFirst,
    InsufficientRole,
    InsufficientScope,
    LimitReached,
    NotCommitted,
    ScopeAgainstPolicy,
    UnknownTool,
    refusal_for,
)
from blueprints.mcp.instructions import write_instructions
from blueprints.mcp.protocol import (
    CAPABILITIES,
    SERVED,
    SERVER_META,
    Message,
    ProtocolError,
    check,
    describe_server,
    serialize,
    serialize_refusal,
)
from blueprints.mcp.rate_limits import check_light_rate, pace
from blueprints.mcp.registry import Tool, registry
from blueprints.mcp.tripwires import Tripped, check_after, check_before, sound
from blueprints.mcp.www_authenticate import Unauthorized
from config import Settings
from models.audit import Outcome
from models.connections import Tripwire
from models.database import OutcomeUnknown, enter_account
from models.metrics import Counter
from models.oauth import Bearer, DayIsOver, TooFast, rule_against
from models.permissions import Role
from models.request_scope import Call, current_scope
from models.scopes import format_scopes
from models.tracing import span

log = logging.getLogger("profile.mcp")

# How long a client may cache a list: changes of scopes or role show in it after this time, but apply to calls immediately.
TTL_MS = 60_000
Method = Callable[[Message, Bearer, Settings], bytes]

CALLS = Counter(
    "profile_tool_calls",
    "Tool calls, by their outcome in the audit log.",
    tool=lambda: [audit.UNKNOWN, *(tool.name for tool in registry)],
    outcome=[*Outcome],
)
NOT_DONE = Counter(
    "profile_tool_calls_not_done", "Tool calls that were refused or failed, by reason.", reason=sorted(REASONS)
)


def handle(message: Message, bearer: Bearer, settings: Settings) -> bytes:
    """The result of one request, as JSON. Raises `ProtocolError`, `TooFast`, and for tool calls `InsufficientScope`, `Unauthorized`."""
    methods = MODERN_METHODS if message.modern else HANDSHAKE_METHODS
    if message.method != "tools/call":
        # A tool call leaves an entry in the audit log even if one of these two refuses it.
        check_light_rate(bearer)
        check(message, request.headers, methods)
    return methods[message.method](message, bearer, settings)


def call_tool(message: Message, bearer: Bearer, settings: Settings) -> bytes:
    """Run one tool and write one audit log entry, whatever the outcome."""
    entry = audit.new_entry(message.params)
    with span(f"tools/call {entry.tool}"):
        return answer_call(message, bearer, settings, entry)


def answer_call(message: Message, bearer: Bearer, settings: Settings, entry: Call) -> bytes:
    try:
        structured = attempt(message, bearer, settings, entry)
        count(entry, Outcome.ALLOWED)
        return serialize_success(structured, message.modern)
    except AsksFirst as first:
        count(entry, first.outcome, first.reason)
        return ask_person(message, bearer, entry, first.asked, settings)
    except Unauthorized:
        count(entry, Outcome.REFUSED, "unauthorized")
        raise  # the audit log already has it
    except NotCommitted as error:
        count(entry, error.outcome, error.reason)
        raise  # the audit log already has it
    except OutcomeUnknown:
        count(entry, Outcome.FAILED, "outcome_unknown")
        raise  # the audit log has it if it was done
    except TooFast as error:
        count(entry, Outcome.REFUSED, TOO_FAST)
        audit.audit_rate_limited(bearer, entry, error)
        raise
    except Exception as error:
        refusal = refusal_for(error)
        count(entry, refusal.outcome, refusal.reason)
        if refusal.reason == "crashed":
            log.exception("a tool crashed", extra={"tool": entry.tool})
        if not audit.audit_refused(bearer, entry, refusal):
            error.add_note(f"This call of {entry.tool} could not be recorded in the audit log.")
        if refusal.text is None:
            raise
        return serialize_refusal(message, refusal.text)


def attempt(message: Message, bearer: Bearer, settings: Settings, entry: Call) -> bytes:
    """The tool's answer as JSON. A call that touches a tripwire begins again after the alarm, as what was chosen for it allows."""
    passed: set[Tripwire] = set()
    while True:
        try:
            pace().look(bearer)
            check(message, request.headers, MODERN_METHODS)
            check_before(bearer, passed)
            tool, given = find_tool(message.params)
            authorize(bearer, tool, given, entry)
            return execute(bearer, tool, given, entry, settings, passed)
        except Tripped as tripped:
            sound(bearer, entry, tripped.tripwire)
            passed.add(tripped.tripwire)
            bearer = identify(settings)


def count(entry: Call, outcome: Outcome, reason: str | None = None) -> None:
    """Count a call for /metrics."""
    CALLS.add(entry.tool, outcome)
    if reason is not None:
        NOT_DONE.add(reason)


def find_tool(params: dict[str, Any]) -> tuple[Tool, dict[str, Any]]:
    """The tool that a call names, and the inputs that it gives, as they are meant."""
    tool = registry.find(params["name"])
    if tool is None:
        raise UnknownTool(params["name"])
    return tool, tool.read(params.get("arguments") or {})


def authorize(bearer: Bearer, tool: Tool, given: dict[str, Any], entry: Call) -> None:
    """Refuse the call if one of the rules forbids it (models/oauth/call_rules.py)."""
    needed = tool.scopes_for(given)
    entry.scope = format_scopes(needed)
    rule = rule_against(bearer, tool, needed)
    if rule is not None:
        raise refused_by(rule, bearer, tool, needed, entry)


def refused_by(rule: str, bearer: Bearer, tool: Tool, needed: frozenset[str], entry: Call) -> Exception:
    """The refusal by this rule. The entry names the scopes that are missing."""
    match rule:
        case "daily":
            return DayIsOver(bearer.limits.daily_calls or 0)
        case "role":
            return InsufficientRole(bearer.role, tool.may)
        case "policy_scope":
            withheld = needed - bearer.most
            entry.scope = format_scopes(withheld)
            return ScopeAgainstPolicy(tool.name, withheld)
        case "scope":
            missing = needed - bearer.granted
            entry.scope = format_scopes(missing)
            return InsufficientScope(tool.name, missing, needed | bearer.scopes)
        case _:
            return LimitReached(rule)


def execute(
    bearer: Bearer,
    tool: Tool,
    given: dict[str, Any],
    entry: Call,
    settings: Settings,
    passed: Collection[Tripwire],
) -> bytes:
    """Run a tool and commit; returns its answer as JSON.

    A writing tool has bearer, change and entry in one transaction, so that a revocation comes before or after all of it.
    """
    arguments = tool.arguments(given)
    if not tool.reads:
        pace().look(bearer, writes=True)
        bearer = identify_again(bearer, settings)
        authorize(bearer, tool, given, entry)
        if bearer.limits.ask_first:
            must_be_allowed(bearer, tool, given, arguments)
    structured = run(bearer, tool, arguments, entry)
    check_after(bearer, entry, passed)
    audit.audit_allowed(bearer, entry, wrote=not tool.reads)
    return structured


def run(bearer: Bearer, tool: Tool, arguments: dict[str, Any], entry: Call) -> bytes:
    """The tool's answer as JSON. What models record becomes part of the call's entry."""
    enter_account(bearer.account_id)
    with current_scope().collecting(entry), current_scope().limited_to(bearer.limits):
        return tool.run(bearer, **arguments).json_bytes()


def serialize_success(structured: bytes, modern: bool) -> bytes:
    """A tool's answer as structured content and as text. It is JSON already; the SDK's models would parse and format it again."""
    result = {
        "content": [{"type": "text", "text": structured.decode()}],
        "isError": False,
        "structuredContent": orjson.Fragment(structured),
    }
    return orjson.dumps({**result, "resultType": "complete", "_meta": SERVER_META} if modern else result)


def list_tools(message: Message, bearer: Bearer, _settings: Settings) -> bytes:
    """The tools that this connection can call now."""
    if message.params.get("cursor") is not None:
        raise ProtocolError(INVALID_PARAMS, "Unknown cursor: all tools are on one page")
    key = (message.revision, bearer.role, bearer.scopes, bearer.limits.read_only, bearer.blocked is None)
    if key not in _lists:
        tools = [tool.listed for tool in registry.visible_to(bearer)]
        _lists[key] = serialize(message, ListToolsResult(tools=tools, ttl_ms=TTL_MS))
    return _lists[key]


# Lists as JSON, by all that decides which tools are shown: few combinations of revisions, roles and scopes exist.
_lists: dict[tuple[str, Role, frozenset[str], bool, bool], bytes] = {}


def discover(message: Message, bearer: Bearer, settings: Settings) -> bytes:
    """This server's name, version and capabilities (2026-07-28)."""
    result = DiscoverResult(
        supported_versions=list(MODERN_PROTOCOL_VERSIONS),
        capabilities=CAPABILITIES,
        instructions=write_instructions(bearer, settings),
        ttl_ms=TTL_MS,
    )
    described = describe_server(settings.public_url).model_dump(by_alias=True, exclude_none=True)
    result.meta = {SERVER_INFO_META_KEY: described}
    return serialize(message, result)


def initialize(message: Message, bearer: Bearer, settings: Settings) -> bytes:
    """The handshake of the 2025 revisions; it creates no session."""
    asked = message.params["protocolVersion"]
    note_handshake(bearer, message.params["capabilities"])
    result = InitializeResult(
        protocol_version=asked if asked in SERVED_BY_HANDSHAKE else LATEST_HANDSHAKE_VERSION,
        capabilities=CAPABILITIES,
        server_info=describe_server(settings.public_url),
        instructions=write_instructions(bearer, settings),
    )
    return serialize(message, result)


SERVED_BY_HANDSHAKE = frozenset(SERVED) - frozenset(MODERN_PROTOCOL_VERSIONS)


def ping(message: Message, _bearer: Bearer, _settings: Settings) -> bytes:
    return serialize(message, EmptyResult())


MODERN_METHODS: dict[str, Method] = {"server/discover": discover, "tools/list": list_tools, "tools/call": call_tool}
HANDSHAKE_METHODS: dict[str, Method] = {
    "initialize": initialize,
    "ping": ping,
    "tools/list": list_tools,
    "tools/call": call_tool,
}
