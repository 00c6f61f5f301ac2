"""The MCP Inspector on the command line, which also judges whether other clients can use the schemas of tools."""

from __future__ import annotations

import fcntl
import json
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.interop.desk import Desk
from tests.interop.packages import HERE, node_package
from tests.interop.readme import commands
from tests.interop.story import answered, check_question, check_tools, revoke
from tests.server import Gunicorn

AUTH_REQUIRED = 3


@pytest.fixture
def inspector(desk: Desk, server: Gunicorn) -> Iterator[Callable[[str], subprocess.CompletedProcess[str]]]:
    """Runs what the README says, with more arguments. It keeps what it was given in a file, as it does without a keychain."""
    (line,) = commands("MCP Inspector", server)
    node_package("@modelcontextprotocol/inspector")
    with (HERE / "package.json").open() as turn:
        # It listens for the answer at a port that is always the same: one test at a time, whichever worker runs it.
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield lambda more: desk.run("sh", "-c", f"{line} {more}", MCP_INSPECTOR_SECRET_STORE="file")


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_the_inspector_goes_the_whole_way_and_finds_no_fault(inspector, era, desk, server, an_hour_passes, renewals):
    listed = inspector(f"--strict --protocol-era {era}")
    assert listed.returncode == 0, listed.stderr
    check_question(desk.question(), server)
    check_tools([tool["name"] for tool in json.loads(listed.stdout)["tools"]])

    call = f"--method tools/call --tool-name get_account --protocol-era {era}"
    before = renewals()
    an_hour_passes()
    called = inspector(call)
    assert json.loads(called.stdout)["structuredContent"]["name"] == "Aperture Science"
    assert renewals() > before

    revoke(desk.browser)
    seen = len(answered(server, "/mcp"))
    refused = inspector(f"{call} --stored-auth-only")
    assert refused.returncode == AUTH_REQUIRED
    assert set(answered(server, "/mcp")[seen:]) == {401}
