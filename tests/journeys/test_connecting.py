"""Connecting an assistant with the page that says how, and that shows its first call by itself."""

from __future__ import annotations

import httpx2
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PAGE = "/settings/connections/new"


@pytest.fixture
def here(server, page_of, alice):
    """Alice at Home."""
    page = page_of(alice)
    page.goto("/dashboard")
    return page


def test_the_page_shows_the_app_and_then_its_first_call_by_itself(server, here, connect, alice):
    here.get_by_role("link", name="Connect an assistant").first.click()
    here.get_by_role("link", name="Codex").first.click()
    expect(here.get_by_text(f"codex mcp add profile --url {server.mcp_url}")).to_be_visible()
    expect(here.get_by_text("Waiting for the first call")).to_be_visible()
    here.evaluate("window.untouched = true")

    codex = connect(alice, name="Codex", resource=server.mcp_url)
    expect(here.locator("#first-call").get_by_role("link", name="Codex")).to_be_visible()
    expect(here.get_by_text("Waiting for the first call")).to_be_visible()
    status = here.locator("section:has(#first-call) [role=status]")
    expect(status).to_have_text("Codex is connected.")

    body, headers = codex.message("tools/call", {"name": "list_tags", "arguments": {}})
    headers |= {"Authorization": f"Bearer {codex.token}"}
    assert not httpx2.post(server.mcp_url, json=body, headers=headers).json()["result"]["isError"]
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
def context_that_may_copy(here):
    here.context.grant_permissions(["clipboard-read", "clipboard-write"])


@pytest.mark.parametrize("options", [{"width": 320}, {"width": 390, "color_scheme": "dark"}], ids=str)
@pytest.mark.parametrize("client", ["claude", "vs-code", "cursor", "other"])
def test_nothing_is_cut_off_on_a_phone(server, page_of, alice, options, client):
    page = page_of(alice, **options)
    page.goto(f"{PAGE}?client={client}")
    cut = (
        "[...document.querySelectorAll('.copy-field code')].filter(each => each.scrollWidth > each.clientWidth).length"
    )
    assert page.evaluate(cut) == 0
    expect(page.locator(".copy-field code", has_text="/mcp").first).to_be_visible()
