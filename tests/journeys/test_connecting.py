"""Connecting an assistant with the page that says how: it is allowed in one tab, and its first call shows in the other."""

from __future__ import annotations

from urllib.parse import urlencode

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.assistant import Assistant
from tests.mcp_client import McpClient

pytestmark = pytest.mark.browser
PAGE = "/settings/connections/new"


@pytest.fixture
def here(server, page, alice):
    """Alice at Home."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(alice.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard")
    return page


def allow(page: Page, app, server, waiting) -> McpClient:
    """Codex asks, and Alice allows it in a tab of its own; Codex with its token."""
    codex = Assistant(app, name="Codex", redirect_uri=waiting.uri).register()
    tab = page.context.new_page()
    tab.goto(f"{server.url}/authorize?{urlencode(codex.question(resource=server.mcp_url))}")
    tab.click("button[value=allow]")
    tab.wait_for_selector("text=Back in the app")
    codex.keep(codex.redeem(waiting.answer()["code"], resource=server.mcp_url))
    tab.close()
    return McpClient(app, codex.access_token)


def call(client: McpClient, server, tool: str) -> None:
    """Call a tool over the network."""
    body, headers = client.message("tools/call", {"name": tool, "arguments": {}})
    answer = httpx2.post(server.mcp_url, json=body, headers=headers | {"Authorization": f"Bearer {client.token}"})
    assert not answer.json()["result"]["isError"], answer.text


def test_the_page_shows_the_app_and_then_its_first_call_by_itself(app, server, here, callback):
    here.get_by_role("link", name="Connect an assistant").first.click()
    here.get_by_role("link", name="Codex").first.click()
    expect(here.get_by_text(f"codex mcp add profile --url {server.mcp_url}")).to_be_visible()
    expect(here.get_by_text("Waiting for the first call")).to_be_visible()
    here.evaluate("window.untouched = true")

    codex = allow(here, app, server, callback)
    expect(here.get_by_text("Codex is connected")).to_be_visible()
    expect(here.get_by_text("Waiting for the first call")).to_be_visible()
    status = here.locator("section:has(#first-call) [role=status]")
    expect(status).to_have_text("Codex is connected.")

    call(codex, server, "list_tags")
    expect(here.get_by_text("It works.")).to_be_visible()
    expect(here.locator("#first-call code")).to_have_text("list_tags")
    expect(status).to_have_text("The first call has come.")
    assert here.evaluate("window.untouched")

    here.get_by_role("link", name="Show its calls in the audit log").click()
    expect(here.get_by_text("listed").first).to_be_visible()


@pytest.fixture
def looks(here):
    """What the page has asked the server for, to see whether an app has come. Its clock is in the hands of the test."""
    seen = []
    here.on("request", lambda request: seen.append(request.url) if "/first-call?" in request.url else None)
    here.clock.install()
    here.goto(f"{PAGE}?client=codex")
    return seen


def test_it_does_not_look_while_it_is_hidden_and_looks_at_once_when_it_comes_back(server, here, looks):
    here.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    here.clock.run_for(600_000)
    assert looks == []
    here.evaluate("Object.defineProperty(document, 'hidden', { value: false })")
    with here.expect_response("**/first-call?*"):
        here.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.everything
def test_it_does_not_look_for_ever(server, here, looks):
    stopped = here.get_by_text("This page no longer checks by itself.")
    for _ in range(1_000):
        if stopped.is_visible():
            break
        here.clock.run_for(20_000)
    expect(stopped).to_be_visible()
    assert len(looks) == 90
    here.clock.run_for(3_600_000)
    assert len(looks) == 90


def test_every_command_can_be_copied_whole(server, here, context_that_may_copy):
    here.goto(f"{PAGE}?client=claude-code")
    here.get_by_role("button", name="Copy Command to add it").click()
    expect(here.get_by_text("Copied.")).to_be_visible()
    copied = here.evaluate("navigator.clipboard.readText()")
    assert copied == f"claude mcp add --scope user --transport http profile {server.mcp_url}"


@pytest.fixture
def context_that_may_copy(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])


@pytest.mark.parametrize("options", [{"width": 320}, {"width": 390, "color_scheme": "dark"}], ids=str)
@pytest.mark.parametrize("client", ["claude", "vs-code", "cursor", "other"])
def test_nothing_is_cut_off_on_a_phone(server, new_page, alice, options, client):
    page = new_page(**options)
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(alice.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard")
    page.goto(f"{PAGE}?client={client}")
    cut = (
        "[...document.querySelectorAll('.copy-field code')].filter(each => each.scrollWidth > each.clientWidth).length"
    )
    assert page.evaluate(cut) == 0
    expect(page.locator(".copy-field code", has_text="/mcp").first).to_be_visible()
