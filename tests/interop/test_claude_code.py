"""Claude Code's own command line, with nobody signed in at its maker's. It calls tools only for a model, so here it stops at Connected."""

from __future__ import annotations

import pytest

from tests.interop.desk import Desk
from tests.interop.documents import CLAUDE_CODE
from tests.interop.packages import node, node_package
from tests.interop.story import answered, check_question, revoke
from tests.interop.terminal import in_terminal


@pytest.fixture
def claude(known_documents: None) -> list[str]:
    """How `claude` is started where no script of its own ran at its installation."""
    return [node(), str(node_package("@anthropic-ai/claude-code") / "cli-wrapper.cjs")]


def log_in(claude: list[str], desk: Desk) -> None:
    """Open the address that it shows, decide, and paste what comes back."""
    command = [*claude, "mcp", "login", "--no-browser", "profile"]
    with in_terminal(command, desk.environment(), desk.home) as terminal:
        back = desk.answer(terminal.wait_for(r"http://127\.0\.0\.1:\d+/authorize\?\S+").group())
        terminal.wait_for("paste the redirect URL")
        terminal.type(back)
        assert terminal.end() == 0, terminal.shown


def test_claude_code_goes_the_whole_way(claude, desk, server, an_hour_passes, renewals):
    added = desk.run(*claude, "mcp", "add", "--transport", "http", "profile", server.mcp_url)
    assert added.returncode == 0, added.stderr
    assert "Needs authentication" in desk.run(*claude, "mcp", "list").stdout

    log_in(claude, desk)
    asked = desk.question()
    check_question(asked, server)
    assert asked["client_id"] == CLAUDE_CODE["client_id"]
    assert "Connected" in desk.run(*claude, "mcp", "list").stdout

    before = renewals()
    an_hour_passes()
    assert "Connected" in desk.run(*claude, "mcp", "list").stdout
    assert renewals() > before

    revoke(desk.browser)
    seen = len(answered(server, "/mcp"))
    assert "Needs authentication" in desk.run(*claude, "mcp", "list").stdout
    assert set(answered(server, "/mcp")[seen:]) == {401}
