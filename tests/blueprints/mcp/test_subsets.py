"""Every subset of the scopes: what was asked for and not denied is granted, and what is not granted is not there."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprints.mcp.registry import registry
from models.scopes import SCOPES, format_scopes
from tests.assistant import Assistant, answer_in, decide
from tests.fixtures.tool_calls import working_call
from tests.mcp_client import McpClient

SUBSETS = [frozenset(chosen) for size in range(len(SCOPES) + 1) for chosen in combinations(SCOPES, size)]
subsets = st.sampled_from(SUBSETS)


def tools_of(granted):
    return [tool.name for tool in registry if tool.needs in granted]


@pytest.fixture
def browser(browser_of, alice):
    return browser_of(alice)


@pytest.mark.asvs("10.4.11")
@pytest.mark.slow
@settings.get_profile("on a database")
@given(requested=subsets, denied=subsets)
def test_granted_is_what_was_requested_without_what_was_denied(app, browser, requested, denied):
    claude = Assistant(app, f"Claude {sorted(requested)} {sorted(denied)}").register()
    asked = requested or frozenset(SCOPES)
    answered = decide(browser, claude.ask(browser, scope=format_scopes(requested)), deny=sorted(denied))
    granted = asked - denied
    if not granted:
        assert answered.status_code == 400
        return
    told = claude.redeem(answer_in(answered)["code"])
    assert told.json["scope"] == format_scopes(granted)
    assert McpClient(app, told.json["access_token"]).tools() == tools_of(granted)


@pytest.mark.asvs("8.2.1", "10.3.2")
def test_what_is_not_granted_is_neither_listed_nor_carried_out(connect, alice, things_of, aperture):
    for number, granted in enumerate(SUBSETS[1:]):
        things = things_of(aperture.id, f"person{number}")
        app = connect(alice, granted, name=f"app {number}")
        assert app.tools() == tools_of(granted)
        for tool in registry:
            if tool.needs not in granted:
                answer = app.call(tool.name, **working_call(tool.name, things))
                assert answer.status_code == 403, (granted, tool.name)
                assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
