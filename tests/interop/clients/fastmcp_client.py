"""FastMCP's client as an app uses it. Argument: the address of the server."""

import sys
import time
from contextlib import AsyncExitStack
from typing import Any

from commands import obey, run
from fastmcp import Client
from fastmcp.client.auth import OAuth

oauth = OAuth(client_name="FastMCP")
client = Client(sys.argv[1], auth=oauth)


async def connect() -> str | None:
    await opened.enter_async_context(client)
    return client.session.protocol_version


async def tools() -> list[str]:
    return [tool.name for tool in await client.list_tools()]


async def call(name: str, given: dict[str, Any]) -> Any:
    result = await client.call_tool(name, given)
    return {"structuredContent": result.structured_content}


async def an_hour_later() -> None:
    """On the app's clock the access token's time is over."""
    oauth.context.token_expiry_time = time.time() - 1


async def main() -> None:
    async with opened:
        await obey({"connect": connect, "tools": tools, "call": call, "an_hour_later": an_hour_later})


opened = AsyncExitStack()
run(main)
