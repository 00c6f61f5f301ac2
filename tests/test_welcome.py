"""What `bin/start` says to whoever starts Profile: where to sign in, as whom, and what to give an assistant."""

from __future__ import annotations

import importlib.machinery
import importlib.util
from contextvars import Context
from pathlib import Path

import pytest

WELCOME = Path(__file__).parents[1] / "bin" / "welcome"


@pytest.fixture
def welcome():
    loader = importlib.machinery.SourceFileLoader("welcome", str(WELCOME))
    spec = importlib.util.spec_from_loader("welcome", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_a_later_start_says_where_to_sign_in_and_what_to_give_an_assistant(app, settings, alice, welcome):
    # A program of its own: no scope of the test is open in it.
    said = Context().run(welcome.who_can_sign_in, settings)
    assert f"{settings.public_url}/sign-in" in said
    assert settings.mcp_url in said
