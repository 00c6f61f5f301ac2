"""An MCP client for tests: it sends exactly what a test wants on the wire, in either era."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from flask import Flask
from werkzeug.test import TestResponse

MODERN = "2026-07-28"
ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


@dataclass
class McpClient:
    """Speaks MCP with one access token, or with none."""

    app: Flask
    token: str | None = None
    revision: str = MODERN
    ids: Any = field(default_factory=lambda: itertools.count(1))
    address: str = "127.0.0.1"

    def speaking(self, revision: str) -> McpClient:
        """The same client in another revision."""
        return replace(self, revision=revision)

    def at(self, address: str) -> Self:
        """The same client at another address."""
        return replace(self, address=address)

    def send(self, body: Any, *, method: str = "POST", headers: Mapping[str, str] | None = None) -> TestResponse:
        """Send this body unchanged; bytes stay bytes."""
        given = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        if isinstance(body, bytes):
            given["Content-Type"] = "application/json"
        wire = self.app.test_client(use_cookies=False)
        wire.environ_base["REMOTE_ADDR"] = self.address
        return wire.open("/mcp", method=method, headers=given | dict(headers or {}), **sent)

    def message(self, method: str, params: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, str]]:
        """Body and headers of a well-formed request in this client's revision."""
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": next(self.ids), "method": method}
        headers = {"Mcp-Method": method, "MCP-Protocol-Version": self.revision}
        if self.revision == MODERN:
            body["params"] = {**(params or {}), "_meta": ENVELOPE}
            if named := NAMED.get(method):
                headers["Mcp-Name"] = header_of(str((params or {}).get(named, "")))
        elif params is not None:
            body["params"] = dict(params)
        return body, headers

    def ask(self, method: str, params: Mapping[str, Any] | None = None, **headers: str) -> TestResponse:
        """A well-formed request; `headers` are added or override (`Mcp_Method=…`)."""
        body, usual = self.message(method, params)
        return self.send(body, headers=usual | {name.replace("_", "-"): value for name, value in headers.items()})

    def call(self, tool: str, **arguments: Any) -> TestResponse:
        """Call a tool."""
        return self.ask("tools/call", {"name": tool, "arguments": arguments})

    def result(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The tool's answer, for a call that is expected to work."""
        answer = self.call(tool, **arguments)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        result: dict[str, Any] = result_of(answer)
        assert not result["isError"], result
        structured: dict[str, Any] = result["structuredContent"]
        return structured

    def refusal(self, tool: str, **arguments: Any) -> str:
        """The tool's error, for a call that is expected to be refused or to fail."""
        answer = self.call(tool, **arguments)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        result = result_of(answer)
        assert result["isError"], result
        assert "structuredContent" not in result
        text: str = result["content"][0]["text"]
        return text

    def tools(self) -> list[str]:
        """The names of the tools that it sees."""
        return [tool["name"] for tool in result_of(self.ask("tools/list"))["tools"]]


def header_of(name: str) -> str:
    """A name as a header carries it: base64 if it is not plain ASCII."""
    plain = name.isascii() and name.isprintable()
    return name if plain else f"=?base64?{base64.b64encode(name.encode()).decode()}?="


def result_of(answer: TestResponse) -> dict[str, Any]:
    """The result in a JSON-RPC answer."""
    assert answer.json is not None, answer.get_data(as_text=True)
    result: dict[str, Any] = answer.json["result"]
    return result
