"""What `bin/start` prints: where and as whom to sign in, and what to enter in an assistant."""

from __future__ import annotations

import runpy
from contextvars import Context
from pathlib import Path

WELCOME = Path(__file__).parents[1] / "bin" / "welcome"


def test_a_later_start_says_where_to_sign_in_and_what_to_give_an_assistant(app, settings, alice):
    program = runpy.run_path(str(WELCOME), run_name="welcome")
    # It runs as a separate program: the test's scope is not open in it.
    said = Context().run(program["who_can_sign_in"], settings)
    assert f"{settings.public_url}/sign-in" in said
    assert settings.mcp_url in said


def test_without_an_account_it_says_where_the_first_one_is_created(app, settings, monkeypatch):
    program = runpy.run_path(str(WELCOME), run_name="welcome")
    monkeypatch.setitem(program["who_can_sign_in"].__globals__, "demo", lambda: None)
    said = Context().run(program["who_can_sign_in"], settings)
    assert f"{settings.public_url}/sign-up?token=" in said
