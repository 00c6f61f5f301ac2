"""Claude Code's own command line, with nobody signed in at its maker's. It calls tools only for a model, so here it stops at Connected."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from tests.interop.desk import Desk
from tests.interop.documents import CLAUDE_CODE
from tests.interop.packages import command
from tests.interop.readme import commands
from tests.interop.story import answered, check_question, revoke
from tests.interop.terminal import Terminal, in_terminal


def allow_in_the_browser(terminal: Terminal, _desk: Desk) -> None:
    """Nothing to do at the terminal: the browser comes up by itself."""


def paste_the_answer(terminal: Terminal, desk: Desk) -> None:
    """Open the address that is shown, decide, and paste where the browser would go."""
    back = desk.answer(terminal.wait_for(r"http://127\.0\.0\.1:\d+/authorize\?\S+").group())
    terminal.wait_for("paste the redirect URL")
    terminal.type(back)


WAYS: dict[str, Callable[[Terminal, Desk], None]] = {"": allow_in_the_browser, " --no-browser": paste_the_answer}


@pytest.fixture
def health(desk: Desk, known_documents: None) -> Callable[[], str]:
    """What Claude Code says of its servers."""
    desk.install("claude", command("claude"))
    return lambda: desk.run("claude", "mcp", "list").stdout


@pytest.mark.parametrize("way", WAYS)
def test_claude_code_goes_the_whole_way(way, desk, server, health, an_hour_passes, renewals):
    add, login = commands("Claude Code", server)
    assert desk.run(*shlex.split(add)).returncode == 0
    assert "Needs authentication" in health()

    with in_terminal(shlex.split(login + way), desk.environment()) as terminal:
        WAYS[way](terminal, desk)
        assert terminal.end() == 0, terminal.output
    asked = desk.question()
    check_question(asked, server)
    assert asked["client_id"] == CLAUDE_CODE["client_id"]
    assert "Connected" in health()

    before = renewals()
    an_hour_passes()
    assert "Connected" in health()
    assert renewals() > before

    revoke(desk.browser)
    seen = len(answered(server, "/mcp"))
    assert "Needs authentication" in health()
    assert set(answered(server, "/mcp")[seen:]) == {401}
