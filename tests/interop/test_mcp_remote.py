"""mcp-remote: what people put between the product and a client that starts its servers as programs and knows no OAuth."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.desk import Desk
from tests.interop.packages import node_package
from tests.interop.program import Failed, Program, started
from tests.interop.readme import commands
from tests.interop.story import answered, check_question, check_tools, revoke
from tests.server import Gunicorn


@pytest.fixture
def remote(desk: Desk, server: Gunicorn, tmp_path: Path) -> Iterator[Program]:
    (start,) = commands("clients that only start programs", server)
    node_package("mcp-remote")
    with started(shlex.split(start), desk.environment(), tmp_path / "mcp-remote.log") as program:
        yield program


def test_a_client_behind_mcp_remote_goes_the_whole_way(remote, desk, server, an_hour_passes, renewals):
    client = {"name": "interop", "version": "1"}
    hello = remote.ask("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=client)
    assert hello["serverInfo"]["name"] == "profile"
    remote.tell("notifications/initialized")
    check_question(desk.question(), server)
    check_tools([tool["name"] for tool in remote.ask("tools/list")["tools"]])
    account = remote.ask("tools/call", name="get_account", arguments={})
    assert account["structuredContent"]["name"] == "Aperture Science"

    before = renewals()
    an_hour_passes()
    account = remote.ask("tools/call", name="get_account", arguments={})
    assert account["structuredContent"]["name"] == "Aperture Science"
    assert renewals() > before

    revoke(desk.browser)
    desk.refuses = True
    seen = len(answered(server, "/mcp"))
    with pytest.raises(Failed):
        remote.ask("tools/call", name="get_account", arguments={})
    assert set(answered(server, "/mcp")[seen:]) == {401}
