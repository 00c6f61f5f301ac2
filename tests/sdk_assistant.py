"""An assistant built on the official Python SDK: its client, transport and OAuth provider, all unpatched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from anyio import to_thread
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, CallToolResult
from pydantic import AnyUrl

from tests.callback import Callback

Ask = Callable[[str], None]


class Declined(Exception):
    """The person did not allow it; the app got the denial."""


class Memory:
    """What the assistant keeps between two starts: its registration and its tokens."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client: OAuthClientInformationFull) -> None:
        self.client = client


class SdkAssistant:
    """One device. `ask` stands for its user: called with the address at which the assistant wants consent."""

    def __init__(self, mcp_url: str, era: str, callback: Callback, name: str = "Claude") -> None:
        self.mcp_url, self.era, self.callback = mcp_url, era, callback
        self.ask: Ask = refuse_to_ask
        self.memory = Memory()
        metadata = OAuthClientMetadata(client_name=name, redirect_uris=[AnyUrl(callback.uri)])
        self.oauth = OAuthClientProvider(mcp_url, metadata, self.memory, self._redirect, self._called_back)
        self._open = ExitStack()
        self._portal: BlockingPortal
        self._client: Client

    def start(self, ask: Ask | None = None) -> SdkAssistant:
        """Connect to the server; `ask` answers when it wants consent."""
        self.ask = ask or self.ask
        self._portal = self._open.enter_context(start_blocking_portal())
        http = create_mcp_http_client(auth=self.oauth)
        self._open.enter_context(self._portal.wrap_async_context_manager(http))
        transport = streamable_http_client(self.mcp_url, http_client=http)
        client = Client(transport, mode=self.era, read_timeout_seconds=30)
        try:
            self._client = self._open.enter_context(self._portal.wrap_async_context_manager(client))
        except BaseExceptionGroup as several:
            raise innermost(several) from None
        return self

    def stop(self) -> None:
        """End the program but keep what it stored. Raises what ended the connection, if anything did."""
        try:
            self._open.close()
        except BaseExceptionGroup as several:
            raise innermost(several) from None

    def tools(self) -> list[str]:
        """The names of the tools that it sees, requested again."""
        listed = self._on_the_wire(lambda: self._client.list_tools(cache_mode="refresh"))
        return [tool.name for tool in listed.tools]

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The tool's answer, for a call that is expected to work."""
        result = self.attempt(tool, **arguments)
        assert not result.is_error, result.content
        assert result.structured_content is not None
        return result.structured_content

    def attempt(self, tool: str, **arguments: Any) -> CallToolResult:
        """The result of a call, good or bad."""
        result: CallToolResult = self._on_the_wire(lambda: self._client.call_tool(tool, arguments))
        return result

    def _on_the_wire(self, send: Callable[[], Any]) -> Any:
        try:
            return self._portal.call(send)
        except MCPError as error:
            # The SDK says "Connection closed" when its OAuth provider gives up; the reason appears when it ends.
            if error.error.code == CONNECTION_CLOSED:
                self.stop()
            raise

    @property
    def protocol(self) -> str:
        """The revision that client and server have agreed on."""
        return str(self._client.protocol_version)

    @property
    def instructions(self) -> str:
        """The server's instructions for this connection."""
        return self._client.instructions or ""

    @property
    def access_token(self) -> str:
        assert self.memory.tokens is not None
        return self.memory.tokens.access_token

    def an_hour_later(self) -> None:
        """Expire the access token by the assistant's clock."""
        self.oauth.context.token_expiry_time = time.time() - 1

    async def _redirect(self, address: str) -> None:
        await to_thread.run_sync(self.ask, address)

    async def _called_back(self) -> AuthorizationCodeResult:
        answer = await to_thread.run_sync(self.callback.answer)
        if "code" not in answer:
            raise Declined(answer["error"])
        return AuthorizationCodeResult(code=answer["code"], state=answer.get("state"), iss=answer.get("iss"))


def innermost(error: BaseException) -> BaseException:
    """What was wrapped in groups of one."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


class Asked(Exception):
    """The assistant wants consent and nobody is there to give it."""


def refuse_to_ask(_address: str) -> None:
    raise Asked


MakeAssistant = Callable[..., SdkAssistant]


@pytest.fixture
def assistant(server: Any, era: str, callback: Callback) -> Iterator[MakeAssistant]:
    """Installs an assistant; `assistant("ChatGPT")`. All of them are of the era of this test."""
    with ExitStack() as stack:

        def install(name: str = "Claude") -> SdkAssistant:
            installed = SdkAssistant(server.mcp_url, era, callback, name)
            stack.callback(installed.stop)
            return installed

        yield install
