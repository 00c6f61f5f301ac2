"""The first edition of the Python SDK as an app uses it. Argument: the address of the server."""

import sys
import time
import webbrowser
from contextlib import AsyncExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from anyio import to_thread
from commands import obey, run
from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl


class Answer(BaseHTTPRequestHandler):
    """The person's browser comes back."""

    def do_GET(self) -> None:
        self.server.answer = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class Memory:
    """What the app keeps."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client: OAuthClientInformationFull) -> None:
        self.client = client


async def open_browser(address: str) -> None:
    await to_thread.run_sync(webbrowser.open, address)


async def answered() -> tuple[str, str | None]:
    await to_thread.run_sync(waiting.handle_request)
    if "error" in waiting.answer:
        raise PermissionError(waiting.answer["error"])
    return waiting.answer["code"], waiting.answer.get("state")


waiting = HTTPServer(("127.0.0.1", 0), Answer)
address = AnyUrl(f"http://127.0.0.1:{waiting.server_port}/callback")
metadata = OAuthClientMetadata(client_name="Python SDK", redirect_uris=[address])
oauth = OAuthClientProvider(sys.argv[1], metadata, Memory(), open_browser, answered)
session: ClientSession


async def connect() -> str | int:
    global session
    http = await opened.enter_async_context(create_mcp_http_client(auth=oauth))
    read, write, *_ = await opened.enter_async_context(streamable_http_client(sys.argv[1], http_client=http))
    session = await opened.enter_async_context(ClientSession(read, write))
    return (await session.initialize()).protocolVersion


async def tools() -> list[str]:
    return [tool.name for tool in (await session.list_tools()).tools]


async def call(name: str, given: dict[str, Any]) -> Any:
    return (await session.call_tool(name, given)).model_dump(mode="json")


async def an_hour_later() -> None:
    """On the app's clock the access token's time is over."""
    oauth.context.token_expiry_time = time.time() - 1


async def main() -> None:
    async with opened:
        await obey({"connect": connect, "tools": tools, "call": call, "an_hour_later": an_hour_later})


opened = AsyncExitStack()
run(main)
