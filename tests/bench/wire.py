"""Requests as bytes, made before the clock runs."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from tests.mcp_client import ENVELOPE, MODERN

HANDSHAKE = "2025-11-25"


def get(host: str, path: str, **headers: str) -> bytes:
    """A GET request."""
    return head("GET", path, {"Host": host, **spelled(headers)})


def form(host: str, path: str, **fields: str) -> bytes:
    """A POST request with form fields."""
    return post(host, path, urlencode(fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"})


def mcp(host: str, token: str, method: str, params: dict[str, Any], revision: str = MODERN) -> bytes:
    """A JSON-RPC request to /mcp, in either era of the protocol."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "MCP-Protocol-Version": revision}
    headers["Accept"] = "application/json, text/event-stream"
    if revision == MODERN:
        headers["Mcp-Method"] = method
        params = {**params, "_meta": ENVELOPE}
        if "name" in params:
            headers["Mcp-Name"] = params["name"]
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return post(host, "/mcp", json.dumps(message).encode(), headers)


def call(host: str, token: str, tool: str, revision: str = MODERN, **arguments: Any) -> bytes:
    """A tools/call request."""
    return mcp(host, token, "tools/call", {"name": tool, "arguments": arguments}, revision)


def post(host: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    return head("POST", path, {"Host": host, "Content-Length": str(len(body)), **headers}) + body


def head(method: str, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "User-Agent: bench/1"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()


def spelled(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
