"""What did it see, what may it do, stop it: from signing in, at most three clicks, counted by the browser."""

from __future__ import annotations

from http.client import HTTPConnection

import orjson
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

# Kept for the tab, so that a new page goes on counting.
COUNT = "addEventListener('click', e => { if (e.isTrusted) sessionStorage.clicks = +(sessionStorage.clicks || 0) + 1 }, true)"


@pytest.fixture(params=[1280, 390], ids=["desktop", "phone"])
def first_page(request, server, new_page, alice, claude):
    """Where Alice, who let Claude work for her, comes to when she has signed in; from there on clicks are counted."""
    assert answer_to_a_call(claude, server)[0] == 200
    page = new_page(width=request.param)
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(alice.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Your connected apps")).to_be_visible()
    page.add_init_script(COUNT)
    page.reload()
    return page


def answer_to_a_call(claude, server) -> tuple[int, str]:
    """What the app's next request meets."""
    body, headers = claude.message("tools/call", {"name": "list_tags", "arguments": {}})
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    given = {"Authorization": f"Bearer {claude.token}", "Content-Type": "application/json"}
    connection.request("POST", "/mcp", orjson.dumps(body), headers | given)
    try:
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def clicks(page: Page) -> int:
    return int(page.evaluate("sessionStorage.clicks"))


def test_one_leads_to_what_it_saw_and_may_do_and_another_pauses_it(first_page, claude, server):
    first_page.get_by_role("main").get_by_role("link", name="Claude", exact=True).click()
    for told in ("People whose data it read", "Recent activity", "Scopes", "Limits"):
        expect(first_page.get_by_role("heading", name=told, exact=True)).to_be_visible()
    assert clicks(first_page) == 1

    first_page.get_by_role("button", name="Pause", exact=True).click()
    expect(first_page.get_by_role("button", name="Resume")).to_be_visible()
    assert clicks(first_page) == 2
    assert "paused" in answer_to_a_call(claude, server)[1]


def test_three_end_it_by_way_of_the_menu_that_is_on_every_page(first_page, claude, server):
    menu = first_page.get_by_role("button", name="Menu", exact=True)
    on_a_phone = menu.is_visible()
    if on_a_phone:
        menu.click()
    first_page.get_by_role("navigation", name="Main").get_by_role("link", name="Connected apps").click()
    first_page.get_by_role("link", name="Revoke Claude").click()
    first_page.get_by_role("button", name="Revoke").click()
    expect(first_page.get_by_role("heading", name="No longer connected")).to_be_visible()
    # The menu of a phone is folded away; from the first page it takes two without it.
    assert clicks(first_page) == 3 + on_a_phone
    assert answer_to_a_call(claude, server)[0] == 401


def test_two_end_it_from_the_first_page(first_page, claude, server):
    first_page.get_by_role("main").get_by_role("link", name="Revoke Claude").click()
    first_page.get_by_role("button", name="Revoke").click()
    expect(first_page.get_by_role("heading", name="No longer connected")).to_be_visible()
    assert clicks(first_page) == 2
    assert answer_to_a_call(claude, server)[0] == 401
