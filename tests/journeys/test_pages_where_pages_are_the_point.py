"""The page steps in Chromium: consent that goes on to a program on this computer or to a site, and revocation."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from models.permissions import Role
from tests.assistant import Assistant

pytestmark = pytest.mark.browser


@pytest.fixture
def here(page_of, alice):
    """Alice at her browser."""
    return page_of(alice)


def question(assistant, server, **changes):
    return f"{server.url}/authorize?{urlencode(assistant.question(resource=server.mcp_url, **changes))}"


@pytest.mark.parametrize("callback_of", ["callback", "hosted_callback"])
def test_consent_goes_on_to_the_app_wherever_it_waits(request, server, app, alice, new_page, callback_of):
    waiting = request.getfixturevalue(callback_of)
    claude = Assistant(app, redirect_uri=waiting.uri).register()
    page = new_page(ignore_https_errors=True)
    page.goto(question(claude, server))
    page.fill("[name=email]", alice.email)
    page.fill("[name=password]", alice.password)
    page.click("main button[type=submit]")
    page.check("input[name=deny][value='profiles:write']")
    page.click("button[value=allow]")
    page.wait_for_selector("text=Back in the app")
    answer = waiting.answer()
    assert answer["state"] == claude.state
    assert answer["iss"] == server.url


def test_not_allowing_goes_back_to_the_app_too(server, app, here, callback):
    claude = Assistant(app, redirect_uri=callback.uri).register()
    here.goto(question(claude, server))
    here.click("button[value=deny]")
    here.wait_for_selector("text=Back in the app")
    assert callback.answer()["error"] == "access_denied"


def test_the_enter_key_answers_nothing_wherever_it_is_pressed(server, app, here, callback):
    claude = Assistant(app, redirect_uri=callback.uri).register()
    here.goto(question(claude, server))
    here.click("summary:has-text('More limits')")
    sent = []
    here.on("request", lambda request: sent.append(request.method))
    for field in ("input[name=deny][value='tags:manage']", "input[name=never]", "input[name=daily_calls]"):
        here.press(field, "Enter")
    here.wait_for_timeout(100)
    assert sent == []
    here.press("button[value=deny]", "Enter")
    here.wait_for_selector("text=Back in the app")
    assert callback.answer()["error"] == "access_denied"


def test_allow_works_once_the_page_was_in_front_for_a_moment_and_something_is_left(server, app, here, callback):
    claude = Assistant(app, redirect_uri=callback.uri).register()
    here.goto(question(claude, server))
    allow = here.locator("button[value=allow]")
    allow.focus()
    allow.wait_for(state="visible")
    here.wait_for_selector("button[value=allow]:enabled")
    # A window before this one was just closed by a first click.
    waited = """async () => {
        const allow = document.querySelector("[data-allow]"), began = performance.now();
        dispatchEvent(new Event("focus"));
        while (allow.disabled) await new Promise(requestAnimationFrame);
        return performance.now() - began;
    }"""
    assert here.evaluate(waited) >= 500, "milliseconds: longer than between the two clicks of a double click"
    for box in here.locator("input[name=deny]").all():
        box.check()
    assert allow.is_disabled()
    assert here.locator("[data-nothing-left]").is_visible()
    here.uncheck("input[name=deny][value='tags:manage']")
    allow.click()
    here.wait_for_selector("text=Back in the app")
    assert "code" in callback.answer()


@pytest.mark.parametrize("hand", ["usual", "quicker than the script"])
def test_choosing_another_account_draws_the_page_again_by_itself(
    server, app, new_page, new_person, aperture, black_mesa, hand
):
    new_person("Both", aperture, Role.USER)
    both = new_person("Both", black_mesa, Role.OWNER)
    page = new_page()
    page.goto(question(Assistant(app).register(), server))
    page.fill("[name=email]", both.email)
    page.fill("[name=password]", both.password)
    if hand == "quicker than the script":
        page.route("**/site.js", lambda script: (choose(page, "Black Mesa"), script.continue_()), times=1)
    page.click("main button[type=submit]")
    page.wait_for_selector("text=Not possible in your role")
    if hand == "usual":
        page.wait_for_load_state()
        choose(page, "Black Mesa")
    page.wait_for_selector("text=Not possible in your role", state="detached")
    assert page.locator("input[name=deny]").count() == 5


def choose(page, account):
    page.check(f"main label:has-text('{account}') input")


def test_what_was_chosen_is_still_chosen_after_the_password_is_asked_for(server, app, here, alice, long_ago, callback):
    claude = Assistant(app, redirect_uri=callback.uri).register()
    long_ago(alice)
    here.goto(question(claude, server))
    here.check("input[name=deny][value='tags:manage']")
    here.click("summary:has-text('More limits')")
    here.check("input[name=read_only]")
    here.fill("input[name=daily_calls]", "7")
    here.click("button[value=allow]")
    here.get_by_label("Password").fill(alice.password)
    here.click("main button[type=submit]")
    here.wait_for_selector("text=What you chose is filled in again.")
    assert here.is_checked("input[name=deny][value='tags:manage']")
    assert here.is_visible("input[name=daily_calls]"), "the limits are unfolded"
    assert (here.is_checked("input[name=read_only]"), here.input_value("input[name=daily_calls]")) == (True, "7")
    here.click("button[value=allow]")
    here.wait_for_selector("text=Back in the app")
    given = claude.redeem(callback.answer()["code"], resource=server.mcp_url).json
    assert "tags:manage" not in given["scope"].split()


def test_allow_pressed_after_the_browser_forgot_its_cookies_leads_back_to_the_request(
    server, app, here, alice, callback
):
    claude = Assistant(app, redirect_uri=callback.uri).register()
    here.goto(question(claude, server))
    here.check("input[name=deny][value='tags:manage']")
    here.context.clear_cookies()
    here.click("button[value=allow]")
    here.wait_for_selector("text=this browser was signed out")
    here.fill("[name=email]", alice.email)
    here.fill("[name=password]", alice.password)
    here.click("main button[type=submit]")
    here.wait_for_selector("text=What you chose is filled in again.")
    assert here.is_checked("input[name=deny][value='tags:manage']")
    here.click("button[value=allow]")
    here.wait_for_selector("text=Back in the app")
    assert "code" in callback.answer()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844), (320, 640), (640, 400)])
def test_both_buttons_are_always_in_sight_and_hide_nothing_that_has_the_focus(
    server, app, page_of, alice, width, height
):
    page = page_of(alice, width=width, height=height)
    page.goto(question(Assistant(app).register(), server))
    page.wait_for_selector("button[value=allow]:enabled")
    for summary in page.locator("main summary").all():
        summary.click()
    page.evaluate("scrollTo(0, 0)")
    for button in page.locator("main button:visible[value=allow], main button:visible[value=deny]").all():
        box = button.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
    page.focus("main input[type=checkbox] >> nth=0")
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(ABOVE_THE_BUTTONS), page.evaluate("document.activeElement.outerHTML")


ABOVE_THE_BUTTONS = """() => {
    const focused = document.activeElement, buttons = document.querySelector("[data-allow]").parentElement;
    const inside = !focused.closest("form:has([data-allow])") || buttons.contains(focused);
    return inside || focused.getBoundingClientRect().bottom <= buttons.getBoundingClientRect().top + 1;
}"""


def test_what_the_app_could_see_is_counted_again_after_every_tick(server, app, here):
    here.goto(question(Assistant(app).register(), server))
    seen, changed = here.locator("[data-sees]"), here.locator("[data-changes]")
    expect(seen).to_contain_text("0 people, with e-mail and phone")
    here.check("text=Read only")
    expect(changed).to_have_text("Nothing")
    here.check("input[name=hide_contact]")
    expect(seen).to_contain_text("without e-mail and phone")
    here.check("input[name=deny][value='profiles:read']")
    expect(seen).not_to_contain_text("people")
    here.route("**/authorize/preview", lambda route: route.fulfill(status=400))
    here.uncheck("text=Read only")
    here.wait_for_selector("[data-reach]", state="hidden")


def test_three_clicks_from_any_page_end_a_connection(server, app, here, callback):
    claude = Assistant(app, redirect_uri=callback.uri).register()
    here.goto(question(claude, server))
    here.click("button[value=allow]")
    here.wait_for_selector("text=Back in the app")
    here.goto("/profiles")
    here.click("a:has-text('Connected apps')")
    here.click("a:has-text('Revoke')")
    here.click("main button:has-text('Revoke')")
    here.wait_for_selector("text=no longer has access to")
