"""Codex's own command line, with nobody signed in at its maker's. Its app server calls tools without a model."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.desk import Desk
from tests.interop.documents import CODEX
from tests.interop.packages import command
from tests.interop.program import Program, started
from tests.interop.readme import commands
from tests.interop.story import answered, check_question, check_tools, revoke


@pytest.fixture
def codex(desk: Desk, known_documents: None, tmp_path: Path) -> Iterator[Program]:
    """Codex as editors run it."""
    desk.install("codex", command("codex"))
    with started(["codex", "app-server"], desk.environment(), tmp_path / "codex.log") as program:
        program.ask("initialize", clientInfo={"name": "interop", "version": "1"})
        program.tell("initialized")
        yield program


def read_account(codex: Program, thread: str) -> dict[str, Any]:
    """What comes of a tool call in this conversation."""
    call = {"server": "profile", "threadId": thread, "tool": "get_account", "arguments": {}}
    answer: dict[str, Any] = codex.ask("mcpServer/tool/call", **call)
    return answer


def test_codex_goes_the_whole_way(desk, server, codex, an_hour_passes, renewals):
    (add,) = commands("Codex", server)
    added = desk.run(*shlex.split(add))
    assert "Successfully logged in" in added.stdout, added.stderr
    asked = desk.question()
    check_question(asked, server)
    assert asked["client_id"] == CODEX["client_id"]

    (status,) = codex.ask("mcpServerStatus/list")["data"]
    check_tools(status["tools"])
    thread = codex.ask("thread/start")["thread"]["id"]
    assert read_account(codex, thread)["structuredContent"]["name"] == "Aperture Science"

    before = renewals()
    an_hour_passes()
    assert read_account(codex, thread)["structuredContent"]["name"] == "Aperture Science"
    assert renewals() > before

    revoke(desk.browser)
    seen = len(answered(server, "/mcp"))
    assert read_account(codex, thread)["isError"]
    assert set(answered(server, "/mcp")[seen:]) == {401}


def test_codex_registers_where_it_is_told_to(desk, server):
    config = desk.home / ".codex" / "config.toml"
    config.parent.mkdir()
    config.write_text(f'[mcp_servers.profile]\nurl = "{server.mcp_url}"\n')
    login = desk.run(*command("codex"), "mcp", "login", "profile", "--oauth-client-registration", "dcr")
    assert "Successfully logged in" in login.stdout, login.stderr
    check_question(desk.question(), server)
    assert answered(server, "/register") == [201]
