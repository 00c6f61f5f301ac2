"""Apps made with other projects' libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.interop.desk import Desk
from tests.interop.packages import HERE, node, node_package, python_with
from tests.interop.program import Failed, Program, started
from tests.interop.story import answered, check_question, check_tools, revoke
from tests.server import Gunicorn

CLIENTS = HERE / "clients"


def typescript(library: str, url: str, *mode: str) -> list[str]:
    node_package(f"@modelcontextprotocol/{library}")
    return [node(), str(CLIENTS / "typescript.mjs"), library, url, *mode]


# How each app is started, and the revision that it agrees on with the server.
APPS: dict[str, tuple[Callable[[str], list[str]], str]] = {
    "TypeScript client": (lambda url: typescript("client", url), "2025-11-25"),
    "TypeScript client, auto": (lambda url: typescript("client", url, "auto"), "2026-07-28"),
    "TypeScript SDK": (lambda url: typescript("sdk", url), "2025-11-25"),
    "FastMCP": (lambda url: [python_with("fastmcp"), str(CLIENTS / "fastmcp_client.py"), url], "2026-07-28"),
    "Python SDK 1": (lambda url: [python_with("mcp1"), str(CLIENTS / "python_sdk.py"), url], "2025-11-25"),
}
# What fetches libraries of its own for half a minute, or differs from another of these by its revision alone.
BEFORE_A_RELEASE = ("TypeScript client", "FastMCP", "Python SDK 1")


@pytest.fixture
def start(desk: Desk, server: Gunicorn, tmp_path: Path) -> Iterator[Callable[[str], Program]]:
    with ExitStack() as stack:

        def start_app(name: str) -> Program:
            command = APPS[name][0](server.mcp_url)
            return stack.enter_context(started(command, desk.environment(), tmp_path / "app.log"))

        yield start_app


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.everything) if name in BEFORE_A_RELEASE else name for name in APPS]
)
def test_an_app_goes_the_whole_way(name, start, desk, server, an_hour_passes, renewals):
    app = start(name)

    assert app.do("connect") == APPS[name][1]
    check_question(desk.question(), server)
    check_tools(app.do("tools"))
    assert app.do("call", "get_account", {})["structuredContent"]["name"] == "Aperture Science"

    an_hour_passes()
    app.do("an_hour_later")
    assert app.do("call", "get_account", {})["structuredContent"]["name"] == "Aperture Science"
    assert renewals() == 1

    revoke(desk.browser)
    desk.refuses = True
    seen = len(answered(server, "/mcp"))
    with pytest.raises(Failed):
        app.do("call", "get_account", {})
    assert set(answered(server, "/mcp")[seen:]) == {401}
