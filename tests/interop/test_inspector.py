"""The MCP Inspector on the command line, which also judges whether other clients can use the schemas of tools."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

from tests.interop.desk import Desk
from tests.interop.packages import command
from tests.interop.story import answered, check_question, check_tools, revoke
from tests.server import Server

AUTH_REQUIRED = 3


@pytest.fixture
def inspector(desk: Desk, server: Server) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the Inspector as the README says; it keeps what it was given in a file."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        given = ["--cli", server.mcp_url, "--transport", "http", *arguments]
        more = {"MCP_AUTO_OPEN_ENABLED": "true", "MCP_INSPECTOR_SECRET_STORE": "file"}
        return desk.run(*command("mcp-inspector"), *given, **more)

    return run


# It listens for the answer at a port that is always the same.
@pytest.mark.xdist_group("inspector")
@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_the_inspector_goes_the_whole_way_and_finds_no_fault(inspector, era, desk, server, an_hour_passes, renewals):
    listed = inspector("--method", "tools/list", "--strict", "--protocol-era", era)
    assert listed.returncode == 0, listed.stderr
    check_question(desk.question(), server)
    check_tools([tool["name"] for tool in json.loads(listed.stdout)["tools"]])

    call = ("--method", "tools/call", "--tool-name", "get_account", "--protocol-era", era)
    before = renewals()
    an_hour_passes()
    called = inspector(*call)
    assert json.loads(called.stdout)["structuredContent"]["name"] == "Aperture Science"
    assert renewals() > before

    revoke(desk.browser)
    seen = len(answered(server, "/mcp"))
    refused = inspector(*call, "--stored-auth-only")
    assert refused.returncode == AUTH_REQUIRED
    assert set(answered(server, "/mcp")[seen:]) == {401}
